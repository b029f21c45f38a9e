package effect_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/effect"
)

func TestEffectIsConservative(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		id, method, path string
		want             effect.Effect
	}{
		{"post-search", "post", "/v1/search", effect.Read},
		{"retrieve-a-page", "get", "/v1/pages/{page_id}", effect.Read},
		{"post-database-query", "post", "/v1/databases/{database_id}/query", effect.Read},
		{"post-page", "post", "/v1/pages", effect.Write},
		{"patch-page", "patch", "/v1/pages/{page_id}", effect.Write},
		{"delete-a-block", "delete", "/v1/blocks/{block_id}", effect.Destructive},
		{"searchContacts", "post", "/crm/v3/objects/contacts/search", effect.Read},
		{"listContacts", "get", "/crm/v3/objects/contacts", effect.Read},
		{"archiveContact", "post", "/crm/v3/objects/contacts/{id}/archive", effect.Destructive},
		{"mergeContacts", "post", "/crm/v3/objects/contacts/merge", effect.Destructive},
		{"chat_postMessage", "post", "/chat.postMessage", effect.Write},
		{"chat_delete", "post", "/chat.delete", effect.Destructive},
		{"conversations_archive", "post", "/conversations.archive", effect.Destructive},
		{"auth_revoke", "get", "/auth.revoke", effect.Destructive},
		{"dialog_open", "get", "/dialog.open", effect.Write},
		{"show", "get", "/dialog.open", effect.Write},
		{"postMessage", "get", "/x", effect.Write},
		{"refundOrder", "get", "/x", effect.Destructive},
		{"deleteall", "get", "/x", effect.Destructive},
		{"me", "delete", "/me", effect.Destructive},
		{"shredFile", "post", "/x", effect.Destructive},
		{"permanentlyShredFile", "post", "/x", effect.Destructive},
		{"loeschen", "post", "/x", effect.Destructive},
		{"artikelLoeschen", "post", "/x", effect.Destructive},
		{"supprimerFacture", "post", "/x", effect.Destructive},
		{"deletarPedido", "post", "/x", effect.Destructive},
		{"eliminarFactura", "post", "/x", effect.Destructive},
		{"frobnicate", "post", "/frobnicate", effect.Write},
		{"frobnicate", "", "", effect.Write},
		{"frobnicate", "post", "", effect.Write},
		{"frobnicate", "post", "/{id}", effect.Write},
		{"post", "post", "/v1/search", effect.Write},
		{"get", "get", "/v1/pages", effect.Read},
		{"headThings", "head", "/v1/things", effect.Read},
		{"listThings", "HEAD", "/v1/things", effect.Read},
		{"listThings", "put", "/v1/things/search", effect.Write},
		{"updateAndSearch", "post", "/v1/things/search", effect.Write},
		{"find", "post", "/v1/things/searches/count", effect.Read},
		{"things", "post", "/v1/search/things", effect.Write},
		{"showThings", "get", "/v1/things/archive", effect.Destructive},
	} {
		got := effect.Of(alloy.Action{ID: test.id, Method: test.method, Path: test.path})
		if got != test.want {
			t.Errorf("%s %s %s: effect %s, want %s", test.id, test.method, test.path, got, test.want)
		}
	}
}

// Whatever the words, a DELETE is never called anything but destructive, and
// nothing but GET and searches by POST is called a read.
func TestNoMethodThatWritesIsCalledARead(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../schemas/testdata/catalogs/*.json")
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
			found := effect.Of(alloy.Action{ID: id, Method: a.Method, Path: a.Path})
			if a.Method == "delete" && found != effect.Destructive {
				t.Errorf("%s %s is a DELETE and called %s", filepath.Base(file), id, found)
			}
			if (a.Method == "put" || a.Method == "patch") && found == effect.Read {
				t.Errorf("%s %s is a %s and called a read", filepath.Base(file), id, a.Method)
			}
		}
	}
}
