package schemas_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
)

// entry is one action of a catalogue.
type entry struct {
	connector string
	action    alloy.Action
}

func (e entry) String() string { return e.connector + "." + e.action.ID }

// readCatalogues is read once: every test looks at the same 896 actions.
var readCatalogues = sync.OnceValues(func() ([]entry, error) {
	files, err := filepath.Glob(filepath.Join("testdata", "catalogs", "*.json"))
	if err != nil {
		return nil, err
	}
	var out []entry
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var c struct {
			Actions map[string]json.RawMessage `json:"actions"`
		}
		if err := json.Unmarshal(data, &c); err != nil {
			return nil, err
		}
		for _, raw := range c.Actions {
			a, err := pinned.Decode(raw)
			if err != nil {
				return nil, err
			}
			out = append(out, entry{strings.TrimSuffix(filepath.Base(file), ".json"), a})
		}
	}
	slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.String(), b.String()) })
	return out, nil
})

func catalogue(t testing.TB) []entry {
	t.Helper()
	list, err := readCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 800 {
		t.Fatalf("only %d actions in testdata/catalogs", len(list))
	}
	return list
}

func catalogueAction(t testing.TB, id string) alloy.Action {
	t.Helper()
	for _, e := range catalogue(t) {
		if e.String() == id {
			return e.action
		}
	}
	t.Fatalf("no action %s", id)
	return alloy.Action{}
}

func compile(t testing.TB, a alloy.Action, opts ...schemas.Option) *schemas.ActionSchema {
	t.Helper()
	s, err := schemas.FromAction(a, opts...)
	if err != nil {
		t.Fatalf("compile %s: %v", a.ID, err)
	}
	return s
}

// parse is what a tool does with the arguments it gets.
func parse(t testing.TB, text string) map[string]any {
	t.Helper()
	args, err := schemas.ParseArguments(json.RawMessage(text))
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return args
}

func TestEveryActionCompilesAndIsChecked(t *testing.T) {
	t.Parallel()
	for _, e := range catalogue(t) {
		s := compile(t, e.action)
		if !s.Validated() {
			t.Errorf("%s is not validated: %v", e, s.Notes())
		}
		if n := len(s.Schema().JSON()); n > 32<<10 {
			t.Errorf("%s: %d bytes", e, n)
		}
		if n := len(s.Signature()); n > 240 || !strings.HasPrefix(s.Signature(), e.action.ID+"(") {
			t.Errorf("%s: signature %q", e, s.Signature())
		}
	}
}

// TestNoParameterIsLost finds every declared parameter and every property of a
// body again, by sending it through Join.
func TestNoParameterIsLost(t *testing.T) {
	t.Parallel()
	for _, e := range catalogue(t) {
		s := compile(t, e.action)
		hidden := map[string]bool{}
		for _, h := range s.Hidden() {
			hidden[h.In+" "+h.Name] = true
		}
		want := 0
		for _, p := range e.action.Parameters {
			if hidden[p.In+" "+p.Name] {
				continue
			}
			want++
			parts := schemas.Parts{}
			switch p.In {
			case "path":
				parts.PathParams = map[string]any{p.Name: "x"}
			case "query":
				parts.QueryParameters = map[string]any{p.Name: "x"}
			default:
				parts.AdditionalHeaders = map[string]string{p.Name: "x"}
			}
			if args, err := s.Join(parts); err != nil || len(args) != 1 {
				t.Errorf("%s: %s parameter %q is lost: %v", e, p.In, p.Name, err)
			}
		}
		for _, name := range bodyProperties(t, e.action.RequestBody) {
			if hidden["body "+name] {
				continue
			}
			want++
			if args, err := s.Join(schemas.Parts{RequestBody: map[string]any{name: "x"}}); err != nil || len(args) != 1 {
				t.Errorf("%s: body property %q is lost: %v", e, name, err)
			}
		}
		if got := len(s.Schema().Properties()); got < want {
			t.Errorf("%s: %d properties shown, want at least %d", e, got, want)
		}
	}
}

// bodyProperties lists the properties of the root of a body, references and
// unions followed, without the code under test.
func bodyProperties(t testing.TB, raw json.RawMessage) []string {
	t.Helper()
	if len(raw) == 0 {
		return nil
	}
	var root map[string]any
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	var out []string
	var visit func(s map[string]any, depth int)
	visit = func(s map[string]any, depth int) {
		if depth > 10 {
			return
		}
		if ref, ok := s["$ref"].(string); ok {
			visit(refTarget(root, ref), depth+1)
		}
		for _, key := range []string{"allOf", "anyOf", "oneOf"} {
			list, _ := s[key].([]any)
			for _, x := range list {
				if sub, ok := x.(map[string]any); ok {
					visit(sub, depth+1)
				}
			}
		}
		props, _ := s["properties"].(map[string]any)
		for name := range props {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	visit(root, 0)
	return out
}

func refTarget(root map[string]any, ref string) map[string]any {
	at := root
	for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		at, _ = at[step].(map[string]any)
	}
	return at
}

func TestSlackTokensAreSuppliedByAlloy(t *testing.T) {
	t.Parallel()
	parameters, bodies := 0, 0
	for _, e := range catalogue(t) {
		s := compile(t, e.action)
		for _, h := range s.Hidden() {
			if h.Name == "token" && h.Reason == "credential" {
				if h.In == "body" {
					bodies++
				} else {
					parameters++
				}
			}
		}
		if e.connector == "slack" && slices.Contains(s.Schema().Properties(), "token") {
			t.Errorf("%s asks for a token", e)
		}
	}
	if parameters != 155 || bodies != 15 {
		t.Errorf("%d token parameters and %d token properties hidden, want 155 and 15", parameters, bodies)
	}
	// A token that is the subject of the call is none that Alloy supplies.
	about := compile(t, catalogueAction(t, "hubspot.getAccessToken"))
	if !slices.Contains(about.Schema().Properties(), "token") {
		t.Errorf("hubspot.getAccessToken lost its argument: %v", about.Schema().Properties())
	}
}

func TestPlaceholdersWithoutParameterAreArguments(t *testing.T) {
	t.Parallel()
	for id, name := range map[string]string{
		"hubspot.getAuditPipelineStageAudit": "pipelineId",
		"hubspot.doValidateValidation":       "environment",
	} {
		s := compile(t, catalogueAction(t, id))
		_, err := s.Schema().Check(map[string]any{})
		if err == nil || !strings.Contains(err.Error(), name+": expected text, it is required") {
			t.Errorf("%s: %v, want %s to be required", id, err, name)
		}
	}
}
