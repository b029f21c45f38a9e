package plain_test

import (
	"encoding/json"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

func TestJSONHoldsWhatAReaderSees(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a":"b\nc","n":1.0}`:                     `{"a":"b\nc","n":1.0}`,
		`{"a":"x\u001b[31mred\u001b[0m"}`:          `{"a":"xred"}`,
		"{\"a\":\"x\u202ey\u200bz\"}":              `{"a":"xyz"}`,
		`{"a":"\u202e\ud83d\ude00 \u00fc"}`:        `{"a":"😀 ü"}`,
		"{\"a\":\"😀 ü\"}":                          "{\"a\":\"😀 ü\"}",
		"{\"next\":1,\"ne\u200bxt\" : \"\u200b\"}": `{"next":1,"ne\\u200bxt" : ""}`,
		`["a\r\nb","\"\\u200b","\u2028"]`:          `["a\nb","\"\\u200b","\n"]`,
		`"\u007f<b>&"`:                             `"<b>&"`,
		`{"a":{"b\u0000":[true,null]}}`:            `{"a":{"b\\u0000":[true,null]}}`,
	} {
		if got := string(plain.JSON([]byte(in))); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add("a\u200bb", "next")
	f.Add("\x1b[31m\xff\"\\", "\\")
	f.Fuzz(func(t *testing.T, value, name string) {
		text, err := json.Marshal(map[string]any{"x" + name: value, "list": []any{value, 1}})
		if err != nil {
			t.Fatal(err)
		}
		got := plain.JSON(text)
		var object map[string]any
		if err := json.Unmarshal(got, &object); err != nil || len(object) != 2 && "x"+name != "list" {
			t.Fatalf("%s became %s: %v", text, got, err)
		}
		var written string // as JSON has it, where value is no UTF-8
		if quoted, err := json.Marshal(value); err != nil || json.Unmarshal(quoted, &written) != nil {
			t.Fatal(err)
		}
		if list, _ := object["list"].([]any); len(list) == 2 && list[0] != plain.Text(written) {
			t.Errorf("%s became %s", text, got)
		}
		if again := plain.JSON(got); string(again) != string(got) {
			t.Errorf("%s became %s and then %s", text, got, again)
		}
	})
}
