package catalog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

func TestEffectIsConservative(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		id, method, path string
		want             catalog.Effect
	}{
		{"post-search", "post", "/v1/search", catalog.Read},
		{"retrieve-a-page", "get", "/v1/pages/{page_id}", catalog.Read},
		{"post-database-query", "post", "/v1/databases/{database_id}/query", catalog.Read},
		{"post-page", "post", "/v1/pages", catalog.Write},
		{"patch-page", "patch", "/v1/pages/{page_id}", catalog.Write},
		{"delete-a-block", "delete", "/v1/blocks/{block_id}", catalog.Destructive},
		{"searchContacts", "post", "/crm/v3/objects/contacts/search", catalog.Read},
		{"listContacts", "get", "/crm/v3/objects/contacts", catalog.Read},
		{"archiveContact", "post", "/crm/v3/objects/contacts/{id}/archive", catalog.Destructive},
		{"mergeContacts", "post", "/crm/v3/objects/contacts/merge", catalog.Destructive},
		{"chat_postMessage", "post", "/chat.postMessage", catalog.Write},
		{"chat_delete", "post", "/chat.delete", catalog.Destructive},
		{"conversations_archive", "post", "/conversations.archive", catalog.Destructive},
		{"auth_revoke", "get", "/auth.revoke", catalog.Destructive},
		{"dialog_open", "get", "/dialog.open", catalog.Write},
		{"show", "get", "/dialog.open", catalog.Write},
		{"postMessage", "get", "/x", catalog.Write},
		{"refundOrder", "get", "/x", catalog.Destructive},
		{"deleteall", "get", "/x", catalog.Destructive},
		{"me", "delete", "/me", catalog.Destructive},
		{"frobnicate", "post", "/frobnicate", catalog.Write},
		{"frobnicate", "", "", catalog.Write},
		{"frobnicate", "post", "", catalog.Write},
		{"frobnicate", "post", "/{id}", catalog.Write},
		{"post", "post", "/v1/search", catalog.Write},
		{"get", "get", "/v1/pages", catalog.Read},
		{"headThings", "head", "/v1/things", catalog.Read},
		{"listThings", "HEAD", "/v1/things", catalog.Read},
		{"listThings", "put", "/v1/things/search", catalog.Write},
		{"updateAndSearch", "post", "/v1/things/search", catalog.Write},
		{"find", "post", "/v1/things/searches/count", catalog.Read},
		{"things", "post", "/v1/search/things", catalog.Write},
		{"showThings", "get", "/v1/things/archive", catalog.Destructive},
	} {
		got := catalog.EffectOf(alloy.Action{ID: test.id, Method: test.method, Path: test.path})
		if got != test.want {
			t.Errorf("%s %s %s: effect %s, want %s", test.id, test.method, test.path, got, test.want)
		}
	}
}

// Whatever the words, a DELETE is never called anything but destructive, and
// nothing but GET and searches by POST is called a read.
func TestNoMethodThatWritesIsCalledARead(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../schemas/testdata/catalogs/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogues to test with: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Actions map[string]struct {
				Method string `json:"httpMethod"`
				Path   string `json:"path"`
			} `json:"actions"`
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		for id, a := range c.Actions {
			effect := catalog.EffectOf(alloy.Action{ID: id, Method: a.Method, Path: a.Path})
			if a.Method == "delete" && effect != catalog.Destructive {
				t.Errorf("%s %s is a DELETE and called %s", filepath.Base(file), id, effect)
			}
			if (a.Method == "put" || a.Method == "patch") && effect == catalog.Read {
				t.Errorf("%s %s is a %s and called a read", filepath.Base(file), id, a.Method)
			}
		}
	}
}
