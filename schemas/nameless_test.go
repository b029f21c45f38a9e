package schemas_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// What is called "" has a name that clients accept, and goes back under its own.
func TestNamesThatAreEmpty(t *testing.T) {
	t.Parallel()
	s, err := schemas.FromAction(alloy.Action{
		ID: "act", Method: "post", Path: "/x",
		Parameters: []alloy.Parameter{{Name: "", In: "query", Required: true, Schema: json.RawMessage(`{"type":"integer"}`)}},
		RequestBody: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["","deep"],"properties":{
			"":{"type":"string"},
			"deep":{"type":"object","required":[""],"additionalProperties":false,"properties":{"":{"type":"boolean"}}}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := schemas.Parts{
		PathParams: map[string]any{}, QueryParameters: map[string]any{"": json.Number("7")}, AdditionalHeaders: map[string]string{},
		RequestBody: map[string]any{"": "text", "deep": map[string]any{"": true}},
	}
	args, err := s.Join(parts)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"unnamed": json.Number("7"), "body_unnamed": "text", "deep": map[string]any{"unnamed": true}}
	if diff := cmp.Diff(want, args); diff != "" {
		t.Error(diff)
	}
	checked, err := s.Schema().Check(args)
	if err != nil {
		t.Fatal(err)
	}
	back, err := s.Split(checked.Args)
	if diff := cmp.Diff(parts, back); err != nil || diff != "" {
		t.Error(err, diff)
	}
	example, err := s.Example()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Schema().Check(example); err != nil {
		t.Errorf("the example %v: %v", example, err)
	}
	for _, name := range []string{"unnamed", "body_unnamed", "deep"} {
		if shown := s.Schema().JSON(); !json.Valid(shown) || !jsonHas(t, shown, name) {
			t.Errorf("%s is not shown in %s", name, shown)
		}
	}
}

func jsonHas(t *testing.T, schema json.RawMessage, name string) bool {
	t.Helper()
	var top struct{ Properties map[string]any }
	if err := json.Unmarshal(schema, &top); err != nil {
		t.Fatal(err)
	}
	_, ok := top.Properties[name]
	return ok
}
