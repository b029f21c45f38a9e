package schemas

import (
	"math/big"
	"sync/atomic"
)

// node is one schema as it was read: every keyword is well formed or gone, every
// $ref is a pointer. What could not be read is open, which accepts everything.
type node struct {
	types    kinds // 0: the schema names none
	nullable bool  // OpenAPI's nullable: null is accepted besides
	never    bool  // the schema false
	open     bool  // cut by the linter: accepts everything
	lenient  bool  // shown as it is, but no value is checked against it
	// synthetic: not read, but made of others by either or both.
	synthetic bool
	why       string

	enum    []any // nil: none; empty values are kept
	hasEnum bool
	enumSet map[string]struct{} // canonical encodings, to find a value at once

	props      []property
	propIndex  map[string]int
	required   []string
	closed     bool  // additionalProperties: false
	additional *node // additionalProperties with a schema; &node{} for true
	patterns   []patternProperty
	names      *node // propertyNames
	minProps   int
	maxProps   int // -1: none
	needs      []dependency

	items       *node
	prefix      []*node
	contains    *node
	minContains int
	maxContains int
	minItems    int
	maxItems    int
	unique      bool

	minLength int
	maxLength int
	pattern   *pattern

	min, max, above, below, multipleOf *big.Rat

	ref                *node
	allOf, anyOf       []*node
	oneOf              []*node
	not                *node
	cond, then, orElse *node

	description   string
	hints         []string // unknown keywords that look like properties
	format        string
	fallback      any // "default"
	hasDefault    bool
	examples      []any // small ones only
	deprecated    bool
	allowReserved bool

	merged atomic.Pointer[view]
}

type property struct {
	name string
	node *node
}

type patternProperty struct {
	pattern *pattern
	node    *node
}

// dependency is an entry of dependentRequired or dependentSchemas.
type dependency struct {
	name     string
	required []string
	node     *node
}

func newNode() *node {
	return &node{maxProps: -1, maxItems: -1, maxLength: -1, maxContains: -1, minContains: 1}
}

func openNode(why string) *node {
	n := newNode()
	n.open, n.why = true, why
	return n
}

// property returns the schema that "properties" has for a name.
func (n *node) property(name string) *node {
	if n.propIndex != nil {
		if i, ok := n.propIndex[name]; ok {
			return n.props[i].node
		}
		return nil
	}
	for i := range n.props {
		if n.props[i].name == name {
			return n.props[i].node
		}
	}
	return nil
}

// inPlace lists the schemas that apply to the same value as n.
func (n *node) inPlace() []*node {
	var out []*node
	for _, x := range []*node{n.ref, n.not, n.cond, n.then, n.orElse} {
		if x != nil {
			out = append(out, x)
		}
	}
	out = append(out, n.allOf...)
	out = append(out, n.anyOf...)
	out = append(out, n.oneOf...)
	for _, d := range n.needs {
		if d.node != nil {
			out = append(out, d.node)
		}
	}
	return out
}

// inside lists the schemas that apply to parts of the value.
func (n *node) inside() []*node {
	out := make([]*node, 0, len(n.props)+4)
	for i := range n.props {
		out = append(out, n.props[i].node)
	}
	for _, p := range n.patterns {
		out = append(out, p.node)
	}
	for _, x := range []*node{n.additional, n.names, n.items, n.contains} {
		if x != nil {
			out = append(out, x)
		}
	}
	return append(out, n.prefix...)
}

// cut turns n into the schema that accepts everything, and says why.
func (n *node) cut(why string) {
	description := n.description
	blank := newNode()
	n.types, n.nullable, n.never, n.enum, n.hasEnum, n.enumSet = 0, false, false, nil, false, nil
	n.props, n.propIndex, n.required, n.closed, n.additional = nil, nil, nil, false, nil
	n.patterns, n.names, n.minProps, n.maxProps, n.needs = nil, nil, 0, blank.maxProps, nil
	n.items, n.prefix, n.contains, n.minContains, n.maxContains = nil, nil, nil, 1, blank.maxContains
	n.minItems, n.maxItems, n.unique = 0, blank.maxItems, false
	n.minLength, n.maxLength, n.pattern = 0, blank.maxLength, nil
	n.min, n.max, n.above, n.below, n.multipleOf = nil, nil, nil, nil, nil
	n.ref, n.allOf, n.anyOf, n.oneOf, n.not = nil, nil, nil, nil, nil
	n.cond, n.then, n.orElse = nil, nil, nil
	n.open, n.why, n.description = true, why, description
}
