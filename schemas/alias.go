package schemas

import "maps"

// Names returns checked arguments by every name that each goes by: the one that is
// shown, the original one of Alloy's metadata, and what the keys of an argument that
// stands for several parameters are called there. Objects inside have both names of
// each key. A name has several values where several parameters share it; one that an
// argument is shown by is that argument's alone. args is not changed.
func (s *ActionSchema) Names(args map[string]any) map[string][]any {
	p := s.plan
	out := make(map[string][]any, len(args))
	also := func(name string, v any) {
		if p.byName[name] == nil {
			out[name] = append(out[name], v)
		}
	}
	a := &aliaser{}
	for _, name := range sortedKeys(args) {
		f := p.byName[name]
		if f == nil {
			out[name] = append(out[name], args[name])
			continue
		}
		v := a.alias(f.shape, f.node, args[name])
		out[name] = []any{v}
		members, _ := args[name].(map[string]any)
		switch {
		case f.family != nil:
			for _, key := range sortedKeys(members) {
				also(f.family.name(key), members[key])
			}
		case f.rest:
			for _, key := range sortedKeys(members) {
				also(key, members[key])
			}
		case f.orig != name:
			also(f.orig, v)
		}
	}
	return out
}

// aliaser gives the keys of objects both their names.
type aliaser struct{ checker checker }

// alias returns v with both names of each key in it. s and n may be nil: nothing is
// known of it.
func (a *aliaser) alias(s *shape, n *node, v any) any {
	if n == nil {
		return v
	}
	x := viewOf(n)
	switch v := v.(type) {
	case map[string]any:
		return a.object(s, x, v)
	case []any:
		var items *shape
		if s != nil {
			items = s.items
		}
		list := make([]any, len(v))
		for i, kid := range v {
			list[i] = a.alias(items, x.item, kid)
		}
		return list
	}
	return v
}

func (a *aliaser) object(s *shape, x *view, v map[string]any) map[string]any {
	shownBy := make(map[string]string, len(x.naming().orig)) // the portable name, by the original one
	for name, orig := range x.naming().orig {
		shownBy[orig] = name
	}
	out, more := make(map[string]any, len(v)), map[string]any{}
	for _, key := range sortedKeys(v) {
		orig, other, m := key, shownBy[key], s.member(key)
		var sub *shape
		switch {
		case m != nil:
			orig, other, sub = m.orig, m.orig, m.shape
		case x.naming().orig[key] != "": // deeper than what is shown
			orig = x.naming().orig[key]
			other = orig
		}
		kid := a.alias(sub, x.child(&a.checker, orig), v[key])
		out[key] = kid
		if other != "" && other != key {
			more[other] = kid
		}
	}
	maps.DeleteFunc(more, func(name string, _ any) bool { _, taken := out[name]; return taken })
	maps.Copy(out, more)
	return out
}

// PortableName returns the name by which arguments and keys called name are shown, where
// nothing else of the same action is shown by it.
func PortableName(name string) string {
	if validName(name) {
		return name
	}
	return cleanName(name)
}
