package schemas

// bothOf is the schema of what must satisfy both; nil says nothing.
func bothOf(a, b *node) *node {
	switch {
	case a == nil || a == b:
		return b
	case b == nil:
		return a
	}
	return both([]*node{a, b})
}

func both(list []*node) *node {
	if len(list) == 1 {
		return list[0]
	}
	var out []*node
	for _, n := range list {
		if n.synthetic && len(n.allOf) > 0 {
			out = append(out, n.allOf...)
		} else {
			out = append(out, n)
		}
	}
	n := newNode()
	n.synthetic, n.allOf = true, out
	return n
}

// either is the schema of what satisfies one of the list.
func either(list []*node) *node {
	var out []*node
	seen := map[*node]bool{}
	for _, n := range list {
		parts := []*node{n}
		if n.synthetic && len(n.anyOf) > 0 {
			parts = n.anyOf
		}
		for _, p := range parts {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	n := newNode()
	n.synthetic, n.anyOf = true, out
	return n
}

func intersection(a, b map[string]bool) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		if b[k] {
			out[k] = true
		}
	}
	return out
}

func commonValues(a, b []any) []any {
	in := map[string]bool{}
	for _, x := range b {
		in[canonical(x)] = true
	}
	var out []any
	for _, x := range a {
		if in[canonical(x)] {
			out = append(out, x)
		}
	}
	return out
}

func distinct(list []any) []any {
	seen := map[string]bool{}
	var out []any
	for _, x := range list {
		if c := canonical(x); !seen[c] {
			seen[c] = true
			out = append(out, x)
		}
	}
	return out
}
