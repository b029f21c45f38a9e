package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

const maxNearest = 3

// nearestConnectors returns ids that somebody who wrote id may have meant: equal
// but for case (Alloy's ids are case-sensitive), equal to a name, containing
// it, or a few letters away.
func nearestConnectors(id string, all []alloy.Connector) []string {
	type candidate struct {
		id       string
		distance int
	}
	want := fold(id)
	if want == "" {
		return nil
	}
	var found []candidate
	for _, c := range all {
		d := min(distance(want, fold(c.ID)), distance(want, fold(c.Name)))
		if strings.Contains(fold(c.ID), want) || strings.Contains(fold(c.Name), want) {
			d = min(d, 1)
		}
		if d <= max(1, len(want)/3) {
			found = append(found, candidate{c.ID, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var ids []string
	for _, c := range found[:min(len(found), maxNearest)] {
		ids = append(ids, c.id)
	}
	return ids
}

// maxFolded bounds the quadratic work of distance on a hostile id.
const maxFolded = 64

func fold(s string) string {
	folded := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == ' ' || r == '-' || r == '_' || r == '.':
			return -1
		}
		return r
	}, s)
	return folded[:min(len(folded), maxFolded)]
}

// distance is the number of single-byte edits between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
