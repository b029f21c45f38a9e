package schemas

import (
	"slices"
)

// exampleSpot is where a value of an example stands.
type exampleSpot struct {
	name   string // of the argument or key
	depth  int
	seed   int            // tells the items of a list apart
	accept func(any) bool // what else must hold, nil: nothing
}

func spotOf(name string) exampleSpot { return exampleSpot{name: name} }

func (s exampleSpot) inner(name string) exampleSpot {
	return exampleSpot{name: name, depth: s.depth + 1, seed: s.seed}
}

// exampler makes values and lets the checker judge them.
type exampler struct {
	short  bool
	made   int    // values that were tried
	judged int    // steps of checking them
	at     string // name of the first value that was not found
}

func (e *exampler) stuck() string {
	if e.at == "" {
		return ""
	}
	return " (at " + clip(oneLine(e.at), 60) + ")"
}

func (e *exampler) ok(n *node, v any, at exampleSpot) bool {
	c := &checker{}
	fits := c.valid(n, newItem(v)) && !c.exhausted && (at.accept == nil || at.accept(v))
	e.judged += c.steps
	return fits && e.judged <= exampleChecks
}

// value makes a value that satisfies the schema.
func (e *exampler) value(n *node, at exampleSpot) (any, bool) {
	if e.made++; e.made > exampleSteps || e.judged > exampleChecks || at.depth > exampleDepth {
		return nil, false
	}
	v := viewOf(n)
	if v.hasEnum {
		x, ok := e.fromEnum(n, v, at)
		if !ok && e.at == "" {
			e.at = at.name
		}
		return x, ok
	}
	for _, x := range givenValues(v, at.seed) {
		if e.ok(n, x, at) {
			return x, true
		}
	}
	for _, k := range []kinds{kindString, kindInteger, kindNumber, kindBoolean, kindObject, kindArray} {
		if v.kinds&k == 0 {
			continue
		}
		if x, ok := e.ofKind(n, v, k, at); ok {
			return x, true
		}
	}
	if v.nullable && e.ok(n, nil, at) {
		return nil, true
	}
	for _, union := range unionsOf(n) {
		for _, x := range union[:min(len(union), exampleForms)] {
			if made, ok := e.value(x, at); ok && e.ok(n, made, at) {
				return made, true
			}
		}
	}
	if e.at == "" {
		e.at = at.name
	}
	return nil, false
}

func (e *exampler) ofKind(n *node, v *view, k kinds, at exampleSpot) (any, bool) {
	switch k {
	case kindObject:
		return e.object(n, at)
	case kindArray:
		return e.array(n, v, at)
	}
	var candidates []any
	switch k {
	case kindString:
		candidates = textCandidates(v, at)
	case kindBoolean:
		candidates = []any{true, false}
	default:
		candidates = numberCandidates(v, at)
	}
	for _, x := range candidates {
		if e.ok(n, x, at) {
			return x, true
		}
	}
	return nil, false
}

// fromEnum takes the first value that a person can read and the schema accepts.
func (e *exampler) fromEnum(n *node, v *view, at exampleSpot) (any, bool) {
	for i := range v.enum {
		x := v.enum[(i+at.seed)%len(v.enum)]
		if s, isText := x.(string); isText && (s == "" || s != visible(s) || len(s) > 200) {
			continue
		}
		if e.ok(n, x, at) {
			return x, true
		}
	}
	if v.nullable && e.ok(n, nil, at) {
		return nil, true
	}
	if slices.Contains(v.enum, any("")) && e.ok(n, "", at) {
		return "", true
	}
	return nil, false
}

// givenValues lists the examples and defaults that the schema has, as far as they are
// fit to be shown.
func givenValues(v *view, seed int) []any {
	if seed > 0 {
		return nil
	}
	var out []any
	for _, n := range v.facts {
		for _, x := range n.examples {
			if fitForShow(x) {
				out = append(out, x)
			}
		}
	}
	for _, n := range v.facts {
		if n.hasDefault && fitForShow(n.fallback) {
			out = append(out, n.fallback)
		}
	}
	return out
}

// fitForShow says whether a value of upstream's is short, visible and not empty.
func fitForShow(x any) bool {
	switch x := x.(type) {
	case nil:
		return false
	case string:
		return x != "" && len(x) <= 80 && x == cleanText(x)
	case []any:
		return len(x) > 0 && len(x) <= 4 && !slices.ContainsFunc(x, func(y any) bool { return !fitForShow(y) })
	case map[string]any:
		for key, y := range x {
			if key != cleanText(key) || !fitForShow(y) {
				return false
			}
		}
		return len(x) > 0 && len(canonical(x)) <= 200
	}
	return true
}
