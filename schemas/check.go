package schemas

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Limits of one set of arguments.
const (
	maxArgumentDepth = 64
	maxArgumentNodes = 200_000
	maxSteps         = 500_000 // of one check; beyond, a value counts as unchecked
	maxRemembered    = 100_000
)

// item is one value of the arguments with its place: results are remembered by
// place, so that a union of unions costs their sum and not their product.
type item struct {
	value any
	kind  kinds
	keys  []string // of an object, sorted
	kids  []*item
	text  string // canonical encoding, made when it is needed
}

func newItem(v any) *item {
	it := &item{value: v, kind: kindOf(v)}
	switch v := v.(type) {
	case map[string]any:
		it.keys = sortedKeys(v)
		it.kids = make([]*item, len(it.keys))
		for i, k := range it.keys {
			it.kids[i] = newItem(v[k])
		}
	case []any:
		it.kids = make([]*item, len(v))
		for i, x := range v {
			it.kids[i] = newItem(x)
		}
	}
	return it
}

func (it *item) child(key string) *item {
	if i, ok := slices.BinarySearch(it.keys, key); ok {
		return it.kids[i]
	}
	return nil
}

func (it *item) canonical() string {
	if it.text == "" {
		it.text = canonical(it.value)
	}
	return it.text
}

type place struct {
	node *node
	item *item
}

// checker checks values against nodes within a budget of steps, and remembers
// what it found: a validator that tries form by form takes eight times as long
// for every level of a nested HubSpot filter (measured: 75 ms for six levels, so
// most of a minute for nine) and cannot be stopped.
type checker struct {
	known     map[place]bool
	steps     int
	exhausted bool // out of steps: nothing that was found is sure
	partial   bool // a pattern was not run
}

// valid says whether the value satisfies the schema.
func (c *checker) valid(n *node, it *item) bool {
	if n == nil || n.open || n.lenient {
		return true
	}
	if n.never {
		return false
	}
	if n.nullable && it.kind == kindNull {
		return true
	}
	if !c.spend(1) {
		return true
	}
	if len(it.kids) == 0 {
		return c.check(n, it)
	}
	key := place{n, it}
	if ok, known := c.known[key]; known {
		return ok
	}
	ok := c.check(n, it)
	if !c.exhausted && len(c.known) < maxRemembered {
		if c.known == nil {
			c.known = map[place]bool{}
		}
		c.known[key] = ok
	}
	return ok
}

// spend takes steps from the budget; false where it is used up.
func (c *checker) spend(steps int) bool {
	if c.steps += steps; c.steps > maxSteps {
		c.exhausted = true
	}
	return !c.exhausted
}

// matches runs a pattern. Its cost grows with the text and the program; one that
// is beyond what is left is taken as met.
func (c *checker) matches(p *pattern, s string) bool {
	cost := 1 + len(s)*p.size/8
	if c.steps+cost > maxSteps {
		c.partial = true
		return true
	}
	return !c.spend(cost) || p.matches(s)
}

func (c *checker) check(n *node, it *item) bool {
	return typeFits(n, it) && c.valueFits(n, it) && c.sizesFit(n, it) &&
		c.inPlaceFits(n, it) && c.partsFit(n, it)
}

func typeFits(n *node, it *item) bool {
	return it.kind != 0 && (n.types == 0 || n.types&it.kind != 0)
}

func (c *checker) valueFits(n *node, it *item) bool {
	if !n.hasEnum {
		return true
	}
	if it.text == "" {
		c.spend(len(it.canonical()) / 16)
	}
	return has(n.enumSet, it.canonical())
}

// sizesFit checks the limits of one value, without looking into it.
func (c *checker) sizesFit(n *node, it *item) bool {
	switch it.kind {
	case kindString:
		s, _ := it.value.(string)
		if n.minLength > 0 || n.maxLength >= 0 {
			c.spend(len(s) / 64)
			length := utf8.RuneCountInString(s)
			if length < n.minLength || n.maxLength >= 0 && length > n.maxLength {
				return false
			}
		}
		return n.pattern == nil || c.matches(n.pattern, s)
	case kindInteger, kindNumber:
		return numberFits(n, it.value)
	case kindArray:
		if len(it.kids) < n.minItems || n.maxItems >= 0 && len(it.kids) > n.maxItems {
			return false
		}
		return !n.unique || !c.repeats(it)
	case kindObject:
		if len(it.keys) < n.minProps || n.maxProps >= 0 && len(it.keys) > n.maxProps {
			return false
		}
		return len(missing(n, it)) == 0
	}
	return true
}

func numberFits(n *node, v any) bool {
	if n.min == nil && n.max == nil && n.above == nil && n.below == nil && n.multipleOf == nil {
		return true
	}
	q := rational(v)
	switch {
	case q == nil:
		return false
	case n.min != nil && q.Cmp(n.min) < 0, n.max != nil && q.Cmp(n.max) > 0:
		return false
	case n.above != nil && q.Cmp(n.above) <= 0, n.below != nil && q.Cmp(n.below) >= 0:
		return false
	}
	return n.multipleOf == nil || q.Quo(q, n.multipleOf).IsInt()
}

func (c *checker) repeats(it *item) bool {
	seen := make(map[string]bool, len(it.kids))
	for _, kid := range it.kids {
		if !c.spend(1 + len(kid.canonical())/16) {
			return false
		}
		if seen[kid.canonical()] {
			return true
		}
		seen[kid.canonical()] = true
	}
	return false
}

// missing lists the required keys that an object does not have.
func missing(n *node, it *item) []string {
	var out []string
	for _, name := range n.required {
		if it.child(name) == nil {
			out = append(out, name)
		}
	}
	for _, d := range n.needs {
		if it.child(d.name) == nil {
			continue
		}
		for _, name := range d.required {
			if it.child(name) == nil {
				out = append(out, name)
			}
		}
	}
	return out
}

func (c *checker) inPlaceFits(n *node, it *item) bool {
	if n.ref != nil && !c.valid(n.ref, it) {
		return false
	}
	for _, x := range n.allOf {
		if !c.valid(x, it) {
			return false
		}
	}
	if len(n.anyOf) > 0 && c.fitting(n.anyOf, it, 1) == 0 {
		return false
	}
	if len(n.oneOf) > 0 && c.fitting(n.oneOf, it, 2) != 1 {
		return false
	}
	if n.not != nil && c.valid(n.not, it) {
		return false
	}
	if n.cond != nil {
		next := n.orElse
		if c.valid(n.cond, it) {
			next = n.then
		}
		if next != nil && !c.valid(next, it) {
			return false
		}
	}
	for _, d := range n.needs {
		if d.node != nil && it.child(d.name) != nil && !c.valid(d.node, it) {
			return false
		}
	}
	return true
}

// fitting counts the schemas that accept the value, up to enough.
func (c *checker) fitting(list []*node, it *item, enough int) int {
	count := 0
	for _, x := range list {
		if c.valid(x, it) {
			if count++; count == enough {
				break
			}
		}
	}
	return count
}

func (c *checker) partsFit(n *node, it *item) bool {
	switch it.kind {
	case kindObject:
		for i, key := range it.keys {
			if n.names != nil && !c.valid(n.names, newItem(key)) {
				return false
			}
			allowed, schemas := c.childSchemas(n, key)
			if !allowed {
				return false
			}
			for _, s := range schemas {
				if !c.valid(s, it.kids[i]) {
					return false
				}
			}
		}
	case kindArray:
		for i, kid := range it.kids {
			if !c.valid(n.itemSchema(i), kid) {
				return false
			}
		}
		if n.contains != nil {
			return c.containsFits(n, it)
		}
	}
	return true
}

func (c *checker) containsFits(n *node, it *item) bool {
	found := 0
	for _, kid := range it.kids {
		if c.valid(n.contains, kid) {
			found++
		}
	}
	return found >= n.minContains && (n.maxContains < 0 || found <= n.maxContains)
}

// childSchemas returns what applies to a key of an object; not allowed where the
// object is closed.
func (c *checker) childSchemas(n *node, key string) (allowed bool, schemas []*node) {
	if s := n.property(key); s != nil {
		schemas = append(schemas, s)
	}
	for _, p := range n.patterns {
		if !c.spend(1) {
			return true, nil
		}
		if c.matches(p.pattern, key) {
			schemas = append(schemas, p.node)
		}
	}
	switch {
	case len(schemas) > 0:
		return true, schemas
	case n.closed:
		return false, nil
	case n.additional != nil:
		return true, []*node{n.additional}
	}
	return true, nil
}

func (n *node) itemSchema(i int) *node {
	if i < len(n.prefix) {
		return n.prefix[i]
	}
	return n.items
}

// measure refuses arguments that are too large to be checked, and Go values that
// JSON does not have.
func measure(v any, depth int, left *int) (problem string) {
	if *left--; *left < 0 {
		return "at most 200,000 values in all"
	}
	if depth > maxArgumentDepth {
		return "values nested at most 64 deep"
	}
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if problem = measure(x, depth+1, left); problem != "" {
				return problem
			}
		}
	case []any:
		for _, x := range v {
			if problem = measure(x, depth+1, left); problem != "" {
				return problem
			}
		}
	case json.Number:
		if !saneNumber(string(v)) {
			return "numbers of at most 64 digits and an exponent of at most 400"
		}
	default:
		if kindOf(v) == 0 {
			return "JSON values only"
		}
	}
	return ""
}
