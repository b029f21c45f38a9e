package schemas

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Limits of the linter. A schema that exceeds one is not refused: the part that
// does is cut to one that accepts everything, and a note says so.
const (
	maxDepth         = 32    // of one schema in another, references not followed
	maxNodes         = 5000  // schemas in one part of an action
	maxEnum          = 2000  // values
	maxVariants      = 256   // of one allOf, anyOf or oneOf, or of a tuple
	maxPatternBytes  = 512   // of one regular expression
	maxProgram       = 2000  // instructions of one regular expression, about
	maxPrograms      = 40000 // of all in one part
	maxExpandedNodes = 20000 // with references followed, a cycle counted once
	maxHints         = 20    // unknown keywords that are told in words
	maxInPlace       = 48    // references and unions that lead to one another at one value
	maxExamples      = 4     // of one schema
	maxExampleBytes  = 300   // of one example
)

// reader turns the JSON of one schema into nodes, breadth first, so that a limit
// cuts what lies deepest.
type reader struct {
	root     any
	seen     map[*object]*node
	anchors  map[string]*object
	queue    []job
	nodes    int
	programs int // instructions of all patterns
	notes    *notes
}

type job struct {
	node  *node
	src   *object
	depth int
}

// readSchema reads, lints and returns the schema in raw. It always returns one:
// what cannot be read is open, and in the notes.
func readSchema(raw json.RawMessage, notes *notes) *node {
	v, err := decodeOrdered(raw)
	if err != nil {
		notes.unchecked("the schema could not be read: " + err.Error())
		return openNode("its schema could not be read")
	}
	r := &reader{root: v, seen: map[*object]*node{}, notes: notes}
	n := r.schema(v, 0)
	for len(r.queue) > 0 {
		j := r.queue[0]
		r.queue = r.queue[1:]
		r.fill(j.node, j.src, j.depth)
	}
	cutCycles(n, notes)
	cutExpansion(n, notes)
	if len(raw) > maxSchemaBytes {
		notes.unchecked(fmt.Sprintf("the schema has %d bytes, more than the %d that are checked", len(raw), maxSchemaBytes))
		n.lenient = true
	}
	return n
}

// schema returns the node of a schema; its keywords are read later.
func (r *reader) schema(v any, depth int) *node {
	switch v := v.(type) {
	case bool:
		n := newNode()
		n.never = !v
		return n
	case *object:
		if n := r.seen[v]; n != nil {
			return n
		}
		if r.nodes >= maxNodes {
			r.notes.unchecked(fmt.Sprintf("more than %d parts: the deepest accept any value", maxNodes))
			return openNode("the schema is too large")
		}
		if depth > maxDepth {
			r.notes.unchecked(fmt.Sprintf("nested more than %d deep: what lies below accepts any value", maxDepth))
			return openNode("the schema is nested too deep")
		}
		r.nodes++
		n := newNode()
		r.seen[v] = n
		r.queue = append(r.queue, job{n, v, depth})
		return n
	}
	r.notes.add("a schema that is no object was read as any value")
	return newNode()
}

func (r *reader) list(v any, depth int) []*node {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil
	}
	if len(list) > maxVariants {
		r.notes.unchecked(fmt.Sprintf("a union of %d forms is not checked, the limit is %d", len(list), maxVariants))
		return nil
	}
	out := make([]*node, len(list))
	for i, x := range list {
		out[i] = r.schema(x, depth+1)
	}
	return out
}

// fill reads the keywords. Those that are malformed or unknown are left out: the
// metadata of real actions has plenty.
func (r *reader) fill(n *node, o *object, depth int) {
	for i, key := range o.keys {
		v := o.vals[i]
		switch key {
		case "$ref", "$dynamicRef", "$recursiveRef":
			r.ref(n, v)
		case "allOf":
			n.allOf = r.list(v, depth)
		case "anyOf":
			n.anyOf = r.list(v, depth)
		case "oneOf":
			n.oneOf = r.list(v, depth)
		case "not":
			n.not = r.schema(v, depth+1)
		case "if":
			n.cond = r.schema(v, depth+1)
		case "then":
			n.then = r.schema(v, depth+1)
		case "else":
			n.orElse = r.schema(v, depth+1)
		case "nullable", "x-nullable":
			n.nullable = v == true
		case "enum", "const":
			r.values(n, key, v)
		case "type":
			r.types(n, v)
		case "description", "format", "default", "deprecated", "allowReserved", "x-allowReserved":
			annotate(n, key, v)
		case "example", "examples", "x-example":
			exemplify(n, key, v)
		default:
			if !r.objectKeyword(n, key, v, depth) && !r.arrayKeyword(n, key, v, depth) {
				r.scalarKeyword(n, o, key, v)
			}
		}
	}
	if n.cond == nil {
		n.then, n.orElse = nil, nil
	}
	r.valuesOfTheType(n)
}

func annotate(n *node, key string, v any) {
	text, _ := v.(string)
	switch key {
	case "description":
		n.description = text
	case "format":
		n.format = text
	case "default":
		n.fallback, n.hasDefault = plain(v), v != nil
	case "deprecated":
		n.deprecated = v == true
	default:
		n.allowReserved = v == true
	}
}

// exemplify keeps the examples that are small enough to be shown.
func exemplify(n *node, key string, v any) {
	list, isList := v.([]any)
	if key != "examples" {
		list = []any{v}
	} else if !isList {
		return
	}
	for _, x := range list[:min(len(list), maxExamples)] {
		if x = plain(x); len(canonical(x)) <= maxExampleBytes {
			n.examples = append(n.examples, x)
		}
	}
}

func (r *reader) objectKeyword(n *node, key string, v any, depth int) bool {
	o, isObject := v.(*object)
	switch key {
	case "properties":
		if isObject {
			r.properties(n, o, depth)
		}
	case "patternProperties":
		if isObject {
			for i, text := range o.keys {
				if p := r.pattern(text); p != nil {
					n.patterns = append(n.patterns, patternProperty{p, r.schema(o.vals[i], depth+1)})
				}
			}
		}
	case "additionalProperties":
		if v == false {
			n.closed = true
		} else {
			n.additional = r.schema(v, depth+1)
		}
	case "propertyNames":
		n.names = r.schema(v, depth+1)
	case "required":
		n.required = texts(v)
	case "minProperties":
		n.minProps = count(v, 0)
	case "maxProperties":
		n.maxProps = count(v, -1)
	case "dependentRequired", "dependentSchemas", "dependencies":
		if isObject {
			for i, name := range o.keys {
				if names := texts(o.vals[i]); names != nil {
					n.needs = append(n.needs, dependency{name: name, required: names})
				} else if _, ok := o.vals[i].([]any); !ok {
					n.needs = append(n.needs, dependency{name: name, node: r.schema(o.vals[i], depth+1)})
				}
			}
		}
	default:
		return false
	}
	return true
}

func (r *reader) properties(n *node, o *object, depth int) {
	n.props = make([]property, len(o.keys))
	if len(o.keys) > 16 {
		n.propIndex = make(map[string]int, len(o.keys))
	}
	for i, name := range o.keys {
		n.props[i] = property{name, r.schema(o.vals[i], depth+1)}
		if n.propIndex != nil {
			n.propIndex[name] = i
		}
	}
}

func (r *reader) arrayKeyword(n *node, key string, v any, depth int) bool {
	switch key {
	case "items", "prefixItems":
		if _, isList := v.([]any); isList {
			n.prefix = r.list(v, depth)
		} else if key == "items" {
			n.items = r.schema(v, depth+1)
		}
	case "additionalItems":
		if n.items == nil {
			n.items = r.schema(v, depth+1)
		}
	case "contains":
		n.contains = r.schema(v, depth+1)
	case "minContains":
		n.minContains = count(v, 1)
	case "maxContains":
		n.maxContains = count(v, -1)
	case "minItems":
		n.minItems = count(v, 0)
	case "maxItems":
		n.maxItems = count(v, -1)
	case "uniqueItems":
		n.unique = v == true
	default:
		return false
	}
	return true
}

func (r *reader) scalarKeyword(n *node, o *object, key string, v any) {
	switch key {
	case "minLength":
		n.minLength = count(v, 0)
	case "maxLength":
		n.maxLength = count(v, -1)
	case "pattern":
		if text, ok := v.(string); ok {
			n.pattern = r.pattern(text)
		}
	case "multipleOf":
		if q := rational(v); q != nil && q.Sign() > 0 {
			n.multipleOf = q
		}
	case "minimum":
		if n.min = rational(v); is(o, "exclusiveMinimum") {
			n.above, n.min = n.min, nil
		}
	case "maximum":
		if n.max = rational(v); is(o, "exclusiveMaximum") {
			n.below, n.max = n.max, nil
		}
	case "exclusiveMinimum":
		if q := rational(v); q != nil {
			n.above = q
		}
	case "exclusiveMaximum":
		if q := rational(v); q != nil {
			n.below = q
		}
	case "unevaluatedProperties", "unevaluatedItems":
		if v != true {
			r.notes.unchecked(key + " is not checked")
		}
	case "discriminator", "xml", "externalDocs", "$defs", "definitions", "components":
	default:
		// A property that was written beside "type" instead of under "properties".
		if sub, ok := v.(*object); ok && len(n.hints) < maxHints && !strings.HasPrefix(key, "x-") && !strings.HasPrefix(key, "$") {
			if _, ok := sub.get("type"); ok {
				n.hints = append(n.hints, key)
				r.notes.add("an unknown keyword that looks like a property is shown in words only")
			}
		}
	}
}

func is(o *object, key string) bool {
	v, _ := o.get(key)
	return v == true
}

func (r *reader) types(n *node, v any) {
	names, ok := v.([]any)
	if !ok {
		names = []any{v}
	}
	for _, x := range names {
		name, _ := x.(string)
		switch k, known := kindNamed(name); {
		case known:
			n.types |= k
		case name == "file":
			n.types |= kindString
		case name == "any":
			n.types |= allKinds
		default:
			r.notes.add("an unknown type was read as any value")
			n.types |= allKinds
		}
	}
	if n.types == allKinds {
		n.types = 0
	}
}

func (r *reader) values(n *node, key string, v any) {
	list := []any{v}
	if key == "enum" {
		var ok bool
		if list, ok = v.([]any); !ok || len(list) == 0 {
			r.notes.add("an enum without values was left out")
			return
		}
	}
	if len(list) > maxEnum {
		r.notes.unchecked(fmt.Sprintf("an enum of %d values is not checked, the limit is %d", len(list), maxEnum))
		return
	}
	values := make([]any, 0, len(list))
	set := make(map[string]struct{}, len(list))
	for _, x := range list {
		x = plain(x)
		c := canonical(x)
		if _, twice := set[c]; twice {
			continue
		}
		if n.hasEnum { // enum and const: both hold
			if _, in := n.enumSet[c]; !in {
				continue
			}
		}
		set[c] = struct{}{}
		values = append(values, x)
	}
	n.enum, n.enumSet, n.hasEnum = values, set, true
}

// texts returns a list of strings, nil where v is none.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	var out []string
	seen := make(map[string]bool, len(list))
	for _, x := range list {
		if s, ok := x.(string); ok && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// count reads a whole number of at most a billion, otherwise what stands for none.
func count(v any, none int) int {
	q := rational(v)
	if q == nil || !q.IsInt() || q.Sign() < 0 || !q.Num().IsInt64() || q.Num().Int64() > 1e9 {
		return none
	}
	return int(q.Num().Int64())
}
