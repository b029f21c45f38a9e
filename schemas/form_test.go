package schemas_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

func TestPlainArguments(t *testing.T) {
	t.Parallel()
	form, err := schemas.ReadForm(json.RawMessage(`{"type":"object","properties":{
	  "id":{"type":"string"},"open":{"type":"object"},"must":{"type":"object"},
	  "page":{"type":"object","properties":{"size":{"type":"integer"},"at":{"type":"string"},"open":{"type":"object"}},"required":["size"]},
	  "list":{"type":"array","items":{"type":"object","properties":{"a":{"type":"string"}}}},
	  "opens":{"type":"array","items":{"type":"object"}}},"required":["must"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, given, want string }{
		{"nothing", `{}`, `{}`},
		{"null is left out", `{"id":null,"open":null,"page":null,"list":null}`, `{}`},
		{"but not where it is required", `{"must":null,"page":{"size":null}}`, `{"must":null,"page":{"size":null}}`},
		{"null inside", `{"page":{"size":1,"at":null,"open":null},"list":[{"a":null},null]}`, `{"page":{"size":1},"list":[{},null]}`},
		{"null that the schema does not spell out", `{"open":{"a":null},"more":null}`, `{"open":{"a":null},"more":null}`},
		{"JSON text", `{"open":"{\"a\":null,\"n\":9007199254740993}","page":"{\"size\":1,\"at\":null}"}`, `{"open":{"a":null,"n":9007199254740993},"page":{"size":1}}`},
		{"JSON text in lists", `{"opens":["{\"a\":1}",{"b":2}],"list":["{\"a\":null}"]}`, `{"opens":[{"a":1},{"b":2}],"list":[{}]}`},
		{"text that says nothing", `{"open":"","page":" null "}`, `{}`},
		{"text that is no object", `{"id":"{\"a\":1}","open":"[1]","must":"{a"}`, `{"id":"{\"a\":1}","open":"[1]","must":"{a"}`},
		{"another mistake", `{"list":7,"page":[1]}`, `{"list":7,"page":[1]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			given := parse(t, test.given)
			if diff := cmp.Diff(parse(t, test.want), form.Plain(given)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(parse(t, test.given), given); diff != "" {
				t.Errorf("the arguments themselves changed:\n%s", diff)
			}
		})
	}
	var none *schemas.Form
	if got := none.Plain(map[string]any{"a": nil}); len(got) != 1 {
		t.Errorf("no form changes arguments to %v", got)
	}
	for _, text := range []string{``, `[]`, `{`} {
		if _, err := schemas.ReadForm(json.RawMessage(text)); err == nil {
			t.Errorf("%q has a form", text)
		}
	}
}
