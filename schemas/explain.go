package schemas

import (
	"fmt"
	"strconv"
	"strings"
)

// explainer finds out why a value does not satisfy a schema. It goes down only
// where something is wrong, and of a union only into the form that comes closest.
type explainer struct {
	*checker
	out *Violations
}

// trail is a place in the shown schema: the shape knows how keys are called
// there.
type trail struct {
	path  string
	shape *shape
}

func (t trail) key(orig string) trail {
	name := orig
	var next *shape
	if m := t.shape.original(orig); m != nil {
		name, next = m.name, m.shape
	}
	if t.path != "" {
		name = t.path + "." + name
	}
	return trail{name, next}
}

func (t trail) index(i int) trail {
	next := trail{path: t.path + "[" + strconv.Itoa(i) + "]"}
	if t.shape != nil {
		next.shape = t.shape.items
	}
	return next
}

func (e *explainer) say(t trail, expected, got, nearest string) {
	e.out.add(Problem{Path: t.path, Expected: expected, Got: got, Nearest: nearest})
}

// explain adds the problems of a value that is not valid.
func (e *explainer) explain(n *node, it *item, t trail) {
	if e.out.full() || e.valid(n, it) {
		return
	}
	got := kindWords(it.value)
	switch {
	case n.never:
		e.say(t, "nothing here", got, "")
		return
	case !typeFits(n, it):
		k := n.types
		if n.nullable {
			k |= kindNull
		}
		e.say(t, typeWords(k), got, "")
		return
	case !e.valueFits(n, it):
		expected, near := enumWords(n, it)
		e.say(t, expected, got, near)
		return
	}
	before := len(e.out.Problems) + e.out.More
	e.sizes(n, it, t, got)
	e.parts(n, it, t)
	e.inPlace(n, it, t, got)
	if len(e.out.Problems)+e.out.More == before {
		e.say(t, "a value that fits the schema", got, "")
	}
}

// typeWords asks for a type as a person would.
func typeWords(k kinds) string {
	names := k.names()
	for i, name := range names {
		switch name {
		case "string":
			names[i] = "text"
		case "array":
			names[i] = "a list"
		case "object", "integer":
			names[i] = "an " + name
		case "number", "boolean":
			names[i] = "a " + name
		}
	}
	return strings.Join(names, " or ")
}

// enumWords lists the values that are allowed, and the one that comes closest.
func enumWords(n *node, it *item) (expected, near string) {
	var allowed []any
	var values []string
	for _, x := range n.enum {
		if n.types != 0 && n.types&kindOf(x) == 0 {
			continue // an enum may list what the type excludes
		}
		allowed = append(allowed, x)
		if s, ok := x.(string); ok {
			values = append(values, s)
		}
	}
	if s, ok := it.value.(string); ok {
		near = nearest(s, values)
	}
	switch len(allowed) {
	case 0:
		return "no value: the schema allows none", ""
	case 1:
		return "exactly " + clip(scalarText(allowed[0]), 80), near
	}
	var shown []string
	room := 240
	for _, x := range allowed {
		s := clip(scalarText(x), 40)
		if room -= len(s) + 2; room < 0 {
			break
		}
		shown = append(shown, s)
	}
	expected = "one of " + strings.Join(shown, ", ")
	if more := len(allowed) - len(shown); more > 0 {
		expected += fmt.Sprintf(" and %d more", more)
	}
	return expected, near
}

func (e *explainer) sizes(n *node, it *item, t trail, got string) {
	if e.sizesFit(n, it) {
		return
	}
	switch it.kind {
	case kindString:
		if w := sizeWords(n.minLength, n.maxLength, "character"); w != "" && !e.sizesFit(&node{minLength: n.minLength, maxLength: n.maxLength, maxItems: -1, maxProps: -1}, it) {
			e.say(t, lowerFirst(w), got, "")
			return
		}
		e.say(t, "text that matches "+clip(n.pattern.text, 120), got, "")
	case kindInteger, kindNumber:
		expected := lowerFirst(rangeWords(n))
		if expected == "" || n.multipleOf != nil {
			expected = strings.TrimSpace(expected + " a multiple of " + ratText(n.multipleOf))
		}
		e.say(t, expected, got, "")
	case kindArray:
		if len(it.kids) < n.minItems || n.maxItems >= 0 && len(it.kids) > n.maxItems {
			e.say(t, lowerFirst(sizeWords(n.minItems, n.maxItems, "item")), got, "")
			return
		}
		e.say(t, "no duplicates", got, "")
	case kindObject:
		for _, name := range missing(n, it) {
			e.say(t.key(name), e.missingWords(n, name), "nothing", "")
		}
		if len(it.keys) < n.minProps || n.maxProps >= 0 && len(it.keys) > n.maxProps {
			e.say(t, lowerFirst(sizeWords(n.minProps, n.maxProps, "key")), got, "")
		}
	}
}

func lowerFirst(s string) string {
	s = strings.TrimSuffix(s, ".")
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func (e *explainer) missingWords(n *node, name string) string {
	return requiredWords(viewOf(n).child(e.checker, name))
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func requiredWords(n *node) string {
	if v := viewOf(n); !v.untyped() && v.kinds != 0 {
		return typeWords(v.kinds) + ", it is required"
	}
	return "a value, it is required"
}

func (e *explainer) parts(n *node, it *item, t trail) {
	for i, key := range it.keys {
		allowed, schemas := e.childSchemas(n, key)
		if !allowed {
			e.unknown(t, key, propertyNames(n, t.shape))
			continue
		}
		for _, s := range schemas {
			e.explain(s, it.kids[i], t.key(key))
		}
		if n.names != nil && !e.valid(n.names, newItem(key)) {
			e.say(t.key(key), "a key of another form", "this name", "")
		}
	}
	if it.kind != kindArray {
		return
	}
	for i, kid := range it.kids {
		if s := n.itemSchema(i); s != nil && !e.out.full() {
			e.explain(s, kid, t.index(i))
		}
	}
	if n.contains != nil && !e.containsFits(n, it) {
		e.say(t, "another number of items of the form asked for", kindWords(it.value), "")
	}
}

// unknown names a key that does not exist, the one that comes closest, and those
// that do exist.
func (e *explainer) unknown(t trail, key string, valid []string) {
	if e.out.full() {
		e.out.More++
		return
	}
	e.out.add(unknownName(t.key(key).path, key, valid))
}

func unknownName(path, key string, valid []string) Problem {
	p := Problem{Path: path, Expected: "nothing of this name", Got: "an unknown name", Nearest: nearest(key, valid)}
	if len(valid) == 0 {
		return p
	}
	const most = 25
	list := valid
	if len(list) > most {
		list = list[:most]
	}
	p.Expected = "one of the names " + strings.Join(list, ", ")
	if more := len(valid) - len(list); more > 0 {
		p.Expected += fmt.Sprintf(" and %d more", more)
	}
	return p
}

func propertyNames(n *node, s *shape) []string {
	out := make([]string, 0, len(n.props))
	for _, p := range n.props {
		name := p.name
		if m := s.original(name); m != nil {
			name = m.name
		}
		out = append(out, name)
	}
	return out
}

func (e *explainer) inPlace(n *node, it *item, t trail, got string) {
	if n.ref != nil {
		e.explain(n.ref, it, t)
	}
	for _, x := range n.allOf {
		e.explain(x, it, t)
	}
	if len(n.anyOf) > 0 && e.fitting(n.anyOf, it, 1) == 0 {
		e.union(n.anyOf, it, t, got)
	}
	if len(n.oneOf) > 0 {
		switch e.fitting(n.oneOf, it, 2) {
		case 0:
			e.union(n.oneOf, it, t, got)
		case 2:
			e.say(t, "only one of its forms: "+formsInWords(viewOf(n), maxFormWords), "more than one at once", "")
		}
	}
	if n.not != nil && e.valid(n.not, it) {
		e.say(t, "another value: this form is excluded", got, "")
	}
	if n.cond != nil {
		next := n.orElse
		if e.valid(n.cond, it) {
			next = n.then
		}
		if next != nil {
			e.explain(next, it, t)
		}
	}
	for _, d := range n.needs {
		if d.node != nil && it.child(d.name) != nil {
			e.explain(d.node, it, t)
		}
	}
}
