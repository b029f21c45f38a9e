package eval

import (
	"math"
	"slices"
)

// answered is what a search said to one query: the actions in its order, and whether it said
// that nothing fits.
type answered struct {
	hits []hit
	none bool
}

type hit struct{ connector, action string }

// Figures are the averages over queries. Recall is the share of the actions of
// grade 2 that stand among the first k, and 0 where the search says that nothing fits.
// NDCG is over the first ten with the gains 3 for grade 2 and 1 for grade 1. Full is
// the share of queries with one right action among the first five, or both where two are needed.
type Figures struct {
	Queries  int     `json:"queries"`
	Recall1  float64 `json:"recall_at_1"`
	Recall5  float64 `json:"recall_at_5"`
	Recall10 float64 `json:"recall_at_10"`
	NDCG10   float64 `json:"ndcg_at_10"`
	Full5    float64 `json:"full_at_5"`
	// NoAnswer and Recognised count queries that have no answer, and those of them
	// that the search knew as such; FalseNone those that it gave up wrongly.
	NoAnswer   int `json:"no_answer"`
	Recognised int `json:"recognised"`
	FalseNone  int `json:"false_none"`
}

const twoStep = "two-step"

func (f *Figures) add(g *Golden, a answered) {
	if len(g.Relevant) == 0 {
		f.NoAnswer++
		if a.none {
			f.Recognised++
		}
		return
	}
	f.Queries++
	if a.none {
		f.FalseNone++
		return
	}
	f.Recall1 += recall(g, a.hits, 1)
	f.Recall5 += recall(g, a.hits, 5)
	f.Recall10 += recall(g, a.hits, 10)
	f.NDCG10 += ndcg(g, a.hits, 10)
	r := recall(g, a.hits, 5)
	if r == 1 || r > 0 && g.Kind != twoStep {
		f.Full5++
	}
}

// average turns sums into averages.
func (f *Figures) average() {
	for _, v := range []*float64{&f.Recall1, &f.Recall5, &f.Recall10, &f.NDCG10, &f.Full5} {
		if f.Queries > 0 {
			*v /= float64(f.Queries)
		}
	}
}

func recall(g *Golden, hits []hit, k int) float64 {
	right, found := 0, 0
	for _, r := range g.Relevant {
		if r.Grade == 2 {
			right++
		}
	}
	if right == 0 {
		return 0
	}
	for _, h := range hits[:min(k, len(hits))] {
		if g.grade(h.connector, h.action) == 2 {
			found++
		}
	}
	return float64(found) / float64(right)
}

func gain(grade int) float64 { return math.Exp2(float64(grade)) - 1 }

func ndcg(g *Golden, hits []hit, k int) float64 {
	var grades []int
	for _, r := range g.Relevant {
		grades = append(grades, r.Grade)
	}
	slices.SortFunc(grades, func(a, b int) int { return b - a })
	var best, got float64
	for i, grade := range grades[:min(k, len(grades))] {
		best += gain(grade) / math.Log2(float64(i)+2)
	}
	for i, h := range hits[:min(k, len(hits))] {
		got += gain(g.grade(h.connector, h.action)) / math.Log2(float64(i)+2)
	}
	if best == 0 {
		return 0
	}
	return got / best
}
