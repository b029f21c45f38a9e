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

// What no request can hold is not asked for.
func TestAHeaderThatCannotBe(t *testing.T) {
	t.Parallel()
	s, err := FromAction(alloy.Action{ID: "a", Method: "get", Path: "/x", Parameters: []alloy.Parameter{
		{Name: "bad name", In: "header", Required: true}, {Name: "X-Good", In: "header"}, {Name: "X-{any}", In: "header"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"X_Good", "X_any"}, s.Schema().Properties()); diff != "" || len(s.Notes()) != 1 {
		t.Errorf("%v: %s", s.Notes(), diff)
	}
	if _, err := s.Schema().Check(map[string]any{}); err != nil {
		t.Error(err)
	}
}

// Where only names are required, an object is meant.
func TestABodyOfRequiredKeysAlone(t *testing.T) {
	t.Parallel()
	s, err := FromAction(alloy.Action{ID: "a", Method: "post", RequestBody: json.RawMessage(`{"anyOf":[{"required":["a"]},{"required":["b"]}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(s.Schema().JSON()); got != `{"type":"object","properties":{"body":{"type":"object","description":"One of: {a} or {b}"}}}` {
		t.Error(got)
	}
}

// YAML reads 1 and true as what they look like, whatever the type says.
func TestAnEnumOfAnotherType(t *testing.T) {
	t.Parallel()
	for schema, values := range map[string][2]any{ // what is taken, and what is not
		`{"type":"integer","enum":["1","2"]}`:           {json.Number("2"), json.Number("3")},
		`{"type":"string","enum":[true,false,1.5]}`:     {"true", "yes"},
		`{"type":"boolean","enum":["true"]}`:            {true, false},
		`{"type":["number","null"],"enum":["0.5"]}`:     {json.Number("0.5"), json.Number("1")},
		`{"type":["integer","null"],"enum":["1",null]}`: {json.Number("1"), json.Number("2")},
		`{"type":"string","enum":["a",1]}`:              {"a", "1"},
		`{"type":"integer","enum":["one","2"]}`:         {nil, json.Number("2")},
		`{"type":"array","enum":["one"],"items":{}}`:    {nil, []any{}},
	} {
		s, err := FromAction(alloy.Action{ID: "a", Method: "post", RequestBody: json.RawMessage(`{"type":"object","properties":{"e":` + schema + `}}`)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Schema().Check(map[string]any{"e": values[0]}); err != nil {
			t.Errorf("%s: %v", schema, err)
		}
		if _, err := s.Schema().Check(map[string]any{"e": values[1]}); err == nil {
			t.Errorf("%s takes %v", schema, values[1])
		}
	}
}

// A parameter of OpenAPI 2 is its own schema, and required is no list there.
func TestASchemaWithTheNameOfItsParameter(t *testing.T) {
	t.Parallel()
	s, err := FromAction(alloy.Action{ID: "a", Method: "get", Path: "/x", Parameters: []alloy.Parameter{{
		Name: "n", In: "query", Required: true, Schema: json.RawMessage(`{"name":"n","in":"query","required":true,"type":"integer","maximum":9,"pattern":""}`),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(s.Schema().JSON()); got != `{"type":"object","properties":{"n":{"type":"integer","description":"At most 9."}},"required":["n"]}` || len(s.Notes()) > 0 {
		t.Error(got, s.Notes())
	}
}
