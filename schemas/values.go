package schemas

import (
	"encoding/json"
	"slices"
)

// valuesOfTheType puts an enum right of which no value has the schema's type, as
// where YAML has read "1" or "true" as what it is not. Else nobody could pass anything.
func (r *reader) valuesOfTheType(n *node) {
	if n.types == 0 || !n.hasEnum || slices.ContainsFunc(n.enum, func(x any) bool { return x != nil && n.types&kindOf(x) != 0 }) {
		return
	}
	read := false
	values, set := make([]any, len(n.enum)), make(map[string]struct{}, len(n.enum))
	for i, x := range n.enum {
		to, ok := ofType(x, n.types)
		if !ok && x != nil {
			return
		}
		read = read || ok
		values[i], set[canonical(to)] = to, struct{}{}
	}
	if !read {
		return
	}
	r.notes.add("the values of an enum were read as its type")
	n.enum, n.enumSet = values, set
}

// ofType writes one value as the type has it.
func ofType(x any, types kinds) (any, bool) {
	text, isText := x.(string)
	switch {
	case !isText && types&kindString != 0 && kindOf(x)&(kindBoolean|kindInteger|kindNumber) != 0:
		return scalarText(x), true
	case isText && types&kindBoolean != 0 && (text == "true" || text == "false"):
		return text == "true", true
	case isText && types&kindOfNumber(text) != 0:
		return json.Number(text), true
	}
	return nil, false
}
