package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

func argumentTool() []tools.Tool {
	return []tools.Tool{{Name: "t", InputSchema: json.RawMessage(`{"type":"object","properties":{
		"text": {"type": "string"}, "n": {"type": "integer"}, "x": {"type": "number"}, "yes": {"type": "boolean"},
		"list": {"type": "array", "items": {"type": "string"}}, "numbers": {"type": "array", "items": {"type": "integer"}},
		"objects": {"type": "array", "items": {"type": "object"}}, "object": {"type": "object"},
		"either": {"type": ["integer", "null"]}, "any": {}
	}}`)}}
}

func TestPairsAreReadByTheSchema(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pairs []string
		want  string
	}{
		{nil, `{}`},
		{[]string{"text=5"}, `{"text":"5"}`},
		{[]string{"text=a=b, c"}, `{"text":"a=b, c"}`},
		{[]string{"text="}, `{"text":""}`},
		{[]string{"n=5", "x=1.5", "yes=true"}, `{"n":5,"x":1.5,"yes":true}`},
		{[]string{"n=123456789012345678901"}, `{"n":123456789012345678901}`},
		{[]string{"list=a, b,,c"}, `{"list":["a","b","c"]}`},
		{[]string{`list=["a, b"]`}, `{"list":["a, b"]}`},
		{[]string{"list="}, `{"list":[]}`},
		{[]string{"numbers=1,2"}, `{"numbers":[1,2]}`},
		{[]string{`object={"a":{"b":1}}`}, `{"object":{"a":{"b":1}}}`},
		{[]string{"either=null"}, `{"either":null}`},
		{[]string{"any=5", "unknown=x"}, `{"any":"5","unknown":"x"}`},
	}
	for _, test := range tests {
		got, err := pairArguments(argumentTool(), "t", test.pairs)
		if err != nil || string(got) != test.want {
			t.Errorf("%q: %s, %v, want %s", test.pairs, got, err, test.want)
		}
	}
}

func TestPairsThatCannotBeMeantAreRefused(t *testing.T) {
	t.Parallel()
	for pair, want := range map[string]string{
		"text":             `"text" is not key=value`,
		"=5":               `"=5" is not key=value`,
		"n=five":           `n: "five" is not an integer`,
		"yes=maybe":        `yes: "maybe" is not a boolean`,
		"object=a":         `object: "a" is not an object`,
		"numbers=1,a":      `numbers: "a" is not an integer`,
		"objects=a":        `objects: write the list as JSON`,
		"either=x":         `either: "x" is not an integer or null`,
		"text=a\x00text=b": "",
	} {
		_, err := pairArguments(argumentTool(), "t", strings.Split(pair, "\x00"))
		if err == nil || want != "" && err.Error() != want {
			t.Errorf("%q: %v, want %s", pair, err, want)
		}
	}
}

func TestPairsOfAnUnknownToolArePassedOn(t *testing.T) {
	t.Parallel()
	got, err := pairArguments(argumentTool(), "other", []string{"n=5"})
	if err != nil || string(got) != `{"n":"5"}` {
		t.Errorf("got %s, %v", got, err)
	}
}
