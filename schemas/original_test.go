package schemas_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	reference "github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// original is a schema as the metadata has it, read without the code under test:
// it draws values and has them checked by a validator that others wrote.
type original struct {
	root      map[string]any
	reference *reference.Schema
}

// readOriginal prepares a schema. Names in dropped are no longer required: Alloy
// supplies them.
func readOriginal(t testing.TB, raw json.RawMessage, dropped map[string]bool) *original {
	t.Helper()
	var doc any
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	root, ok := doc.(map[string]any)
	if !ok {
		t.Fatalf("schema %s is no object", raw)
	}
	withoutRequired(root, dropped)
	toDraft2020(root)
	c := reference.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource("mem:///schema.json", root); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("mem:///schema.json")
	if err != nil {
		t.Fatalf("the reference validator refuses %s: %v", raw, err)
	}
	return &original{root, compiled}
}

type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, fmt.Errorf("%s is not loaded", url) }

// toDraft2020 writes OpenAPI's nullable as a type, and drops what stands under
// "properties" without being a schema.
func toDraft2020(v any) {
	s, ok := v.(map[string]any)
	if !ok {
		return
	}
	if s["nullable"] == true {
		if kind, ok := s["type"].(string); ok {
			s["type"] = []any{kind, "null"}
		}
	}
	delete(s, "nullable")
	for _, key := range []string{"properties", "patternProperties", "$defs"} {
		named, _ := s[key].(map[string]any)
		for name, p := range named {
			if _, ok := p.(string); ok {
				delete(named, name)
			}
			toDraft2020(p)
		}
	}
	for _, key := range []string{"items", "additionalProperties", "not"} {
		toDraft2020(s[key])
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := s[key].([]any)
		for _, x := range list {
			toDraft2020(x)
		}
	}
}

// withoutRequired drops names from the requirements of the root, and of what it
// refers to.
func withoutRequired(root map[string]any, dropped map[string]bool) {
	list, _ := root["required"].([]any)
	left := slices.DeleteFunc(list, func(x any) bool { name, _ := x.(string); return dropped[name] })
	if len(list) > 0 {
		root["required"] = left
	}
}

// draw draws a value that satisfies the schema, or nearly: unions and limits that
// interact are left to the reference validator to accept.
func (o *original) draw(t *rapid.T, dropped map[string]bool) any {
	return o.value(t, o.root, 0, dropped)
}

func (o *original) value(t *rapid.T, s map[string]any, depth int, dropped map[string]bool) any {
	if _, ok := s["$ref"]; ok {
		return o.value(t, o.merged(map[string]any{}, s), depth+1, dropped)
	}
	if enum, ok := s["enum"].([]any); ok && len(enum) > 0 {
		return rapid.SampledFrom(enum).Draw(t, "enum")
	}
	if c, ok := s["const"]; ok {
		return c
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if list, ok := s[key].([]any); ok && len(list) > 0 {
			pick := list[0]
			if depth < 12 {
				pick = rapid.SampledFrom(list).Draw(t, key)
			}
			sub, _ := pick.(map[string]any)
			merged := maps.Clone(s)
			delete(merged, key)
			return o.merge(t, merged, sub, depth, dropped)
		}
	}
	if list, ok := s["allOf"].([]any); ok {
		merged := maps.Clone(s)
		delete(merged, "allOf")
		for _, x := range list {
			sub, _ := x.(map[string]any)
			merged = o.merged(merged, sub)
		}
		return o.value(t, merged, depth+1, dropped)
	}
	return o.plain(t, s, depth, dropped)
}

func (o *original) merge(t *rapid.T, a, b map[string]any, depth int, dropped map[string]bool) any {
	return o.value(t, o.merged(a, b), depth+1, dropped)
}

// merged puts two schemas together that both hold.
func (o *original) merged(a, b map[string]any) map[string]any {
	for range 10 {
		ref, ok := b["$ref"].(string)
		if !ok {
			break
		}
		siblings := maps.Clone(b)
		delete(siblings, "$ref")
		b = o.merged(siblings, refTarget(o.root, ref))
	}
	out := maps.Clone(a)
	for key, x := range b {
		switch key {
		case "properties":
			props, _ := out[key].(map[string]any)
			both := maps.Clone(props)
			if both == nil {
				both = map[string]any{}
			}
			more, _ := x.(map[string]any)
			maps.Copy(both, more)
			out[key] = both
		case "required":
			have, _ := out[key].([]any)
			more, _ := x.([]any)
			out[key] = append(slices.Clone(have), more...)
		default:
			out[key] = x
		}
	}
	return out
}

func (o *original) plain(t *rapid.T, s map[string]any, depth int, dropped map[string]bool) any {
	kind, _ := s["type"].(string)
	if list, ok := s["type"].([]any); ok {
		kind, _ = rapid.SampledFrom(list).Draw(t, "type").(string)
	}
	if kind == "" {
		switch {
		case s["properties"] != nil:
			kind = "object"
		case s["items"] != nil:
			kind = "array"
		default:
			kind = rapid.SampledFrom([]string{"string", "integer", "boolean", "object", "array"}).Draw(t, "any")
		}
	}
	switch kind {
	case "null":
		return nil
	case "boolean":
		return rapid.Bool().Draw(t, "boolean")
	case "integer":
		low, high := limits(s, -1000, 1000)
		return json.Number(strconv.Itoa(rapid.IntRange(low, high).Draw(t, "integer")))
	case "number":
		low, high := limits(s, -1000, 1000)
		n := rapid.IntRange(low, max(low, high-1)).Draw(t, "number")
		return json.Number(fmt.Sprintf("%d.%d", n, rapid.IntRange(0, 9).Draw(t, "fraction")))
	case "array":
		return o.array(t, s, depth)
	case "object":
		return o.object(t, s, depth, dropped)
	}
	return text(t, s)
}

func limits(s map[string]any, low, high int) (from, to int) {
	if n, ok := s["minimum"].(json.Number); ok {
		if v, err := n.Int64(); err == nil {
			low = int(v)
			high = max(high, low)
		}
	}
	if n, ok := s["maximum"].(json.Number); ok {
		if v, err := n.Int64(); err == nil {
			high = int(v)
			low = min(low, high)
		}
	}
	return low, high
}

func number(s map[string]any, key string, none int) int {
	if n, ok := s[key].(json.Number); ok {
		if v, err := n.Int64(); err == nil {
			return int(v)
		}
	}
	return none
}

// text draws strings that are easily taken for something else.
func text(t *rapid.T, s map[string]any) string {
	if p, ok := s["pattern"].(string); ok {
		return rapid.StringMatching(p).Draw(t, "pattern")
	}
	low, high := number(s, "minLength", 0), number(s, "maxLength", 40)
	tricky := []string{
		"", "null", "true", "False", "5", "-1.5e3", "0123", `{"a":1}`, `[1,2]`, `"quoted"`, ` {"a":1} `, `{`, "ä\u0301", "日本",
		"a,b", "{not json}", `[]`, `{}`, `"`, "page", "../x", "2026-01-01",
	}
	tricky = slices.DeleteFunc(tricky, func(x string) bool { n := len([]rune(x)); return n < low || n > high })
	if len(tricky) > 0 && rapid.Bool().Draw(t, "tricky") {
		return rapid.SampledFrom(tricky).Draw(t, "text")
	}
	return rapid.StringN(low, max(low, min(high, 20)), -1).Draw(t, "text")
}

func (o *original) array(t *rapid.T, s map[string]any, depth int) any {
	items, _ := s["items"].(map[string]any)
	low, high := number(s, "minItems", 0), number(s, "maxItems", 3)
	if depth > 14 {
		high = low
	}
	n := rapid.IntRange(low, max(low, min(high, low+2))).Draw(t, "length")
	out := make([]any, 0, n)
	for range n {
		x := o.value(t, items, depth+1, nil)
		if s["uniqueItems"] == true && slices.ContainsFunc(out, func(y any) bool { return fmt.Sprint(x) == fmt.Sprint(y) }) {
			continue
		}
		out = append(out, x)
	}
	return out
}

func (o *original) object(t *rapid.T, s map[string]any, depth int, dropped map[string]bool) any {
	out := map[string]any{}
	props, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(props)) {
		must := slices.Contains(required, any(name))
		if dropped[name] || !must && (depth > 14 || rapid.IntRange(0, 2).Draw(t, "given") == 0) {
			continue
		}
		sub, ok := props[name].(map[string]any)
		if !ok {
			continue
		}
		out[name] = o.value(t, sub, depth+1, nil)
	}
	for _, x := range required {
		if name, _ := x.(string); props[name] == nil && !dropped[name] {
			out[name] = "x"
		}
	}
	if more, ok := s["additionalProperties"]; ok && more != false && depth <= 10 {
		sub, _ := more.(map[string]any)
		for i := range rapid.IntRange(0, 2).Draw(t, "more") {
			out[fmt.Sprintf("extra %d", i)] = o.value(t, sub, depth+1, nil)
		}
	}
	return out
}
