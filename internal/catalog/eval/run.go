package eval

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog/index"
)

// Report is what an evaluation measured.
type Report struct {
	Actions    int           `json:"actions"`
	Apps       int           `json:"apps"`
	Build      time.Duration `json:"build_ns"`
	IndexBytes uint64        `json:"index_bytes"`
	Median     time.Duration `json:"search_p50_ns"`
	P99        time.Duration `json:"search_p99_ns"`
	All        Figures       `json:"all"`
	Baseline   Figures       `json:"plain_bm25"`
	Kinds      []KindFigures `json:"kinds"`
	// Missed are the answerable queries with no full answer among the first five, and those
	// wrongly answered or wrongly given up.
	Missed []Miss `json:"missed,omitempty"`
}

// KindFigures are the figures of one kind of query.
type KindFigures struct {
	Kind     string  `json:"kind"`
	Figures  Figures `json:"figures"`
	Baseline Figures `json:"plain_bm25"`
}

// Miss is a query that the search got wrong.
type Miss struct {
	ID    string   `json:"id"`
	Query string   `json:"query"`
	Kind  string   `json:"kind"`
	Want  []string `json:"want"`
	Got   []string `json:"got"`
	None  bool     `json:"none"`
}

// Run builds the index over catalogue and asks it all queries.
func Run(catalogue *Catalog, queries []Golden) (Report, error) {
	report := Report{Actions: len(catalogue.Docs), Apps: len(catalogue.Apps)}
	before := heap()
	start := time.Now()
	ix, err := index.Build(catalogue.Apps, catalogue.Docs)
	if err != nil {
		return Report{}, fmt.Errorf("build the index: %w", err)
	}
	report.Build = time.Since(start)
	if after := heap(); after > before {
		report.IndexBytes = after - before
	}
	plain := newBaseline(catalogue.Docs)
	times := make([]time.Duration, 0, len(queries))
	kinds := map[string]*KindFigures{}
	for i := range queries {
		g := &queries[i]
		begun := time.Now()
		answer := ix.Search(index.Query{Text: g.Query, ConnectorID: g.Hint, Connected: g.Connected, Limit: 10})
		times = append(times, time.Since(begun))
		ours, theirs := fromAnswer(&answer), plain.answer(g)
		kind := kinds[g.Kind]
		if kind == nil {
			kind = &KindFigures{Kind: g.Kind}
			kinds[g.Kind] = kind
		}
		for _, f := range []*Figures{&report.All, &kind.Figures} {
			f.add(g, ours)
		}
		for _, f := range []*Figures{&report.Baseline, &kind.Baseline} {
			f.add(g, theirs)
		}
		report.miss(g, &answer, ours)
	}
	report.finish(kinds, times)
	runtime.KeepAlive(ix)
	return report, nil
}

func (r *Report) finish(kinds map[string]*KindFigures, times []time.Duration) {
	r.All.average()
	r.Baseline.average()
	for _, kind := range kinds {
		kind.Figures.average()
		kind.Baseline.average()
		r.Kinds = append(r.Kinds, *kind)
	}
	slices.SortFunc(r.Kinds, func(a, b KindFigures) int {
		if a.Kind < b.Kind {
			return -1
		}
		return 1
	})
	slices.Sort(times)
	if n := len(times); n > 0 {
		r.Median, r.P99 = times[n/2], times[min(n-1, n*99/100)]
	}
}

func fromAnswer(answer *index.Answer) answered {
	a := answered{none: answer.None}
	for _, h := range answer.Hits {
		a.hits = append(a.hits, hit{h.ConnectorID, h.ActionID})
	}
	return a
}

// miss notes a query that was not answered well.
func (r *Report) miss(g *Golden, answer *index.Answer, a answered) {
	if len(g.Relevant) == 0 && a.none {
		return
	}
	if len(g.Relevant) > 0 && !a.none {
		if found := recall(g, a.hits, 5); found == 1 || found > 0 && g.Kind != twoStep {
			return
		}
	}
	m := Miss{ID: g.ID, Query: g.Query, Kind: g.Kind, None: a.none}
	for _, want := range g.Relevant {
		if want.Grade == 2 {
			m.Want = append(m.Want, want.Connector+"."+want.Action)
		}
	}
	for _, h := range append(answer.Hits, answer.Nearest...) {
		if len(m.Got) < 5 {
			m.Got = append(m.Got, fmt.Sprintf("%s.%s %.2f", h.ConnectorID, h.ActionID, h.Score))
		}
	}
	r.Missed = append(r.Missed, m)
}

// heap is what is in use after a collection, in bytes.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
