package tools

import (
	"fmt"
	"slices"
	"strings"
)

// maxFields bounds the paths of one call.
const maxFields = 100

// selection is a tree of the keys to keep; an empty one keeps everything.
type selection map[string]selection

// parseFields reads paths such as "results[].id". The brackets say that the
// value is a list; they may be left out.
func parseFields(paths []string) (selection, error) {
	if len(paths) > maxFields {
		return nil, &Error{Code: CodeInvalidArguments, Message: fmt.Sprintf("More than %d paths in fields.", maxFields), Hint: "Name fewer; a path keeps everything below it."}
	}
	root := selection{}
	for _, path := range paths {
		at := root
		for key := range strings.SplitSeq(path, ".") {
			key = strings.TrimSuffix(key, "[]")
			if key == "" {
				return nil, &Error{Code: CodeInvalidArguments, Message: fmt.Sprintf("%q is not a path.", clean(path, 80)), Hint: "Write paths like results[].id."}
			}
			if at[key] == nil {
				at[key] = selection{}
			}
			at = at[key]
		}
	}
	return root, nil
}

// keep returns the part of value that the selection names. A key that no record
// has is reported with those that exist beside it.
func (sel selection) keep(value any) (any, error) {
	kept, missing := sel.cut(value, "")
	if len(missing) > 0 {
		return nil, missing[0]
	}
	return kept, nil
}

// missingField says that a path leads nowhere.
type missingField struct {
	path  string
	there []string
}

func (m *missingField) Error() string {
	return fmt.Sprintf("fields: there is no %s; at that place there are: %s", m.path, strings.Join(m.there, ", "))
}

// cut keeps what is selected and returns the paths that no record has.
func (sel selection) cut(value any, path string) (any, []*missingField) {
	if len(sel) == 0 {
		return value, nil
	}
	switch value := value.(type) {
	case []any:
		return sel.cutList(value, path)
	case map[string]any:
		kept := make(map[string]any, len(sel))
		var missing []*missingField
		for _, key := range sortedKeys(sel) {
			inner, ok := value[key]
			if !ok {
				missing = append(missing, &missingField{join(path, key), sortedKeys(value)})
				continue
			}
			cut, lacks := sel[key].cut(inner, join(path, key))
			kept[key] = cut
			missing = append(missing, lacks...)
		}
		return kept, missing
	}
	return value, []*missingField{{path: join(path, sortedKeys(sel)[0]), there: []string{"no keys"}}}
}

// cutList cuts every element. A path is missing only if every element lacks it,
// since records of one list often differ.
func (sel selection) cutList(list []any, path string) (any, []*missingField) {
	kept := make([]any, len(list))
	lacking := make(map[string]int)
	first := make(map[string]*missingField)
	for i, element := range list {
		cut, lacks := sel.cut(element, path+"[]")
		kept[i] = cut
		for _, m := range lacks {
			lacking[m.path]++
			if first[m.path] == nil {
				first[m.path] = m
			}
		}
	}
	var missing []*missingField
	for _, p := range sortedKeys(lacking) {
		if lacking[p] == len(list) {
			missing = append(missing, first[p])
		}
	}
	return kept, missing
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
