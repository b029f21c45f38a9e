package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// different compares as JSON text: cmp.Diff takes time without end for lists
// nested sixty deep.
func different(want, got any) string {
	if a, b := asJSON(want), asJSON(got); a != b {
		return "-" + a + "\n+" + b
	}
	return ""
}

// FuzzSchema feeds any schema and any arguments through everything: linter,
// compiler, check, split. What comes out is portable and cheap.
func FuzzSchema(f *testing.F) {
	for _, row := range hostile() {
		if len(row.schema)+len(row.args) < 20000 {
			f.Add(row.schema, row.args)
		}
	}
	for _, row := range nasty() {
		if len(row.action.RequestBody) < 2000 {
			f.Add(string(row.action.RequestBody), asJSON(row.call.RequestBody))
		}
	}
	f.Fuzz(func(t *testing.T, schema, args string) {
		s := bounded(t, schema, args)
		for _, problem := range notPortable(s.Schema().JSON()) {
			t.Error(problem)
		}
		s.Signature()
		for _, name := range s.Schema().Properties() {
			if _, err := s.Part(name, 2000); err != nil {
				t.Errorf("Part(%q): %v", name, err)
			}
		}
		again, err := schemas.FromAction(alloy.Action{ID: "act", Method: "post", RequestBody: json.RawMessage(schema)})
		if err != nil || string(again.Schema().JSON()) != string(s.Schema().JSON()) {
			t.Errorf("not the same bytes again: %v", err)
		}
		parsed, err := schemas.ParseArguments(json.RawMessage(args))
		if err != nil {
			return
		}
		checked, err := s.Schema().Check(parsed)
		if err != nil {
			return
		}
		// What was accepted is stable: it is accepted again, unchanged.
		parts, err := s.Split(checked.Args)
		if err != nil {
			t.Fatalf("Split refuses what Check returned: %v\n%s", err, asJSON(checked.Args))
		}
		twice, err := s.Schema().Check(checked.Args)
		if err != nil {
			t.Fatalf("Check refuses what it returned: %v\n%s", err, asJSON(checked.Args))
		}
		if diff := different(checked.Args, twice.Args); diff != "" {
			t.Fatalf("a second Check changes the arguments (-want +got):\n%s", diff)
		}
		joined, err := s.Join(parts)
		if err != nil {
			t.Fatalf("Join refuses what Split made: %v", err)
		}
		back, err := s.Split(joined)
		if err != nil {
			t.Fatalf("Split refuses what Join made: %v", err)
		}
		if diff := different(parts, back); diff != "" {
			t.Fatalf("Split, Join, Split (-want +got):\n%s", diff)
		}
	})
}

// FuzzParameters feeds any names and values through one parameter of each place.
func FuzzParameters(f *testing.F) {
	f.Add("id", `{"type":"string"}`, `"x"`)
	f.Add("page[cursor]", `{}`, `"../x"`)
	f.Add("", `{"type":"array","items":{"type":"string"}}`, `["a"]`)
	f.Add("\xff", `{"type":"integer"}`, `"7"`)
	f.Add("token", `{"type":"string","enum":["a/b"]}`, `"a/b"`)
	f.Add("x", `{"type":"string"}`, `"%2e%2E%2fetc"`)
	f.Add("x", `{"type":"string"}`, `"a\r\nHost: b"`)
	f.Fuzz(func(t *testing.T, name, schema, value string) {
		a := alloy.Action{ID: "act", Method: "get", Path: "/x/{" + name + "}"}
		for _, where := range []string{"path", "query", "header"} {
			a.Parameters = append(a.Parameters, param(where, name, schema))
		}
		s := compile(t, a)
		for _, problem := range notPortable(s.Schema().JSON()) {
			t.Error(problem)
		}
		v, err := schemas.ParseArguments(json.RawMessage(`{"v":` + value + `}`))
		if err != nil {
			return
		}
		args := map[string]any{}
		for _, p := range s.Schema().Properties() {
			args[p] = v["v"]
		}
		parts, err := s.Split(args)
		if err != nil {
			if len(err.Error()) > maxError {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		for _, x := range parts.PathParams {
			text, _ := x.(string)
			low := strings.ToLower(text)
			low = strings.ReplaceAll(low, "%2e", ".")
			if strings.ContainsAny(text, "\\\r\n\x00") || strings.Contains(low, "..") {
				t.Errorf("a path may hold %q", text)
			}
		}
		for _, x := range parts.AdditionalHeaders {
			if strings.ContainsAny(x, "\r\n\x00") {
				t.Errorf("a header may hold %q", x)
			}
		}
		joined, err := s.Join(parts)
		if err != nil {
			t.Fatal(err)
		}
		back, err := s.Split(joined)
		if err != nil {
			t.Fatalf("Split refuses what Join made: %v\n%s", err, asJSON(joined))
		}
		if diff := different(parts, back); diff != "" {
			t.Fatalf("Split, Join, Split (-want +got):\n%s", diff)
		}
	})
}

// FuzzParseArguments compares with encoding/json: what is accepted is what that
// decodes, and errors are one line.
func FuzzParseArguments(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `"{}"`, `"{\"a\":1}"`, `[]`, `{"a":1,"a":2}`, `{"a":1e999999999}`, `{"a":12345678901234567890}`, "\xef\xbb\xbf{}",
		`{"a":"\ud800"}`, strings.Repeat(`{"a":`, 70) + `1` + strings.Repeat(`}`, 70), `{"a":{"b":[1,"x",null,true,1.50]}} `, `"`, `{"a":}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := schemas.ParseArguments(json.RawMessage(text))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") || len(err.Error()) > 500 {
				t.Errorf("the error is not one short line: %q", err)
			}
			return
		}
		if got == nil {
			t.Fatal("no arguments and no error")
		}
		plain := text
		var inner string
		if json.Unmarshal([]byte(text), &inner) == nil && strings.TrimSpace(text) != "null" {
			plain = inner
		}
		if strings.Trim(plain, " \t\r\n") == "" {
			return
		}
		want := map[string]any{}
		dec := json.NewDecoder(strings.NewReader(plain))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("accepted, but encoding/json says %v", err)
		}
		if want == nil {
			want = map[string]any{}
		}
		if diff := different(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}
