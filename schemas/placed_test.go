package schemas

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// A list in the path or in a header is sent as OpenAPI writes it there.
func TestAListInThePathOrAHeader(t *testing.T) {
	t.Parallel()
	list := func(item string) json.RawMessage {
		return json.RawMessage(`{"type":"array","items":{"type":"` + item + `"}}`)
	}
	s, err := FromAction(alloy.Action{ID: "a", Method: "get", Path: "/x/{ids}", Parameters: []alloy.Parameter{
		{Name: "ids", In: "path", Required: true, Schema: list("integer")}, {Name: "X-List", In: "header", Required: true, Schema: list("string")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	args := map[string]any{"ids": []any{json.Number("1"), json.Number("2")}, "X_List": []any{"a", "b c"}}
	checked, err := s.Schema().Check(args)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(args, checked.Args); diff != "" || len(checked.Coercions) > 0 {
		t.Errorf("%v: %s", checked.Coercions, diff)
	}
	parts, err := s.Split(checked.Args)
	if err != nil {
		t.Fatal(err)
	}
	if parts.PathParams["ids"] != "1,2" || parts.AdditionalHeaders["X-List"] != "a,b c" {
		t.Errorf("%v %v", parts.PathParams, parts.AdditionalHeaders)
	}
	for _, wrong := range []map[string]any{
		{"ids": []any{}, "X_List": []any{"a"}},
		{"ids": []any{1}, "X_List": []any{"a,b"}},
		{"ids": []any{1}, "X_List": []any{"a\nb"}},
		{"ids": []any{1}, "X_List": []any{[]any{"a"}}},
		{"ids": []any{"../1"}, "X_List": []any{"a"}},
	} {
		if _, err := s.Schema().Check(wrong); err == nil {
			t.Errorf("%v is taken", wrong)
		}
	}
	if _, err := s.Example(); err != nil {
		t.Error(err)
	}
}
