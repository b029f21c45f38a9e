package tools

import (
	"fmt"
	"slices"
	"strings"
)

// maxFields bounds the paths of one call.
const maxFields = 100

// selection is a tree of the keys to keep; one without keys keeps everything.
type selection struct {
	keys map[string]*selection
	// What keep saw: whether any record has this key; where the value stands that
	// keys were looked for in, and which it has (nil while none was looked at).
	met   bool
	at    string
	there []string
}

// parseFields reads paths such as "results[].id". The brackets say that the
// value is a list; they may be left out.
func parseFields(paths []string) (*selection, error) {
	if len(paths) > maxFields {
		return nil, &Error{Code: CodeInvalidArguments, Message: fmt.Sprintf("More than %d paths in fields.", maxFields), Hint: "Name fewer; a path keeps everything below it."}
	}
	root := &selection{}
	for _, path := range paths {
		var names []string
		for i, name := range strings.Split(path, ".") {
			key := withoutBrackets(name)
			if key == "" && name != "" && i == 0 {
				continue // the answer is a list itself
			}
			names = append(names, key)
		}
		if len(names) == 0 || slices.Contains(names, "") {
			return nil, &Error{Code: CodeInvalidArguments, Message: fmt.Sprintf("%q is not a path.", clean(path, 80)), Hint: "Write paths like results[].id."}
		}
		root.add(names)
	}
	return root, nil
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

// keep returns the part of value that the selection names. A key that no record
// has is reported with those that exist beside it.
func (sel *selection) keep(value any) (any, error) {
	sel.forget()
	kept := sel.of(value, "")
	if missing := sel.missing(); missing != nil {
		return nil, missing
	}
	return kept, nil
}

// missingField says that a path leads nowhere.
type missingField struct {
	path  string
	there []string
}

func (m *missingField) Error() string {
	if len(m.there) == 0 {
		return fmt.Sprintf("fields: there is no %s; at that place there are no keys", m.path)
	}
	return fmt.Sprintf("fields: there is no %s; at that place there are: %s", m.path, strings.Join(m.there, ", "))
}

// of keeps what is selected of the value at a place.
func (sel *selection) of(value any, at string) any {
	if sel.keys == nil {
		return value
	}
	switch value := value.(type) {
	case nil: // has no keys now, which does not say that it never has
	case []any:
		kept := make([]any, len(value))
		for i, element := range value {
			kept[i] = sel.of(element, at+"[]")
		}
		return kept
	case map[string]any:
		sel.look(at, value)
		kept := make(map[string]any, min(len(sel.keys), len(value)))
		for key, inner := range sel.keys {
			if below, ok := value[key]; ok {
				inner.met = true
				kept[key] = inner.of(below, join(at, key))
			}
		}
		return kept
	default:
		sel.look(at, nil)
	}
	return value
}

func (sel *selection) forget() {
	sel.met, sel.there = false, nil
	for _, inner := range sel.keys {
		inner.forget()
	}
}

// look notes what stands at a place, which no keys would not explain.
func (sel *selection) look(at string, object map[string]any) {
	if sel.there == nil || len(sel.there) == 0 && len(object) > 0 {
		sel.at, sel.there = at, sortedKeys(object)
	}
}

// missing is a path that no record has, or nil. Where nothing was looked at, as
// in an empty list, none is.
func (sel *selection) missing() *missingField {
	for _, key := range sortedKeys(sel.keys) {
		if inner := sel.keys[key]; sel.there != nil && !inner.met {
			return &missingField{join(sel.at, key), sel.there}
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
