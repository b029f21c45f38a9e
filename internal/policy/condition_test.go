package policy

import (
	"strings"
	"testing"
)

// TestConditions runs each condition as `when` and as `unless` of rules that deny
// and rules that allow.
func TestConditions(t *testing.T) {
	t.Parallel()
	const (
		yes      = "yes"      // it holds, for every value
		no       = "no"       // it does not, for any
		mixed    = "mixed"    // for some
		unjudged = "unjudged" // who knows
	)
	// What a rule does: whether it denies or allows, with the condition in `when`
	// or `unless`.
	outcomes := map[string][4]string{ // deny when, deny unless, allow when, allow unless
		yes:      {"deny", "allow", "allow", "deny"},
		no:       {"allow", "deny", "deny", "allow"},
		mixed:    {"deny", "deny", "deny", "deny"},
		unjudged: {"deny", "deny", "deny", "deny"},
	}
	tests := []struct{ condition, arguments, want string }{
		{`a: {equals: x}`, `{"a": "x"}`, yes},
		{`a: {equals: x}`, `{"a": "y"}`, no},
		{`a: {equals: x}`, `{"a": "X"}`, no},
		{`a: {equals: x}`, `{}`, no},
		{`a: {equals: x}`, `{"a": null}`, unjudged},
		{`a: {equals: x}`, `{"a": ["x"]}`, unjudged},
		{`a: {equals: 5}`, `{"a": 5.0}`, yes},
		{`a: {equals: 5}`, `{"a": 5e0}`, yes},
		{`a: {equals: 5}`, `{"a": "5"}`, unjudged},
		{`a: {equals: "5"}`, `{"a": 5}`, unjudged},
		{`a: {equals: 9007199254740993}`, `{"a": 9007199254740992}`, no},
		{`a: {equals: true}`, `{"a": true}`, yes},
		{`a: {equals: true}`, `{"a": "true"}`, unjudged},
		{`a: {equals: null}`, `{"a": null}`, yes},
		{`a: {equals: null}`, `{}`, no},
		{`a: {equals: 2026-11-26}`, `{"a": "2026-11-26"}`, yes},
		{`a: {in: [x, 5, null]}`, `{"a": "x"}`, yes},
		{`a: {in: [x, 5, null]}`, `{"a": 5}`, yes},
		{`a: {in: [x, 5, null]}`, `{"a": null}`, yes},
		{`a: {in: [x, 5]}`, `{"a": 6}`, no},
		{`a: {in: [x, 5]}`, `{"a": true}`, unjudged},
		{`a: {matches: "ab+"}`, `{"a": "abb"}`, yes},
		{`a: {matches: "ab+"}`, `{"a": "xabb"}`, no},
		{`a: {matches: "ab+"}`, `{"a": "ab\n"}`, no},
		{`a: {matches: "x|ab"}`, `{"a": "xy"}`, no},
		{`a: {matches: "a.*b"}`, `{"a": "a\nb"}`, yes},
		{`a: {matches: "(?i)AB"}`, `{"a": "ab"}`, yes},
		{`a: {matches: "a*"}`, `{"a": 1}`, unjudged},
		{`a: {matches: "a*"}`, `{"a": "` + strings.Repeat("a", maxMatched+1) + `"}`, unjudged},
		{`a: {max: 10}`, `{"a": 10}`, yes},
		{`a: {max: 10}`, `{"a": 10.000001}`, no},
		{`a: {max: 10}`, `{"a": 1e999}`, no},
		{`a: {max: 10}`, `{"a": -1e999}`, yes},
		{`a: {max: 10}`, `{"a": "11"}`, unjudged},
		{`a: {max: 10}`, `{"a": true}`, unjudged},
		{`a: {min: 0.5}`, `{"a": 0.5}`, yes},
		{`a: {min: 0.5}`, `{"a": 0.4}`, no},
		{`a: {min: 1, max: 3}`, `{"a": 2}`, yes},
		{`a: {min: 1, max: 3}`, `{"a": 4}`, no},
		{`a: {max: 9223372036854775806}`, `{"a": 9223372036854775807}`, no},
		{`a: {max_length: 2}`, `{"a": "éé"}`, yes},
		{`a: {max_length: 2}`, `{"a": "abc"}`, no},
		{`a: {max_length: 2}`, `{"a": ["a"]}`, unjudged},
		{`a: {max_items: 2}`, `{"a": [1, 2]}`, yes},
		{`a: {max_items: 2}`, `{"a": [1, 2, 3]}`, no},
		{`a: {max_items: 2}`, `{"a": "1,2,3"}`, unjudged},
		{`a: {max_items: 2}`, `{"a": {"x": 1}}`, unjudged},
		{`a: {max_items: 2, optional: true}`, `{}`, yes},
		{`a: {max_items: 2, optional: true}`, `{"a": null}`, unjudged},
		{`a: {max_items: 2, optional: false}`, `{}`, no},
		{`a: {present: true}`, `{"a": null}`, yes},
		{`a: {present: true}`, `{"b": 1}`, no},
		{`a: {present: false}`, `{"b": 1}`, yes},
		{`a: {present: false}`, `{"a": false}`, no},
		{`a.b: {present: false}`, `{"a": {}}`, yes},
		{`a.b: {present: false}`, `{"a": "{\"b\": 1}"}`, unjudged},
		{`a.b: {equals: 1}`, `{"a": {"b": 1}}`, yes},
		{`a.b: {equals: 1}`, `{"a.b": 1}`, yes},
		{`a.b: {equals: 1}`, `{"a.b": 1, "a": {"b": 2}}`, mixed},
		{`a.b: {equals: 1}`, `{"a.b": 1, "a": "x"}`, yes},
		{`a.b.c: {equals: 1}`, `{"a": {"b.c": 1}}`, yes},
		{`a.b.c: {equals: 1}`, `{"a.b": {"c": 2}}`, no},
		{`a.b: {equals: 1}`, `{"a": [{"b": 1}]}`, unjudged},
		{`"page[cursor]": {equals: x}`, `{"page[cursor]": "x"}`, yes},
		{`"a[]": {equals: x}`, `{"a": ["x", "x"]}`, yes},
		{`"a[]": {equals: x}`, `{"a": ["x", "y"]}`, mixed},
		{`"a[]": {equals: x}`, `{"a": ["y", "z"]}`, no},
		{`"a[]": {equals: x}`, `{"a": []}`, no},
		{`"a[]": {equals: x}`, `{"a": "x"}`, unjudged},
		{`"a[]": {equals: x}`, `{"a[]": "x"}`, yes},
		{`"a[]": {equals: x}`, `{"a[]": "y", "a": ["x"]}`, mixed},
		{`"a[][]": {equals: x}`, `{"a": [["x"], ["x"]]}`, yes},
		{`"a[][]": {equals: x}`, `{"a": ["x"]}`, unjudged},
		{`"a[].b.c[]": {max: 5}`, `{"a": [{"b": {"c": [1, 2]}}, {"b": {"c": [9]}}]}`, mixed},
		{`"a[].b": {max: 5}`, `{"a": [{"b": 1}, {"x": 9}]}`, mixed},
		{`"a[].b": {max: 5}`, `{"a": [{"b": 1}, "x"]}`, mixed},
		{`"a[].b": {max: 5}`, `{"a": [{"b": 9}, {"x": 9}]}`, no},
		{`"a[].b": {max: 5}`, `{"a": [{"x": 9}]}`, no},
		{`"a[].b": {max: 5, optional: true}`, `{"a": [{"b": 1}, {"x": 9}]}`, yes},
		{`"a[].b": {present: true}`, `{"a": [{"b": 1}, {"x": 9}]}`, mixed},
		{`"a[].b": {present: false}`, `{"a": [{"b": 1}, {"x": 9}]}`, mixed},
		{`"a[].b": {present: false}`, `{"a": [{"x": 9}]}`, yes},
		{"{a: {max: 5}, b: {max: 5}}", `{"a": 1, "b": 1}`, yes},
		{"{a: {max: 5}, b: {max: 5}}", `{"a": 1, "b": 9}`, no},
		{"{a: {max: 5}, b: {max: 5}}", `{"a": "x", "b": 9}`, no},
		{"{a: {max: 5}, b: {max: 5}}", `{"a": "x", "b": 1}`, unjudged},
	}
	for _, test := range tests {
		condition := test.condition
		if !strings.HasPrefix(condition, "{") {
			condition = "{" + condition + "}"
		}
		for i, form := range []string{
			"default: allow\nrules: [{name: r, decision: deny, when: %}]", "default: allow\nrules: [{name: r, decision: deny, unless: %}]",
			"default: deny\nrules: [{name: r, decision: allow, when: %}]", "default: deny\nrules: [{name: r, decision: allow, unless: %}]",
		} {
			f, err := ParseFile([]byte(strings.Replace(form, "%", condition, 1)))
			if err != nil {
				t.Errorf("%s: %v", condition, err)
				break
			}
			r := ask(t, "x.y:write")
			r.Arguments = arguments(t, test.arguments)
			if got := New(Settings{}, f).Decide(r); got.Outcome() != outcomes[test.want][i] || got.Tentative {
				t.Errorf("%.100s with %.100s, %s: %s (%s), want %s", condition, test.arguments, strings.ReplaceAll(form, "\n", " "), got.Outcome(), got.Reason, outcomes[test.want][i])
			}
		}
	}
}

func TestWhenAndUnlessTogether(t *testing.T) {
	t.Parallel()
	p := New(Settings{}, file(t, "default: allow\nrules: [{name: r, decision: deny, when: {a: {min: 5}}, unless: {b: {equals: ok}}}]"))
	for given, want := range map[string]string{
		`{"a": 9}`:              "deny r",
		`{"a": 9, "b": "ok"}`:   "allow",
		`{"a": 9, "b": 1}`:      "deny r",
		`{"a": 1, "b": 1}`:      "allow",
		`{"a": "x", "b": "ok"}`: "allow",
		`{"a": "x", "b": "no"}`: "deny r",
		`{}`:                    "allow",
	} {
		r := ask(t, "x.y:write")
		r.Arguments = arguments(t, given)
		if got := short(p.Decide(r)); got != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}

// Numbers come from JSON as float64 too, and from Go as whole ones.
func TestNumbersOfEveryKind(t *testing.T) {
	t.Parallel()
	p := New(Settings{}, file(t, "default: allow\nrules: [{name: r, decision: deny, unless: {n: {max: 5}}}]"))
	for _, value := range []any{5, int8(5), uint64(5), float32(5), 4.5, int64(-1), uint(0)} {
		r := Request{ConnectorID: "a", ActionID: "b", Effect: Write, Arguments: map[string]any{"n": value}}
		if got := p.Decide(r); !got.Allowed {
			t.Errorf("%T %v: %+v", value, value, got)
		}
	}
	for _, value := range []any{6, uint64(1 << 63), 5.1, []int{1}, struct{}{}} {
		r := Request{ConnectorID: "a", ActionID: "b", Effect: Write, Arguments: map[string]any{"n": value}}
		if got := p.Decide(r); got.Allowed {
			t.Errorf("%T %v: %+v", value, value, got)
		}
	}
}
