package schemas_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// Whatever name an argument is given by, all its names lead to its value.
func TestEveryNameLeadsToTheArgument(t *testing.T) {
	t.Parallel()
	one := func(v any) []any { return []any{v} }
	for name, test := range map[string]struct {
		action alloy.Action
		args   string
		want   map[string][]any
	}{
		"renamed": {
			alloy.Action{ID: "a", Method: "get", Path: "/w", Parameters: []alloy.Parameter{param("query", "page[cursor]", str), param("query", "StartTime<", str)}},
			`{"page_cursor":"x","StartTime<":"y"}`,
			map[string][]any{"page_cursor": one("x"), "page[cursor]": one("x"), "StartTime_lt": one("y"), "StartTime<": one("y")},
		},
		"a name that another argument is shown by": {
			post(`{"type":"object","properties":{"id":{"type":"string"}}}`, param("query", "id", str)),
			`{"id":"query","body_id":"body"}`,
			map[string][]any{"id": one("query"), "body_id": one("body")},
		},
		"a name that two share": {
			post(`{"type":"object","properties":{"item-id":{"type":"string"}}}`, param("query", "item-id", str)),
			`{"item_id":"query","body_item_id":"body"}`,
			map[string][]any{"item_id": one("query"), "body_item_id": one("body"), "item-id": {"body", "query"}},
		},
		"inside": {
			post(`{"type":"object","properties":{"list":{"type":"array","items":{"type":"object","properties":{"a b":{"type":"string"},"a_b":{"type":"string"},"c[d]":{"type":"string"}}}}}}`),
			`{"list":[{"a b":"1","a_b":"2","c_d":"3"}]}`,
			map[string][]any{"list": one([]any{map[string]any{"a b": "1", "a_b_522207": "1", "a_b": "2", "c[d]": "3", "c_d": "3"}})},
		},
		"further keys and families": {
			post(`{"type":"object","properties":{"p":{"type":"string"}},"additionalProperties":{"type":"string"}}`, param("query", "property.{name}", str)),
			`{"other_properties":{"x-a":"1"},"property_name":{"size":"2"}}`,
			map[string][]any{
				"other_properties": one(map[string]any{"x-a": "1"}), "x-a": one("1"),
				"property_name": one(map[string]any{"size": "2"}), "property.size": one("2"),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schema, err := schemas.FromAction(test.action)
			if err != nil {
				t.Fatal(err)
			}
			var args map[string]any
			if err := json.Unmarshal([]byte(test.args), &args); err != nil {
				t.Fatal(err)
			}
			checked, err := schema.Schema().Check(args)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, schema.Names(checked.Args)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
