package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// inRule puts lines into a rule of a file; they begin on line 5.
func inRule(lines ...string) string {
	return "default: allow\nrules:\n  - name: r\n    decision: deny\n    " + strings.Join(lines, "\n    ")
}

func TestMistakesInAFileAreToldWithTheirLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                          "it is empty",
		" \n\n":                     "it is empty",
		"# nothing\n":               "it holds no YAML mapping",
		"- a":                       "line 1: the policy file must be a mapping (name: value), and is a list",
		"rules: []":                 "it has no default: say `default: allow`, `default: confirm` or `default: deny` for what no rule decides",
		"default: yes":              `line 1: default is "yes": it must be allow, confirm, deny`,
		"default: true":             "line 1: default must be a text, and is true or false: put it in quotes",
		"default: allow\nrules:":    "line 2: rules must be a list, and is nothing",
		"default: deny\nrules: []":  "line 2: rules is empty: leave it out",
		"default: deny\nruls: []":   `line 2: the policy file has an unknown key "ruls": is rules meant?`,
		"default: deny\nversion: 1": `line 2: the policy file has an unknown key "version": it may have default, rules`,
		"default: deny\nrules:\n- name: a\ndefault: allow":                                 `line 4: the policy file has the key "default" twice (before on line 1)`,
		"default: deny\nrules: [x]":                                                        "line 2: rules[0] must be a mapping (name: value), and is a text",
		"default: deny\nrules: [{decision: deny}]":                                         "line 2: rules[0] has no name",
		"default: deny\nrules: [{name: a}]":                                                "line 2: rules[0] has no decision",
		"default: deny\nrules: [{name: a b, decision: deny}]":                              `line 2: rules[0].name is "a b": use 1 to 64 letters, digits, dots, hyphens and underscores`,
		"default: deny\nrules: [{name: 5, decision: deny}]":                                "line 2: rules[0].name must be a text, and is a number: put it in quotes",
		"default: deny\nrules:\n- {name: a, decision: deny}\n- {name: a, decision: allow}": `line 4: two rules are named "a" (the other begins on line 3)`,
		"default: deny\nrules: [{name: a, decision: refuse}]":                              `line 2: rules[0].decision is "refuse": it must be allow, confirm, deny`,
		"default: deny\nrules: [{name: a, decision: allow, message: hi}]":                  "line 2: rules[0].message: a rule that allows says nothing to anybody; leave it out",
		"default: deny\nrules: [{name: a, decision: deny, messages: hi}]":                  `line 2: rules[0] has an unknown key "messages": is message meant?`,
		inRule("message: ''"):                                                              "line 5: rules[0].message is empty: leave it out",
		inRule("message: " + strings.Repeat("x", 501)):                                     "line 5: rules[0].message is longer than 500 bytes",
		inRule("subjects: [local]"):                                                        "line 5: rules[0].subjects[0] must be a mapping (name: value), and is a text",
		inRule("subjects: {principal: local}"):                                             "line 5: rules[0].subjects must be a list, and is a mapping",
		inRule("subjects: [{}]"):                                                           "line 5: rules[0].subjects[0] is empty: name a principal, a group or a scope",
		inRule("except:", "- {groups: [a]}"):                                               `line 6: rules[0].except[0] has an unknown key "groups": is group meant?`,
		inRule("except:", "- {group: [a]}"):                                                "line 6: rules[0].except[0].group must be a text, and is a list",
		inRule("connectors: []"):                                                           "line 5: rules[0].connectors is empty: leave it out",
		inRule("connectors: slack"):                                                        "line 5: rules[0].connectors must be a list, and is a text",
		inRule("connectors: ['']"):                                                         "line 5: rules[0].connectors[0] is empty",
		inRule("actions: [slack]"):                                                         `line 5: rules[0].actions[0] is "slack", which names no action: write slack.* for every action of a connector`,
		inRule("actions: [null]"):                                                          "line 5: rules[0].actions[0] must be a text, and is nothing: put it in quotes",
		inRule("actions: ['slack.*:wirte']"):                                               `line 5: rules[0].actions[0]: "slack.*:wirte" ends in ":wirte", which is no effect and counts as part of the id: is :write meant? (where it is part of the id, write ? for the colon)`,
		inRule("effects: [reed]"):                                                          `line 5: rules[0].effects[0] is "reed": it must be read, write, destructive`,
		inRule("when: {}"):                                                                 "line 5: rules[0].when is empty: leave it out",
		inRule("when: {a: 5}"):                                                             "line 5: rules[0].when.a must be a mapping (name: value), and is a number",
		inRule("when: {a: {}}"):                                                            "line 5: rules[0].when.a tests nothing: give equals, in, matches, max, min, max_length, max_items or present",
		inRule("when: {a: {optional: true}}"):                                              "line 5: rules[0].when.a tests nothing: give equals, in, matches, max, min, max_length, max_items or present",
		inRule("when:", "  a:", "    maks: 5"):                                             `line 7: rules[0].when.a has an unknown key "maks": is max meant?`,
		inRule("when:", "  a: {max: 5}", "  a: {min: 3}"):                                  `line 7: rules[0].when has the key "a" twice (before on line 6)`,
		inRule("when: {a: {max: '5'}}"):                                                    "line 5: rules[0].when.a.max must be a number, and is a text",
		inRule("when: {a: {max: .inf}}"):                                                   `line 5: rules[0].when.a.max is ".inf": write a number in digits, such as 100 or 0.5, and a text in quotes`,
		inRule("when: {a: {max: 0x10}}"):                                                   `line 5: rules[0].when.a.max is "0x10": write a number in digits, such as 100 or 0.5, and a text in quotes`,
		inRule("when: {a: {max: 1_000}}"):                                                  `line 5: rules[0].when.a.max is "1_000": write a number in digits, such as 100 or 0.5, and a text in quotes`,
		inRule("when: {a: {max_items: -1}}"):                                               "line 5: rules[0].when.a.max_items must be a whole number from 0",
		inRule("when: {a: {max_items: 1.5}}"):                                              "line 5: rules[0].when.a.max_items must be a whole number from 0",
		inRule("when: {a: {in: []}}"):                                                      "line 5: rules[0].when.a.in is empty: leave it out",
		inRule("when: {a: {in: [[]]}}"):                                                    "line 5: rules[0].when.a.in[0] must be a text, a number, true, false or null, and is a list",
		inRule("when: {a: {present: maybe}}"):                                              "line 5: rules[0].when.a.present must be true or false",
		inRule("when: {a: {present: true, max: 5}}"):                                       "line 5: rules[0].when.a.present stands alone: what is tested must be there anyway, unless it is optional",
		inRule("when: {a: {matches: 5}}"):                                                  "line 5: rules[0].when.a.matches must be a text, and is a number: put it in quotes",
		inRule("when: {a: {matches: 'a)(b'}}"):                                             "line 5: rules[0].when.a.matches is no regular expression (RE2): \"error parsing regexp: unexpected ): `a)(b`\"",
		inRule(`when: {a: {matches: '(?<=a)b'}}`):                                          "line 5: rules[0].when.a.matches is no regular expression (RE2): \"error parsing regexp: invalid named capture: `(?<=a)b`\"",
		inRule("when: {'': {max: 5}}"):                                                     `line 5: rules[0].when: the path "" is empty`,
		inRule("when: {a.b.c.d.e.f.g.h.i: {max: 5}}"):                                      `line 5: rules[0].when: the path "a.b.c.d.e.f.g.h.i" has more than 8 names between dots`,
		inRule("when: {[a]: {max: 5}}"):                                                    "line 5: rules[0].when: a key must be a text",
		"default: allow\n---\ndefault: deny":                                               "line 2: a second document begins (---): only one is read",
		"default: !!str allow":                                                             `line 1: tags such as "!!str" are not read here`,
		"default: &a allow":                                                                "line 1: anchors, aliases and merge keys (&, *, <<) are not read here: write it out",
	} {
		f, err := ParseFile([]byte(text))
		if err == nil {
			t.Errorf("%q: read as %+v", text, f)
			continue
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestWhatAFileMayHold(t *testing.T) {
	t.Parallel()
	f := file(t, `# rules of the house
default: deny # nothing else
rules:
  - name: Read.all-of_it
    decision: allow
    effects: [read]
  - name: folded
    decision: deny
    message: >
      Two lines
      become one.
    when:
      "date": {equals: 2026-11-26}
      'Parameter1.Name': {in: ["a", 5, true, null]}
      page[cursor]: {present: false}
`)
	if diff := cmp.Diff([]string{"Read.all-of_it", "folded"}, f.Rules()); diff != "" {
		t.Error(diff)
	}
	if got := f.rules[1].reason; got != `Two lines become one. (POLICY_FILE rules[1] "folded")` {
		t.Errorf("message %q", got)
	}
}

// What a hostile or broken file costs, and that its error can be shown.
func TestHostileFilesAreRefused(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("a: &a [x, x, x, x, x, x, x, x, x]\n")
	for c := 'b'; c < 'l'; c++ {
		fmt.Fprintf(&bomb, "%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+", ", 9), ", "))
	}
	for name, text := range map[string]string{
		"alias bomb":       bomb.String(),
		"self reference":   "default: &a [*a]",
		"merge":            "default: allow\nrules:\n  - <<: {name: a}\n    decision: deny",
		"10 MB":            "default: allow\n#" + strings.Repeat("x", 10<<20),
		"deep flow":        "default: " + strings.Repeat("[", 200_000),
		"deep mappings":    "default: " + strings.Repeat("{a: ", 60_000),
		"deep blocks":      "default:\n" + strings.Repeat("- ", 120_000),
		"deep indentation": deepIndent(600),
		"deep keys":        strings.Repeat("? ", 120_000),
		"many keys":        strings.Repeat("a: 1\n", 50_000),
		"many other keys":  manyKeys(20_000),
		"long key":         strings.Repeat("k", 250_000) + ": 1",
		"long scalar":      "default: " + strings.Repeat("k", 250_000),
		"open quote":       "default: \"" + strings.Repeat("\\", 250_000),
		"control":          "default: \x00\x1b[2J",
		"UTF-16":           "\xff\xfed\x00e\x00",
		"tabs":             "default:\n\t- a",
		"bidi":             "default: \u202eallow",
		"huge expression":  inRule("when: {a: {matches: '((a{100}){100}){100}'}}"),
		"long expression":  inRule("when: {a: {matches: '" + strings.Repeat("a", 1001) + "'}}"),
		"tag":              "default: !!python/object/apply:os.system [id]",
		"binary":           inRule("when: {a: {equals: !!binary aGVsbG8=}}"),
	} {
		t.Run(name, func(t *testing.T) {
			if len(text) > MaxFile && name != "10 MB" {
				t.Errorf("%d bytes are refused for their size alone", len(text))
			}
			begun := time.Now()
			_, err := ParseFile([]byte(text))
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			checkError(t, err)
			_, err = ParseCases([]byte(text), "local")
			checkError(t, err)
		})
	}
}

func deepIndent(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func manyKeys(count int) string {
	var b strings.Builder
	b.WriteString("default: allow\n")
	for i := range count {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

// checkError demands an error that fits a line.
func checkError(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
		t.Error("it was read")
	case len(err.Error()) > 800:
		t.Errorf("the error has %d bytes: %.200s…", len(err.Error()), err)
	case strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }):
		t.Errorf("the error holds characters that cannot be seen: %q", err)
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add("default: allow\nrules:\n  - {name: a, decision: deny, actions: ['x.*:write'], when: {a.b[]: {max: 5}}}", `a`, "x")
	f.Add(inRule("subjects: [{group: a*}]", "unless: {a: {in: [1, b, null]}}"), "a.b", "1")
	f.Add(inRule("unless: {a: {matches: 'x+', max_length: 5, optional: true}}"), "a", "xx")
	f.Add("default: &a allow\nrules: *a", "", "")
	f.Add("{default: allow, ? [a] : b}", "", "")
	f.Fuzz(func(t *testing.T, text, name, value string) {
		read, err := ParseFile([]byte(text))
		if err != nil {
			checkError(t, err)
			return
		}
		p := New(Settings{}, read)
		for _, args := range []map[string]any{nil, {}, {name: value}, {name: []any{value, 1.5, nil}}, {name: map[string]any{value: true}}} {
			r := Request{Principal: value, Groups: []string{name}, ConnectorID: "x", ActionID: name, Effect: Write, Arguments: args}
			d := p.Decide(r)
			if again := p.Decide(r); !cmp.Equal(d, again) {
				t.Errorf("two decisions: %+v, %+v", d, again)
			}
			if args != nil && d.Tentative {
				t.Errorf("tentative with arguments: %+v", d)
			}
		}
	})
}
