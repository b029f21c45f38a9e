package eval

import (
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

// The catalogues: six that the queries that were given are over, and the usual actions of seven other
// apps, to see that the search knows more than the six.
func sixApps() string   { return filepath.Join("..", "..", "..", "schemas", "testdata", "catalogs") }
func otherApps() string { return filepath.Join("testdata", "other") }

// loadCatalog reads the catalogues of a folder.
func loadCatalog(t testing.TB, dir string) *Catalog {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("catalogues: %v, %v", files, err)
	}
	var c Catalog
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close() //nolint:errcheck // it was only read
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
	defer file.Close() //nolint:errcheck // it was only read
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

// thirds parts queries by whether 3 divides the number of their id: those were kept aside.
func thirds(queries []Golden, aside bool) []Golden {
	var some []Golden
	for _, q := range queries {
		if n, err := strconv.Atoi(strings.TrimLeft(q.ID, "abcdefghijklmnopqrstuvwxyz")); err == nil && (n%3 == 0) == aside {
			some = append(some, q)
		}
	}
	return some
}

// TestFigures holds what the search was made to reach: on the queries that it was made with,
// on those that were kept aside, and on sets that were written before anybody had
// seen how they rank: over the same actions, and over those of other apps.
func TestFigures(t *testing.T) {
	t.Parallel()
	six, other := loadCatalog(t, sixApps()), loadCatalog(t, otherApps())
	dev := loadGolden(t, "actions-dev.jsonl")
	for name, test := range map[string]struct {
		catalog                 *Catalog
		queries                 []Golden
		recall1, recall5, ndcg  float64
		recognised, falselyNone float64 // shares
	}{
		"all that were given": {six, dev, 0.73, 0.93, 0.87, 0.9, 0.015},
		"made with":           {six, part(dev, false), 0.76, 0.96, 0.91, 0.9, 0.015},
		"kept aside":          {six, part(dev, true), 0.64, 0.87, 0.8, 0.8, 0.03},
		"own":                 {six, loadGolden(t, "actions-own.jsonl"), 0.78, 0.95, 0.91, 0.85, 0.03},
		"more":                {six, loadGolden(t, "actions-more.jsonl"), 0.79, 0.95, 0.9, 0.85, 0.03},
		"last":                {six, loadGolden(t, "actions-last.jsonl"), 0.72, 0.95, 0.86, 0.85, 0.03},
		"unseen once":         {six, loadGolden(t, "actions-unseen-a.jsonl"), 0.78, 0.94, 0.88, 0.85, 0.02},
		"unseen":              {six, loadGolden(t, "actions-unseen-b.jsonl"), 0.7, 0.86, 0.82, 0.75, 0.03},
		"c, learned from":     {six, thirds(loadGolden(t, "actions-c.jsonl"), false), 0.45, 0.8, 0.68, 0.8, 0.03},
		"c, kept aside":       {six, thirds(loadGolden(t, "actions-c.jsonl"), true), 0.28, 0.55, 0.45, 0.5, 0.12},
		"other apps":          {other, loadGolden(t, "other-apps.jsonl"), 0.82, 0.9, 0.88, 0.85, 0.05},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(test.catalog, test.queries)
			if err != nil {
				t.Fatal(err)
			}
			all := r.All
			low := all.Recall1 < test.recall1 || all.Recall5 < test.recall5 || all.NDCG10 < test.ndcg ||
				float64(all.Recognised) < test.recognised*float64(all.NoAnswer) || float64(all.FalseNone) > test.falselyNone*float64(all.Queries)
			if low {
				t.Errorf("%s\n%s", r.Text(), r.Misses())
			}
			if plain := r.Baseline; all.Recall5 <= plain.Recall5 {
				t.Errorf("recall at 5 is %.3f, and %.3f with plain BM25", all.Recall5, plain.Recall5)
			}
		})
	}
}

func TestFiguresOfOneQuery(t *testing.T) {
	t.Parallel()
	one := Golden{Kind: "named-app", Relevant: []Relevant{{"a", "right", 2}, {"a", "helps", 1}}}
	two := Golden{Kind: twoStep, Relevant: []Relevant{{"a", "right", 2}, {"a", "too", 2}}}
	right, helps, too, wrong := hit{"a", "right"}, hit{"a", "helps"}, hit{"a", "too"}, hit{"b", "right"}
	best := 3 + 1/math.Log2(3)
	for name, test := range map[string]struct {
		golden   Golden
		answered answered
		want     Figures
	}{
		"right":         {one, answered{hits: []hit{right, helps}}, Figures{Queries: 1, Recall1: 1, Recall5: 1, Recall10: 1, NDCG10: 1, Full5: 1}},
		"turned round":  {one, answered{hits: []hit{helps, right}}, Figures{Queries: 1, Recall5: 1, Recall10: 1, NDCG10: (1 + 3/math.Log2(3)) / best, Full5: 1}},
		"wrong":         {one, answered{hits: []hit{wrong}}, Figures{Queries: 1}},
		"given up":      {one, answered{hits: []hit{right}, none: true}, Figures{Queries: 1, FalseNone: 1}},
		"half of two":   {two, answered{hits: []hit{right}}, Figures{Queries: 1, Recall1: 0.5, Recall5: 0.5, Recall10: 0.5, NDCG10: 3 / (3 + 3/math.Log2(3))}},
		"both":          {two, answered{hits: []hit{right, too}}, Figures{Queries: 1, Recall1: 0.5, Recall5: 1, Recall10: 1, NDCG10: 1, Full5: 1}},
		"no answer":     {Golden{}, answered{none: true}, Figures{NoAnswer: 1, Recognised: 1}},
		"a wrong guess": {Golden{}, answered{hits: []hit{wrong}}, Figures{NoAnswer: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got Figures
			got.add(&test.golden, test.answered)
			got.average()
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadGolden(t *testing.T) {
	t.Parallel()
	good := `{"id":"1","query":"x","connector_hint":null,"connected":["a"],"relevant":[{"connector":"a","action":"b","grade":2}],"kind":"typo"}` + "\n\n"
	got, err := ReadGolden(strings.NewReader(good))
	want := []Golden{{ID: "1", Query: "x", Connected: []string{"a"}, Kind: "typo", Relevant: []Relevant{{"a", "b", 2}}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, bad := range []string{good + "{", `{"id":"1"}`} {
		if _, err := ReadGolden(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: error %v, want one that names the line", bad, err)
		}
	}
}

func TestAddCatalog(t *testing.T) {
	t.Parallel()
	var c Catalog
	err := c.Add(strings.NewReader(`{
		"connector": {"id": "a", "name": "A", "category": ["crm"]},
		"resources": [{"name": "things", "actions": [{"id": "get", "name": "Get", "description": "Gets."}, {"id": "lost"}]}],
		"actions": {"get": {"id": "get", "httpMethod": "get", "path": "/x", "parameters": [{"name": "q"}], "requestBody": {"properties": {"z": {}, "b": {}}}}}}`),
		func(id, method, path string) string { return id + method + path })
	if err != nil {
		t.Fatal(err)
	}
	got := c.Docs[0]
	if diff := cmp.Diff([]string{"q", "b", "z"}, got.Parameters); diff != "" || got.Effect != "getget/x" || got.Group != "things" || len(c.Docs) != 2 {
		t.Errorf("%+v\n%s", c.Docs, diff)
	}
	for _, bad := range []string{"[", "{}", `{"connector":{"id":"a"},"resources":[{"actions":[{"id":"x"}]}],"actions":{"x":[]}}`} {
		if err := c.Add(strings.NewReader(bad), nil); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
