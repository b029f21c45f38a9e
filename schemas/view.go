package schemas

import (
	"slices"
	"strings"
	"sync"
)

// view is what a schema comes to at one value, its references, allOf, anyOf and
// oneOf merged: what may be shown as one object, and what arguments may be
// turned into. It is wider than the schema where a union is merged; checking
// uses the schema itself.
type view struct {
	kinds    kinds // never kindNull alone with others: null is nullable
	nullable bool
	props    []property
	index    map[string]int
	required map[string]bool
	closed   bool  // no other keys
	others   *node // schema of other keys; nil: nothing is said of them
	patterns []patternProperty
	item     *node
	enum     []any
	hasEnum  bool
	variants []*node  // of the outermost union of objects, to be told in words
	texts    []string // descriptions of the other forms of that union
	facts    []*node  // nodes whose limits hold for every value
	text     string   // first description met
	once     sync.Once
	named    naming
	cleaned  sync.Once
	clean    string
}

// untyped says that the schema does not tell any type.
func (v *view) untyped() bool { return v.kinds == allKinds&^kindNull }

// hints returns the unknown keywords that look like properties.
func (v *view) hints() []string {
	var out []string
	for _, n := range v.facts {
		out = append(out, n.hints...)
	}
	return out
}

// alternatives returns the descriptions of forms that are no objects.
func (v *view) alternatives() []string {
	var out []string
	for _, text := range v.texts {
		if text = clip(cleanText(text), 120); text != "" {
			out = append(out, strings.TrimRight(text, ".")+".")
		}
	}
	return out
}

func (v *view) property(name string) *node {
	if i, ok := v.index[name]; ok {
		return v.props[i].node
	}
	return nil
}

// child returns the schema for a key of an object, nil where nothing is said of
// it.
func (v *view) child(c *checker, name string) *node {
	if n := v.property(name); n != nil {
		return n
	}
	var found []*node
	for _, p := range v.patterns {
		if !c.spend(1) {
			return nil
		}
		if c.matches(p.pattern, name) {
			found = append(found, p.node)
		}
	}
	if len(found) > 0 {
		return both(found)
	}
	return v.others
}

// description is the text of the schema, fit to be read, made once.
func (v *view) description() string {
	v.cleaned.Do(func() { v.clean = clip(cleanText(v.text), maxDescription) })
	return v.clean
}

// naming is how the properties of an object are called where they are shown.
type naming struct {
	names []string          // in the order of the properties
	orig  map[string]string // by shown name, only where it differs
}

// naming returns the names of the properties, made once.
func (v *view) naming() *naming {
	v.once.Do(func() {
		items := make([]named, len(v.props))
		for i, p := range v.props {
			items[i].orig = p.name
		}
		v.named.names = assignNames(items, nil)
		for i, name := range v.named.names {
			if name != v.props[i].name {
				if v.named.orig == nil {
					v.named.orig = map[string]string{}
				}
				v.named.orig[name] = v.props[i].name
			}
		}
	})
	return &v.named
}

func (v *view) setProperty(name string, n *node) {
	if v.index == nil {
		v.index = map[string]int{}
	}
	if i, ok := v.index[name]; ok {
		v.props[i].node = n
		return
	}
	v.index[name] = len(v.props)
	v.props = append(v.props, property{name, n})
}

// viewOf returns the view of a node, made once. Two goroutines may make it
// twice; both are equal.
func viewOf(n *node) *view {
	if n == nil {
		return &view{kinds: allKinds &^ kindNull, nullable: true}
	}
	if v := n.merged.Load(); v != nil {
		return v
	}
	v := ownView(n)
	if n.ref != nil {
		v.meet(viewOf(n.ref))
	}
	for _, x := range n.allOf {
		v.meet(viewOf(x))
	}
	for _, union := range [][]*node{n.anyOf, n.oneOf} {
		if len(union) > 0 {
			v.meet(join(union))
		}
	}
	if n.nullable {
		v.nullable = true
	}
	n.merged.Store(v)
	return v
}

func ownView(n *node) *view {
	v := &view{nullable: n.types == 0 || n.types&kindNull != 0, text: n.description}
	v.kinds = n.types &^ kindNull
	v.facts = []*node{n}
	if n.types == 0 {
		v.kinds = impliedKinds(n)
		v.nullable = v.untyped()
	}
	for _, p := range n.props {
		v.setProperty(p.name, p.node)
	}
	if len(n.required) > 0 {
		v.required = make(map[string]bool, len(n.required))
		for _, name := range n.required {
			v.required[name] = true
		}
	}
	v.closed, v.others, v.patterns = n.closed, n.additional, slices.Clip(n.patterns)
	v.item = n.items
	if len(n.prefix) > 0 {
		v.item = either(append(slices.Clone(n.prefix), nonNil(n.items)...))
	}
	if n.hasEnum {
		v.hasEnum, v.nullable = true, false
		for _, x := range n.enum {
			switch {
			case n.types != 0 && n.types&kindOf(x) == 0:
			case x == nil:
				v.nullable = true
			default:
				v.enum = append(v.enum, x)
			}
		}
		v.ofItsKinds()
	}
	return v
}

// ofItsKinds leaves of an enum what the types allow, and no type where that is
// nothing.
func (v *view) ofItsKinds() {
	fits := func(x any) bool { return v.kinds&kindOf(x) != 0 }
	if i := slices.IndexFunc(v.enum, func(x any) bool { return !fits(x) }); i >= 0 {
		kept := slices.Clone(v.enum[:i]) // another view may share the list
		for _, x := range v.enum[i:] {
			if fits(x) {
				kept = append(kept, x)
			}
		}
		v.enum = kept
	}
	if len(v.enum) == 0 {
		v.kinds = 0
	}
}

func nonNil(n *node) []*node {
	if n == nil {
		return nil
	}
	return []*node{n}
}

// impliedKinds tells what a schema without a type is about. An enum tells for
// sure; properties, required keys and items tell what its author meant.
func impliedKinds(n *node) kinds {
	switch {
	case n.hasEnum:
		var k kinds
		for _, x := range n.enum {
			k |= kindOf(x)
		}
		return k &^ kindNull
	case len(n.props) > 0 || n.additional != nil || n.closed || len(n.patterns) > 0 || len(n.required) > 0:
		return kindObject
	case n.items != nil || len(n.prefix) > 0:
		return kindArray
	}
	return allKinds &^ kindNull
}

// meet narrows a, which nobody else holds yet, to the values that b accepts too.
func (v *view) meet(b *view) {
	v.kinds &= b.kinds
	v.nullable = v.nullable && b.nullable
	v.closed = v.closed || b.closed
	v.others = bothOf(v.others, b.others)
	v.patterns = append(v.patterns, b.patterns...)
	v.item = bothOf(v.item, b.item)
	v.facts = append(v.facts, b.facts...)
	v.texts = append(v.texts, b.texts...)
	if v.text == "" {
		v.text = b.text
	}
	if len(v.variants) == 0 {
		v.variants = b.variants
	}
	for _, p := range b.props {
		v.setProperty(p.name, bothOf(v.property(p.name), p.node))
	}
	for name := range b.required {
		if v.required == nil {
			v.required = map[string]bool{}
		}
		v.required[name] = true
	}
	switch {
	case v.hasEnum && b.hasEnum:
		v.enum = commonValues(v.enum, b.enum)
	case b.hasEnum:
		v.hasEnum, v.enum = true, b.enum
	}
	if v.hasEnum {
		v.ofItsKinds()
	}
}

// join is the view of a value that one of the list must accept.
func join(list []*node) *view {
	if len(list) == 1 {
		return viewOf(list[0])
	}
	v := &view{hasEnum: true, closed: true}
	found := map[string][]*node{}
	var order []string
	var others, items []*node
	objects, opened := 0, false
	for _, n := range list {
		x := viewOf(n)
		v.nullable = v.nullable || x.nullable
		if x.kinds == 0 {
			continue // null alone
		}
		v.kinds |= x.kinds
		v.hasEnum = v.hasEnum && x.hasEnum
		v.enum = append(v.enum, x.enum...)
		items = append(items, nonNil(x.item)...)
		if x.kinds&kindObject == 0 {
			if x.text != "" && len(v.texts) < 3 {
				v.texts = append(v.texts, x.text)
			}
			continue
		}
		objects++
		if objects == 1 {
			v.required = x.required
		} else {
			v.required = intersection(v.required, x.required)
		}
		v.closed = v.closed && x.closed
		opened = opened || x.others == nil && !x.closed
		others = append(others, nonNil(x.others)...)
		v.patterns = append(v.patterns, x.patterns...)
		v.variants = append(v.variants, n)
		for _, p := range x.props {
			if found[p.name] == nil {
				order = append(order, p.name)
			}
			found[p.name] = append(found[p.name], p.node)
		}
	}
	for _, name := range order {
		v.setProperty(name, either(found[name]))
	}
	if len(items) > 0 {
		v.item = either(items)
	}
	if len(others) > 0 && !opened {
		v.others = either(others)
	}
	if !v.hasEnum {
		v.enum = nil
	} else {
		v.enum = distinct(v.enum)
	}
	if objects < 2 {
		v.variants = nil
	}
	v.closed = v.closed && objects > 0
	return v
}
