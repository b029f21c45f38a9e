package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/effect"
)

// NearestActions returns ids of a connector's actions that somebody who wrote id
// may have meant, best first, at most three: equal but for case, dashes and
// underscores, equal to a label, part of one another, made of the same words, or
// a few letters away. The first is sure where only the spelling differs.
func NearestActions(id string, resources []alloy.Resource) (ids []string, sure bool) {
	type candidate struct {
		id   string
		cost float64
	}
	want, words := fold(id), effect.Words(id)
	if want == "" {
		return nil, false
	}
	var found []candidate
	for _, r := range resources {
		for _, a := range r.Actions {
			if cost, near := actionCost(want, words, a); near {
				found = append(found, candidate{a.ID, cost})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.cost, b.cost) })
	for _, c := range found {
		if !slices.Contains(ids, c.id) && len(ids) < maxNearest {
			ids = append(ids, c.id)
		}
	}
	alone := len(found) == 1 || len(found) > 1 && found[1].cost > 0
	return ids, len(found) > 0 && found[0].cost == 0 && alone
}

// actionCost tells how far an action is from what was written: 0 for the same
// letters, below 1 for its label, below 2 for a part of it, more for a resemblance.
func actionCost(want string, words []string, a alloy.ActionSummary) (cost float64, near bool) {
	have, label := fold(a.ID), fold(a.Name)
	gap := float64(abs(len(have)-len(want))) / 100
	shorter, longer := want, have
	if len(shorter) > len(longer) {
		shorter, longer = longer, shorter
	}
	switch {
	case have == want:
		return 0, true
	case label == want:
		return 0.5 + gap, true
	case len(shorter) >= 4 && strings.Contains(longer, shorter):
		return 1 + gap, true
	}
	if shared := overlap(words, effect.Words(a.ID)); shared >= 0.5 {
		return 4 - 2*shared + gap, true
	}
	d := min(distance(want, have), distance(want, label))
	return 2 + float64(d)/2, d <= max(1, len(want)/4)
}

// overlap is the share of the words of a and b that both have.
func overlap(a, b []string) float64 {
	both := 0
	for _, w := range a {
		if slices.Contains(b, w) {
			both++
		}
	}
	return float64(both) / float64(max(1, len(a)+len(b)-both))
}

func abs(n int) int { return max(n, -n) }
