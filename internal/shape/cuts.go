package shape

import (
	"cmp"
	"slices"
	"strings"
)

// Limits of what a part says about itself, in characters.
const (
	maxAt   = 100
	maxPath = 60
	// maxCuts and a fifth of a part are what its cuts may take, beside the first one.
	maxCuts  = 400
	cutWidth = len(`{"path":,"unit":"characters","total":8388608,"returned":40000,"first":8388608},`)
)

// notes counts what was cut at places of one path together.
func (s *shaper) notes(c Cut) {
	for i, known := range s.cuts {
		if known.Path == c.Path && known.Unit == c.Unit {
			s.cuts[i].Total += c.Total
			s.cuts[i].Returned += c.Returned
			return
		}
	}
	s.cuts = append(s.cuts, c)
}

// part makes a part of the data and of the notes.
func (s *shaper) part(data any, limit int) Part {
	p := Part{Data: data}
	slices.SortStableFunc(s.cuts, func(a, b Cut) int {
		return cmp.Or(cmp.Compare(rank(a.Unit), rank(b.Unit)), cmp.Compare(depth(a.Path), depth(b.Path)), cmp.Compare(b.Returned, a.Returned))
	})
	left := min(limit/5, maxCuts)
	for i, c := range s.cuts {
		c.Path = tail(c.Path, maxPath)
		if left -= textWidth(c.Path, maxPath) + cutWidth; i > 0 && left < 0 {
			break
		}
		p.Cuts = append(p.Cuts, c)
	}
	if len(p.Cuts) > 0 {
		p.Total, p.Returned = p.Cuts[0].Total, p.Cuts[0].Returned
	}
	for _, one := range s.same {
		if p.Same == nil {
			p.Same = make(map[string]any)
		}
		p.Same[one.path] = one.value
	}
	if s.elided != (Elided{}) {
		elided := s.elided
		p.Elided = &elided
	}
	return p
}

func rank(u Unit) int { return slices.Index([]Unit{Elements, Keys, Characters}, u) }

func depth(path string) int { return strings.Count(path, ".") + strings.Count(path, "[]") }

// tail is the end of a path that is longer than limit characters of JSON.
func tail(path string, limit int) string {
	if textWidth(path, limit) <= limit {
		return path
	}
	runes := []rune(path)
	w := len(`"…"`)
	for i := len(runes) - 1; i >= 0; i-- {
		if w += RuneWidth(runes[i]); w > limit {
			return "…" + string(runes[i+1:])
		}
	}
	return path
}
