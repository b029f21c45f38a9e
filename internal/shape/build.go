package shape

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// shaper makes one part.
type shaper struct {
	room     int // of the data
	verbatim bool
	some     bool
	wraps    []int // what the containers around the current place take, from the whole value on
	cuts     []Cut
	elided   Elided
	same     []sameValue
	known    *known
}

// known is what need not be found out twice for one part.
type known struct {
	lists  map[*any][]sameValue  // what the elements of a list have alike, by its first
	texts  map[textKey]shownText // long texts as they are shown
	orders map[orderKey][]entry  // of large objects
	// sameLeft is what is left for values that are told once, in characters.
	sameLeft int
}

type textKey struct {
	text  string
	named bool
	at    string // the key, which tells a cursor from data
}

type orderKey struct {
	object uintptr
	sel    *Selection
}

func newKnown(limit int) *known {
	return &known{make(map[*any][]sameValue), make(map[textKey]shownText), make(map[orderKey][]entry), limit / sameShare}
}

// fresh is what is known at the beginning of a try.
func (c *cutter) fresh(limit int) *known {
	k := newKnown(limit)
	if c.known != nil {
		k.texts, k.orders = c.known.texts, c.known.orders
	}
	return k
}

// largeObject is the number of keys from which an order is kept.
const largeObject = 64

// ordered are the entries of an object in the order of the parts.
func (s *shaper) ordered(object map[string]any, sel *Selection) []entry {
	if len(object) < largeObject {
		return ordered(object, sel)
	}
	key := orderKey{reflect.ValueOf(object).Pointer(), sel}
	entries, ok := s.known.orders[key]
	if !ok {
		entries = ordered(object, sel)
		s.known.orders[key] = entries
	}
	return entries
}

// sameShare is the part of a part that values told once may take.
const sameShare = 8

// mark is a state of the notes to go back to.
type mark struct {
	elided Elided
	same   int
}

func (s *shaper) mark() mark { return mark{s.elided, len(s.same)} }

func (s *shaper) reset(m mark) { s.elided, s.same = m.elided, s.same[:m.same] }

// build returns all of the node as it is shown, and its width, if that is at most
// limit. It costs what the limit allows.
func (s *shaper) build(n node, limit int) (any, int, bool) {
	m := s.mark()
	value, w, ok := s.whole(n, limit)
	if !ok {
		s.reset(m)
	}
	return value, w, ok
}

func (s *shaper) whole(n node, limit int) (any, int, bool) {
	switch value := n.value.(type) {
	case []any:
		return s.wholeList(value, n, limit)
	case map[string]any:
		return s.wholeObject(value, n, limit)
	}
	if text, ok := s.text(n); ok {
		w := textWidth(text, limit)
		return text, w, w <= limit
	}
	w := Width(n.value, limit)
	return n.value, w, w <= limit
}

func (s *shaper) wholeList(list []any, n node, limit int) (any, int, bool) {
	if len(list)*2 > limit && len(list) > 0 {
		return nil, 0, false
	}
	same := s.alike(list, n)
	kept := make([]any, len(list))
	sum := len("[")
	for i := range list {
		value, w, ok := s.whole(element(list, n, i, same), limit-sum)
		if sum += w + len(","); !ok || sum > limit {
			return nil, 0, false
		}
		kept[i] = value
	}
	s.tell(same)
	return kept, max(sum, len("[]")), len("[]") <= limit
}

// element is an element of the list that n is.
func element(list []any, n node, i int, same []sameValue) node {
	return node{value: list[i], sel: n.sel, at: &place{up: n.at, index: i, inList: true}, drop: keysOf(same)}
}

func (s *shaper) wholeObject(object map[string]any, n node, limit int) (any, int, bool) {
	kept := make(map[string]any)
	sum := len("{")
	entries := selected
	if len(object) >= largeObject {
		entries = s.ordered
	}
	for _, e := range entries(object, n.sel) {
		if slices.Contains(n.drop, e.key) {
			continue
		}
		head := textWidth(e.name, limit) + len(":,")
		value, w, ok := s.whole(child(e, n), limit-sum-head)
		if ok && s.skips(value, e) {
			continue
		}
		if sum += head + w; !ok || sum > limit {
			return nil, 0, false
		}
		kept[e.name] = value
	}
	return kept, max(sum, len("{}")), len("{}") <= limit
}

// child is the value of an entry of the object that n is.
func child(e entry, n node) node {
	return node{value: e.value, sel: e.sel, at: &place{up: n.at, name: e.name}}
}

// skips reports, and counts, whether an entry is left out that is shown as value.
func (s *shaper) skips(value any, e entry) bool {
	if e.sel != nil || s.verbatim {
		return false
	}
	switch value := value.(type) {
	case nil:
		s.elided.Nulls++
		return true
	case []any:
		if len(value) == 0 {
			s.elided.Empty++
			return true
		}
	case map[string]any:
		if len(value) == 0 {
			s.elided.Empty++
			return true
		}
	}
	return false
}

// hollow reports whether skips would leave the entry out.
func (s *shaper) hollow(e entry) bool { return e.sel == nil && !s.verbatim && isHollow(e.value) }

func isHollow(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case []any:
		return len(value) == 0
	case map[string]any:
		for _, inner := range value {
			if !isHollow(inner) {
				return false
			}
		}
		return true
	}
	return false
}

// longText is the length from which cleaned texts are kept for the next look.
const longText = 32 << 10

// shownText is a text as it is shown, and what it stands for if it is a note.
type shownText struct {
	text   string
	elided Elided
}

// shown is a text as it is shown: clean, or a note that stands for it.
func (s *shaper) shown(text string, n node) string {
	key := textKey{text: text, named: n.sel.named()}
	if n.at != nil {
		key.at = n.at.name
	}
	shown, ok := shownText{}, false
	if len(text) >= longText {
		shown, ok = s.known.texts[key]
	}
	if !ok {
		if !key.named && !s.verbatim {
			shown = noted(text, n.at)
		}
		if shown.text == "" {
			shown.text = plain.Text(text)
		}
	}
	if len(text) >= longText {
		s.known.texts[key] = shown
	}
	s.elided.Base64 += shown.elided.Base64
	s.elided.HTML += shown.elided.HTML
	return shown.text
}

// sameValue is a value that all elements of a list have alike.
type sameValue struct {
	path  string
	key   string
	value any
}

// Limits of the values that are told once.
const (
	minSameElements = 5
	minSameWidth    = 40
)

// alike finds the keys whose values all elements of the list that n is have alike,
// as long as there is room to tell them. A key that fields names is none.
func (s *shaper) alike(list []any, n node) []sameValue {
	if s.verbatim || len(list) < minSameElements || n.at.listed() || n.sel != nil && n.sel.keys != nil {
		return nil
	}
	if found, ok := s.known.lists[&list[0]]; ok {
		return found
	}
	var found []sameValue
	if first, ok := list[0].(map[string]any); ok {
		for _, key := range slices.Sorted(maps.Keys(first)) {
			if !isClean(key) || strings.Contains(key, ".") || Width(first[key], minSameWidth) <= minSameWidth || !inAll(list, key, first[key]) {
				continue
			}
			path := join(n.at.path()+"[]", key)
			value, w, ok := s.build(node{value: first[key], at: &place{name: key, up: &place{up: n.at, inList: true}}}, s.known.sameLeft-textWidth(path, maxKey*4))
			if !ok || w <= minSameWidth {
				continue
			}
			s.known.sameLeft -= w + textWidth(path, maxKey*4)
			found = append(found, sameValue{path, key, value})
		}
	}
	s.known.lists[&list[0]] = found
	return found
}

func inAll(list []any, key string, want any) bool {
	for _, element := range list[1:] {
		object, ok := element.(map[string]any)
		if !ok {
			return false
		}
		if got, ok := object[key]; !ok || !equal(got, want) {
			return false
		}
	}
	return true
}

// equal compares decoded values.
func equal(a, b any) bool {
	switch a := a.(type) {
	case nil, bool, string, json.Number:
		return a == b
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, inner := range a {
			if other, ok := b[key]; !ok || !equal(inner, other) {
				return false
			}
		}
		return true
	}
	return false
}

func keysOf(same []sameValue) []string {
	if len(same) == 0 {
		return nil
	}
	keys := make([]string, len(same))
	for i, one := range same {
		keys[i] = one.key
	}
	return keys
}

// tell notes that elements were shown without what they have alike.
func (s *shaper) tell(same []sameValue) { s.same = append(s.same, same...) }
