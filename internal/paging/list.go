package paging

import (
	"slices"
	"strings"
)

// maxDepth is how deep in objects lists and cursors are looked for.
const maxDepth = 4

// mainList is the list of records of a result, and where it is.
func mainList(result any) (list []any, path []string, ok bool) {
	best := -1
	walk(result, nil, func(value any, at []string) {
		found, isList := value.([]any)
		if !isList {
			return
		}
		if score := rankOf(found, at); score > best {
			best, list, path, ok = score, found, slices.Clone(at), true
		}
	})
	return list, path, ok
}

// rankOf prefers a list by the name that lists of records have, then one of
// objects, then the longer one, then the one that is less deep.
func rankOf(list []any, at []string) int {
	score := min(len(list), 100_000)*8 + maxDepth - len(at)
	if len(at) == 0 || isListName(at[len(at)-1]) {
		score += 1 << 30
	}
	if len(list) > 0 {
		if _, ok := list[0].(map[string]any); ok {
			score += 1 << 25
		}
	}
	return score
}

func isListName(name string) bool {
	switch plainName(name) {
	case "results", "result", "data", "items", "values", "value", "records", "entries", "list", "elements", "objects",
		"rows", "content", "hits", "nodes", "edges", "matches", "members", "collection":
		return true
	}
	return false
}

// walk visits the values of objects in objects, in the order of their keys, the
// outer ones first.
func walk(value any, at []string, visit func(value any, at []string)) {
	visit(value, at)
	object, ok := value.(map[string]any)
	if !ok || len(at) >= maxDepth {
		return
	}
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		walk(object[key], append(at[:len(at):len(at)], key), visit)
	}
}

// at is the value at a path, nil where there is none.
func at(value any, path []string) any {
	for _, key := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[key]
	}
	return value
}

func dotted(path []string) string { return strings.Join(path, ".") }

// without is a page with another list and without what leads to the next page.
func without(page any, path []string, list []any) any {
	switch value := page.(type) {
	case []any:
		if len(path) == 0 {
			return list
		}
	case map[string]any:
		return withoutIn(value, path, list, "", 0)
	}
	return page
}

func withoutIn(object map[string]any, path []string, list []any, parent string, depth int) any {
	kept := make(map[string]any, len(object))
	for key, value := range object {
		onPath := len(path) > 0 && path[0] == key
		_, isLead := leadOf(key, parent, value)
		_, isFlag := flagOf(key, value)
		switch inner, ok := value.(map[string]any); {
		case onPath && len(path) == 1:
			kept[key] = list
		case ok && depth < maxDepth:
			var below []string
			if onPath {
				below = path[1:]
			}
			less := withoutIn(inner, below, list, key, depth+1).(map[string]any)
			if len(less) > 0 || len(inner) == 0 || onPath {
				kept[key] = less
			}
		case isLead || isFlag:
		default:
			kept[key] = value
		}
	}
	return kept
}
