package tools_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// However long what a caller sends, an error stays readable.
func TestErrorsAreShort(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	long := strings.Repeat("ü", 500_000)
	for _, call := range []struct{ tool, args string }{
		{"get_credential_metadata", `{"connector_id":"%s"}`},
		{"start_oauth", `{"connector_id":"%s"}`},
		{"get_connection", `{"connector_id":"%s"}`},
		{"get_connection", `{"request_id":"%s"}`},
		{"get_connection", `{"connection_id":"%s"}`},
		{"get_tokens", `{"connection_id":"%s"}`},
		{"list_connectors", `{"cursor":"%s"}`},
		{"list_connectors", `{"query":"%s"}`},
		{"notion_search", `{"%s":1}`},
		{"notion_search", `{"filter":{"value":"%s"}}`},
		{"notion_search", `{"fields":["%s"]}`},
		{"notion_search", `{"fields":["results[].%s"]}`},
		{"notion_search", `{"connection_id":"%s"}`},
		{"run_read", `{"action_id":"%s"}`},
		{"run_read", `{"action_id":"notion.%s"}`},
		{"run_read", `{"action_id":"%s.x"}`},
		{"describe_action", `{"action_id":"%s"}`},
		{"describe_action", `{"action_id":"notion.%s"}`},
		{"describe_action", `{"action_id":"notion.post-page","path":"%s"}`},
		{"describe_action", `{"action_id":"notion.post-page","path":"parent","context":{"database_id":"%s"}}`},
	} {
		answer, isError := b.call(t, call.tool, fmt.Sprintf(call.args, long))
		message, hint := fmt.Sprint(answer["message"]), fmt.Sprint(answer["hint"])
		if !isError || answer["code"] == "internal" || utf8.RuneCountInString(message+hint) > 2_000 {
			t.Errorf("%s %.30s…: error %v, code %v, %d bytes of words", call.tool, call.args, isError, answer["code"], len(message+hint))
		}
	}
}

// Without a key, the key is what is missing, whatever else is.
func TestAMissingKeyComesBeforeAMissingUser(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	set := newSet(t, sim, "", "", nil)
	for _, tool := range []string{"notion_search", "get_connection", "list_connectors"} {
		answer, isError := call(t, set, tool, `{}`)
		if !isError || answer["code"] != "api_key_rejected" || !strings.Contains(fmt.Sprint(answer["hint"]), "setup") {
			t.Errorf("%s: %v", tool, answer)
		}
	}
}

// What Alloy refuses of a question of our own is not the caller's mistake.
func TestARefusalOfOurOwnQuestionBlamesNoArgument(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	if err := b.sim.SetFault(simulator.Fault{Kind: simulator.FaultStatus, Status: 400, Body: `{"message":"no"}`}); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"list_connectors", "get_connection"} {
		if answer, isError := b.call(t, tool, `{}`); !isError || answer["code"] != "upstream_error" {
			t.Errorf("%s: %v", tool, answer)
		}
	}
}
