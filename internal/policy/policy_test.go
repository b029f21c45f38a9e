package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// patterns reads patterns that must be right.
func patterns(t testing.TB, text string) []Pattern {
	t.Helper()
	if text == "" {
		return nil
	}
	list, err := ParsePatterns(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// file reads a policy file that must be right.
func file(t testing.TB, text string) *File {
	t.Helper()
	f, err := ParseFile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// ask makes a request of "connector.action:effect".
func ask(t testing.TB, text string) Request {
	t.Helper()
	i := strings.LastIndexByte(text, ':')
	connector, action, ok := strings.Cut(text[:i], ".")
	if !ok {
		t.Fatalf("%q has no dot", text)
	}
	return Request{Principal: "local", ConnectorID: connector, ActionID: action, Effect: text[i+1:]}
}

func TestSettingsDecide(t *testing.T) {
	t.Parallel()
	const readOnly, connectors, allow = "ALLOY_READ_ONLY", "ALLOY_CONNECTORS", "ALLOY_ALLOW"
	long := strings.Repeat("very-long-operation-id/", 10)
	tests := []struct {
		name        string
		readOnly    bool
		connectors  []string
		allow, deny string
		denied      map[string]string // the rule by request; others are allowed
		allowed     map[string]string
	}{
		{name: "nothing is set", allowed: map[string]string{"a.b:read": "", "a.b:destructive": "", "a.b:": "", ".:write": ""}},
		{
			name: "read only", readOnly: true,
			allowed: map[string]string{"a.b:read": ""},
			denied:  map[string]string{"a.b:write": readOnly, "a.b:destructive": readOnly, "a.b:": readOnly, "a.b:READ": readOnly},
		},
		{
			name: "connectors", connectors: []string{"slack", "google"},
			allowed: map[string]string{"slack.x:write": "", "google.y:read": ""},
			denied:  map[string]string{"notion.x:read": connectors, "Slack.x:read": connectors, "slackbot.x:read": connectors, ".x:read": connectors},
		},
		{
			name: "deny beats allow", allow: "slack.*", deny: "slack.chat_*:write,*.delete*",
			allowed: map[string]string{"slack.chat_list:read": `ALLOY_ALLOW "slack.*"`, "slack.chat_drop:destructive": `ALLOY_ALLOW "slack.*"`, "slack.users:write": `ALLOY_ALLOW "slack.*"`},
			denied: map[string]string{
				"slack.chat_postMessage:write": `ALLOY_DENY "slack.chat_*:write"`, "slack.deleteAll:read": `ALLOY_DENY "*.delete*"`,
				"notion.x:read": allow, "slack.chat_x:": `ALLOY_DENY "slack.chat_*:write"`,
			},
		},
		{
			name: "allow narrowed to an effect", allow: "*:read, hubspot.*:write",
			allowed: map[string]string{"a.b:read": `ALLOY_ALLOW "*:read"`, "hubspot.x:write": `ALLOY_ALLOW "hubspot.*:write"`},
			denied:  map[string]string{"a.b:write": allow, "hubspot.x:destructive": allow, "a.b:": allow},
		},
		{
			name: "the narrowing is the last one only", allow: "x.messages:read:read,x.tag:write:x,y.a:b",
			allowed: map[string]string{"x.messages:read:read": `ALLOY_ALLOW "x.messages:read:read"`, "x.tag:write:x:write": `ALLOY_ALLOW "x.tag:write:x"`, "y.a:b:destructive": `ALLOY_ALLOW "y.a:b"`},
			denied:  map[string]string{"x.messages:read:write": allow, "x.messages:read": allow, "y.a:write": allow},
		},
		{
			name: "odd ids", deny: "x./v1/users/{id}#get,x." + long + "*,y.a.b.*",
			allowed: map[string]string{"x./v1/users/{id}:read": "", "y.a.b:read": "", "y.a.B.c:read": ""},
			denied: map[string]string{
				"x./v1/users/{id}#get:read": `ALLOY_DENY "x./v1/users/{id}#get"`, "x." + long + "z:read": `ALLOY_DENY "x.` + long + `*"`, "y.a.b.c.d:read": `ALLOY_DENY "y.a.b.*"`,
			},
		},
		{
			name: "all of them", readOnly: true, connectors: []string{"slack"}, allow: "slack.*,notion.*", deny: "slack.secret*",
			allowed: map[string]string{"slack.x:read": `ALLOY_ALLOW "slack.*"`},
			denied:  map[string]string{"slack.x:write": readOnly, "notion.x:read": connectors, "slack.secrets:read": `ALLOY_DENY "slack.secret*"`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := New(Settings{ReadOnly: test.readOnly, Connectors: test.connectors, Allow: patterns(t, test.allow), Deny: patterns(t, test.deny)}, nil)
			for request, rule := range test.allowed {
				if got := p.Decide(ask(t, request)); !got.Allowed || got.Rule != rule || !got.MayRun() || got.Confirm {
					t.Errorf("%s: %+v, want it allowed by %q", request, got, rule)
				}
			}
			for request, rule := range test.denied {
				got := p.Decide(ask(t, request))
				if got.Allowed || got.Rule != rule || got.MayRun() || got.Outcome() != "deny" || got.Reason == "" {
					t.Errorf("%s: %+v, want it denied by %q", request, got, rule)
				}
			}
		})
	}
}

func TestNoPolicyAllowsEverything(t *testing.T) {
	t.Parallel()
	var none *Policy
	for _, p := range []*Policy{none, New(Settings{}, nil), New(Settings{}, file(t, "default: allow"))} {
		if got := p.Decide(ask(t, "a.b:destructive")); !cmp.Equal(got, Decision{Allowed: true}) {
			t.Errorf("decision %+v", got)
		}
	}
}

func TestSettingsAndFileMustBothAllow(t *testing.T) {
	t.Parallel()
	f := file(t, "default: deny\nrules: [{name: some, decision: allow, connectors: [slack, notion]}, {name: asks, decision: confirm, connectors: [notion]}]")
	p := New(Settings{Allow: patterns(t, "slack.*,zoom.*,notion.*"), Deny: patterns(t, "slack.drop*")}, f)
	for request, want := range map[string]string{
		"slack.post:write":   `allow POLICY_FILE rules[0] "some"`,
		"slack.drop_x:write": `deny ALLOY_DENY "slack.drop*"`,
		"zoom.x:read":        `deny POLICY_FILE default`,
		"hubspot.x:read":     `deny ALLOY_ALLOW`,
		"notion.x:read":      `confirm POLICY_FILE rules[1] "asks"`,
	} {
		if got := p.Decide(ask(t, request)); got.Outcome()+" "+got.Rule != want {
			t.Errorf("%s: %+v, want %s", request, got, want)
		}
	}
	// What a setting allows by name is not lost behind a file that has nothing to say.
	p = New(Settings{Allow: patterns(t, "slack.*")}, file(t, "default: allow"))
	if got := p.Decide(ask(t, "slack.x:read")); got.Rule != `ALLOY_ALLOW "slack.*"` {
		t.Errorf("decision %+v", got)
	}
}

func TestPatternsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"slack":                   `holds "slack", which names no action: write slack.* for every action of a connector`,
		"slack:write":             `holds "slack:write", which names no action: write slack.* for every action of a connector`,
		"slack.*,:read":           `holds ":read", which is empty`,
		" , ,":                    "holds nothing but commas: give patterns such as slack.chat_*:write, or leave it unset",
		"a." + "\x01":             `holds "a.\x01", which holds a character that no id has`,
		strings.Repeat("a*", 600): `holds "` + strings.Repeat("a*", 40) + `…", which is longer than 1024 bytes`,
	} {
		list, err := ParsePatterns(text)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v\nwant %s", text, list, err, want)
		}
	}
	list := patterns(t, " a.* ,, ?b:read , *")
	var got []string
	for _, p := range list {
		got = append(got, p.String())
	}
	if diff := cmp.Diff([]string{"a.*", "?b:read", "*"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAMisspeltEffectIsOdd(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"slack.*:wrtie":    `"slack.*:wrtie" ends in ":wrtie", which is no effect and counts as part of the id: is :write meant?`,
		"slack.*:Read":     `"slack.*:Read" ends in ":Read", which is no effect and counts as part of the id: is :read meant?`,
		"slack.*: delete":  "",
		"slack.*:write":    "",
		"x.users:list":     "",
		"x.users":          "",
		"x.v1:users:reads": `"x.v1:users:reads" ends in ":reads", which is no effect and counts as part of the id: is :read meant?`,
	} {
		if got := patterns(t, text)[0].Odd(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
