package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// Two principals of one process: neither sees or uses what is the other's, also
// where lists are cached.
func TestTwoPrincipalsShareNothing(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	users := make(map[string]alloy.UserID)
	accounts := make(map[string]string)
	for _, name := range []string{"alice", "bob"} {
		id, err := sim.AddUser(name, name)
		if err != nil {
			t.Fatal(err)
		}
		if users[name], err = alloy.ParseUserID(id); err != nil {
			t.Fatal(err)
		}
		if accounts[name], err = sim.AddCredential(id, "notion"); err != nil {
			t.Fatal(err)
		}
	}
	set := newSet(t, sim, sim.APIKey(), "", func(c *wiring) {
		c.User = func(_ context.Context, p tools.Principal) (alloy.UserID, error) { return users[p.ID], nil }
	})
	as := func(name, tool, args string) string {
		ctx := tools.WithPrincipal(context.WithoutCancel(t.Context()), tools.Principal{ID: name})
		return string(set.Call(ctx, tool, json.RawMessage(args)).JSON)
	}
	for _, name := range []string{"alice", "bob", "alice"} {
		if answer := as(name, "notion_search", `{}`); !strings.Contains(answer, `"results"`) {
			t.Fatalf("%s: %s", name, answer)
		}
		if last := lastExecution(t, sim); last.CredentialID != accounts[name] || last.UserID != users[name].String() {
			t.Errorf("%s's search ran as %s with %s", name, last.UserID, last.CredentialID)
		}
	}
	for _, tool := range []string{"notion_search", "get_tokens", "get_connection"} {
		if answer := as("bob", tool, `{"connection_id":"`+accounts["alice"]+`"}`); !strings.Contains(answer, "not_found") {
			t.Errorf("bob with alice's connection, %s: %s", tool, answer)
		}
	}
	for _, action := range []string{"notion.get-self", "notion.post-page"} {
		answer := as("bob", "describe_action", fmt.Sprintf(`{"action_id":%q,"context":{"connection_id":%q,"database_id":"d"}}`, action, accounts["alice"]))
		if strings.Contains(answer, `"connection_id":"`+accounts["alice"]) || strings.Contains(answer, "notion answered") {
			t.Errorf("bob describes %s with alice's connection: %s", action, answer)
		}
	}
	var started map[string]any
	if err := json.Unmarshal([]byte(as("alice", "start_oauth", `{"connector_id":"notion"}`)), &started); err != nil {
		t.Fatal(err)
	}
	if answer := as("bob", "get_connection", fmt.Sprintf(`{"request_id":%q}`, started["request_id"])); !strings.Contains(answer, "not_found") {
		t.Errorf("bob asks for alice's request: %s", answer)
	}
}

// A pin that leads nowhere stops the call: the settings chose an account, and no
// other is meant.
func TestAPinThatLeadsNowhereUsesNoOtherAccount(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *wiring) {
		c.Pins = accounts.Pins{ByConnector: map[string]string{"notion": "66aa66aa66aa66aa66aa66aa"}}
	})
	id := b.connectTo(t, "notion")
	if answer, isError := b.call(t, "notion_search", `{}`); !isError || !strings.Contains(fmt.Sprint(answer), "ALLOY_CONNECTIONS") {
		t.Errorf("answer: %v", answer)
	}
	if answer := b.ok(t, "notion_search", `{"connection_id":"`+id+`"}`); answer["results"] == nil {
		t.Errorf("named in the call: %v", answer)
	}
}
