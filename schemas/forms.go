package schemas

import "slices"

// union explains the form that comes closest; where none takes the type at all,
// it names the types.
func (e *explainer) union(list []*node, it *item, t trail, got string) {
	var best *node
	bestCost := 1 << 30
	for _, x := range list {
		if cost := e.misfit(x, it, 0); cost < bestCost {
			best, bestCost = x, cost
		}
	}
	if e.unknownForm(list, it, t) || e.alternatives(list, it, t, got) {
		return
	}
	if bestCost >= wrongType {
		v := join(list)
		k := v.kinds
		if v.nullable {
			k |= kindNull
		}
		expected := typeWords(k)
		if forms := formsInWords(v, maxFormWords); forms != "" {
			expected += "; " + forms
		}
		e.say(t, expected, got, "")
		return
	}
	e.explain(best, it, t)
}

// alternatives names the forms of which only keys are missing, where the value has none
// of these and so does not tell which form is meant.
func (e *explainer) alternatives(list []*node, it *item, t trail, got string) bool {
	var lacking []*node
	differ := false
	for _, x := range list {
		x = onlyReference(x)
		if len(x.required) == 0 || !typeFits(x, it) || !e.valueFits(x, it) || !e.inPlaceFits(x, it) || !e.partsFit(x, it) {
			continue
		}
		if slices.ContainsFunc(x.required, func(key string) bool { return it.child(key) != nil }) {
			return false
		}
		lacking = append(lacking, x)
		differ = differ || !slices.Equal(x.required, lacking[0].required)
	}
	words := forms(&view{variants: lacking}, requiredKeys)
	if !differ || words == "" {
		return false
	}
	e.say(t, lowerFirst(clip(words, maxFormWords)), got, "")
	return true
}

// onlyReference is what a schema refers to if it does nothing else.
func onlyReference(n *node) *node {
	for range maxInPlace {
		if n.ref == nil || n.types != 0 || len(n.required)+len(n.props) > 0 {
			return n
		}
		n = n.ref
	}
	return n
}

// unknownForm looks for the key that tells the forms apart ("type") and holds a
// value that belongs to none of them.
func (e *explainer) unknownForm(list []*node, it *item, t trail) bool {
	for i, key := range it.keys {
		every := newNode()
		every.hasEnum, every.enumSet = true, map[string]struct{}{}
		for _, x := range list {
			v := viewOf(x)
			if v.kinds&kindObject == 0 {
				continue
			}
			n := v.property(key)
			if n == nil || !viewOf(n).hasEnum {
				every = nil
				break
			}
			for _, value := range viewOf(n).enum {
				if c := canonical(value); !has(every.enumSet, c) {
					every.enumSet[c] = struct{}{}
					every.enum = append(every.enum, value)
				}
			}
		}
		if every == nil || len(every.enum) < 2 || e.valueFits(every, it.kids[i]) {
			continue
		}
		expected, near := enumWords(every, it.kids[i])
		e.say(t.key(key), expected, kindWords(it.kids[i].value), near)
		return true
	}
	return false
}

func has(set map[string]struct{}, key string) bool {
	_, ok := set[key]
	return ok
}

const (
	wrongType  = 100_000 // the form is for another type of value
	wrongValue = 1000    // a key has a value that belongs to another form
)

// misfit estimates how far a value is from a form: a wrong type is farthest, then
// a wrong constant, which is what tells forms apart, then keys missing or wrong.
func (e *explainer) misfit(n *node, it *item, depth int) int {
	if e.valid(n, it) {
		return 0
	}
	if n.never || !typeFits(n, it) {
		return wrongType
	}
	if depth > maxInPlace {
		return wrongValue
	}
	cost := 1
	if !e.valueFits(n, it) {
		cost += wrongValue
	}
	cost += 10 * len(missing(n, it))
	for i, key := range it.keys {
		allowed, schemas := e.childSchemas(n, key)
		if !allowed {
			cost += 20
		}
		for _, s := range schemas {
			if e.valid(s, it.kids[i]) {
				continue
			}
			cost++
			if v := viewOf(s); v.hasEnum && len(v.enum) <= 3 {
				cost += wrongValue
			}
		}
	}
	if n.ref != nil {
		cost += e.misfit(n.ref, it, depth+1)
	}
	for _, x := range n.allOf {
		cost += e.misfit(x, it, depth+1)
	}
	for _, list := range [][]*node{n.anyOf, n.oneOf} {
		least := wrongType
		for _, x := range list {
			least = min(least, e.misfit(x, it, depth+1))
		}
		if len(list) > 0 {
			cost += least
		}
	}
	return cost
}
