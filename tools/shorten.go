package tools

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/internal/shape"
)

// place says how much of the values at one place of an answer is there.
type place struct {
	Path     string `json:"path"` // as fields names it; empty for the answer as a whole
	Unit     unit   `json:"unit"`
	Total    int    `json:"total"`
	Returned int    `json:"returned"`
}

// unit is what a place is counted in.
type unit string

const (
	inElements   unit = "elements"   // of a list
	inKeys       unit = "keys"       // of an object
	inCharacters unit = "characters" // of a text, before any escaping
)

// minRoom is the fewest characters in which a value is worth being cut: less
// shows nothing.
const minRoom = 12

// shorten cuts value, a decoded JSON value, to limit characters of JSON together
// with their envelope, and says how much of what is left: nothing where it was
// short enough. A list loses elements from its end, an object gives its large
// values less room, a text ends with an ellipsis; all keep their type, but a
// number of more than minRoom digits may become null.
func shorten(value any, limit int) (any, []place) {
	room := limit - envelopeChars
	if shape.Width(value, room) <= room {
		return value, nil
	}
	s := shortener{seen: make(map[place]int)}
	kept := s.fit(value, room, "")
	return kept, s.ranked()
}

// shortener collects what was cut.
type shortener struct {
	places []place
	seen   map[place]int // index in places, by path and unit
}

// note counts values of one place together: records of a list are cut alike.
func (s *shortener) note(path string, in unit, total, returned int) {
	at := place{Path: path, Unit: in}
	i, ok := s.seen[at]
	if !ok {
		i = len(s.places)
		s.seen[at] = i
		s.places = append(s.places, at)
	}
	s.places[i].Total += total
	s.places[i].Returned += returned
}

// ranked are the places, lists first and outer ones before inner ones.
func (s *shortener) ranked() []place {
	slices.SortFunc(s.places, func(a, b place) int {
		return cmp.Or(
			cmp.Compare(rank(a.Unit), rank(b.Unit)),
			cmp.Compare(depth(a.Path), depth(b.Path)),
			cmp.Compare(a.Path, b.Path),
		)
	})
	return s.places
}

func rank(u unit) int { return slices.Index([]unit{inElements, inKeys, inCharacters}, u) }

func depth(path string) int { return strings.Count(path, ".") + strings.Count(path, "[]") }

// fit returns value in at most room characters, or in the two to four that the
// least value of its type has.
func (s *shortener) fit(value any, room int, path string) any {
	if shape.Width(value, room) <= room {
		return value
	}
	switch value := value.(type) {
	case string:
		return s.text(value, room, path)
	case []any:
		return s.list(value, room, path)
	case map[string]any:
		return s.object(value, room, path)
	}
	s.note(path, inCharacters, shape.Width(value, math.MaxInt), 0) // a number of so many digits
	return nil
}

func (s *shortener) text(value string, room int, path string) string {
	left, kept, end := room-len(`""`)-1, 0, 0
	for i, r := range value {
		if end = i; left < shape.RuneWidth(r) {
			break
		}
		kept, left = kept+1, left-shape.RuneWidth(r)
	}
	s.note(path, inCharacters, utf8.RuneCountInString(value), kept)
	return value[:end] + "…"
}

// list keeps whole elements from the first. One that leaves more than half of
// the room empty by being too long is cut itself.
func (s *shortener) list(list []any, room int, path string) []any {
	left, kept := room-len("]"), []any{}
	for _, element := range list {
		if w := shape.Width(element, left-1); w < left {
			kept, left = append(kept, element), left-w-1
			continue
		}
		if left > room/2 && left > minRoom {
			kept = append(kept, s.fit(element, left-1, path+"[]"))
		}
		break
	}
	if len(kept) < len(list) {
		s.note(path, inElements, len(list), len(kept))
	}
	return kept
}

// object keeps what is short and shares the rest of the room out among what is
// long. Where that would leave too little for each, its entries are records.
func (s *shortener) object(object map[string]any, room int, path string) map[string]any {
	if len(object) > room/minRoom {
		return s.entries(object, room, path)
	}
	order := slices.Sorted(maps.Keys(object))
	widths := make(map[string]int, len(order))
	left := room - len("}")
	for _, key := range order {
		// What is too wide is all the same, as is how far it was measured.
		widths[key] = min(shape.Width(object[key], room), room+1)
		left -= shape.Width(key, room) + len(":,")
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(widths[a], widths[b]) })
	kept := make(map[string]any, len(order))
	for len(order) > 0 && widths[order[0]] <= left/len(order) {
		kept[order[0]] = object[order[0]]
		left -= widths[order[0]]
		order = order[1:]
	}
	if left/len(order) < minRoom+2*len(order) {
		return s.entries(object, room, path)
	}
	for i, key := range order {
		share := left / (len(order) - i)
		kept[key] = s.fit(object[key], share, join(path, key))
		left -= shape.Width(kept[key], share)
	}
	return kept
}

// entries keeps whole entries in the order of their keys, as list does.
func (s *shortener) entries(object map[string]any, room int, path string) map[string]any {
	left, kept := room-len("}"), make(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(object)) {
		rest := left - shape.Width(key, left) - len(":,")
		if w := shape.Width(object[key], rest); w <= rest {
			kept[key], left = object[key], rest-w
			continue
		}
		if rest > room/2 && rest >= minRoom {
			kept[key] = s.fit(object[key], rest, join(path, key))
		}
		break
	}
	if len(kept) < len(object) {
		s.note(path, inKeys, len(object), len(kept))
	}
	return kept
}
