package schemas_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// The rules of the portable profile, written down once more and without the code
// under test: a schema is decoded into plain maps and every node is looked at.

var reportable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// portableKeys is everything that a node may say (S2, S3, S5, S10, S12, S13, S16).
func portableKeys() []string {
	return []string{"type", "description", "enum", "properties", "required", "items"}
}

// notPortable lists what breaks a rule; empty is portable.
func notPortable(raw json.RawMessage) []string {
	var problems []string
	say := func(rule, path, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s %s: %s", rule, path, fmt.Sprintf(format, args...)))
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	var root map[string]any
	if err := dec.Decode(&root); err != nil {
		return []string{"not JSON: " + err.Error()}
	}
	if _, err := dec.Token(); err != io.EOF {
		say("JSON", "", "something follows")
	}
	if twice := repeatedKeys(raw); twice != "" {
		say("JSON", "", "key %s twice in one object", twice)
	}
	if root["type"] != "object" {
		say("S1", "root", "type %v", root["type"])
	}
	if _, ok := root["properties"].(map[string]any); !ok {
		say("S1", "root", "no properties")
	}
	var visit func(path string, n map[string]any)
	visit = func(path string, n map[string]any) {
		for key := range n {
			if !slices.Contains(portableKeys(), key) {
				say("S2/S3/S5/S10/S12/S13", path, "keyword %s", key)
			}
		}
		kind, _ := n["type"].(string)
		if !slices.Contains([]string{"string", "number", "integer", "boolean", "object", "array"}, kind) {
			say("S4/S7", path, "type %v", n["type"])
		}
		if text, has := n["description"]; has {
			s, _ := text.(string)
			if s == "" || len(utf16.Encode([]rune(s))) > 1024 {
				say("C5", path, "description of %d", len(s))
			}
			if strings.ContainsAny(s, "\n\r\t\x1b\u200b\u202e\u2066") {
				say("text", path, "control or invisible characters in the description")
			}
		}
		items, hasItems := n["items"]
		if kind == "array" {
			sub, ok := items.(map[string]any)
			if !ok {
				say("S6", path, "items %v", items)
			} else {
				visit(path+"[]", sub)
			}
		} else if hasItems {
			say("S6", path, "items beside type %s", kind)
		}
		checkEnum(n, kind, path, say)
		props, hasProps := n["properties"].(map[string]any)
		if hasProps && kind != "object" {
			say("S7", path, "properties beside type %s", kind)
		}
		for name, p := range props {
			if !reportable.MatchString(name) {
				say("S11", path, "name %q", name)
			}
			sub, ok := p.(map[string]any)
			if !ok {
				say("S7", path, "property %s is %v", name, p)
				continue
			}
			visit(path+"."+name, sub)
		}
		checkRequired(n, props, path, say)
	}
	visit("root", root)
	arguments, _ := root["properties"].(map[string]any)
	for name, p := range arguments {
		if sub, _ := p.(map[string]any); sub["description"] == nil {
			say("C5", name, "no description")
		}
	}
	return append(problems, normaliserFixes(root, "root")...)
}

func checkEnum(n map[string]any, kind, path string, say func(string, string, string, ...any)) {
	enum, has := n["enum"]
	if !has {
		return
	}
	list, _ := enum.([]any)
	if kind != "string" || len(list) == 0 || len(list) > 50 {
		say("S9", path, "enum of %d beside type %s", len(list), kind)
	}
	seen := map[string]bool{}
	for _, x := range list {
		s, ok := x.(string)
		if !ok || s == "" || seen[s] {
			say("S9", path, "enum value %v", x)
		}
		seen[s] = true
	}
}

func checkRequired(n, props map[string]any, path string, say func(string, string, string, ...any)) {
	required, has := n["required"]
	if !has {
		return
	}
	list, ok := required.([]any)
	if !ok || len(list) == 0 {
		say("S8", path, "required %v", required)
	}
	for _, x := range list {
		name, _ := x.(string)
		if _, there := props[name]; !there {
			say("S8", path, "required %v has no property", x)
		}
	}
}

// normaliserFixes does what VS Code's normaliser for tool schemas does, as its
// rules are published, and lists what it would have to change.
func normaliserFixes(n map[string]any, path string) []string {
	var fixes []string
	if n["type"] == "array" && n["items"] == nil {
		fixes = append(fixes, path+": array type must have items")
	}
	if path == "root" {
		for _, key := range []string{"oneOf", "anyOf", "allOf", "not", "if", "then", "else"} {
			if _, has := n[key]; has {
				fixes = append(fixes, path+": "+key+" removed")
			}
		}
	}
	for _, key := range []string{
		"minLength", "maxLength", "pattern", "default", "format", "minimum", "maximum", "multipleOf", "patternProperties",
		"unevaluatedProperties", "propertyNames", "minProperties", "maxProperties", "unevaluatedItems", "contains",
		"minContains", "maxContains", "minItems", "maxItems", "uniqueItems",
	} {
		if _, has := n[key]; has {
			fixes = append(fixes, path+": "+key+" removed")
		}
	}
	if _, list := n["type"].([]any); list {
		fixes = append(fixes, path+": type list split")
	}
	props, _ := n["properties"].(map[string]any)
	for name, p := range props {
		if sub, ok := p.(map[string]any); ok {
			fixes = append(fixes, normaliserFixes(sub, path+"."+name)...)
		}
	}
	if items, ok := n["items"].(map[string]any); ok {
		fixes = append(fixes, normaliserFixes(items, path+"[]")...)
	}
	return fixes
}

// repeatedKeys returns a key that stands twice in one object.
func repeatedKeys(raw []byte) string {
	dec := json.NewDecoder(bytes.NewReader(raw))
	var walk func() (string, error)
	walk = func() (string, error) {
		tok, err := dec.Token()
		if err != nil {
			return "", err
		}
		delim, ok := tok.(json.Delim)
		if !ok {
			return "", nil
		}
		seen := map[string]bool{}
		for dec.More() {
			if delim == '{' {
				key, err := dec.Token()
				if err != nil {
					return "", err
				}
				name, _ := key.(string)
				if seen[name] {
					return name, nil
				}
				seen[name] = true
			}
			if name, err := walk(); name != "" || err != nil {
				return name, err
			}
		}
		_, err = dec.Token()
		return "", err
	}
	name, err := walk()
	if err != nil {
		return err.Error()
	}
	return name
}

func TestEveryCompiledSchemaIsPortable(t *testing.T) {
	t.Parallel()
	for _, e := range catalogue(t) {
		for _, problem := range notPortable(compile(t, e.action).Schema().JSON()) {
			t.Errorf("%s: %s", e, problem)
		}
	}
}

// TestTheRulesCanBeBroken keeps the oracle honest: it must see what is wrong.
func TestTheRulesCanBeBroken(t *testing.T) {
	t.Parallel()
	for rule, schema := range map[string]string{
		"S1":  `{"type":"object"}`,
		"S2":  `{"type":"object","properties":{},"oneOf":[]}`,
		"S3":  `{"type":"object","properties":{"a":{"$ref":"#/x"}}}`,
		"S4":  `{"type":"object","properties":{"a":{"type":["string","null"],"description":"x"}}}`,
		"S5":  `{"type":"object","properties":{"a":{"type":"string","const":"x","description":"x"}}}`,
		"S6":  `{"type":"object","properties":{"a":{"type":"array","description":"x"}}}`,
		"S7":  `{"type":"object","properties":{"a":{"description":"x"}}}`,
		"S8":  `{"type":"object","properties":{},"required":["a"]}`,
		"S9":  `{"type":"object","properties":{"a":{"type":"integer","enum":[1],"description":"x"}}}`,
		"S10": `{"type":"object","properties":{"a":{"type":"string","pattern":"x","description":"x"}}}`,
		"S11": `{"type":"object","properties":{"a.b":{"type":"string","description":"x"}}}`,
		"S12": `{"type":"object","properties":{"a":{"type":"object","additionalProperties":true,"description":"x"}}}`,
		"S13": `{"type":"object","properties":{"a":{"type":"string","title":"x","description":"x"}}}`,
		"C5":  `{"type":"object","properties":{"a":{"type":"string"}}}`,
	} {
		problems := strings.Join(notPortable(json.RawMessage(schema)), "; ")
		if !strings.Contains(problems, rule) {
			t.Errorf("%s is not seen in %s: %s", rule, schema, problems)
		}
	}
}
