package policy

import (
	"encoding/json"
	"strings"
	"testing"
)

// arguments decodes JSON as the tools do.
func arguments(t testing.TB, text string) map[string]any {
	t.Helper()
	if text == "" {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

// short is a decision as tests write it: the outcome, ~ where tentative, and the
// rule's name.
func short(d Decision) string {
	text := d.Outcome()
	if d.Tentative {
		text += "~"
	}
	if _, name, ok := strings.Cut(d.Rule, "] "); ok {
		return text + " " + strings.Trim(name, `"`)
	}
	if d.Rule == labelOfDefault {
		return text + " default"
	}
	return text
}

func TestWhoAndWhatARuleIsAbout(t *testing.T) {
	t.Parallel()
	p := New(Settings{}, file(t, `
default: allow
rules:
  - name: finance-only
    decision: deny
    connectors: [stripe, "quick*"]
    effects: [write, destructive]
    except: [{group: finance}, {principal: "token:ci.*", scope: "alloy:execute:write"}]
  - name: interns-look
    decision: deny
    subjects: [{group: interns}, {group: guests}]
    actions: ["*:write", "*:destructive"]
  - name: asks
    decision: confirm
    actions: ["slack.chat_*", "notion.*:destructive"]
    effects: [write]
`))
	tests := []struct {
		principal, group, scope string
		request, want           string
	}{
		{"local", "", "", "stripe.refund:write", "deny finance-only"},
		{"local", "", "", "quickbooks.x:destructive", "deny finance-only"},
		{"local", "", "", "quickbooks.x:", "deny finance-only"},
		{"local", "", "", "stripe.list:read", "allow"},
		{"local", "finance", "", "stripe.refund:write", "allow"},
		{"local", "Finance", "", "stripe.refund:write", "deny finance-only"},
		{"token:ci.build", "", "alloy:execute:write", "stripe.refund:write", "allow"},
		{"token:ci.build", "", "alloy:read", "stripe.refund:write", "deny finance-only"},
		{"token:eve", "", "alloy:execute:write", "stripe.refund:write", "deny finance-only"},
		{"local", "interns", "", "x.y:write", "deny interns-look"},
		{"local", "guests", "", "x.y:read", "allow"},
		{"local", "", "", "slack.chat_post:write", "confirm asks"},
		{"local", "", "", "slack.chat_post:destructive", "allow"},
		{"local", "", "", "notion.x:destructive", "allow"},
		{"local", "interns", "", "slack.chat_post:write", "deny interns-look"},
	}
	for _, test := range tests {
		r := ask(t, test.request)
		r.Principal, r.Groups, r.Scopes = test.principal, []string{"everybody", test.group}, []string{test.scope}
		if got := short(p.Decide(r)); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

// An effect that nobody knows could be any: what allows must allow all of them.
func TestAnUnknownEffectIsOnTheSafeSide(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"decision: allow":                                        "allow r",
		"decision: allow, effects: [read, write]":                "deny default",
		"decision: allow, effects: [read, write, destructive]":   "allow r",
		"decision: allow, actions: ['x.*:read']":                 "deny default",
		"decision: deny, effects: [destructive]":                 "deny r",
		"decision: deny, actions: ['x.*:destructive']":           "deny r",
		"decision: confirm, effects: [write]":                    "confirm r",
		"decision: deny, effects: [read], actions: ['y.*:read']": "deny default",
	} {
		p := New(Settings{}, file(t, "default: deny\nrules: [{name: r, "+rule+"}]"))
		for _, effect := range []string{"", "Read", "delete"} {
			if got := short(p.Decide(ask(t, "x.y:"+effect))); got != want {
				t.Errorf("%s, effect %q: %s, want %s", rule, effect, got, want)
			}
		}
	}
}

func TestHowDecisionsCombine(t *testing.T) {
	t.Parallel()
	const (
		allow   = "{name: allow, decision: allow}"
		confirm = "{name: confirm, decision: confirm}"
		deny    = "{name: deny, decision: deny}"
		allowIf = "{name: allow-if, decision: allow, when: {n: {max: 5}}}"
		askIf   = "{name: ask-if, decision: confirm, when: {n: {min: 3}}}"
		denyIf  = "{name: deny-if, decision: deny, unless: {n: {max: 4}}}"
	)
	tests := []struct {
		fallback, rules  string
		seen, n1, n4, n9 string // nothing known; n is 1, 4, 9
	}{
		{"allow", "", "allow", "allow", "allow", "allow"},
		{"confirm", "", "confirm default", "confirm default", "confirm default", "confirm default"},
		{"deny", "", "deny default", "deny default", "deny default", "deny default"},
		{"deny", allow, "allow allow", "allow allow", "allow allow", "allow allow"},
		{"deny", confirm + allow, "confirm confirm", "confirm confirm", "confirm confirm", "confirm confirm"},
		{"allow", confirm + allow + deny, "deny deny", "deny deny", "deny deny", "deny deny"},
		{"deny", allowIf, "allow~ allow-if", "allow allow-if", "allow allow-if", "deny default"},
		{"confirm", allowIf, "allow~ allow-if", "allow allow-if", "allow allow-if", "confirm default"},
		{"allow", allowIf, "allow", "allow allow-if", "allow allow-if", "allow"},
		{"allow", denyIf, "allow~", "allow", "allow", "deny deny-if"},
		{"deny", denyIf, "deny default", "deny default", "deny default", "deny deny-if"},
		{"confirm", denyIf, "confirm~ default", "confirm default", "confirm default", "deny deny-if"},
		{"allow", askIf, "allow~", "allow", "confirm ask-if", "confirm ask-if"},
		{"confirm", askIf, "confirm~ default", "confirm default", "confirm ask-if", "confirm ask-if"},
		{"deny", askIf, "confirm~ ask-if", "deny default", "confirm ask-if", "confirm ask-if"},
		{"deny", askIf + allowIf, "allow~ allow-if", "allow allow-if", "confirm ask-if", "confirm ask-if"},
		{"deny", askIf + allowIf + denyIf, "allow~ allow-if", "allow allow-if", "confirm ask-if", "deny deny-if"},
		{"deny", allow + askIf, "allow~ allow", "allow allow", "confirm ask-if", "confirm ask-if"},
		{"deny", confirm + askIf, "confirm~ confirm", "confirm confirm", "confirm confirm", "confirm confirm"},
		{"deny", confirm + denyIf, "confirm~ confirm", "confirm confirm", "confirm confirm", "deny deny-if"},
		{"deny", denyIf + deny, "deny deny", "deny deny", "deny deny", "deny deny-if"},
	}
	for _, test := range tests {
		text := "default: " + test.fallback
		if test.rules != "" {
			text += "\nrules: [" + strings.ReplaceAll(test.rules, "}{", "}, {") + "]"
		}
		p := New(Settings{}, file(t, text))
		for given, want := range map[string]string{"": test.seen, `{"n": 1}`: test.n1, `{"n": 4}`: test.n4, `{"n": 9}`: test.n9} {
			r := ask(t, "a.b:write")
			r.Arguments = arguments(t, given)
			got := p.Decide(r)
			if short(got) != want {
				t.Errorf("default %s, rules %s, arguments %q: %s, want %s", test.fallback, test.rules, given, short(got), want)
			}
			if got.MayRun() != (got.Allowed && !strings.Contains(want, "~")) {
				t.Errorf("default %s, rules %s, arguments %q: MayRun %v", test.fallback, test.rules, given, got.MayRun())
			}
			if (got.Reason != "") != (got.Outcome() != "allow") {
				t.Errorf("default %s, rules %s, arguments %q: reason %q", test.fallback, test.rules, given, got.Reason)
			}
		}
	}
}

func TestReasonsSayWhyAndHoldNoValues(t *testing.T) {
	t.Parallel()
	p := New(Settings{}, file(t, `
default: deny
rules:
  - name: small
    decision: allow
    when: {amount: {max: 100}}
  - name: asks
    decision: confirm
    actions: ["a.ask"]
    message: "Money leaves the   house:\n look twice."
  - name: no-mail
    decision: deny
    unless: {"to[].address": {matches: ".*@own[.]example"}, to: {max_items: 2}}
    actions: ["a.mail"]
`))
	for _, test := range [][3]string{
		{"a.pay", `{"amount": 500}`, "No rule of the policy file allows it."},
		{"a.pay", `{"amount": "500canary"}`, `No rule of the policy file allows it. One could, but it cannot be judged: the argument "amount" would have to be a number, and is a text.`},
		{"a.ask", `{}`, `Money leaves the house: look twice. (POLICY_FILE rules[1] "asks")`},
		{"a.mail", `{"amount": 1, "to": [{"address": "x@canary.example"}]}`, `The rule "no-mail" of the policy file forbids it.`},
		{"a.mail", `{"amount": 1, "to": ["canary"]}`, `The rule "no-mail" of the policy file forbids it. It is refused because the rule cannot be judged: the argument "to[]" would have to be an object, and is a text.`},
		{"a.mail", `{"amount": 1, "to": "canary"}`, `The rule "no-mail" of the policy file forbids it. It is refused because the rule cannot be judged: the argument "to" would have to be a list, and is a text.`},
	} {
		r := ask(t, test[0]+":write")
		r.Arguments = arguments(t, test[1])
		if got := p.Decide(r).Reason; got != test[2] {
			t.Errorf("%s %s:\n got %s\nwant %s", test[0], test[1], got, test[2])
		}
	}
}
