package eval

import (
	"os"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog/index"
)

func TestExplain(t *testing.T) {
	ids := os.Getenv("IDS")
	if ids == "" {
		t.Skip()
	}
	c := loadCatalog(t)
	ix, err := index.Build(c.Apps, c.Docs)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range append(loadGolden(t, "actions-dev.jsonl"), append(loadGolden(t, "actions-own.jsonl"), loadGolden(t, "actions-more.jsonl")...)...) {
		if strings.Contains(ids, g.ID) || ids == "none" && !heldOut(g.ID) && len(g.Relevant) == 0 {
			t.Logf("%s %q %v\n%s", g.ID, g.Query, g.Connected, ix.Explain(index.Query{Text: g.Query, ConnectorID: g.Hint, Connected: g.Connected}))
		}
	}
	if q := os.Getenv("Q"); q != "" {
		t.Logf("%s", ix.Explain(index.Query{Text: q, Connected: strings.Fields(os.Getenv("CONN"))}))
	}
}

func TestFeatures(t *testing.T) {
	if os.Getenv("FEAT") == "" {
		t.Skip()
	}
	c := loadCatalog(t)
	ix, err := index.Build(c.Apps, c.Docs)
	if err != nil {
		t.Fatal(err)
	}
	set := part(loadGolden(t, "actions-dev.jsonl"), false)
	if os.Getenv("FEAT") == "own" {
		set = loadGolden(t, "actions-own.jsonl")
	}
	for _, g := range set {
		for _, line := range ix.Features(index.Query{Text: g.Query, ConnectorID: g.Hint, Connected: g.Connected}) {
			t.Logf("FEAT %v %s %s | %s", len(g.Relevant) > 0, line, g.ID, g.Query)
		}
	}
}
