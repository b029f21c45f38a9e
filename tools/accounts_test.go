package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
)

func TestWhichAccountIsUsed(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	if answer := b.ok(t, "notion_search", `{}`); answer["status"] != "connect_required" || answer["url"] == nil || path(answer, "next", "arguments", "request_id") != answer["request_id"] {
		t.Errorf("without an account: %v", answer)
	}
	first := b.connectTo(t, "notion")
	if answer := b.ok(t, "notion_search", `{}`); answer["results"] == nil {
		t.Errorf("with one account: %v", answer)
	}
	second := b.connectTo(t, "notion")
	b.ok(t, "get_connection", `{"connector_id":"notion"}`) // looks at Alloy's list again
	answer := b.ok(t, "notion_search", `{}`)
	if answer["status"] != "choose_connection" || path(answer, "connections", 1, "connection_id") == nil {
		t.Errorf("with two accounts: %v", answer)
	}
	for _, id := range []string{first, second} {
		if answer := b.ok(t, "notion_search", `{"connection_id":"`+id+`"}`); answer["results"] == nil {
			t.Errorf("with the account %s named: %v", id, answer)
		}
	}
}

func TestPinsChoose(t *testing.T) {
	t.Parallel()
	for _, pin := range []func(string) accounts.Pins{
		func(id string) accounts.Pins { return accounts.Pins{Any: id} },
		func(id string) accounts.Pins { return accounts.Pins{ByConnector: map[string]string{"notion": id}} },
	} {
		sim, err := simulator.New(simulator.Config{})
		if err != nil {
			t.Fatal(err)
		}
		user := sim.Production().UserID()
		var ids []string
		for range 2 {
			id, err := sim.AddCredential(user, "notion")
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		set := newSet(t, sim, sim.APIKey(), user, func(c *wiring) { c.Pins = pin(ids[1]) })
		if answer, isError := call(t, set, "notion_search", `{}`); isError || answer["results"] == nil {
			t.Fatalf("answer: %v", answer)
		}
		if got := lastExecution(t, sim).CredentialID; got != ids[1] {
			t.Errorf("the account used is %s, pinned is %s", got, ids[1])
		}
	}
}

// Somebody else's id and one that never was get the same answer, and nothing is
// executed for either.
func TestAForeignAccountDoesNotExist(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	mallory, err := b.sim.AddUser("mallory", "Mallory")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := b.sim.AddCredential(mallory, "notion")
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []struct{ tool, args string }{
		{"notion_search", `{"connection_id":"%s"}`},
		{"run_read", `{"action_id":"notion.get-self","connection_id":"%s"}`},
		{"get_connection", `{"connection_id":"%s"}`},
		{"get_connection", `{"connection_id":"%s","verify":true}`},
		{"get_tokens", `{"connection_id":"%s"}`},
		{"start_oauth", `{"connector_id":"notion","connection_id":"%s"}`},
	} {
		before := len(b.sim.Journal())
		theirs, isError := b.call(t, call.tool, fmt.Sprintf(call.args, foreign))
		nobodys, _ := b.call(t, call.tool, fmt.Sprintf(call.args, "66aa66aa66aa66aa66aa66aa"))
		if !isError || theirs["code"] != "not_found" {
			t.Errorf("%s: %v", call.tool, theirs)
		}
		if diff := cmp.Diff(theirs, nobodys); diff != "" {
			t.Errorf("%s tells a foreign id (-) from no id (+):\n%s", call.tool, diff)
		}
		for _, entry := range b.sim.Journal()[before:] {
			if entry.CredentialID == foreign {
				t.Errorf("%s reached %s with the foreign id", call.tool, entry.Path)
			}
		}
	}
}

func TestWithoutAUserNothingUserScopedRuns(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"", "nobody@example.com"} {
		sim, err := simulator.New(simulator.Config{})
		if err != nil {
			t.Fatal(err)
		}
		set := newSet(t, sim, sim.APIKey(), setting, nil)
		for _, door := range []struct{ tool, args string }{
			{"notion_search", `{}`},
			{"get_connection", `{}`},
			{"get_tokens", `{"connection_id":"66aa66aa66aa66aa66aa66aa"}`},
			{"start_oauth", `{"connector_id":"notion"}`},
			{"list_connectors", `{"connected":true}`},
			{"run_read", `{"action_id":"notion.get-self"}`},
			{"describe_action", `{"action_id":"notion.post-page","context":{"database_id":"d"}}`},
		} {
			answer, isError := call(t, set, door.tool, door.args)
			if !isError || answer["code"] != "user_required" {
				t.Errorf("%q: %s: %v", setting, door.tool, answer)
			}
			hint := fmt.Sprint(answer["hint"])
			if !strings.Contains(hint, "setup") || !strings.Contains(hint, sim.Production().UserID()) {
				t.Errorf("%q: %s: the hint names neither setup nor the users: %s", setting, door.tool, hint)
			}
		}
		for _, entry := range sim.Journal() {
			if entry.UserID == "" && (strings.Contains(entry.Path, "credentials") && !strings.HasSuffix(entry.Path, "metadata") || strings.HasSuffix(entry.Path, "execute")) {
				t.Errorf("%q: %s %s was sent for nobody", setting, entry.Method, entry.Path)
			}
		}
		if answer, isError := call(t, set, "list_connectors", `{}`); isError || !strings.Contains(fmt.Sprint(answer["hint"]), "not shown") {
			t.Errorf("%q: the apps themselves need no user: %v", setting, answer)
		}
	}
}

func TestAUsernameIsAUser(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := sim.AddUser("ada@example.com", "Ada")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.AddCredential(id, "notion"); err != nil {
		t.Fatal(err)
	}
	set := newSet(t, sim, sim.APIKey(), "ada@example.com", nil)
	if answer, isError := call(t, set, "notion_search", `{}`); isError || answer["results"] == nil {
		t.Errorf("answer: %v", answer)
	}
}

func TestRevokedAccountsAreOfferedAgain(t *testing.T) {
	t.Parallel()
	for name, revoke := range map[string]func(*simulator.Simulator, string) error{
		"at Alloy":        (*simulator.Simulator).Revoke,
		"at the provider": (*simulator.Simulator).RevokeAtProvider,
	} {
		for _, errors := range []simulator.ProviderErrors{simulator.ProviderErrorsInside, simulator.ProviderErrorsStatus, simulator.ProviderErrorsBare} {
			t.Run(name+" "+string(errors), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, nil)
				b.modes(t, func(m *simulator.Modes) { m.ProviderErrors = errors })
				id := b.connectTo(t, "notion")
				if err := revoke(b.sim, id); err != nil {
					t.Fatal(err)
				}
				answer := b.ok(t, "notion_search", `{}`)
				if answer["status"] != "reconnect_required" || path(answer, "next", "tool") != "get_connection" {
					t.Fatalf("answer: %v", answer)
				}
				if shown := b.ok(t, "get_connection", `{"connector_id":"notion"}`); path(shown, "connections", 0, "status") != "needs_reconnect" {
					t.Errorf("shown as %v", shown)
				}
			})
		}
	}
}

// The key is the operator's: a rejected one is tried once and says nothing
// about any connection.
func TestARejectedKeyBlamesNoConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	b.ok(t, "get_connection", `{"verify":true}`)
	if err := b.sim.SetFault(simulator.Fault{Kind: simulator.FaultStatus, Status: 401, Body: `{"message":"Invalid Authorization"}`}); err != nil {
		t.Fatal(err)
	}
	before := len(b.sim.Journal())
	answer, isError := b.call(t, "notion_search", `{}`)
	if !isError || answer["code"] != "api_key_rejected" || !strings.Contains(fmt.Sprint(answer["hint"]), "doctor") {
		t.Errorf("answer: %v", answer)
	}
	if n := len(b.sim.Journal()) - before; n > 2 {
		t.Errorf("%d requests were made with the rejected key", n)
	}
	b.sim.ClearFaults()
	if shown := b.ok(t, "get_connection", `{}`); path(shown, "connections", 0, "status") != "working" {
		t.Errorf("the connection is shown as %v", path(shown, "connections", 0))
	}
}

func TestVerifyShowsTheOwner(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	if shown := b.ok(t, "get_connection", `{}`); path(shown, "connections", 0, "status") != "unverified" {
		t.Errorf("before: %v", shown)
	}
	shown := b.ok(t, "get_connection", `{"verify":true}`)
	if path(shown, "connections", 0, "status") != "working" || path(shown, "connections", 0, "owner") == nil || path(shown, "connections", 0, "verified_at") == nil {
		t.Errorf("after: %v", shown)
	}
}
