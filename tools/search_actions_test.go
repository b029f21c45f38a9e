package tools_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
)

// allApps is a bench with the six real catalogues and accounts of some of their apps.
func allApps(t *testing.T, change func(*wiring), connected ...string) *bench {
	t.Helper()
	files, err := filepath.Glob("../schemas/testdata/catalogs/*.json")
	if err != nil || len(files) != 6 {
		t.Fatalf("%d catalogues: %v", len(files), err)
	}
	var catalogs [][]byte
	for _, file := range files {
		if strings.HasSuffix(file, "notion.json") {
			continue // the simulator has one that works
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		catalogs = append(catalogs, text)
	}
	sim, err := simulator.New(simulator.Config{Catalogs: catalogs})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{sim: sim, set: newSet(t, sim, sim.APIKey(), sim.Production().UserID(), change)}
	for _, app := range connected {
		b.connectTo(t, app)
	}
	return b
}

// found are the action ids of a list in an answer.
func found(answer map[string]any, key string) string {
	var ids []string
	rows, _ := answer[key].([]any)
	for _, row := range rows {
		ids = append(ids, fmt.Sprint(path(row, "action_id")))
	}
	return strings.Join(ids, " ")
}

func TestActionsAreFound(t *testing.T) {
	t.Parallel()
	b := allApps(t, nil, "slack", "notion")
	for query, want := range map[string]string{
		"post a message to #general in Slack":    "slack.chat_postMessage",
		"delete a block in Notion":               "notion.delete-a-block",
		"create a contact in HubSpot":            "hubspot.createContact",
		"chat.postMessage":                       "slack.chat_postMessage",
		"invite somebody to a channel":           "slack.conversations_invite",
		"Nachricht an einen Kanal senden":        "slack.chat_postMessage",
		"retreive the comnents on a notion page": "notion.",
	} {
		answer := b.ok(t, "search_actions", fmt.Sprintf(`{"query":%q}`, query))
		if !strings.Contains(found(answer, "actions")+" ", want) {
			t.Errorf("%s: %s", query, found(answer, "actions"))
		}
		if text := b.answer(t, "search_actions", fmt.Sprintf(`{"query":%q}`, query)); len(text) >= 2_500 {
			t.Errorf("%s: %d bytes", query, len(text))
		}
		if path(answer, "catalogue", "loaded") != path(answer, "catalogue", "total") || path(answer, "next", "tool") != "describe_action" {
			t.Errorf("%s: %v, next %v", query, answer["catalogue"], answer["next"])
		}
	}
}

func TestAFoundActionSaysHowAndAsWhom(t *testing.T) {
	t.Parallel()
	b := allApps(t, nil, "slack")
	b.ok(t, "describe_action", `{"action_id":"slack.chat_postMessage"}`) // so that its details are known
	answer := b.ok(t, "search_actions", `{"query":"post a message","connector_id":"slack"}`)
	rows, _ := answer["actions"].([]any)
	for _, row := range rows {
		if path(row, "action_id") != "slack.chat_postMessage" {
			continue
		}
		if path(row, "effect") != "write" || path(row, "connected") != true || path(row, "connection_id") == nil || !strings.HasPrefix(fmt.Sprint(path(row, "signature")), "chat_postMessage(") {
			t.Errorf("%v", row)
		}
		return
	}
	t.Errorf("not found: %v", answer)
}

func TestNothingIsFoundHonestly(t *testing.T) {
	t.Parallel()
	b := allApps(t, nil, "notion")
	for query, hint := range map[string]string{
		"create an invoice in QuickBooks": "QuickBooks",
		"order a pizza":                   "No action",
	} {
		answer := b.ok(t, "search_actions", fmt.Sprintf(`{"query":%q}`, query))
		if rows, _ := answer["actions"].([]any); len(rows) != 0 || !strings.Contains(strings.ToLower(fmt.Sprint(answer["hint"])), strings.ToLower(hint)) {
			t.Errorf("%s: %v", query, answer)
		}
	}
	answer, isError := b.call(t, "search_actions", `{"query":"post a message","connector_id":"slak"}`)
	if !isError || answer["code"] != "unknown_connector" {
		t.Errorf("%v", answer)
	}
}

// What may not be run is not found.
func TestWhatIsForbiddenIsNotFound(t *testing.T) {
	t.Parallel()
	b := allApps(t, func(w *wiring) { w.Policy = policy.New(policy.Settings{ReadOnly: true}, nil) }, "slack")
	answer := b.ok(t, "search_actions", `{"query":"post a message to a Slack channel","limit":20}`)
	rows, _ := answer["actions"].([]any)
	for _, row := range rows {
		if path(row, "effect") != "read" {
			t.Errorf("%v", row)
		}
	}
	refused, isError := b.call(t, "describe_action", `{"action_id":"slack.chat_postMessage"}`)
	if !isError || refused["code"] != "refused_by_policy" {
		t.Errorf("%v", refused)
	}
}

func TestASearchWithoutAUserStillFinds(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{sim: sim, set: newSet(t, sim, sim.APIKey(), "", nil)}
	answer := b.ok(t, "search_actions", `{"query":"search Notion pages"}`)
	if !strings.Contains(found(answer, "actions")+found(answer, "not_connected"), "notion.post-search") || answer["hint"] == nil {
		t.Errorf("%v", answer)
	}
}

// Without the list of connections the names that are known are searched all the same.
func TestASearchWithoutTheConnections(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.fault(t, simulator.Fault{Kind: simulator.FaultStatus, Status: 503, Path: "/users/*/credentials"})
	b.fault(t, simulator.Fault{Kind: simulator.FaultStatus, Status: 503, Path: "/connectors/*/credentials"})
	answer := b.ok(t, "search_actions", `{"query":"create a page in Notion"}`)
	if !strings.Contains(found(answer, "actions")+found(answer, "not_connected"), "notion.post-page") || !strings.Contains(fmt.Sprint(answer["hint"]), "could not be read") {
		t.Errorf("%v", answer)
	}
}
