package schemas_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// hugeSchemas are two schemas: one that is given huge values, one that is huge.
func hugeSchemas(huge string) []string {
	return []string{
		`{"type":"object","properties":{"x":{"type":"object","additionalProperties":{"type":"object","properties":{"y":{"type":"integer"}}}},` +
			`"e":{"enum":["a","b"]},"o":{"type":"object","additionalProperties":false,"properties":{"q":{"type":"string"}}},"n":{"type":"integer"}}}`,
		`{"type":"object","additionalProperties":false,"required":["` + huge + `"],"properties":{"e":{"enum":["` + huge + `","b"]},` +
			`"o":{"const":"` + huge + `"},"x":{"type":"string","pattern":"^` + huge + `$"},"` + huge + `":{"type":"string"}}}`,
	}
}

func hugeArguments(huge string) []map[string]any {
	return []map[string]any{
		{huge: "x"},
		{"e": huge},
		{"o": huge},
		{"o": map[string]any{huge: 1}},
		{"x": huge},
		{"x": map[string]any{huge: "z"}},
		{"x": map[string]any{huge: map[string]any{huge: map[string]any{"y": "z"}, "y": "z"}}},
		{"n": json.Number(huge)},
		{"n": huge, "e": huge, "o": map[string]any{huge: 1}, "x": map[string]any{huge: "z"}, huge: huge},
	}
}

func TestNoErrorExceeds2KiBForHugeKeysAndValues(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	refused := 0
	short := func(what string, err error) {
		if err == nil {
			return
		}
		refused++
		if text := err.Error(); len(text) > maxError || !utf8.ValidString(text) {
			t.Errorf("%s: %d bytes: %.300q", what, len(text), text)
		}
	}
	for name, huge := range map[string]string{
		"4 MB":               strings.Repeat("k", 4<<20),
		"100 kB":             strings.Repeat("k", 100<<10), // short enough for a schema
		"400 kB of words":    strings.Repeat("k k.", 100<<10),
		"400 kB, two bytes":  strings.Repeat("é", 200<<10),
		"300 kB that expand": strings.Repeat("\u0958", 100<<10),
	} {
		for _, schema := range hugeSchemas(huge) {
			s, err := schemas.FromAction(alloy.Action{ID: "act", Method: "post", Path: "/x", RequestBody: json.RawMessage(schema)})
			if err != nil {
				short(name+", compile", err)
				continue
			}
			for _, args := range hugeArguments(huge) {
				_, err := s.Schema().Check(args)
				short(name+", check", err)
				_, err = s.Split(args)
				short(name+", split", err)
			}
			for _, path := range []string{huge, "x." + huge, "e[]." + huge, "x.y.z." + huge, huge + "." + huge, huge + "[]"} {
				_, err := s.Part(path, 0)
				short(name+", part", err)
			}
			for _, parts := range []schemas.Parts{{PathParams: map[string]any{huge: 1}}, {RequestBody: map[string]any{huge: 1}}, {RequestBody: huge}} {
				_, err := s.Join(parts)
				short(name+", join", err)
			}
		}
		for _, raw := range []string{`{"` + huge + `":1,"` + huge + `":2}`, `{"` + huge, huge, `"` + huge + `"`, `"{\"` + huge + `"`, `[` + huge + `]`} {
			_, err := schemas.ParseArguments(json.RawMessage(raw))
			short(name+", parse", err)
		}
		_, err := schemas.FromAction(alloy.Action{DisplayName: huge})
		short(name+", no id", err)
	}
	if refused < 100 {
		t.Errorf("only %d errors were seen", refused)
	}
}

func TestALongPathIntoARecursiveSchemaIsCheap(t *testing.T) {
	t.Parallel()
	s, err := schemas.FromAction(alloy.Action{ID: "act", Method: "post", Path: "/x", RequestBody: json.RawMessage(
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/t"}},"$defs":{"t":{"type":"object","properties":{"a":{"$ref":"#/$defs/t"}}}}}`)})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err = s.Part(strings.Repeat("a.", 1<<20)+"b", 0)
	if err == nil || len(err.Error()) > maxError {
		t.Errorf("%.300v", err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestIntegersAreWrittenAsGoReadsThem(t *testing.T) {
	t.Parallel()
	s := compile(t, post(`{"type":"object","properties":{
		"i":{"type":"integer"},"n":{"type":"number"},"nul":{"type":["integer","null"]},"e":{"type":"integer","enum":[2,10]},
		"either":{"type":["string","integer"]},"l":{"type":"array","items":{"type":"integer"}},"any":{},
		"ref":{"$ref":"#/$defs/r"},"o":{"type":"object","properties":{"i":{"allOf":[{"type":"integer"},{"minimum":1}]}},"additionalProperties":{"type":"integer"}}},
		"$defs":{"r":{"anyOf":[{"type":"integer"},{"type":"boolean"}]}}}`,
		param("query", "limit", `{"type":"integer"}`), param("header", "X-Count", `{"type":"integer"}`)))
	for _, row := range []struct{ args, want, changes string }{
		{`{"i":2.0}`, `{"i":2}`, ""},
		{`{"i":"2.0"}`, `{"i":2}`, "i: text read as an integer"},
		{`{"i":1e1}`, `{"i":10}`, ""},
		{`{"i":0.0}`, `{"i":0}`, ""},
		{`{"i":-0}`, `{"i":0}`, ""},
		{`{"i":-0.0e5}`, `{"i":0}`, ""},
		{`{"i":-120E-1}`, `{"i":-12}`, ""},
		{`{"i":1.50e2}`, `{"i":150}`, ""},
		{`{"i":100.5e+1}`, `{"i":1005}`, ""},
		{`{"i":1e63}`, `{"i":1` + strings.Repeat("0", 63) + `}`, ""},
		{`{"nul":2.0}`, `{"nul":2}`, ""},
		{`{"e":1e1}`, `{"e":10}`, ""},
		{`{"either":2.0}`, `{"either":2}`, ""},
		{`{"l":[1.0,"2e0",3]}`, `{"l":[1,2,3]}`, "l[1]: text read as an integer"},
		{`{"l":4.0}`, `{"l":[4]}`, "l: an integer read as a list"},
		{`{"ref":3.0}`, `{"ref":3}`, ""},
		{`{"o":{"i":1.0,"more":2.0}}`, `{"o":{"i":1,"more":2}}`, ""},
		{`{"limit":5.0,"X_Count":"6.0"}`, `{"limit":5,"X_Count":6}`, "X_Count: text read as an integer"},
		{`{"n":2.0,"any":2.0}`, `{"n":2.0,"any":2.0}`, ""},
	} {
		got, err := s.Schema().Check(parse(t, row.args))
		if err != nil {
			t.Errorf("%s: %v", row.args, err)
			continue
		}
		if want := asJSON(parse(t, row.want)); asJSON(got.Args) != want {
			t.Errorf("%s: got %s, want %s", row.args, asJSON(got.Args), want)
		}
		var changes []string
		for _, c := range got.Coercions {
			changes = append(changes, c.String())
		}
		if diff := cmp.Diff(row.changes, strings.Join(changes, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.args, diff)
		}
	}
	for value, want := range map[any]string{
		json.Number("1e64"):        "i: expected an integer of at most 64 digits, got a larger one",
		json.Number("1e400"):       "i: expected an integer of at most 64 digits, got a larger one",
		"1e400":                    "i: expected an integer of at most 64 digits, got a larger one",
		float64(1e300):             "i: expected an integer of at most 64 digits, got a larger one",
		json.Number("1e999999999"): "numbers of at most 64 digits and an exponent of at most 400",
		"1e999999999":              "i: expected an integer, got text of 11 characters",
		json.Number("1e-400"):      "i: expected an integer, got a number",
		json.Number("2.5"):         "i: expected an integer, got a number",
	} {
		_, err := s.Schema().Check(map[string]any{"i": value})
		if v := (*schemas.Violations)(nil); !errors.As(err, &v) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %.300v, want %s", value, err, want)
		}
	}
}
