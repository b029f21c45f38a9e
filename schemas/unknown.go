package schemas

import "slices"

// Unknown is a key of the arguments that no schema describes, in an object that has
// described keys and leaves open whether there are others.
type Unknown struct {
	Path    string // as in a [Problem]
	Nearest string // the described key that comes closest, "" where none does
}

// String returns e.g. "parent.page_idd (nearest: page_id)".
func (u Unknown) String() string {
	if u.Nearest == "" {
		return u.Path
	}
	return u.Path + " (nearest: " + u.Nearest + ")"
}

const (
	maxUnknown      = 5
	maxUnknownSteps = 50_000
)

// unknowns looks for keys that nothing describes. JSON Schema lets them pass, and most
// of them are misspelt.
type unknowns struct {
	checker
	found []Unknown
}

// unknown lists such keys of arguments that are valid.
func (p *plan) unknown(r *conversion) []Unknown {
	u := &unknowns{checker: checker{steps: maxSteps - maxUnknownSteps}}
	for _, f := range p.fields {
		if v, ok := r.values[f]; ok {
			u.look([]*node{f.node}, v, trail{f.name, f.shape})
		}
	}
	return u.found
}

// look goes through a value that the schemas describe, one or the other of them.
func (u *unknowns) look(list []*node, v any, t trail) {
	if len(u.found) >= maxUnknown || !u.spend(1) {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		u.object(u.together(list), v, t)
	case []any:
		list = u.together(list)
		for i, x := range v {
			var items []*node
			for _, n := range list {
				items = append(items, nonNil(n.itemSchema(i))...)
			}
			if len(items) > 0 {
				u.look(items, x, t.index(i))
			}
		}
	}
}

func (u *unknowns) object(list []*node, v map[string]any, t trail) {
	described := slices.ContainsFunc(list, func(n *node) bool { return len(n.props) > 0 })
	for _, key := range sortedKeys(v) {
		if inner := u.inner(list, key); len(inner) > 0 {
			u.look(inner, v[key], t.key(key))
			continue
		}
		if described && len(u.found) < maxUnknown && !u.exhausted && !mentioned(list, key) {
			u.report(list, key, t)
		}
	}
}

func (u *unknowns) report(list []*node, key string, t trail) {
	var names []string
	for _, n := range list {
		names = append(names, propertyNames(n, t.shape)...)
	}
	u.found = append(u.found, Unknown{Path: clipPath(visible(t.key(key).path)), Nearest: clip(visible(nearest(key, names)), 80)})
}

// inner returns the schemas for the value of a key.
func (u *unknowns) inner(list []*node, key string) []*node {
	var own, others []*node
	for _, n := range list {
		if !u.spend(1) {
			return nil
		}
		own = append(own, nonNil(n.property(key))...)
		for _, p := range n.patterns {
			if u.spend(1) && u.matches(p.pattern, key) {
				own = append(own, p.node)
			}
		}
		others = append(others, nonNil(n.additional)...)
	}
	if len(own) == 0 {
		return others
	}
	return own
}

// mentioned says whether a schema names a key without describing it.
func mentioned(list []*node, key string) bool {
	return slices.ContainsFunc(list, func(n *node) bool {
		return slices.Contains(n.required, key) || slices.Contains(n.hints, key) ||
			slices.ContainsFunc(n.needs, func(d dependency) bool { return d.name == key || slices.Contains(d.required, key) })
	})
}

// together lists the schemas that may apply to one value: with what they refer to, and
// every form of a union. A form that says nothing of keys knows all of them.
func (u *unknowns) together(list []*node) []*node {
	if len(list) == 1 && !list[0].open && len(list[0].inPlace()) == 0 {
		return list
	}
	var out []*node
	seen := make(map[*node]bool, len(list))
	anything := newNode()
	anything.additional = newNode()
	var add func(n *node)
	add = func(n *node) {
		if seen[n] || !u.spend(1) {
			return
		}
		seen[n] = true
		out = append(out, n)
		if n.open {
			out = append(out, anything)
		}
		for _, x := range n.inPlace() {
			if x != n.not {
				add(x)
			}
		}
		for _, union := range [][]*node{n.anyOf, n.oneOf} {
			for _, form := range union {
				if v := viewOf(form); v.kinds&kindObject != 0 && len(v.props)+len(v.required)+len(v.patterns) == 0 && !v.closed {
					out = append(out, anything)
				}
			}
		}
	}
	for _, n := range list {
		add(n)
	}
	return out
}
