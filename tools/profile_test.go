package tools_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// leastArguments are those that a tool cannot do without.
func leastArguments(connection string) map[string]string {
	return map[string]string{
		"list_connectors": `{}`, "get_credential_metadata": `{"connector_id":"app"}`, "start_oauth": `{"connector_id":"app"}`, "get_connection": `{}`,
		"get_tokens": `{"connection_id":"` + connection + `"}`, "notion_search": `{}`, "search_actions": `{"query":"create a thing"}`,
		"describe_action": `{"action_id":"app.createThing"}`, "run_read": `{"action_id":"app.listThings"}`,
		"run_write":       `{"action_id":"app.createThing","arguments":{"kind":"big","name":"n"}}`,
		"run_destructive": `{"action_id":"app.deleteThing","arguments":{"id":"7"}}`, "get_result": `{"request_id":"none"}`,
		"app_list_things": `{}`, "app_create_thing": `{"kind":"big","name":"n"}`, "app_delete_thing": `{"id":"7"}`,
	}
}

// withNulls is a call in which everything that may be left out is null, as clients
// write it that want every property.
func withNulls(t *testing.T, tool tools.Tool, arguments string) string {
	t.Helper()
	var args map[string]any
	if err := json.Unmarshal([]byte(arguments), &args); err != nil {
		t.Fatal(err)
	}
	properties, _ := rootOf(t, tool.InputSchema)["properties"].(map[string]any)
	for name := range properties {
		if _, given := args[name]; !given {
			args[name] = nil
		}
	}
	if object, ok := args["arguments"].(map[string]any); ok {
		text, _ := json.Marshal(object)
		args["arguments"] = string(text)
	}
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// In both profiles null for what may be left out counts as left out, and arguments
// may come as JSON text, with every tool.
func TestNullIsNothingWithEveryTool(t *testing.T) {
	t.Parallel()
	for _, profile := range []schemas.Profile{schemas.Portable, schemas.Strict} {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			b := exposing(t, func(w *wiring) { w.Profile = profile })
			least := leastArguments(b.connectTo(t, "notion"))
			for _, tool := range b.set.Tools() {
				arguments, ok := least[tool.Name]
				if !ok {
					t.Errorf("no call of %s is known", tool.Name)
				}
				want, wantError := b.call(t, tool.Name, arguments)
				full := withNulls(t, tool, arguments)
				got, gotError := b.call(t, tool.Name, full)
				for _, answer := range []map[string]any{want, got} { // what differs from call to call
					for _, key := range []string{"request_id", "url", "expires_at", "duplicate", "hint"} {
						delete(answer, key)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" || gotError != wantError || got["code"] == "invalid_arguments" {
					t.Errorf("%s %s (-without +with nulls):\n%s", tool.Name, full, diff)
				}
				if quoted, _ := json.Marshal(full); quoted != nil {
					if _, isError := b.call(t, tool.Name, string(quoted)); isError != wantError {
						t.Errorf("%s does not take all of its arguments as text", tool.Name)
					}
				}
			}
			b.written(t, 1)
		})
	}
}

// The strict list is a little longer, and no tool is.
func TestStrictToolsKeepTheRulesOfClients(t *testing.T) {
	t.Parallel()
	set := newBench(t, func(w *wiring) { w.Profile = schemas.Strict }).set
	checkTools(t, set.Tools(), schemas.Strict)
	portable := newBench(t, nil).set.Tools()
	words := 0
	for i, tool := range set.Tools() {
		words += len(tool.Name) + len(tool.Description) + len(tool.InputSchema)
		if tool.Name != portable[i].Name || tool.Description != portable[i].Description || tool.Hints != portable[i].Hints {
			t.Errorf("%s differs in more than its schema", tool.Name)
		}
	}
	if words > maxListWords*13/10 {
		t.Errorf("the strict tools have %d bytes", words)
	}
	i := slices.IndexFunc(set.Tools(), func(tool tools.Tool) bool { return tool.Name == "run_write" })
	if schema := string(set.Tools()[i].InputSchema); !strings.Contains(schema, `"arguments":{"type":["string","null"]`) {
		t.Errorf("run_write takes %s", schema)
	}
}
