package tools_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// searchFor is a call of search_actions, as an answer names it.
func searchFor(pairs ...string) map[string]any {
	arguments := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		arguments[pairs[i]] = pairs[i+1]
	}
	return map[string]any{"tool": "search_actions", "arguments": arguments}
}

// withCatalogues is a bench with every connector whose catalogue is at hand.
func withCatalogues(t *testing.T, names ...string) *bench {
	t.Helper()
	var files [][]byte
	for _, name := range names {
		file, err := os.ReadFile(filepath.Join("..", "schemas", "testdata", "catalogs", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	sim, err := simulator.New(simulator.Config{Catalogs: files})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{sim: sim, set: newSet(t, sim, sim.APIKey(), sim.Production().UserID(), nil)}
}

// U10: an id that does not exist is answered with the nearest that do.
func TestAnUnknownActionIsAnsweredWithTheNearest(t *testing.T) {
	t.Parallel()
	b := withCatalogues(t, "slack")
	for id, want := range map[string]string{
		"slack.postMessage":      "slack.chat_postMessage",
		"slack.chat.postMessage": "slack.chat_postMessage",
		"slack.chat_postMesage":  "slack.chat_postMessage",
		"Notion.post-search":     "notion.post-search",
		"NOTION.POST_SEARCH":     "notion.post-search",
		"notion.post_search":     "notion.post-search",
		"notion.create_page":     "notion.post-page",
		"notion.retrieve-page":   "notion.retrieve-a-page",
	} {
		for _, tool := range []string{"describe_action", "run_read"} {
			answer, isError := b.call(t, tool, fmt.Sprintf(`{"action_id":%q}`, id))
			if !isError || answer["code"] != "unknown_action" || !strings.Contains(fmt.Sprint(answer["message"]), "Did you mean "+want) ||
				path(answer, "next", "tool") != "describe_action" || path(answer, "next", "arguments", "action_id") != want {
				t.Errorf("%s %s: %v, want %s", tool, id, answer, want)
			}
		}
	}
	for id, code := range map[string]string{
		"slack.zzzzzzzz": "unknown_action", "slack": "unknown_action", "elsewhere.x": "unknown_connector", "slak.zzzzzz": "unknown_connector",
	} {
		answer, isError := b.call(t, "describe_action", fmt.Sprintf(`{"action_id":%q}`, id))
		if tool := path(answer, "next", "tool"); !isError || answer["code"] != code || tool != "search_actions" && tool != "list_connectors" {
			t.Errorf("%s: %v, want %s", id, answer, code)
		}
	}
}
