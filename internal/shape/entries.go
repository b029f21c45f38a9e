package shape

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// entry is a key of an object and its value.
type entry struct {
	key   string // as the object has it
	name  string // as it is shown
	value any
	sel   *Selection
	class int
}

// What comes first of an object: ids, totals and cursors, then small values, then
// the rest.
const (
	isScalar = iota
	isSmall
	isLarge
)

// Limits of the first two, in characters, whatever the limit of a part: so the
// order of the parts does not depend on it. The cursors of some are long.
const (
	maxScalar = 600
	maxSmall  = 200
)

func classOf(value any) int {
	switch value.(type) {
	case map[string]any, []any:
		if Width(value, maxSmall) <= maxSmall {
			return isSmall
		}
		return isLarge
	}
	if Width(value, maxScalar) <= maxScalar {
		return isScalar
	}
	return isLarge
}

// ordered are the entries of an object that are selected, in the order in which
// parts show them. It is the same for every part.
func ordered(object map[string]any, sel *Selection) []entry {
	entries := selected(object, sel)
	for i := range entries {
		entries[i].class = classOf(entries[i].value)
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.name, b.name)) })
	return entries
}

// selected are the entries that sel keeps, in no order.
func selected(object map[string]any, sel *Selection) []entry {
	if sel == nil || sel.keys == nil {
		return entriesOf(object)
	}
	entries := make([]entry, 0, len(sel.keys))
	for key, inner := range sel.keys {
		if value, name, ok := lookup(object, key); ok {
			entries = append(entries, entry{key: key, name: name, value: value, sel: inner})
		}
	}
	return entries
}

// entriesOf names all entries of an object, each by a name of its own.
func entriesOf(object map[string]any) []entry {
	entries := make([]entry, 0, len(object))
	clean := true
	for key, value := range object {
		clean = clean && isClean(key)
		entries = append(entries, entry{key: key, name: key, value: value})
	}
	if !clean {
		rename(entries)
	}
	return entries
}

// rename cleans the names. Where that makes two alike, the later one is numbered,
// and one that was clean keeps its name.
func rename(entries []entry) {
	taken := make(map[string]bool, len(entries))
	for _, e := range entries {
		if isClean(e.key) {
			taken[e.key] = true
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
	numbers := make(map[string]int)
	for i, e := range entries {
		if isClean(e.key) {
			continue
		}
		short := plain.Line(e.key, maxKey)
		name := short
		for taken[name] {
			numbers[short]++
			name = fmt.Sprintf("%s (%d)", short, numbers[short]+1)
		}
		taken[name] = true
		entries[i].name = name
	}
}

// maxKey is the most bytes of a key that are shown.
const maxKey = 120

// isClean reports whether the key is shown as it is.
func isClean(key string) bool {
	if len(key) > maxKey {
		return false
	}
	for i := range len(key) {
		if c := key[i]; c <= ' ' || c >= 0x7f {
			return plain.Line(key, maxKey) == key
		}
	}
	return true
}

// lookup finds a key by what it is, or by the name that it is shown by, and
// returns that name.
func lookup(object map[string]any, key string) (value any, name string, ok bool) {
	value, ok = object[key]
	if ok && isClean(key) {
		return value, key, true
	}
	for other := range object {
		if isClean(other) {
			continue
		}
		for _, e := range entriesOf(object) { // seldom: a key with signs that are not shown
			if e.key == key || !ok && e.name == key {
				return e.value, e.name, true
			}
		}
		break
	}
	return nil, "", false
}

// place is where a value stands, told from the whole value on.
type place struct {
	up     *place
	name   string // of an entry
	index  int
	inList bool
}

// path is the place as fields names it.
func (p *place) path() string {
	switch {
	case p == nil:
		return ""
	case p.inList:
		return p.up.path() + "[]"
	}
	return join(p.up.path(), p.name)
}

// exact is the path with the indexes of the elements.
func (p *place) exact() string {
	switch {
	case p == nil:
		return ""
	case p.inList:
		return fmt.Sprintf("%s[%d]", p.up.exact(), p.index)
	}
	return join(p.up.exact(), p.name)
}

// listed reports whether the place is inside an element of a list.
func (p *place) listed() bool {
	for ; p != nil; p = p.up {
		if p.inList {
			return true
		}
	}
	return false
}

// node is a value at its place.
type node struct {
	value any
	sel   *Selection
	at    *place
	drop  []string // keys that Part.Same tells
}

// maxNumber is the longest number that is shown as one.
const maxNumber = 40

// text is the value as it is shown where it is one that can be cut between
// characters.
func (s *shaper) text(n node) (string, bool) {
	switch value := n.value.(type) {
	case string:
		return s.shown(value, n), true
	case json.Number:
		if len(value) > maxNumber {
			return value.String(), true
		}
	}
	return "", false
}
