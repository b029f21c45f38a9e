package schemas

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unionsOf lists the unions that hold for a value, through references and allOf.
func unionsOf(n *node) [][]*node {
	var out [][]*node
	seen := map[*node]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		visit(n.ref)
		for _, x := range n.allOf {
			visit(x)
		}
		for _, union := range [][]*node{n.oneOf, n.anyOf} {
			if len(union) > 0 {
				out = append(out, union)
			}
		}
	}
	visit(n)
	return out
}

// object makes an object of what is required, then of what unions, conditions
// and dependencies ask besides.
func (e *exampler) object(n *node, at exampleSpot) (map[string]any, bool) {
	v := viewOf(n)
	out, ok := e.required(v, v, at, nil)
	if !ok {
		out = map[string]any{} // a form of a union may have it as one value
	}
	for range 3 {
		if e.ok(n, out, at) {
			break
		}
		out = e.toForms(n, v, out, at)
	}
	if !e.ok(n, out, at) {
		if e.at == "" {
			e.at = at.name
		}
		return nil, false
	}
	if len(out) == 0 && !e.short && at.depth > 0 {
		out = e.enrich(n, v, out, at)
	}
	return out, true
}

// required adds the required keys of v to a copy of base; outer knows the keys
// that v does not describe.
func (e *exampler) required(v, outer *view, at exampleSpot, base map[string]any) (map[string]any, bool) {
	out := make(map[string]any, len(v.required)+len(base))
	maps.Copy(out, base)
	names := sortedKeys(v.required)
	for _, name := range names {
		n := v.child(&checker{}, name)
		if n == nil {
			n = outer.child(&checker{}, name)
		}
		if had, has := out[name]; has && (n == nil || e.ok(n, had, exampleSpot{})) {
			continue
		}
		if n == nil {
			n = newNode()
		}
		x, ok := e.value(n, at.inner(name))
		if !ok {
			return nil, false
		}
		out[name] = x
	}
	return out, true
}

// toForms changes an object until it has a form of each union, and what
// conditions, dependencies and counts of keys ask for.
func (e *exampler) toForms(n *node, v *view, out map[string]any, at exampleSpot) map[string]any {
	for _, union := range unionsOf(n) {
		c := &checker{}
		if c.fitting(union, newItem(out), 2) == 1 {
			continue
		}
		for _, form := range union[:min(len(union), exampleForms)] {
			merged, ok := e.required(viewOf(form), v, at, out)
			if !ok {
				continue
			}
			if !e.ok(form, merged, exampleSpot{}) {
				if merged = e.toForms(form, v, merged, at.inner(at.name)); !e.ok(form, merged, exampleSpot{}) {
					continue
				}
			}
			if e.ok(n, merged, exampleSpot{}) {
				return merged
			}
		}
	}
	for _, m := range sameValue(n) {
		if names := missing(m, newItem(out)); len(names) > 0 {
			need := &view{required: map[string]bool{}}
			for _, name := range names {
				need.required[name] = true
			}
			if merged, ok := e.required(need, v, at, out); ok {
				out = merged
			}
		}
		for i := 0; i < len(v.props) && len(out) < m.minProps; i++ {
			if x, ok := e.value(v.props[i].node, at.inner(v.props[i].name)); ok {
				out[v.props[i].name] = x
			}
		}
		for i := 1; len(out) < m.minProps && !v.closed && i <= m.minProps && i <= 20; i++ {
			if x, ok := e.value(orAny(v.others), at.inner("value")); ok {
				out[fmt.Sprintf("key_%d", i)] = x
			}
		}
	}
	return out
}

// sameValue lists the schemas of one value: itself, what it refers to and all of
// which it is, and the branch of a condition.
func sameValue(n *node) []*node {
	var out []*node
	var visit func(n *node)
	visit = func(n *node) {
		if n == nil || slices.Contains(out, n) || len(out) > maxInPlace {
			return
		}
		out = append(out, n)
		visit(n.ref)
		for _, x := range n.allOf {
			visit(x)
		}
		visit(n.then)
		visit(n.orElse)
		for _, d := range n.needs {
			visit(d.node)
		}
	}
	visit(n)
	return out
}

// enrich gives an object that may be empty something to show.
func (e *exampler) enrich(n *node, v *view, out map[string]any, at exampleSpot) map[string]any {
	if at.depth > 3 {
		return out
	}
	for _, p := range v.props {
		if dangerous(p.name) || isDeprecated(viewOf(p.node)) || viewOf(p.node).kinds&(kindObject|kindArray) != 0 && len(v.props) > 1 {
			continue
		}
		if x, ok := e.value(p.node, at.inner(p.name)); ok && p.name == visible(p.name) {
			if fuller := map[string]any{p.name: x}; e.ok(n, fuller, at) {
				return fuller
			}
		}
	}
	if v.others != nil && !viewOf(v.others).untyped() {
		if x, ok := e.value(v.others, at.inner("value")); ok {
			if fuller := map[string]any{"<name>": x}; e.ok(n, fuller, at) {
				return fuller
			}
		}
	}
	return out
}

func orAny(n *node) *node {
	if n == nil {
		return newNode()
	}
	return n
}

// array makes a list of one item, or of as many as there must be.
func (e *exampler) array(n *node, v *view, at exampleSpot) (any, bool) {
	least, unique := 0, false
	var contains *node
	for _, m := range sameValue(n) {
		least, unique = max(least, m.minItems), unique || m.unique
		if m.contains != nil {
			contains = m.contains
		}
	}
	want := least
	if v.item != nil && !e.short {
		want = max(want, 1)
	}
	if contains != nil {
		want = max(want, 1)
	}
	if want > 50 {
		return nil, false
	}
	list := []any{}
	for i := range want {
		item := n.itemSchema(i)
		if item == nil {
			item = orAny(v.item)
		}
		if i == 0 && contains != nil {
			item = bothOf(item, contains)
		}
		spot := exampleSpot{name: singular(at.name), depth: at.depth + 1}
		if unique {
			spot.seed = i
		}
		x, ok := e.value(item, spot)
		if !ok {
			break
		}
		list = append(list, x)
	}
	if e.ok(n, list, at) {
		return list, true
	}
	empty := []any{}
	return empty, least == 0 && e.ok(n, empty, at)
}

// singular names one of several: "page_ids" becomes "page_id".
func singular(name string) string {
	if len(name) > 3 && strings.HasSuffix(name, "s") && !strings.HasSuffix(name, "ss") {
		return name[:len(name)-1]
	}
	return name
}
