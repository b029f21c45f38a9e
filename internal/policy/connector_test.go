package policy

import "testing"

func TestConnectors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		settings Settings
		file     string
		want     map[string]string // the rule by connector; "" where it is allowed
	}{
		{"nothing", Settings{}, "", map[string]string{"slack": ""}},
		{"ids", Settings{Connectors: []string{"slack"}}, "", map[string]string{"slack": "", "notion": "ALLOY_CONNECTORS", "slackbot": "ALLOY_CONNECTORS"}},
		{"allow", Settings{Allow: patterns(t, "slack.chat_*:write,goo?le.*,*.search")}, "", map[string]string{"slack": "", "google": "", "notion": ""}},
		{"allow some", Settings{Allow: patterns(t, "slack.chat_*:write,goo?le.*,s*t.x")}, "", map[string]string{"slack": "", "google": "", "smartsheet": "", "notion": "ALLOY_ALLOW", "slackbot": "", "slacker": ""}},
		{"allow writes, read only", Settings{ReadOnly: true, Allow: patterns(t, "slack.*:write,notion.*")}, "", map[string]string{"slack": "ALLOY_ALLOW", "notion": ""}},
		{"deny", Settings{Deny: patterns(t, "slack.*,notion.a*,n*:read")}, "", map[string]string{"slack": `ALLOY_DENY "slack.*"`, "notion": "", "nango": ""}},
		{"deny piece by piece", Settings{Deny: patterns(t, "slack.*:read,slack.**:write,s*:destructive")}, "", map[string]string{"slack": `ALLOY_DENY "s*:destructive"`}},
		{"deny reads, read only", Settings{ReadOnly: true, Deny: patterns(t, "slack.*:read")}, "", map[string]string{"slack": `ALLOY_DENY "slack.*:read"`, "notion": ""}},
		{
			"rules that deny",
			Settings{},
			"default: allow\nrules: [{name: a, decision: deny, connectors: [slack]}, {name: b, decision: deny, actions: ['notion.*']}, {name: c, decision: deny, connectors: [zoom], when: {x: {present: true}}}, {name: d, decision: deny, connectors: [stripe], except: [{principal: local}]}, {name: e, decision: deny, connectors: [hubspot], actions: ['*:write'], effects: [write, read]}]",
			map[string]string{"slack": `POLICY_FILE rules[0] "a"`, "notion": `POLICY_FILE rules[1] "b"`, "zoom": "", "stripe": "", "hubspot": ""},
		},
		{
			"rules that allow",
			Settings{},
			"default: deny\nrules: [{name: a, decision: allow, actions: ['slack.x*:read']}, {name: b, decision: confirm, connectors: [notion]}, {name: c, decision: allow, connectors: [zoom], when: {x: {present: true}}}, {name: d, decision: allow, connectors: [stripe], subjects: [{group: g}]}]",
			map[string]string{"slack": "", "notion": "", "zoom": "", "stripe": labelOfDefault, "hubspot": labelOfDefault},
		},
	}
	for _, test := range tests {
		var f *File
		if test.file != "" {
			f = file(t, test.file)
		}
		p := New(test.settings, f)
		for id, want := range test.want {
			got := p.DecideConnector(Request{Principal: "local", ConnectorID: id})
			if got.Rule != want || got.Allowed != (want == "") || got.MayRun() != got.Allowed || !got.Allowed && got.Reason == "" {
				t.Errorf("%s, %s: %+v, want %q", test.name, id, got, want)
			}
		}
	}
	var none *Policy
	if !none.DecideConnector(Request{}).Allowed {
		t.Error("no policy refuses a connector")
	}
}
