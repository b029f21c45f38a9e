package schemas_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

func TestAStrictSchema(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, portable, strict string }{
		{"without arguments", `{"type":"object","properties":{}}`, `{"type":"object","properties":{},"required":[],"additionalProperties":false}`},
		{
			"what may be left out takes null",
			`{"type":"object","description":"d","properties":{"b":{"type":"string","description":"B."},"a":{"type":"integer"}},"required":["b"]}`,
			`{"type":"object","description":"d","properties":{"b":{"type":"string","description":"B."},"a":{"type":["integer","null"]}},"required":["b","a"],"additionalProperties":false}`,
		},
		{
			"an enum",
			`{"type":"object","properties":{"a":{"type":"string","enum":["x","y"]},"b":{"type":"string","enum":["x"]}},"required":["b"]}`,
			`{"type":"object","properties":{"a":{"type":["string","null"],"enum":["x","y",null]},"b":{"type":"string","enum":["x"]}},"required":["a","b"],"additionalProperties":false}`,
		},
		{
			"an open object is text",
			`{"type":"object","properties":{"a":{"type":"object","description":"Any"},"l":{"type":"array","items":{"type":"object"}}}}`,
			`{"type":"object","properties":{"a":{"type":["string","null"],"description":"Any. A JSON object, as text."},` +
				`"l":{"type":["array","null"],"items":{"type":"string","description":"A JSON object, as text."}}},"required":["a","l"],"additionalProperties":false}`,
		},
		{
			"objects in one another",
			`{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"array","items":{"type":"object","properties":{"c":{"type":"boolean"}},"required":["c"]}}}}}}`,
			`{"type":"object","properties":{"a":{"type":["object","null"],"properties":{"b":{"type":["array","null"],"items":{"type":"object","properties":{"c":{"type":"boolean"}},` +
				`"required":["c"],"additionalProperties":false}}},"required":["b"],"additionalProperties":false}},"required":["a"],"additionalProperties":false}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := schemas.Strict.Render(json.RawMessage(test.portable))
			if err != nil || string(got) != test.strict {
				t.Errorf("%v\n got %s\nwant %s", err, got, test.strict)
			}
			if same, err := schemas.Portable.Render(json.RawMessage(test.portable)); err != nil || string(same) != test.portable {
				t.Errorf("portable: %s %v", same, err)
			}
		})
	}
	for _, text := range []string{``, `[]`, `{`} {
		if got, err := schemas.Strict.Render(json.RawMessage(text)); err == nil {
			t.Errorf("%q becomes %s", text, got)
		}
	}
}

// checkStrict asks of a schema what clients ask that close open objects.
func checkStrict(t *testing.T, what string, text json.RawMessage) {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	properties := 0
	strictNode(t, what, root, 1, &properties)
	if properties > 100 {
		t.Errorf("%s: %d properties", what, properties)
	}
}

func strictNode(t *testing.T, at string, node map[string]any, level int, count *int) {
	t.Helper()
	for keyword := range node {
		if !slices.Contains([]string{"type", "properties", "required", "items", "enum", "description", "additionalProperties"}, keyword) {
			t.Errorf("%s: keyword %s", at, keyword)
		}
	}
	kinds := strings.Trim(strings.ReplaceAll(fmt.Sprint(node["type"]), " null", ""), "[]")
	if !slices.Contains([]string{"object", "array", "string", "integer", "number", "boolean"}, kinds) {
		t.Errorf("%s: type %v", at, node["type"])
	}
	if kinds == "array" {
		strictNode(t, at+"[]", node["items"].(map[string]any), level, count)
	}
	if kinds != "object" {
		return
	}
	if level > 5 {
		t.Errorf("%s: an object in more than four others", at)
	}
	properties, _ := node["properties"].(map[string]any)
	required, _ := node["required"].([]any)
	if node["additionalProperties"] != false || len(required) != len(properties) {
		t.Errorf("%s is open, or %d of %d properties are required", at, len(required), len(properties))
	}
	for name, property := range properties {
		*count++
		if !slices.Contains(required, any(name)) {
			t.Errorf("%s.%s is not required", at, name)
		}
		strictNode(t, at+"."+name, property.(map[string]any), level+1, count)
	}
}
