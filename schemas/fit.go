package schemas

import "strings"

// fit checks what an argument needs beside its schema.
func (r *conversion) fit(f *field, v any) bool {
	switch {
	case f.rest:
		return r.takeRest(f, v)
	case f.family != nil:
		return r.takeFamily(f, v)
	case f.where == inHeader:
		return r.header(f.name, f.node, v)
	case f.where == inPath:
		if problem := pathProblem(f.node, v); problem != "" {
			r.out.add(Problem{Path: f.name, Expected: problem, Got: kindWords(v)})
			return false
		}
	}
	return true
}

func (r *conversion) header(path string, n *node, v any) bool {
	_, ok := placedText(v)
	if ok = ok && mayBePlaced(n, v); !ok {
		r.out.add(Problem{Path: path, Expected: "text on one line, a number or a boolean" + orList(n), Got: kindWords(v)})
	}
	return ok
}

// takeFamily checks the keys of an argument that stands for several parameters.
func (r *conversion) takeFamily(f *field, v any) bool {
	members, ok := v.(map[string]any)
	if !ok {
		r.out.add(Problem{Path: f.name, Expected: "an object, each key of it in place of " + f.family.slot, Got: kindWords(v)})
		return false
	}
	for key, x := range members {
		if other := r.plan.at(f.where, f.family.name(key)); other != nil && other != f {
			r.out.add(Problem{Path: f.name + "." + key, Expected: "the argument " + other.name + " for that", Got: "it here"})
			ok = false
		}
		if name := f.family.name(key); f.where == inHeader && (hiddenHeader(fold(name), strings.ToLower(name)) != "" || !headerName(name)) {
			r.out.add(Problem{Path: f.name + "." + key, Expected: "a header that may be set", Got: "another"})
			ok = false
		}
		if f.where == inHeader && !r.header(f.name+"."+key, f.node.additional, x) {
			ok = false
		}
		if key == "" {
			r.out.add(Problem{Path: f.name, Expected: "keys that are not empty", Got: "an empty one"})
			ok = false
		}
	}
	return ok
}

// takeRest checks that further keys of the body are none that an argument stands
// for.
func (r *conversion) takeRest(f *field, v any) bool {
	more, ok := v.(map[string]any)
	if !ok {
		r.out.add(Problem{Path: f.name, Expected: "an object", Got: kindWords(v)})
		return false
	}
	for key := range more {
		if other := r.plan.bodyProperty(key); other != nil {
			r.out.add(Problem{Path: f.name + "." + key, Expected: "the argument " + other.name + " for that", Got: "it here"})
			ok = false
		}
		for _, h := range r.plan.hidden {
			if h.In == inBody && h.Name == key {
				r.out.add(Problem{Path: f.name + "." + key, Expected: "no such key: it is supplied with the connection", Got: "it here"})
				ok = false
			}
		}
	}
	return ok
}
