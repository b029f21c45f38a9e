package notion

import (
	"cmp"
	"slices"
	"strings"
)

// readSorts compiles the sorts of a query; the first weighs most. Rows without a value come last.
func (w *Workspace) readSorts(db *node, given any) (func([]*node), error) {
	if given == nil {
		return func([]*node) {}, nil
	}
	list, isList := given.([]any)
	if !isList {
		return nil, invalid("body failed validation: body.sorts should be an array, instead was `%s`.", short(given))
	}
	var compare []func(x, y *node) int
	for i, item := range list {
		one, err := w.readSort(db, i, asObject(item))
		if err != nil {
			return nil, err
		}
		compare = append(compare, one)
	}
	return func(rows []*node) {
		slices.SortStableFunc(rows, func(x, y *node) int {
			for _, one := range compare {
				if c := one(x, y); c != 0 {
					return c
				}
			}
			return 0
		})
	}, nil
}

func (w *Workspace) readSort(db *node, i int, sort object) (func(x, y *node) int, error) {
	sign := 1
	switch sort["direction"] {
	case "ascending", nil:
	case "descending":
		sign = -1
	default:
		return nil, invalid("body failed validation: body.sorts[%d].direction should be `\"ascending\"` or `\"descending\"`, instead was `%s`.", i, short(sort["direction"]))
	}
	switch sort["timestamp"] {
	case "created_time":
		return func(x, y *node) int { return sign * x.created.Compare(y.created) }, nil
	case "last_edited_time":
		return func(x, y *node) int { return sign * x.edited.Compare(y.edited) }, nil
	}
	wanted, _ := sort["property"].(string)
	name, schema := column(db.props, wanted)
	if schema == nil {
		return nil, invalid("Could not find sort property with name or id: %s", wanted)
	}
	kind, _ := schema["type"].(string)
	key := func(n *node) (any, bool) {
		v := w.valueFor(n, schema, asObject(n.props[name]))[kind]
		return sortKey(schema, kind, v), !isEmpty(v)
	}
	return func(x, y *node) int {
		a, hasA := key(x)
		b, hasB := key(y)
		if !hasA || !hasB {
			return compareBool(hasB, hasA)
		}
		return sign * compareKeys(a, b)
	}, nil
}

// sortKey is what a value is sorted by: options by their place in the schema, people and texts by their words.
func sortKey(schema object, kind string, v any) any {
	switch value := v.(type) {
	case float64:
		return value
	case bool:
		if value {
			return 1.0
		}
		return 0.0
	case string:
		return strings.ToLower(value)
	case object:
		if kind == "date" {
			start, _ := value["start"].(string)
			return start
		}
		options, _ := asObject(schema[kind])["options"].([]any)
		return float64(slices.IndexFunc(options, func(o any) bool { return asObject(o)["id"] == value["id"] }))
	case []any:
		if kind == "title" || kind == "rich_text" {
			return strings.ToLower(textOf(value))
		}
		if len(value) == 0 {
			return ""
		}
		name, _ := asObject(value[0])["name"].(string)
		return strings.ToLower(name)
	}
	return ""
}

func compareKeys(a, b any) int {
	x, numberA := a.(float64)
	y, numberB := b.(float64)
	if numberA && numberB {
		return cmp.Compare(x, y)
	}
	s, _ := a.(string)
	t, _ := b.(string)
	return cmp.Compare(s, t)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
