package simulator_test

import (
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// Whatever is asked, in whatever mode, no answer holds what a provider's token would be.
func TestNoEndpointReturnsACanary(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	secret := b.ProviderData("shippo")["accessToken"].(string)
	ids := map[string]string{}
	for _, connector := range []string{"notion", "shippo", "jira", "shipStation"} {
		ids[connector] = b.connect(connector)
	}
	if n := len(b.Canaries()); n != 8 {
		t.Fatalf("%d canaries, want 8", n)
	}
	for _, modes := range []simulator.Modes{
		{}, {OldCredentials: true}, {ProviderErrors: simulator.ProviderErrorsBare}, {ResultWrapper: true}, {NotionVersion: "2025-09-03"},
	} {
		set(t, b, modes)
		var all strings.Builder
		see := func(a answer) {
			all.WriteString(a.body)
			for name, values := range a.header {
				all.WriteString(name + strings.Join(values, " "))
			}
		}
		user := "/users/" + b.UserID()
		for _, path := range []string{
			"/connectors", "/users", user, user + "/credentials", "/credentials/users/" + b.UserID(), "/connectors/files/list",
			"/credentials/" + ids["notion"], "/_sim/journal", "/_sim/writes", "/_sim/modes", "/_sim/faults",
		} {
			see(b.do("GET", path, nil))
		}
		for connector, id := range ids {
			base := "/connectors/" + connector
			for _, path := range []string{"", "/resources", "/credentials", "/credentials/metadata", "/actions"} {
				see(b.do("GET", base+path, nil))
			}
			list, _ := b.do("GET", base+"/actions", nil).at("actions").([]any)
			for _, item := range list {
				name, _ := walk(item, "id").(string)
				see(b.run(connector, name, id, nil))
			}
		}
		link := b.link("notion", landing)
		see(b.send("GET", link, nil, nil))
		see(b.press(link, "decision=approve"))
		for _, canary := range append(b.Canaries(), secret) {
			if strings.Contains(all.String(), canary) {
				t.Errorf("%+v: an answer holds %q", modes, canary)
			}
		}
	}
}
