package eval

import (
	"fmt"
	"strings"
	"time"
)

// Text renders the report for people.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d actions of %d apps; index %.1f MB, built in %s; a search takes %s (p50), %s (p99)\n\n",
		r.Actions, r.Apps, float64(r.IndexBytes)/1e6, r.Build.Round(time.Millisecond), r.Median.Round(time.Microsecond), r.P99.Round(time.Microsecond))
	fmt.Fprintf(&b, "%-16s %4s  %5s %5s %5s %7s %6s   %s\n", "", "n", "R@1", "R@5", "R@10", "nDCG@10", "full@5", "plain BM25: R@1, R@5, nDCG@10")
	row := func(name string, f, plain Figures) {
		if f.Queries == 0 {
			return
		}
		fmt.Fprintf(&b, "%-16s %4d  %5.3f %5.3f %5.3f %7.3f %6.3f   %5.3f %5.3f %5.3f\n", name, f.Queries,
			f.Recall1, f.Recall5, f.Recall10, f.NDCG10, f.Full5, plain.Recall1, plain.Recall5, plain.NDCG10)
	}
	for _, kind := range r.Kinds {
		row(kind.Kind, kind.Figures, kind.Baseline)
	}
	row("all", r.All, r.Baseline)
	fmt.Fprintf(&b, "\nqueries without an answer recognised: %d of %d; given up wrongly: %d of %d\n",
		r.All.Recognised, r.All.NoAnswer, r.All.FalseNone, r.All.Queries)
	return b.String()
}

// Misses renders the queries that were not answered well.
func (r *Report) Misses() string {
	var b strings.Builder
	for _, m := range r.Missed {
		fmt.Fprintf(&b, "%s %s %q\n", m.ID, m.Kind, m.Query)
		fmt.Fprintf(&b, "    want %s\n", strings.Join(m.Want, ", "))
		none := ""
		if m.None {
			none = "(none) "
		}
		fmt.Fprintf(&b, "    got  %s%s\n", none, strings.Join(m.Got, ", "))
	}
	return b.String()
}
