package shape

import (
	"fmt"
	"maps"
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

// Selection is what fields keep of a value: a tree of keys. One without keys keeps
// everything; a nil one does too, and no path names it. It serves one call at a time.
type Selection struct {
	keys map[string]*Selection
	// What check saw: whether any record has this key; where the value stands that
	// keys were looked for in, and which it has (nil while none was looked at).
	met   bool
	at    string
	there []string
}

// ParseFields reads paths such as "results[].id". The brackets say that the
// value is a list; they may be left out. The error is a *PathError.
func ParseFields(paths []string) (*Selection, error) {
	if len(paths) > MaxFields {
		return nil, &PathError{}
	}
	root := &Selection{}
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
func (sel *Selection) add(names []string) {
	for i, name := range names {
		if sel.keys == nil {
			sel.keys = make(map[string]*Selection)
		}
		inner, ok := sel.keys[name]
		switch {
		case i == len(names)-1:
			sel.keys[name] = &Selection{}
			return
		case ok && inner.keys == nil:
			return // it is kept whole
		case !ok:
			inner = &Selection{}
			sel.keys[name] = inner
		}
		sel = inner
	}
}

// Keep returns the part of a value that is selected, with nothing shortened. The
// error is a *FieldError: a key that no record has.
func (sel *Selection) Keep(value any) (any, error) {
	sel.forget()
	if err := sel.check(value); err != nil {
		return nil, err
	}
	return sel.of(value), nil
}

func (sel *Selection) forget() {
	sel.met, sel.there = false, nil
	for _, inner := range sel.keys {
		inner.forget()
	}
}

func (sel *Selection) of(value any) any {
	if sel.keys == nil {
		return value
	}
	switch value := value.(type) {
	case []any:
		kept := make([]any, len(value))
		for i, element := range value {
			kept[i] = sel.of(element)
		}
		return kept
	case map[string]any:
		kept := make(map[string]any, min(len(sel.keys), len(value)))
		for key, inner := range sel.keys {
			if below, name, ok := lookup(value, key); ok {
				kept[name] = inner.of(below)
			}
		}
		return kept
	}
	return value
}

// named reports whether a path ends at this place.
func (sel *Selection) named() bool { return sel != nil && sel.keys == nil }

// size is the number of keys that check has to meet.
func (sel *Selection) size() int {
	n := len(sel.keys)
	for _, inner := range sel.keys {
		n += inner.size()
	}
	return n
}

// check reports a key that no record has, with those that exist beside it.
func (sel *Selection) check(value any) error {
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
func (sel *Selection) meet(value any, at string, left int) int {
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
func (sel *Selection) look(at string, object map[string]any) {
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
func (sel *Selection) missing() *FieldError {
	for _, key := range slices.Sorted(maps.Keys(sel.keys)) {
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
