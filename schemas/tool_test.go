package schemas_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

type ownArguments struct {
	ConnectionID string   `json:"connection_id,omitempty" jsonschema_description:"Which account."`
	Fields       []string `json:"fields,omitempty" jsonschema_description:"Paths to keep."`
}

func own(t testing.TB) *schemas.Schema {
	t.Helper()
	s, err := schemas.Reflect[ownArguments]()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func argumentsOf(t testing.TB, schema json.RawMessage) (names map[string]map[string]any, required []string) {
	t.Helper()
	var root struct {
		Properties map[string]map[string]any `json:"properties"`
		Required   []string                  `json:"required"`
	}
	if err := json.Unmarshal(schema, &root); err != nil {
		t.Fatal(err)
	}
	return root.Properties, root.Required
}

// TestEveryActionIsAToolInFewBytes: nothing that has to be passed may be missing.
func TestEveryActionIsAToolInFewBytes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	const limit = 3_000
	more := own(t)
	shortened := 0
	for _, e := range catalogue(t) {
		s := compile(t, e.action)
		for _, profile := range []schemas.Profile{schemas.Portable, schemas.Strict} {
			tool, err := s.Tool(more, profile, limit)
			if err != nil || len(tool.JSON) > limit {
				t.Errorf("%s, %s: %d bytes, %v", e, profile, len(tool.JSON), err)
				continue
			}
			if profile == schemas.Strict {
				checkStrict(t, e.String(), tool.JSON)
			}
			shown, _ := argumentsOf(t, tool.Portable)
			for ours, name := range tool.Own {
				if shown[name] == nil || (name != ours) != hasArgument(s, ours) {
					t.Errorf("%s, %s: our %s is shown as %s", e, profile, ours, name)
				}
			}
			if tool.Rest != "" {
				shortened++
				continue
			}
			for _, name := range s.Schema().Properties() {
				if shown[name] == nil {
					t.Errorf("%s, %s: %s is lost", e, profile, name)
				}
			}
		}
	}
	if shortened > 60 {
		t.Errorf("%d tools do not list all of their arguments", shortened)
	}
	t.Logf("%d of the tools do not list all of their arguments", shortened)
}

func hasArgument(s *schemas.ActionSchema, name string) bool {
	args := s.Schema().Properties()
	return slices.Contains(args, name)
}

func TestAToolKeepsItsOwnArgumentsApart(t *testing.T) {
	t.Parallel()
	s := compile(t, alloy.Action{ID: "a", Parameters: []alloy.Parameter{
		{Name: "fields", In: "query", Schema: json.RawMessage(`{"type":"string"}`)},
		{Name: "tool_fields", In: "query", Schema: json.RawMessage(`{"type":"string"}`)},
	}})
	tool, err := s.Tool(own(t), schemas.Portable, 4_000)
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := argumentsOf(t, tool.JSON)
	if tool.Own["fields"] != "tool_tool_fields" || tool.Own["connection_id"] != "connection_id" || len(shown) != 4 || shown["fields"]["type"] != "string" {
		t.Errorf("own %v, shown %v", tool.Own, shown)
	}
}

// TestAToolWithTooManyArguments lists those that are required first and tells the
// names of others.
func TestAToolWithTooManyArguments(t *testing.T) {
	t.Parallel()
	a := alloy.Action{ID: "a", Parameters: []alloy.Parameter{{Name: "more_arguments", In: "query", Schema: json.RawMessage(`{"type":"string"}`)}}}
	for i := range 400 {
		a.Parameters = append(a.Parameters, alloy.Parameter{
			Name: fmt.Sprintf("Parameter%d.Name", i), In: "query", Required: i >= 380, Schema: json.RawMessage(`{"type":"string","description":"It says nothing."}`),
		})
	}
	s := compile(t, a)
	for _, profile := range []schemas.Profile{schemas.Portable, schemas.Strict} {
		for _, limit := range []int{4_000, 1_500} {
			tool, err := s.Tool(own(t), profile, limit)
			if err != nil {
				t.Fatal(err)
			}
			shown, required := argumentsOf(t, tool.Portable)
			words, _ := shown["tool_more_arguments"]["description"].(string)
			if tool.Rest != "tool_more_arguments" || len(tool.JSON) > limit || len(tool.JSON) < limit-300 || len(shown) > 95 || !strings.Contains(words, " more.") {
				t.Errorf("%s: %d bytes of %d, %d shown, the rest in %q: %s", profile, len(tool.JSON), limit, len(shown), tool.Rest, words)
			}
			if limit == 4_000 && len(required) != 20 {
				t.Errorf("%s: %d are required", profile, len(required))
			}
			if limit == 1_500 && !strings.Contains(strings.Join(required, " "), "tool_more_arguments") {
				t.Errorf("%s: what is required and not listed is not required: %v", profile, required)
			}
		}
	}
	roomy, err := s.Tool(own(t), schemas.Portable, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if shown, _ := argumentsOf(t, roomy.JSON); roomy.Rest == "" || len(shown) > 95 {
		t.Errorf("with room for all of them %d arguments are listed", len(shown))
	}
	if _, err := s.Tool(own(t), schemas.Strict, 300); err == nil {
		t.Error("400 arguments fit into 300 bytes")
	}
}
