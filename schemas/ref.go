package schemas

import (
	"net/url"
	"strconv"
	"strings"
)

// ref resolves a reference into this document; there is no other that is read.
func (r *reader) ref(n *node, v any) {
	text, _ := v.(string)
	target, ok := r.resolve(text)
	if !ok {
		r.notes.unchecked("a $ref leads nowhere in the schema: that part accepts any value")
		n.ref = openNode("its schema is missing")
		return
	}
	n.ref = r.schema(target, 1)
}

func (r *reader) resolve(ref string) (any, bool) {
	fragment, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil, false
	}
	if fragment == "" {
		return r.root, isSchema(r.root)
	}
	path, err := url.PathUnescape(fragment)
	if err != nil {
		return nil, false
	}
	if !strings.HasPrefix(path, "/") {
		o, ok := r.anchor(path)
		return o, ok
	}
	at := r.root
	for step := range strings.SplitSeq(path[1:], "/") {
		step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
		switch v := at.(type) {
		case *object:
			if at, ok = v.get(step); !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			at = v[i]
		default:
			return nil, false
		}
	}
	return at, isSchema(at)
}

func isSchema(v any) bool {
	switch v.(type) {
	case *object, bool:
		return true
	}
	return false
}

func (r *reader) anchor(name string) (*object, bool) {
	if r.anchors == nil {
		r.anchors = map[string]*object{}
		collectAnchors(r.root, r.anchors)
	}
	o, ok := r.anchors[name]
	return o, ok
}

func collectAnchors(v any, into map[string]*object) {
	switch v := v.(type) {
	case *object:
		for _, key := range []string{"$anchor", "$dynamicAnchor"} {
			if name, _ := v.get(key); name != nil {
				if text, ok := name.(string); ok {
					into[text] = v
				}
			}
		}
		for _, x := range v.vals {
			collectAnchors(x, into)
		}
	case []any:
		for _, x := range v {
			collectAnchors(x, into)
		}
	}
}
