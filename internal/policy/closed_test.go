package policy

import "testing"

func TestWhatIsRefusedWhoeverAsks(t *testing.T) {
	t.Parallel()
	const head = "default: allow\nrules:\n"
	for _, test := range []struct {
		name, file, effect string
		settings           Settings
		closed             bool
	}{
		{"nothing is set", "", Read, Settings{}, false},
		{"read only, a read", "", Read, Settings{ReadOnly: true}, false},
		{"read only, a write", "", Write, Settings{ReadOnly: true}, true},
		{"another connector", "", Read, Settings{Connectors: []string{"notion"}}, true},
		{"denied", "", Read, Settings{Deny: patterns(t, "app.*")}, true},
		{"not allowed", "", Read, Settings{Allow: patterns(t, "notion.*")}, true},
		{"denied to some", head + "  - {name: a, decision: deny, subjects: [{group: g}]}\n", Read, Settings{}, false},
		{"denied to all but some", head + "  - {name: a, decision: deny, except: [{group: g}]}\n", Read, Settings{}, false},
		{"denied for some arguments", head + "  - {name: a, decision: deny, when: {n: {min: 1}}}\n", Read, Settings{}, false},
		{"denied but for some arguments", head + "  - {name: a, decision: deny, unless: {n: {min: 1}}}\n", Read, Settings{}, false},
		{"denied by the file", head + "  - {name: a, decision: deny, actions: ['*.get*']}\n", Read, Settings{}, true},
		{"another effect is denied", head + "  - {name: a, decision: deny, effects: [write]}\n", Read, Settings{}, false},
		{"asked about", head + "  - {name: a, decision: confirm}\n", Read, Settings{}, false},
		{"denied by default", "default: deny\n", Read, Settings{}, true},
		{"denied by default, asked about", "default: deny\nrules:\n  - {name: a, decision: confirm}\n", Read, Settings{}, false},
		{"allowed to some", "default: deny\nrules:\n  - {name: a, decision: allow, subjects: [{group: g}]}\n", Read, Settings{}, false},
		{"something else is allowed", "default: deny\nrules:\n  - {name: a, decision: allow, connectors: [notion]}\n", Read, Settings{}, true},
		{"only reads are allowed, and the effect is not known", "default: deny\nrules:\n  - {name: a, decision: allow, effects: [read]}\n", "", Settings{}, true},
		{"another effect is allowed", "default: deny\nrules:\n  - {name: a, decision: allow, effects: [write]}\n", Read, Settings{}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var f *File
			if test.file != "" {
				f = file(t, test.file)
			}
			p := New(test.settings, f)
			if got := p.Closed("app", "getThing", test.effect); got != test.closed {
				t.Errorf("closed %v, want %v", got, test.closed)
			}
		})
	}
	var none *Policy
	if none.Closed("app", "x", Read) {
		t.Error("no policy closes an action")
	}
}

func TestWhatAPatternIsAbout(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"notion.post-page":        {"notion", "post-page"},
		"x./v1/a.b#get:all":       {"x", "/v1/a.b#get:all"},
		"hubspot.*Contact*":       {"hubspot", ""},
		"hubspot.get?":            {"hubspot", ""},
		"hub*.getPage":            {"", ""},
		"*:read":                  {"", ""},
		"notion.post-page:write":  {"notion", "post-page"},
		"notion.post-page:writes": {"notion", "post-page:writes"},
	} {
		p, err := ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		if connector, action := p.Parts(); [2]string{connector, action} != want {
			t.Errorf("%s is about %q and %q, want %q", text, connector, action, want)
		}
	}
	p, err := ParsePattern("hubspot.*Contact*:read")
	if err != nil {
		t.Fatal(err)
	}
	if !p.Matches("hubspot", "getContact", Read) || p.Matches("hubspot", "getContact", Write) || p.Matches("hubspot", "getContact", "") || p.Matches("hubspot", "getDeal", Read) {
		t.Error("the wrong actions are named")
	}
}
