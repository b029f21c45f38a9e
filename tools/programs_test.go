package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

func object(t *testing.T, answer tools.Answer) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal(answer.JSON, &value); err != nil {
		t.Fatalf("%v: %s", err, answer.JSON)
	}
	return value
}

func local(t *testing.T) context.Context {
	t.Helper()
	return tools.WithPrincipal(t.Context(), tools.Principal{ID: tools.Local})
}

func TestInitiateReturnsALinkAndAsksAlloyForNone(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	answer := b.set.Initiate(local(t), json.RawMessage(`{"connector_id":"notion"}`))
	first := object(t, answer)
	if answer.IsError || len(first) != 3 || !strings.HasSuffix(fmt.Sprint(first["url"]), "/connect/"+fmt.Sprint(first["request_id"])) || first["expires_at"] == nil {
		t.Fatalf("answer: %v", first)
	}
	if diff := cmp.Diff(first, object(t, b.set.Initiate(local(t), json.RawMessage(`{"connector_id":"notion"}`)))); diff != "" {
		t.Errorf("asked again, another request is made (-first +second):\n%s", diff)
	}
	for _, entry := range b.sim.Journal() {
		if strings.Contains(entry.Path, "oauth") {
			t.Errorf("%s %s was sent before the person opened the link", entry.Method, entry.Path)
		}
	}
	if shown := b.ok(t, "get_connection", fmt.Sprintf(`{"request_id":%q}`, first["request_id"])); path(shown, "request", "status") != "pending" {
		t.Errorf("the request is %v", shown)
	}
}

func TestInitiateRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for name, test := range map[string]struct{ arguments, code, says string }{
		"nothing":         {``, "invalid_arguments", "connector_id"},
		"an unknown name": {`{"connector_id":"notion","returnto":"https://a.example"}`, "invalid_arguments", "returnto"},
		"an unknown app":  {`{"connector_id":"notoin"}`, "unknown_connector", "notion"},
		"no object":       {`[]`, "invalid_arguments", "object"},
		"elsewhere":       {`{"connector_id":"notion","return_to":"https://evil.example"}`, "invalid_arguments", "CONNECT_RETURN_TO"},
	} {
		answer := b.set.Initiate(local(t), json.RawMessage(test.arguments))
		if got := object(t, answer); !answer.IsError || got["code"] != test.code || !strings.Contains(fmt.Sprint(got["message"]), test.says) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := object(t, b.set.Initiate(t.Context(), json.RawMessage(`{"connector_id":"notion"}`))); got["code"] != "user_required" {
		t.Errorf("for nobody: %v", got)
	}
}

func TestDisconnectDeletesAtAlloyAndSaysWhereToRevoke(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	id := b.connectTo(t, "notion")
	answer := b.set.Disconnect(local(t), id)
	got := object(t, answer)
	if answer.IsError || path(got, "connection", "connection_id") != id || path(got, "connection", "connector_id") != "notion" || !strings.Contains(fmt.Sprint(got["revoke"]), "Notion, Settings") {
		t.Errorf("answer: %v", got)
	}
	if shown := b.ok(t, "get_connection", `{}`); fmt.Sprint(shown["connections"]) != "[]" {
		t.Errorf("afterwards there is %v", shown)
	}
	if again := object(t, b.set.Disconnect(local(t), id)); again["code"] != "not_found" {
		t.Errorf("a second time: %v", again)
	}
	for _, tool := range b.set.Tools() {
		if tool.Name == "disconnect" || tool.Name == "initiate" {
			t.Errorf("%s is offered to models", tool.Name)
		}
	}
	if byName, _ := b.call(t, "disconnect", fmt.Sprintf(`{"connection_id":%q}`, id)); byName["code"] != "invalid_arguments" {
		t.Errorf("called as a tool: %v", byName)
	}
}

// Where nobody knows whether Alloy deleted it, the answer says so.
func TestDisconnectWithALostAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	id := b.connectTo(t, "notion")
	if err := b.sim.SetFault(simulator.Fault{Kind: simulator.FaultReset, Method: "DELETE"}); err != nil {
		t.Fatal(err)
	}
	answer := b.set.Disconnect(local(t), id)
	if got := object(t, answer); !answer.IsError || got["code"] != "outcome_unknown" || got["outcome"] != "unknown" {
		t.Errorf("answer: %v", got)
	}
}

func TestDisconnectOfNobodysAndSomebodyElsesIsTheSame(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	mallory, err := b.sim.AddUser("mallory", "Mallory")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := b.sim.AddCredential(mallory, "notion")
	if err != nil {
		t.Fatal(err)
	}
	theirs := object(t, b.set.Disconnect(local(t), foreign))
	for _, id := range []string{"66aa66aa66aa66aa66aa66aa", "", "../../users", strings.Repeat("x", 10_000)} {
		if diff := cmp.Diff(theirs, object(t, b.set.Disconnect(local(t), id))); diff != "" {
			t.Errorf("a foreign id (-) is told from %.20q (+):\n%s", id, diff)
		}
	}
	if theirs["code"] != "not_found" {
		t.Errorf("answer: %v", theirs)
	}
	for _, entry := range b.sim.Journal() {
		if entry.Method == "DELETE" {
			t.Errorf("%s was sent", entry.Path)
		}
	}
}
