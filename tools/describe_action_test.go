package tools_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
)

func allCatalogues() []string {
	return []string{"notion", "hubspot", "jira", "slack", "shipStation", "shippo"}
}

// describedSchema is a schema of an action, decoded.
type describedSchema struct {
	Type       string                     `json:"type"`
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
}

type described struct {
	Effect    string          `json:"effect"`
	Signature string          `json:"signature"`
	Schema    describedSchema `json:"schema"`
	Example   map[string]any  `json:"example"`
	Hint      string          `json:"hint"`
	Status    string          `json:"status"`
	Next      struct {
		Tool      string         `json:"tool"`
		Arguments map[string]any `json:"arguments"`
	} `json:"next"`
}

func TestEveryDescriptionIsBelow4000Bytes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	b := withCatalogues(t, allCatalogues()...)
	total, longest, sum, noExample, parts := 0, 0, 0, 0, 0
	for _, connector := range allCatalogues() {
		for id, raw := range actionsOf(t, connector) {
			total++
			text := b.answer(t, "describe_action", fmt.Sprintf(`{"action_id":%q}`, connector+"."+id))
			longest, sum = max(longest, len(text)), sum+len(text)
			var d described
			if err := json.Unmarshal([]byte(text), &d); err != nil || len(text) >= 4_000 || d.Schema.Type != "object" || d.Effect == "" || !strings.HasPrefix(d.Signature, id+"(") {
				t.Fatalf("%s.%s: %v, %d bytes: %s", connector, id, err, len(text), text)
			}
			if d.Next.Tool != "run_"+d.Effect || d.Next.Arguments["action_id"] != connector+"."+id || d.Status != "connect_required" {
				t.Errorf("%s.%s: status %q, next %v", connector, id, d.Status, d.Next)
			}
			action, err := pinned.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			schema, err := schemas.FromAction(action, schemas.Hide("Notion-Version"))
			if err != nil {
				t.Fatal(err)
			}
			if want := schema.Schema().Properties(); len(d.Schema.Properties) != len(want) {
				parts++
				if !strings.Contains(d.Hint, fmt.Sprintf("of %d arguments; path *", len(want))) {
					t.Errorf("%s.%s shows %d of %d arguments: %s", connector, id, len(d.Schema.Properties), len(want), d.Hint)
				}
			}
			if d.Example == nil {
				if noExample++; !strings.Contains(d.Hint, "path *example shows it") && len(schema.Schema().Properties()) > 0 && !emptyExample(schema) {
					t.Errorf("%s.%s has no example: %s", connector, id, text)
				}
				continue
			}
			if _, err := schema.Schema().Check(d.Example); err != nil {
				t.Errorf("%s.%s: %v is no example: %v", connector, id, d.Example, err)
			}
		}
	}
	t.Logf("%d actions: %d bytes on average, %d at most; %d without an example in it, %d with a part of the arguments", total, sum/total, longest, noExample, parts)
}

// emptyExample says whether the call needs no arguments.
func emptyExample(s *schemas.ActionSchema) bool {
	args, err := s.Example()
	return err == nil && len(args) == 0
}

func actionsOf(t *testing.T, connector string) map[string]json.RawMessage {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "schemas", "testdata", "catalogs", connector+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Actions map[string]json.RawMessage `json:"actions"`
	}
	if err := json.Unmarshal(file, &c); err != nil {
		t.Fatal(err)
	}
	return c.Actions
}
