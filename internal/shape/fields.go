package shape

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// MaxFields bounds the paths of one call.
const MaxFields = 100

// maxKeysTold bounds the keys that a FieldError lists.
const maxKeysTold = 60

// PathError says that the fields are not written as paths.
type PathError struct {
	Path string // "" where there are too many
}

func (e *PathError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("fields: at most %d paths can be named; a path keeps everything below it", MaxFields)
	}
	return fmt.Sprintf("fields: %q is not a path; write paths like results[].id", e.Path)
}

// FieldError says that a path leads nowhere.
type FieldError struct {
	Path string
	// There are the keys that stand where the last of the path was looked for.
	There []string
}

func (e *FieldError) Error() string {
	if len(e.There) == 0 {
		return fmt.Sprintf("fields: there is no %s; at that place there are no keys", e.Path)
	}
	there := e.There
	more := ""
	if len(there) > maxKeysTold {
		there, more = there[:maxKeysTold], fmt.Sprintf(" and %d more", len(there)-maxKeysTold)
	}
	return fmt.Sprintf("fields: there is no %s; at that place there are: %s%s", e.Path, strings.Join(there, ", "), more)
}

// selection is a tree of the keys to keep; one without keys keeps everything. A
// nil selection keeps everything too, and no path names it.
type selection struct {
	keys map[string]*selection
	// What check saw: whether any record has this key; where the value stands that
	// keys were looked for in, and which it has (nil while none was looked at).
	met   bool
	at    string
	there []string
}

// parseFields reads paths such as "results[].id". The brackets say that the
// value is a list; they may be left out.
func parseFields(paths []string) (*selection, error) {
	if len(paths) > MaxFields {
		return nil, &PathError{}
	}
	root := &selection{}
	for _, path := range paths {
		var names []string
		for i, name := range strings.Split(path, ".") {
			key := withoutBrackets(name)
			if key == "" && name != "" && i == 0 {
				continue // the value is a list itself
			}
			names = append(names, key)
		}
		if len(names) == 0 || slices.Contains(names, "") {
			return nil, &PathError{Path: cmpOr(plain.Line(path, 80), " ")}
		}
		root.add(names)
	}
	return root, nil
}

func cmpOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func withoutBrackets(name string) string {
	for strings.HasSuffix(name, "[]") {
		name = strings.TrimSuffix(name, "[]")
	}
	return name
}

// add keeps everything below a path, also where another path names a part of it.
func (sel *selection) add(names []string) {
	for i, name := range names {
		if sel.keys == nil {
			sel.keys = make(map[string]*selection)
		}
		inner, ok := sel.keys[name]
		switch {
		case i == len(names)-1:
			sel.keys[name] = &selection{}
			return
		case ok && inner.keys == nil:
			return // it is kept whole
		case !ok:
			inner = &selection{}
			sel.keys[name] = inner
		}
		sel = inner
	}
}

// named reports whether a path ends at this place.
func (sel *selection) named() bool { return sel != nil && sel.keys == nil }

// size is the number of keys that check has to meet.
func (sel *selection) size() int {
	n := len(sel.keys)
	for _, inner := range sel.keys {
		n += inner.size()
	}
	return n
}

// check reports a key that no record has, with those that exist beside it.
func (sel *selection) check(value any) error {
	if left := sel.size(); sel.meet(value, "", left) == left || left == 0 {
		return nil
	}
	if missing := sel.missing(); missing != nil {
		return missing
	}
	return nil
}

// meet marks the keys that the value at a place has, and returns how many of
// them are new. It stops after the last of so many.
func (sel *selection) meet(value any, at string, left int) int {
	if sel.keys == nil || left == 0 {
		return 0
	}
	found := 0
	switch value := value.(type) {
	case nil: // has no keys now, which does not say that it never has
	case []any:
		at += "[]"
		for _, element := range value {
			if found += sel.meet(element, at, left-found); found == left {
				break
			}
		}
	case map[string]any:
		sel.look(at, value)
		for key, inner := range sel.keys {
			below, _, ok := lookup(value, key)
			if !ok {
				continue
			}
			if !inner.met {
				inner.met = true
				found++
			}
			if inner.keys != nil {
				found += inner.meet(below, join(at, key), left-found)
			}
		}
	default:
		sel.look(at, nil)
	}
	return found
}

// look notes what stands at a place, which no keys would not explain.
func (sel *selection) look(at string, object map[string]any) {
	if sel.there == nil || len(sel.there) == 0 && len(object) > 0 {
		sel.at, sel.there = at, make([]string, 0, len(object))
		for _, e := range entriesOf(object) {
			sel.there = append(sel.there, e.name)
		}
		slices.Sort(sel.there)
	}
}

// missing is a path that no record has, or nil. Where nothing was looked at, as
// in an empty list, none is.
func (sel *selection) missing() *FieldError {
	for _, key := range sortedKeys(sel.keys) {
		if inner := sel.keys[key]; sel.there != nil && !inner.met {
			return &FieldError{Path: join(sel.at, key), There: sel.there}
		}
		if m := sel.keys[key].missing(); m != nil {
			return m
		}
	}
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
