package schemas_test

import (
	"encoding/json"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

func TestMissingKeysOfAUnionAreAlternatives(t *testing.T) {
	t.Parallel()
	const prefix = "the arguments do not fit: "
	for _, test := range []struct{ name, schema, args, want string }{
		{
			"nothing but required", `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"anyOf":[{"required":["a"]},{"required":["b"]}]}`,
			`{}`, "expected one of: {a} or {b}, got an object with 0 keys",
		},
		{
			"objects", `{"oneOf":[{"type":"object","required":["a"],"properties":{"a":{},"o":{}}},{"type":"object","required":["b","c"],"properties":{"b":{},"c":{}}}]}`,
			`{}`, "expected one of: {a, …} or {b, c}, got an object with 0 keys",
		},
		{
			"behind references", `{"oneOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}],"$defs":{"a":{"type":"object","required":["a"],"properties":{"a":{}}},"b":{"type":"object","required":["b"],"properties":{"b":{}}}}}`,
			`{}`, "expected one of: {a} or {b}, got an object with 0 keys",
		},
		{
			"a key tells the form", `{"oneOf":[{"type":"object","required":["a","x"],"properties":{"a":{},"x":{"type":"string"}}},{"type":"object","required":["b","c"],"properties":{"b":{},"c":{}}}]}`,
			`{"a":1}`, "x: expected text, it is required, got nothing",
		},
		{
			"below the root", `{"type":"object","properties":{"p":{"type":"object","properties":{"a":{},"b":{}},"anyOf":[{"required":["a"]},{"required":["b"]}]}}}`,
			`{"p":{}}`, "p: expected one of: {a} or {b}, got an object with 0 keys",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := compile(t, post(test.schema)).Schema().Check(parse(t, test.args))
			if err == nil || err.Error() != prefix+test.want {
				t.Errorf("\n got %v\nwant %s", err, prefix+test.want)
			}
		})
	}
}

func TestARefusedArgumentIsToldOnce(t *testing.T) {
	t.Parallel()
	s := compile(t, alloy.Action{ID: "act", Method: "get", Path: "/x/{id}", Parameters: []alloy.Parameter{
		{Name: "id", In: "path", Required: true, Schema: json.RawMessage(str)}, {Name: "X-Trace", In: "header", Required: true, Schema: json.RawMessage(str)},
	}})
	args := map[string]any{"id": "a/b", s.Schema().Properties()[1]: "a\nb"}
	const once = "the arguments do not fit: X_Trace: expected text on one line, a number or a boolean, got text of 3 characters; id: expected a value without / ? # or their escapes, got text of 3 characters"
	if _, err := s.Schema().Check(args); err == nil || err.Error() != once {
		t.Errorf("Check: %v", err)
	}
	if _, err := s.Split(args); err == nil || err.Error() != once {
		t.Errorf("Split: %v", err)
	}
}
