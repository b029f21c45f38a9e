package cli

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a client gets to list does not depend on what is behind Alloy, before and after
// the server has read it.
func TestTheListCostsTheSameForFiveHundredApps(t *testing.T) {
	t.Parallel()
	list := func(apps int) map[string]string {
		sim, env := newSimulator(t)
		for i := range apps {
			catalog := fmt.Sprintf(`{"connector":{"id":"app%d","name":"App %[1]d"},"metadata":[{"authenticationType":"oauth2"}],
				"resources":[{"name":"r","actions":[{"id":"listThings","name":"List things"}]}],
				"actions":{"listThings":{"id":"listThings","displayName":"List things","httpMethod":"get","path":"/things","parameters":[]}}}`, i)
			if err := sim.LoadCatalog([]byte(catalog)); err != nil {
				t.Fatal(err)
			}
		}
		env["STATE_URL"], env["CACHE_DIR"] = "memory:", t.TempDir()
		e := openEditor(t, env)
		lists := make(map[string]string)
		for _, when := range []string{"before", "after"} {
			for _, method := range []string{"tools/list", "prompts/list", "resources/list", "resources/templates/list"} {
				answer := e.ask(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method})
				text, err := json.Marshal(answer["result"])
				if err != nil || len(text) < 50 {
					t.Fatalf("%s: %v, %v", method, answer, err)
				}
				lists[method+" "+when] = string(text)
			}
			found := e.tool("list_connectors", nil)
			if total, _ := found["total"].(float64); when == "before" && total < float64(apps) {
				t.Fatalf("the server knows %v apps, want %d and more", found["total"], apps)
			}
			e.tool("search_actions", map[string]any{"query": "list things"})
		}
		return lists
	}
	if diff := cmp.Diff(list(0), list(500)); diff != "" {
		t.Error(diff)
	}
}
