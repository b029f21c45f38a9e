package schemas_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/pace"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// Bounds for one schema and one set of arguments, from reading to the error, in time
// of the processor.
const (
	maxTime   = 300 * time.Millisecond
	maxMemory = 64 << 20
	maxError  = 2 << 10
)

// hostile are schemas and arguments made to cost much.
func hostile() map[string]struct{ schema, args string } {
	bomb := func(keyword string, n int) string {
		var b strings.Builder
		b.WriteString(`{"type":"object","properties":{"x":{"$ref":"#/$defs/d0"}},"$defs":{`)
		for i := range n {
			fmt.Fprintf(&b, `"d%d":{"%s":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, keyword, i+1, i+1)
		}
		fmt.Fprintf(&b, `"d%d":{"type":"object","required":["never"]}}}`, n)
		return b.String()
	}
	forms := make([]string, 9)
	for i := range forms {
		forms[i] = fmt.Sprintf(`{"type":"object","required":["kind","kids"],"properties":{"kind":{"enum":["k%d"]},"kids":{"type":"array","items":{"$ref":"#/$defs/t"}}}}`, i)
	}
	tree := `{"type":"object","properties":{"x":{"$ref":"#/$defs/t"}},"$defs":{"t":{"oneOf":[` + strings.Join(forms, ",") + `]}}}`
	chain := func(n int, keyword string) string {
		var b strings.Builder
		b.WriteString(`{"type":"object","properties":{"x":{"$ref":"#/$defs/d0"}},"$defs":{`)
		for i := range n {
			fmt.Fprintf(&b, `"d%d":{"%s":[{"$ref":"#/$defs/d%d"},{"properties":{"p%d":{"type":"string"}}}]},`, i, keyword, i+1, i)
		}
		fmt.Fprintf(&b, `"d%d":{}}}`, n)
		return b.String()
	}
	wide := func(n int, schema string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`"property%d":%s`, i, schema)
		}
		return `{"type":"object","properties":{` + strings.Join(list, ",") + `}}`
	}
	patterns := make([]string, 400)
	for i := range patterns {
		patterns[i] = fmt.Sprintf(`"^(a|b|ab)*%d$":{"type":"string"}`, i)
	}
	keys := make([]string, 20000)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"%s%d":1`, strings.Repeat("ab", 10), i)
	}
	heavy := `{"type":"string","description":"` + strings.Repeat("word ", 400) + `"}`
	nested := func(n int, key string) string {
		return strings.Repeat(`{"`+key+`":`, n) + `{}` + strings.Repeat(`}`, n)
	}
	kids := `{"kind":"k3","kids":[]}`
	for range 30 {
		kids = `{"kind":"k3","kids":[` + kids + `]}`
	}
	return map[string]struct{ schema, args string }{
		"a reference to itself":           {`{"$ref":"#"}`, `{"body":{"a":1}}`},
		"references in a circle":          {`{"type":"object","properties":{"x":{"$ref":"#/$defs/a"}},"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"anyOf":[{"$ref":"#/$defs/a"},{"not":{"$ref":"#/$defs/b"}}]}}}`, `{"x":1}`},
		"an anyOf bomb of 18":             {bomb("anyOf", 18), `{"x":{"a":1}}`},
		"an anyOf bomb of 22":             {bomb("anyOf", 22), `{"x":{"a":1}}`},
		"an allOf bomb of 22":             {bomb("allOf", 22), `{"x":{"a":1}}`},
		"a oneOf bomb of 40":              {bomb("oneOf", 40), `{"x":{"a":1}}`},
		"3,000 levels":                    {`{"type":"object","properties":{"x":` + nested(3000, "not") + `}}`, `{"x":1}`},
		"60 levels":                       {`{"type":"object","properties":{"x":` + strings.Repeat(`{"type":"object","properties":{"a":`, 60) + `{}` + strings.Repeat(`}}`, 60) + `}}`, `{"x":` + nested(60, "a") + `}`},
		"a chain of 2,000 references":     {chain(2000, "allOf"), `{"x":{"p1":1}}`},
		"a chain of 2,000 unions":         {chain(2000, "anyOf"), `{"x":{"p1":1}}`},
		"nine forms, thirty levels":       {tree, `{"x":` + kids + `}`},
		"nine forms, wrong at the bottom": {tree, `{"x":` + strings.Replace(kids, `"kids":[]`, `"kids":[{}]`, 1) + `}`},
		"10,000 properties":               {wide(10000, `{"type":"string"}`), `{"property1":1,"property9000":2}`},
		"150 long descriptions":           {wide(100, heavy), `{"property1":1}`},
		"900 kB":                          {wide(450, heavy), `{"property1":1}`},
		"2 MB":                            {wide(1000, heavy), `{"property1":1}`},
		"an enum of 40,000 values":        {`{"type":"object","properties":{"x":{"enum":[` + manyTexts(40000) + `]}}}`, `{"x":"w"}`},
		"an enum of 2,000 values":         {`{"type":"object","properties":{"x":{"type":"array","items":{"enum":[` + manyTexts(2000) + `]}}}}`, `{"x":[` + manyTexts(20000) + `]}`},
		"400 patterns for 20,000 keys":    {`{"type":"object","properties":{"x":{"type":"object","patternProperties":{` + strings.Join(patterns, ",") + `}}}}`, `{"x":{` + strings.Join(keys, ",") + `}}`},
		"a pattern for a megabyte":        {`{"type":"object","properties":{"x":{"type":"string","pattern":"^(a|aa|aaa)*b([a-z]{1,200}){1,4}$"}}}`, `{"x":"` + strings.Repeat("a", 1<<20) + `"}`},
		"200 patterns for 200 kB": {
			`{"type":"object","properties":{"x":{"allOf":[` + strings.TrimSuffix(strings.Repeat(`{"pattern":"^(a|aa|aaa)*b?([a-z]{1,300})*$"},`, 200), ",") + `]}}}`,
			`{"x":"` + strings.Repeat("a", 200<<10) + `"}`,
		},
		"a pattern too large":       {`{"type":"object","properties":{"x":{"type":"string","pattern":"` + strings.Repeat("(a{1,50})", 400) + `"}}}`, `{"x":"a"}`},
		"numbers without end":       {`{"type":"object","properties":{"x":{"type":"number","minimum":1e999999999,"maximum":-1e-999999999,"multipleOf":1e-400000}}}`, `{"x":1}`},
		"no duplicates of 50,000":   {`{"type":"object","properties":{"x":{"type":"array","uniqueItems":true}}}`, `{"x":[` + manyTexts(50000) + `]}`},
		"no duplicates, nested":     {`{"type":"object","properties":{"x":{"$ref":"#/$defs/l"}},"$defs":{"l":{"type":"array","uniqueItems":true,"items":{"$ref":"#/$defs/l"}}}}`, `{"x":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `}`},
		"1,000 forms":               {`{"type":"object","properties":{"x":{"anyOf":[` + strings.TrimSuffix(strings.Repeat(`{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}},`, 1000), ",") + `]}}}`, `{"x":{}}`},
		"250 forms in 250 forms":    {`{"type":"object","properties":{"x":{"anyOf":[` + strings.TrimSuffix(strings.Repeat(`{"$ref":"#/$defs/y"},`, 250), ",") + `]}},"$defs":{"y":{"anyOf":[` + strings.TrimSuffix(strings.Repeat(`{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}},`, 250), ",") + `]}}}`, `{"x":{}}`},
		"100 problems":              {wide(100, `{"type":"integer"}`), strings.ReplaceAll(strings.ReplaceAll(wide(100, `"x"`), `{"type":"object","properties":`, ""), "}}", "}")},
		"long names":                {`{"type":"object","properties":{"` + strings.Repeat("n", 5000) + `":{"type":"string"}},"additionalProperties":false}`, `{"` + strings.Repeat("m", 5000) + `":1}`},
		"a far reference":           {`{"type":"object","properties":{"x":{"$ref":"https://example.com/s.json"},"y":{"$ref":"file:///etc/passwd"},"z":{"$ref":"#/nowhere"}}}`, `{"x":1,"y":2,"z":3}`},
		"no JSON":                   {`{"type":`, `{"body":{"a":1}}`},
		"two values":                {`{} {}`, `{"body":{"a":1}}`},
		"no schema":                 {`"text"`, `{"body":1}`},
		"the schema false":          {`false`, `{"body":1}`},
		"broken UTF-8":              {"{\"type\":\"object\",\"properties\":{\"\xff\xfe\":{\"type\":\"string\",\"description\":\"\xc3\x28\"}}}", `{}`},
		"invisible characters":      {`{"type":"object","properties":{"x":{"type":"string","description":"a\u202eb\u200bc\u001b[31m \udb40\udc41 ![p](https://x.test/?q=secret)","enum":["ok","a\u200b"]}}}`, `{"x":"a"}`},
		"an unknown $schema":        {`{"$schema":"https://example.com/mine","$id":"https://example.com/","type":"object","properties":{"x":{"$ref":"#/$defs/a"}},"$defs":{"a":{"$id":"x","type":"string"}}}`, `{"x":1}`},
		"dynamic references":        {`{"$dynamicAnchor":"n","type":"object","properties":{"x":{"$dynamicRef":"#n"},"v":{"type":"string"}}}`, `{"x":{"x":{"v":1}}}`},
		"5,000 definitions, a ring": {ring(5000), `{"x":{}}`},
	}
}

// ring is a circle of definitions through properties: recursion, and fine.
func ring(n int) string {
	var b strings.Builder
	b.WriteString(`{"type":"object","properties":{"x":{"$ref":"#/$defs/d0"}},"$defs":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"d%d":{"properties":{"n":{"$ref":"#/$defs/d%d"}}}`, i, (i+1)%n)
	}
	b.WriteString(`}}`)
	return b.String()
}

// bounded compiles and checks, and fails where that costs too much or what comes
// out breaks a promise.
func bounded(t *testing.T, schema, args string) *schemas.ActionSchema {
	t.Helper()
	const tries = 12 // one suffices, since the caches of the processor are shared
	for range tries - 1 {
		if s, inTime := once(t, schema, args, func(string, ...any) {}); inTime {
			return s
		}
	}
	s, _ := once(t, schema, args, t.Errorf)
	return s
}

// once compiles, checks and splits, and tells whether that was quick enough.
func once(t *testing.T, schema, args string, late func(string, ...any)) (s *schemas.ActionSchema, inTime bool) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := pace.Processor(t)
	s, err := schemas.FromAction(alloy.Action{ID: "act", Method: "post", Path: "/x", RequestBody: json.RawMessage(schema)})
	if err != nil {
		t.Fatal(err)
	}
	compiled := pace.Processor(t) - start
	parsed, err := schemas.ParseArguments(json.RawMessage(args))
	if err == nil {
		_, err = s.Schema().Check(parsed)
		if err != nil {
			var v *schemas.Violations
			if !errors.As(err, &v) || len(v.Problems) == 0 || len(v.Problems) > 10 {
				t.Errorf("not at most ten problems: %v", err)
			}
		}
		_, splitErr := s.Split(parsed)
		err = errors.Join(err, splitErr)
	}
	took := pace.Processor(t) - start
	runtime.ReadMemStats(&after)
	if err != nil && len(err.Error()) > 2*maxError {
		t.Errorf("errors of %d bytes", len(err.Error()))
	}
	inTime = took <= pace.Stretch(t, maxTime*slowdown, took)
	if !inTime {
		late("computed for %v, %v of it to compile", took, compiled)
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > maxMemory*slowdown {
		t.Errorf("took %d MiB", spent>>20)
	}
	if n := len(s.Schema().JSON()); n > 512<<10 {
		t.Errorf("%d bytes are shown", n)
	}
	return s, inTime
}

// TestHostileSchemasAreCheap is not parallel: it measures.
func TestHostileSchemasAreCheap(t *testing.T) {
	for name, row := range hostile() {
		t.Run(name, func(t *testing.T) {
			s := bounded(t, row.schema, row.args)
			for _, problem := range notPortable(s.Schema().JSON()) {
				t.Error(problem)
			}
			for _, note := range s.Notes() {
				if len(note) > 300 {
					t.Errorf("a note of %d bytes", len(note))
				}
			}
		})
	}
}

// TestWhatCannotBeCheckedIsSaid: the schemas that are cut say so, those that are
// merely large or recursive are checked.
func TestWhatCannotBeCheckedIsSaid(t *testing.T) {
	t.Parallel()
	rows := hostile()
	for name, validated := range map[string]bool{
		"a reference to itself":       false,
		"references in a circle":      false,
		"an anyOf bomb of 18":         false,
		"an allOf bomb of 22":         false,
		"3,000 levels":                false,
		"60 levels":                   false,
		"10,000 properties":           false,
		"2 MB":                        false,
		"900 kB":                      false,
		"an enum of 40,000 values":    false,
		"a chain of 2,000 references": false,
		"1,000 forms":                 false,
		"a far reference":             false,
		"no JSON":                     false,
		"nine forms, thirty levels":   true,
		"an enum of 2,000 values":     true,
		"an unknown $schema":          true,
		"dynamic references":          true,
		"numbers without end":         true,
		"150 long descriptions":       true,
	} {
		s := compile(t, post(rows[name].schema))
		if s.Validated() != validated {
			t.Errorf("%s: validated %v, want %v: %v", name, s.Validated(), validated, s.Notes())
		}
		if !validated && len(s.Notes()) == 0 {
			t.Errorf("%s: no note says why", name)
		}
	}
}

// TestNestedFormsAreCheckedToTheBottom: what is remembered makes thirty levels of
// nine forms as cheap as thirty times nine.
func TestNestedFormsAreCheckedToTheBottom(t *testing.T) {
	t.Parallel()
	rows := hostile()
	row := rows["nine forms, thirty levels"]
	s := compile(t, post(row.schema))
	checked, err := s.Schema().Check(parse(t, row.args))
	if err != nil || !checked.Validated {
		t.Errorf("validated %v, %v", checked.Validated, err)
	}
	_, err = s.Schema().Check(parse(t, rows["nine forms, wrong at the bottom"].args))
	if err == nil || !strings.Contains(err.Error(), ".kids[0].kind: expected text, it is required") {
		t.Errorf("got %v", err)
	}
}

func TestPatternsThatRE2CannotRunAreCounted(t *testing.T) {
	t.Parallel()
	s := compile(t, post(`{"type":"object","properties":{"a":{"type":"string","pattern":"(?=x)"},"b":{"type":"string","pattern":"(a)\\1"},"c":{"type":"string","pattern":"^\\u00e9+$"}}}`))
	if got := strings.Join(s.Notes(), "; "); got != "2 patterns that RE2 cannot run are not checked" {
		t.Errorf("notes: %s", got)
	}
	if _, err := s.Schema().Check(map[string]any{"a": "y", "b": "z", "c": "éé"}); err != nil {
		t.Error(err)
	}
	if _, err := s.Schema().Check(map[string]any{"c": "e"}); err == nil {
		t.Error("the third pattern is not checked")
	}
}
