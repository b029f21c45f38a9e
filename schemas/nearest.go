package schemas

import (
	"strings"
	"unicode/utf8"
)

// maxNearestWork bounds the comparisons of letters for one name.
const maxNearestWork = 2_000_000

// nearest returns the candidate that is most like s, "" where none is like it.
// Equal but for case and separators is nearest of all.
func nearest(s string, candidates []string) string {
	if s == "" || len(s) > maxName {
		return ""
	}
	folded := fold(s)
	best, bestCost, work := "", 1<<30, 0
	for _, c := range candidates {
		if len(c) > maxName || work > maxNearestWork {
			continue
		}
		f := fold(c)
		n, m := utf8.RuneCountInString(folded), utf8.RuneCountInString(f)
		limit := max(1, max(n, m)/3)
		cost := 1 << 30
		if n-m <= limit && m-n <= limit {
			work += n * m
			cost = distance(folded, f)
		}
		if len(folded) >= 3 && (strings.Contains(f, folded) || len(f) >= 3 && strings.Contains(folded, f)) {
			cost = min(cost, limit)
		}
		if cost <= limit && cost < bestCost {
			best, bestCost = c, cost
		}
	}
	return best
}

func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// distance is the number of edits between a and b (Levenshtein, a swap of
// neighbours counts once).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(row[j-1]+1, last[j]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
