package index_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog/eval"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/index"
	"github.com/alloy-mcp/alloy-mcp/internal/pace"
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
	start := pace.Processor(t)
	ix, err := index.Build(apps, docs)
	if err != nil {
		t.Fatal(err)
	}
	if took := pace.Processor(t) - start; took > pace.Stretch(t, maxBuild*slowdown, took) {
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
	p50, p99 := searches(t, ix, all)
	for try := 0; try < 5 && p99 > maxSearch*slowdown; try++ { // the caches are shared with other programs
		if again, tail := searches(t, ix, all); tail < p99 {
			p50, p99 = again, tail
		}
	}
	if p99 > pace.Stretch(t, maxSearch*slowdown, p99) {
		t.Errorf("the 99th percentile of a search is %v, more than %v", p99, maxSearch)
	}
	t.Logf("p50 %v, p99 %v, %d terms and documents", p50, p99, ix.Len())
	runtime.KeepAlive(docs)
}

// searches asks all queries twice, and returns what the usual and the slow ones of them
// take of the processor.
func searches(t *testing.T, ix *index.Index, all []eval.Golden) (p50, p99 time.Duration) {
	t.Helper()
	var times []time.Duration
	for range 2 {
		for _, q := range all {
			start := pace.Processor(t)
			ix.Search(index.Query{Text: q.Query})
			times = append(times, pace.Processor(t)-start)
		}
	}
	slices.Sort(times)
	return times[len(times)/2], times[len(times)*99/100]
}
