package schemas

import (
	"encoding/json"
	"slices"
)

// detail is how much of a schema is spelled out. Nothing is ever dropped: an
// object that does not fit is shown as an open one whose keys are told in words,
// and in the end without them.
type detail struct {
	levels     int // objects and arrays in one another, the root included
	properties int // of the whole schema
	nested     int // properties below the root, however many it has
	words      int // bytes of one description
	forms      int // bytes of one object told in words
	enum       int // bytes of the values of one enum
}

// details lists the layouts, the richest first: five levels and a hundred
// properties is what the strictest vendor takes.
func details() []detail {
	return []detail{
		{levels: 5, properties: 100, nested: 20, words: maxDescription, forms: 320, enum: 4000},
		{levels: 5, properties: 100, nested: 20, words: 400, forms: 240, enum: 1500},
		{levels: 4, properties: 60, nested: 10, words: 200, forms: 160, enum: 800},
		{levels: 3, properties: 40, nested: 5, words: 120, forms: 120, enum: 400},
		{levels: 2, properties: 0, nested: 0, words: 90, forms: 90, enum: 300},
		{levels: 2, properties: 0, nested: 0, words: 60, forms: 50, enum: 150},
		{levels: 2, properties: 0, nested: 0, words: 24, forms: 24, enum: 60},
	}
}

// shape is a schema in the portable profile: exactly one type, no union, no
// reference, names that every vendor accepts.
type shape struct {
	raw     json.RawMessage // written in place of all else where it is given
	kind    string
	words   string
	enum    []string
	members []member
	items   *shape
	// openText: a string that also stands for other values; text that is a JSON
	// object, array or string is decoded.
	openText bool
	nullable bool           // null is a value besides
	empty    bool           // empty text is a value besides those of the enum
	byName   map[string]int // members by shown name
	byOrig   map[string]int
}

type member struct {
	name     string // as shown
	orig     string // as on the wire
	required bool
	shape    *shape
}

func (s *shape) member(name string) *member {
	if s == nil {
		return nil
	}
	if i, ok := s.byName[name]; ok {
		return &s.members[i]
	}
	return nil
}

func (s *shape) original(orig string) *member {
	if s == nil {
		return nil
	}
	if i, ok := s.byOrig[orig]; ok {
		return &s.members[i]
	}
	return nil
}

// shaper makes shapes breadth first, so that what is near the root is spelled
// out before what is deep.
type shaper struct {
	words   wording
	detail  detail
	budget  int
	pending []pending
	deeper  []string // paths of what is told in words only, the outermost first
}

// maxDeeper bounds how many paths are noted.
const maxDeeper = 256

func (b *shaper) goesDeeper(path string) {
	if path != "" && len(b.deeper) < maxDeeper {
		b.deeper = append(b.deeper, path)
	}
}

// wording decides whose words a schema carries.
type wording struct {
	replace  map[string]string // by path of shown names, "filter.value", items as "[]"
	upstream bool              // words from upstream where none replace them
	own      bool              // the descriptions are ours and complete
	direct   bool              // nothing is written as JSON text
}

type pending struct {
	shape *shape
	view  *view
	spot  spot
}

// spot is where a schema stands.
type spot struct {
	path  string // of shown names, "children[].type"
	name  string
	text  string // a description from outside the schema
	level int
	above *lineage
	// textual: in the path, the query or a header, where all is text in the end.
	textual bool
}

// inner is the spot of a part.
func (s spot) inner(path, name string) spot {
	return spot{path: path, name: name, level: s.level + 1, above: s.above, textual: s.textual}
}

// lineage is what a schema lies in, to see recursion.
type lineage struct {
	nodes map[*node]bool
	name  string
	above *lineage
}

func (l *lineage) find(n *node) (string, bool) {
	for _, id := range identities(n) {
		for at := l; at != nil; at = at.above {
			if at.nodes[id] {
				return at.name, true
			}
		}
	}
	return "", false
}

// identities lists the nodes that stand for the same thing as n: what it refers
// to, directly or as the only item of an allOf.
func identities(n *node) []*node {
	var out []*node
	for n != nil && !slices.Contains(out, n) {
		if !n.synthetic {
			out = append(out, n)
		}
		switch {
		case n.ref != nil:
			n = n.ref
		case len(n.allOf) == 1:
			n = n.allOf[0]
		case n.synthetic && len(n.anyOf) > 0:
			for _, x := range n.anyOf {
				out = append(out, identities(x)...)
			}
			return out
		default:
			return out
		}
	}
	return out
}

func below(n *node, name string, above *lineage) *lineage {
	l := &lineage{nodes: map[*node]bool{}, name: name, above: above}
	var add func(n *node)
	add = func(n *node) {
		for _, id := range identities(n) {
			if l.nodes[id] {
				continue
			}
			l.nodes[id] = true
			for _, x := range append(id.anyOf, id.oneOf...) {
				add(x)
			}
		}
	}
	add(n)
	return l
}

// start makes the shape of a node; what it contains follows in run.
func (b *shaper) start(n *node, at spot) *shape {
	v := viewOf(n)
	s := &shape{}
	b.describe(s, n, v, at)
	if s.kind != "object" && s.kind != "array" {
		return s
	}
	if seen, again := at.above.find(n); again && s.kind == "object" {
		b.goesDeeper(at.path)
		b.addWords(s, at.path, sameForm(seen))
		return s
	}
	at.above = below(n, at.name, at.above)
	b.pending = append(b.pending, pending{s, v, at})
	return s
}

func sameForm(name string) string {
	if name == "" {
		return "The same form again as the whole."
	}
	return "The same form again as " + name + "."
}

// run spells out what start has put off.
func (b *shaper) run() {
	for len(b.pending) > 0 {
		p := b.pending[0]
		b.pending = b.pending[1:]
		if p.shape.kind == "array" {
			b.array(p)
		} else {
			b.object(p)
		}
	}
}

func (b *shaper) array(p pending) {
	at := p.spot.inner(p.spot.path+"[]", p.spot.name)
	item := p.view.item
	if item == nil {
		item = newNode()
	}
	if p.spot.level < b.detail.levels {
		p.shape.items = b.start(item, at)
		return
	}
	p.shape.items = b.leaf(item, at)
}

// leaf makes the shape of an item at the depth limit: a type and words only.
func (b *shaper) leaf(n *node, at spot) *shape {
	v := viewOf(n)
	s := &shape{}
	b.describe(s, n, v, at)
	switch s.kind {
	case "object":
		if len(v.props) > 0 {
			b.goesDeeper(at.path)
		}
		b.addWords(s, at.path, formsInWords(v, b.detail.forms), othersInWords(v, s.words == ""))
	case "array": // a list in a list, as JSON text where it goes on
		s.items = &shape{kind: "string", words: "Any JSON value.", openText: true}
		if x := viewOf(v.item); v.item != nil && x.kinds&(kindArray|kindObject) != 0 {
			b.goesDeeper(at.path + "[]")
		} else if v.item != nil {
			b.describe(s.items, v.item, x, at.inner(at.path+"[]", at.name))
		}
	}
	return s
}

func (b *shaper) object(p pending) {
	v, path := p.view, p.spot.path
	if len(v.props) == 0 || p.spot.level > b.detail.levels || len(v.props) > b.budget {
		if len(v.props) > 0 {
			b.goesDeeper(path)
		}
		b.addWords(p.shape, path, formsInWords(v, b.detail.forms), othersInWords(v, p.shape.words == ""))
		return
	}
	b.budget -= len(v.props)
	names := v.naming().names
	p.shape.members = make([]member, len(v.props))
	p.shape.byName = make(map[string]int, len(names))
	p.shape.byOrig = make(map[string]int, len(names))
	for i, prop := range v.props {
		inner := names[i]
		if path != "" {
			inner = path + "." + names[i]
		}
		p.shape.members[i] = member{
			name: names[i], orig: prop.name, required: v.required[prop.name],
			shape: b.start(prop.node, p.spot.inner(inner, names[i])),
		}
		p.shape.byName[names[i]] = i
		p.shape.byOrig[prop.name] = i
	}
	if len(v.variants) > 1 {
		b.addWords(p.shape, path, formsInWords(v, b.detail.forms))
	}
	b.addWords(p.shape, path, othersInWords(v, false))
}

// describe sets type, enum and words.
func (b *shaper) describe(s *shape, n *node, v *view, at spot) {
	var note string
	s.kind, note, s.openText = shownKind(v)
	switch {
	case n.open && !b.words.own:
		s.kind, s.openText = "object", false
		note = "Any value: " + n.why + "."
	case at.textual && v.untyped():
		note, s.openText = "", false
	case b.words.direct && s.openText:
		note, s.openText = "Type "+v.kinds.String()+".", false
		s.kind = directKind(v)
	}
	if s.openText && v.kinds&kindObject != 0 && len(v.props) > 0 {
		b.goesDeeper(at.path)
	}
	inline, enumWords := enumOf(v, s.kind, b.words.upstream, b.detail.enum)
	s.enum = inline
	s.nullable = v.nullable && (!at.textual || !v.untyped())
	s.empty = len(inline) > 0 && len(inline) < len(v.enum)
	if len(inline) == 0 && len(v.enum) > maxInWords {
		b.goesDeeper(at.path)
	}
	if ours, ok := b.words.replace[at.path]; ok {
		s.words = clip(ours, maxDescription)
		return
	}
	text := ""
	if b.words.upstream || b.words.own {
		if text = at.text; text == "" {
			text = v.description()
		}
	}
	if b.words.own && text != "" {
		s.words = clip(text, b.detail.words)
		return
	}
	facts := []string{note, enumWords}
	if s.openText && !v.untyped() {
		if b.words.upstream {
			facts = append(facts, v.alternatives()...)
		}
		facts = append(facts, formsInWords(v, b.detail.forms))
	}
	facts = append(facts, limitsInWords(v, b.words.upstream || b.words.own)...)
	s.words = sentence(b.detail.words, text, facts...)
}

// addWords adds to a description that is not replaced.
func (b *shaper) addWords(s *shape, path string, more ...string) {
	if _, ours := b.words.replace[path]; ours || b.words.own && s.words != "" {
		return
	}
	s.words = sentence(b.detail.words, s.words, more...)
}

// directKind is the type that tells most of a value of several types.
func directKind(v *view) string {
	switch {
	case v.kinds&kindObject != 0 && len(v.props) > 0:
		return "object"
	case v.kinds&kindArray != 0 && v.item != nil:
		return "array"
	}
	return "string"
}

// shownKind chooses the one type that is shown. A schema without a type, or with
// several, is shown as text: that can say everything.
func shownKind(v *view) (kind, note string, openText bool) {
	k := v.kinds
	if k&kindNumber != 0 {
		k &^= kindInteger
	}
	switch k {
	case 0:
		if v.nullable {
			return "string", "Only null.", false
		}
		return "string", "No value is allowed.", false
	case kindString, kindNumber, kindInteger, kindBoolean, kindObject, kindArray:
		return k.String(), "", false
	}
	if v.untyped() {
		return "string", "Any JSON value; objects and lists as they are or as JSON text.", true
	}
	containers := k & (kindObject | kindArray)
	if containers == 0 {
		return "string", "Type " + k.String() + ".", false
	}
	note = upperFirst(typeWords(containers)) + " as it is or as JSON text."
	if scalars := k &^ containers; scalars != 0 {
		note = upperFirst(typeWords(scalars)) + ", or " + lowerFirst(note) + "."
	}
	return "string", note, true
}
