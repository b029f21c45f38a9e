package policy

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCases(t *testing.T) {
	t.Parallel()
	got, err := ParseCases([]byte(`cases:
  - action: x./v1/users/{id}#get:all
    effect: read
    expect: deny
  - {name: all of it, principal: "token:a", groups: [g], scopes: [s, "t:u"], action: x.y, effect: destructive, expect: confirm, rule: r,
     arguments: {n: 1, f: 1.5, big: 123456789012345678901, t: "1", d: 2026-11-26, b: true, z: null, l: [1, {k: v}], e: {}}}
  - {action: x.y, effect: write, arguments: {}, expect: allow}
`), "local")
	if err != nil {
		t.Fatal(err)
	}
	want := []Case{
		{Name: "cases[0]", Line: 2, Expect: "deny", Request: Request{Principal: "local", ConnectorID: "x", ActionID: "/v1/users/{id}#get:all", Effect: "read"}},
		{Name: "all of it", Line: 5, Expect: "confirm", Rule: "r", Request: Request{
			Principal: "token:a", Groups: []string{"g"}, Scopes: []string{"s", "t:u"}, ConnectorID: "x", ActionID: "y", Effect: "destructive",
			Arguments: map[string]any{
				"n": json.Number("1"), "f": 1.5, "big": 123456789012345678901.0, "t": "1", "d": "2026-11-26", "b": true, "z": nil,
				"l": []any{json.Number("1"), map[string]any{"k": "v"}}, "e": map[string]any{},
			},
		}},
		{Name: "cases[2]", Line: 7, Expect: "allow", Request: Request{Principal: "local", ConnectorID: "x", ActionID: "y", Effect: "write", Arguments: map[string]any{}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
}

func TestMistakesInCases(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"cases: []":                            "line 1: cases is empty: leave it out",
		"{}":                                   "line 1: it has no list of cases",
		"cases: [{}]":                          "line 1: cases[0] has no action",
		"cases: [{action: a.b, effect: read}]": "line 1: cases[0] has no expect",
		"cases: [{action: ab, effect: read, expect: deny}]":                                `line 1: cases[0].action is "ab": it must be connector.action`,
		"cases: [{action: a.b, effect: all, expect: deny}]":                                `line 1: cases[0].effect is "all": it must be read, write, destructive`,
		"cases: [{action: a.b, effect: read, expect: no}]":                                 `line 1: cases[0].expect is "no": it must be allow, confirm, deny`,
		"cases:\n- {action: a.b, effect: read, expect: deny, arguments: []}":               "line 2: cases[0].arguments must be a mapping (name: value), and is a list",
		"cases:\n- {action: a.b, effect: read, expect: deny,\n   arguments: {a: 1, a: 2}}": `line 3: cases[0].arguments has the key "a" twice (before on line 3)`,
		"cases:\n- {action: a.b, effect: read, expect: deny, argument: {}}":                `line 2: cases[0] has an unknown key "argument": is arguments meant?`,
		"cases:\n- {action: a.b, effect: read, expect: deny, groups: a}":                   "line 2: cases[0].groups must be a list, and is a text",
	} {
		cases, err := ParseCases([]byte(text), "local")
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v\nwant %s", text, cases, err, want)
		}
	}
}

func TestAgrees(t *testing.T) {
	t.Parallel()
	d := Decision{Rule: `POLICY_FILE rules[3] "no-mail"`}
	for rule, want := range map[string]bool{
		"": true, "no-mail": true, `POLICY_FILE rules[3] "no-mail"`: true, "mail": false, `POLICY_FILE rules[2] "no-mail"`: false, `"no-mail"`: false,
	} {
		if got := (&Case{Expect: "deny", Rule: rule}).Agrees(d); got != want {
			t.Errorf("%q: %v", rule, got)
		}
	}
	if (&Case{Expect: "allow"}).Agrees(d) {
		t.Error("a denial agrees with allow")
	}
}
