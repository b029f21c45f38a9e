package schemas_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// enums is a body whose enums hold empty text, null and values of several types.
func enums() string {
	return `{"type":"object","required":["lang"],"properties":{
		"lang":{"type":"string","enum":["",null,` + manyTexts(788) + `]},
		"n":{"type":["string","null"],"enum":["a","",null]},
		"short":{"type":"string","enum":["a",null]},
		"long":{"type":"string","enum":["","` + strings.Repeat("x", 201) + `"]},
		"empty":{"type":"string","enum":[""]},
		"none":{"type":"string","enum":[null]},
		"ints":{"type":"integer","enum":[1,2,"3"]},
		"both":{"type":"string","allOf":[{"enum":["a",1]}]},
		"mixed":{"enum":[1,"1",true,null,{"a":1}]}}}`
}

func TestAnEnumOffersWhatItsTypeAllows(t *testing.T) {
	t.Parallel()
	s := compile(t, post(enums()))
	var shown struct {
		Properties map[string]struct {
			Description string
			Enum        []string
		}
	}
	if err := json.Unmarshal(s.Schema().JSON(), &shown); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, p := range shown.Properties {
		got[name] = p.Description
		if len(p.Enum) > 0 {
			got[name] = fmt.Sprint(p.Enum, " ", p.Description)
		}
	}
	want := map[string]string{
		"lang":  "One of 788 values, e.g. v0, v1, v2, v3, v4, v5. Or empty.",
		"n":     "[a] Or empty. May be null.",
		"short": "[a] Short.",
		"long":  "One of " + strings.Repeat("x", 37) + "…. Or empty.",
		"empty": "Always empty.",
		"none":  "No value is allowed.",
		"ints":  "One of 1, 2.",
		"both":  "[a] Both.",
		"mixed": `Text or an integer or a boolean, or an object as it is or as JSON text. One of 1, "1", true, {"a":1}. May be null.`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	listed, err := s.Show("mixed", 2_000)
	if err != nil || !strings.Contains(string(listed.Schema), `\"1\"`) {
		t.Errorf("mixed in full: %s %v", listed.Schema, err)
	}
}

func TestAnEnumTakesWhatItOffers(t *testing.T) {
	t.Parallel()
	s := compile(t, post(enums()))
	for _, test := range []struct{ given, want string }{ // "lang" besides
		{`{"lang":""}`, `{"lang":""}`},
		{`{"n":""}`, `{"n":""}`},
		{`{"n":null}`, `{"n":null}`},
		{`{"empty":""}`, `{"empty":""}`},
		{`{"mixed":1}`, `{"mixed":1}`},
		{`{"mixed":"1"}`, `{"mixed":"1"}`},
		{`{"mixed":true}`, `{"mixed":true}`},
		{`{"mixed":"true"}`, `{"mixed":true}`},
		{`{"mixed":"null"}`, `{"mixed":null}`},
		{`{"mixed":"{\"a\":1}"}`, `{"mixed":{"a":1}}`},
		{`{"lang":null}`, `lang: expected text, got null`},
		{`{"lang":"x"}`, `lang: expected one of "", "v0", "v1"`},
		{`{"short":"b"}`, `short: expected exactly "a", got`},
		{`{"none":"b"}`, `none: expected no value`},
	} {
		args := parse(t, `{"lang":"v1"}`)
		maps.Copy(args, parse(t, test.given))
		checked, err := s.Schema().Check(args)
		if err != nil {
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "null,") {
				t.Errorf("%s: %v", test.given, err)
			}
			continue
		}
		want := parse(t, test.want)
		if want["lang"] == nil {
			want["lang"] = "v1"
		}
		if diff := cmp.Diff(want, checked.Args); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.given, diff)
		}
	}
}

// What the portable profile tells in words a strict client must be able to write.
func TestAStrictToolTakesNullAndEmptyText(t *testing.T) {
	t.Parallel()
	s := compile(t, post(`{"type":"object","required":["x","o","l","n","any"],"properties":{
		"x":{"type":["string","null"]},"o":{"type":["object","null"],"required":["i"],"properties":{"i":{"type":"integer","nullable":true}}},
		"l":{"type":"array","items":{"type":["string","null"]}},"n":{"type":["string","null"],"enum":["a","b","",null]},"any":{},"plain":{"type":"string"}}}`))
	for profile, want := range map[schemas.Profile]map[string]any{
		schemas.Portable: {"x": "string", "o": "object", "o.i": "integer", "l[]": "string", "n": "string", "any": "string", "plain": "string", "n.enum": []any{"a", "b"}},
		schemas.Strict: {
			"x": []any{"string", "null"}, "o": []any{"object", "null"}, "o.i": []any{"integer", "null"}, "l[]": []any{"string", "null"},
			"n": []any{"string", "null"}, "any": []any{"string", "null"}, "plain": []any{"string", "null"}, "n.enum": nil,
		},
	} {
		tool, err := s.Tool(own(t), profile, 4_000)
		if err != nil {
			t.Fatal(err)
		}
		if profile == schemas.Strict {
			checkStrict(t, "nullables", tool.JSON)
		} else if problems := notPortable(tool.JSON); len(problems) > 0 {
			t.Error(problems)
		}
		var root map[string]any
		if err := json.Unmarshal(tool.JSON, &root); err != nil {
			t.Fatal(err)
		}
		at := func(n any, keys ...string) any {
			for _, key := range keys {
				object, _ := n.(map[string]any)
				n = object[key]
			}
			return n
		}
		p := root["properties"]
		got := map[string]any{
			"x": at(p, "x", "type"), "o": at(p, "o", "type"), "o.i": at(p, "o", "properties", "i", "type"), "l[]": at(p, "l", "items", "type"),
			"n": at(p, "n", "type"), "any": at(p, "any", "type"), "plain": at(p, "plain", "type"), "n.enum": at(p, "n", "enum"),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", profile, diff)
		}
		if words := fmt.Sprint(at(p, "n", "description")); profile == schemas.Strict && !strings.Contains(words, "One of a, b, or empty.") {
			t.Errorf("strict: %s", words)
		}
	}
}
