package eval

import (
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

// loadCatalog reads the six catalogues of the tests.
func loadCatalog(t testing.TB) *Catalog {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "schemas", "testdata", "catalogs", "*.json"))
	if err != nil || len(files) != 6 {
		t.Fatalf("catalogues: %v, %v", files, err)
	}
	var c Catalog
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		err = c.Add(file, func(id, method, path string) string {
			return string(catalog.EffectOf(alloy.Action{ID: id, Method: method, Path: path}))
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return &c
}

func loadGolden(t testing.TB, name string) []Golden {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	queries, err := ReadGolden(file)
	if err != nil {
		t.Fatal(err)
	}
	return queries
}

// heldOut tells which third of the queries was kept aside while the index was made.
func heldOut(id string) bool { return crc32.ChecksumIEEE([]byte(id))%3 == 0 }

func part(queries []Golden, held bool) []Golden {
	var some []Golden
	for _, q := range queries {
		if heldOut(q.ID) == held {
			some = append(some, q)
		}
	}
	return some
}

func TestSearchFigures(t *testing.T) {
	c := loadCatalog(t)
	dev := loadGolden(t, "actions-dev.jsonl")
	sets := map[string][]Golden{"dev": part(dev, false), "held": part(dev, true), "own": loadGolden(t, "actions-own.jsonl"), "more": loadGolden(t, "actions-more.jsonl")}
	only := os.Getenv("SETS")
	for name, set := range sets {
		if only != "" && only != name {
			continue
		}
		r, err := Run(c, set)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s\n%s", name, r.Text())
		if os.Getenv("MISSES") != "" {
			t.Logf("%s", r.Misses())
		}
	}
}
