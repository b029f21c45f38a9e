package index_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog/index"
)

// What a large catalogue may cost, in processor time, since other programs on the machine say
// nothing about the index.
const (
	maxBuild  = 3 * time.Second
	maxSearch = 5 * time.Millisecond // the 99th percentile
	maxIndex  = 150e6                // bytes
	// The tests of hostile queries run beside each other, so each measures them all.
	maxHostile = 2 * time.Second
)

// TestLargeCatalogue does not run beside others: it measures the whole process.
func TestLargeCatalogue(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	apps, docs := many(t, large)
	all := queries(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := processorTime(t)
	ix, err := index.Build(apps, docs)
	if err != nil {
		t.Fatal(err)
	}
	if took := processorTime(t) - start; took > maxBuild*slowdown {
		t.Errorf("building computed for %v, more than %v", took, maxBuild)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if size := float64(after.HeapAlloc) - float64(before.HeapAlloc); size > maxIndex {
		t.Errorf("the index occupies %.0f MB", size/1e6)
	}
	if ix.Len() < large*9/10 {
		t.Errorf("%d actions: too many came out equal", ix.Len())
	}
	var times []time.Duration
	for range 2 {
		for _, q := range all {
			start := processorTime(t)
			ix.Search(index.Query{Text: q.Query})
			times = append(times, processorTime(t)-start)
		}
	}
	slices.Sort(times)
	p99 := times[len(times)*99/100]
	if p99 > maxSearch*slowdown {
		t.Errorf("the 99th percentile of a search is %v, more than %v", p99, maxSearch)
	}
	t.Logf("p50 %v, p99 %v, %d terms and documents", times[len(times)/2], p99, ix.Len())
	runtime.KeepAlive(docs)
}
