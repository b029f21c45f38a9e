package schemas_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// expressed checks the promise for one valid call: there are arguments that
// Check accepts and Split turns back into the very same call.
func expressed(t interface {
	Helper()
	Fatalf(string, ...any)
}, name string, s *schemas.ActionSchema, want schemas.Parts,
) {
	t.Helper()
	args, err := s.Join(want)
	if err != nil {
		t.Fatalf("%s: Join: %v\n%s", name, err, asJSON(want))
	}
	got, err := s.Split(args)
	if err != nil {
		t.Fatalf("%s: Split: %v\n%s", name, err, asJSON(args))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: Split(Join(call)) differs (-want +got):\n%s", name, diff)
	}
	checked, err := s.Schema().Check(args)
	if err != nil {
		t.Fatalf("%s: Check refuses a valid call: %v\n%s", name, err, asJSON(args))
	}
	again, err := s.Split(checked.Args)
	if err != nil {
		t.Fatalf("%s: Split of what Check returned: %v", name, err)
	}
	if diff := cmp.Diff(want, again); diff != "" {
		t.Fatalf("%s: Check changed the call (-want +got):\n%s", name, diff)
	}
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// TestEveryActionExpressesValidCalls draws a few calls of every action.
func TestEveryActionExpressesValidCalls(t *testing.T) {
	t.Parallel()
	draws := 6
	if testing.Short() {
		draws = 1
	}
	for _, e := range catalogue(t) {
		c := newCaller(t, e)
		calls := rapid.Custom(c.call)
		for seed := range draws {
			expressed(t, e.String(), c.schema, calls.Example(seed))
		}
	}
}

// TestValidCallsRoundTrip searches: actions and calls at random, shrunk where
// one fails.
func TestValidCallsRoundTrip(t *testing.T) {
	t.Parallel()
	list := catalogue(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := newCaller(t, list[rapid.IntRange(0, len(list)-1).Draw(rt, "action")])
		expressed(rt, c.entry.String(), c.schema, c.call(rt))
	})
}
