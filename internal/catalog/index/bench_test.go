package index_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog/eval"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/index"
)

// catalogue reads the six catalogues of the tests.
func catalogue(t testing.TB) *eval.Catalog {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "schemas", "testdata", "catalogs", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("catalogues: %v, %v", files, err)
	}
	var c eval.Catalog
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Add(file, func(_, _, _ string) string { return "" })
		if closed := file.Close(); closed != nil {
			t.Fatal(closed)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return &c
}

// many makes n actions out of the six catalogues: each round is other apps whose
// things have other names.
func many(t testing.TB, n int) ([]index.App, []index.Doc) {
	t.Helper()
	six := catalogue(t)
	nouns := []string{
		"contact", "company", "deal", "page", "message", "channel", "ticket", "order", "shipment", "label", "list", "file", "user", "product",
		"invoice", "task", "note", "property", "pipeline", "table", "row", "email", "event", "form", "folder", "comment", "issue", "project", "address", "rate",
	}
	apps, docs := slices.Clone(six.Apps), make([]index.Doc, 0, n+len(six.Docs))
	for round := 0; len(docs) < n; round++ {
		var pairs []string
		for i, noun := range nouns {
			if (i+round)%3 == 0 && round > 0 {
				other := nouns[(i*7+round*11)%len(nouns)] + []string{"", "set", "group", fmt.Sprintf("%c", 'a'+round%26)}[(i+round)%4]
				pairs = append(pairs, noun, other, title(noun), title(other))
			}
		}
		rename := strings.NewReplacer(pairs...)
		suffix := ""
		if round > 0 {
			suffix = fmt.Sprintf("x%d", round)
			for _, a := range six.Apps {
				apps = append(apps, index.App{ID: a.ID + suffix, Name: a.Name + suffix, Categories: a.Categories})
			}
		}
		for _, d := range six.Docs {
			if len(docs) == n {
				break
			}
			d.ConnectorID += suffix
			d.ActionID, d.Name, d.Description = rename.Replace(d.ActionID), rename.Replace(d.Name), rename.Replace(d.Description)
			docs = append(docs, d)
		}
	}
	return apps, docs
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

const large = 30_000

func queries(t testing.TB) []eval.Golden {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "eval", "testdata", "actions-dev.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	all, err := eval.ReadGolden(file)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// BenchmarkSearch30k asks all queries of all apps, which is the slowest way to ask, and reports the
// 99th percentile of one search.
func BenchmarkSearch30k(b *testing.B) {
	apps, docs := many(b, large)
	ix, err := index.Build(apps, docs)
	if err != nil {
		b.Fatal(err)
	}
	all := queries(b)
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		ix.Search(index.Query{Text: all[i%len(all)].Query})
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
}

// BenchmarkBuild30k builds the index and reports what it occupies.
func BenchmarkBuild30k(b *testing.B) {
	apps, docs := many(b, large)
	var ix *index.Index
	var before, after runtime.MemStats
	for b.Loop() {
		ix = nil //nolint:ineffassign // so that the one before is gone when the next is measured
		runtime.GC()
		runtime.ReadMemStats(&before)
		var err error
		if ix, err = index.Build(apps, docs); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
	runtime.KeepAlive(ix)
}
