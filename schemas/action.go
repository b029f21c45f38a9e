package schemas

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// ActionSchema is one action of Alloy's compiled: a flat object schema for its
// arguments, and the way from arguments to the parts of a call and back. It is
// immutable and safe for concurrent use.
type ActionSchema struct {
	id     string
	plan   *plan
	schema *Schema
}

// Limits of one action. No real action comes near; of a body with more
// properties the rest share one open object.
const (
	maxFields      = 1000
	maxParameters  = 2000 // what is beyond is hidden, with the reason "limit"
	maxActionBytes = 2 << 20
)

// FromAction compiles an action: its parameters and the properties of its body
// become the properties of one object in the portable profile. No parameter is
// left out but those that Alloy supplies (see [Hidden]). A schema that is broken
// or hostile does not fail: what cannot be read is shown as an open object,
// [ActionSchema.Validated] is false and [ActionSchema.Notes] says why. An error
// means that the action has no id and cannot be called.
func FromAction(a alloy.Action, opts ...Option) (*ActionSchema, error) {
	if a.ID == "" {
		return nil, fmt.Errorf("compile action %q: it has no id", clip(visible(a.DisplayName), 60))
	}
	o := &options{}
	for _, opt := range opts {
		opt(o)
	}
	a = withSwaggerBody(a)
	c := &compilation{options: o, plan: &plan{extra: o.extra, words: o.text}}
	c.parameters(a)
	c.placeholders(a)
	c.body(a)
	c.name()
	return &ActionSchema{id: a.ID, plan: c.plan, schema: c.render()}, nil
}

// Schema returns the schema of the arguments.
func (s *ActionSchema) Schema() *Schema { return s.schema }

// ID returns the id of the action.
func (s *ActionSchema) ID() string { return s.id }

// Validated says whether arguments are checked against the whole of the action's
// schema; false where a part was too large, broken or hostile.
func (s *ActionSchema) Validated() bool { return !s.plan.notes.unvalidated }

// Notes says what was left out or changed, in one line each.
func (s *ActionSchema) Notes() []string { return s.plan.notes.all() }

// Hidden lists the parameters that no argument stands for.
func (s *ActionSchema) Hidden() []Hidden { return slices.Clone(s.plan.hidden) }

// HiddenHeaders returns the headers that [Hide] took out of the schema and for
// which the metadata gives a default: the caller sends them.
func (s *ActionSchema) HiddenHeaders() map[string]string {
	out := map[string]string{}
	for _, h := range s.plan.hidden {
		if h.In != inHeader || h.Reason != "option" {
			continue
		}
		if text, ok := headerText(h.Default); ok && text != "" {
			out[h.Name] = text
		}
	}
	return out
}

// compilation is one run of FromAction.
type compilation struct {
	*options
	plan      *plan
	bytesRead int
}

func (c *compilation) hiddenField(name, where, reason string, n *node) {
	c.plan.hidden = append(c.plan.hidden, Hidden{Name: name, In: where, Default: defaultOf(n), Reason: reason})
}

// read reads one schema of the action, within the bytes that all of them may
// have.
func (c *compilation) read(raw json.RawMessage) *node {
	if c.bytesRead += len(raw); c.bytesRead > maxActionBytes {
		c.plan.notes.unchecked(fmt.Sprintf("the schemas have more than %d bytes in all", maxActionBytes))
		return openNode("the schema is too large")
	}
	return readSchema(raw, &c.plan.notes)
}

// parameters reads the declared parameters. One that is listed twice is one.
func (c *compilation) parameters(a alloy.Action) {
	for i, p := range a.Parameters {
		if i >= maxParameters {
			c.plan.notes.unchecked(fmt.Sprintf("more than %d parameters", maxParameters))
			c.hiddenField(p.Name, p.In, "limit", newNode())
			continue
		}
		n := newNode()
		if given(p.Schema) {
			n = c.read(p.Schema)
		}
		if n.description == "" {
			n.description = p.Description
		}
		where := p.In
		switch where {
		case inPath, inQuery, inHeader:
		case "cookie":
			c.hiddenField(p.Name, where, "transport", n)
			c.plan.notes.add("a cookie parameter cannot be sent")
			continue
		default:
			c.plan.notes.add("a parameter of unknown place is sent in the query")
			where = inQuery
		}
		description := p.Description
		if description == "" {
			description = viewOf(n).text
		}
		if reason := hiddenReason(p.Name, where, description, c.options); reason != "" {
			c.hiddenField(p.Name, where, reason, n)
			continue
		}
		if where == inHeader && !headerName(p.Name) && familyOf(p.Name) == nil {
			c.hiddenField(p.Name, where, "transport", n)
			c.plan.notes.add("a header whose name no header can have cannot be sent")
			continue
		}
		required := p.Required || where == inPath && slices.Contains(placeholders(a.Path), p.Name)
		if f := c.plan.at(where, p.Name); f != nil && f.family == nil {
			f.node, f.required = either([]*node{f.node, n}), f.required || required
			continue
		}
		f := &field{orig: p.Name, where: where, required: required, node: n, text: clip(cleanText(p.Description), maxDescription)}
		if f.family = familyOf(p.Name); f.family != nil && where != inPath {
			f.node = newNode()
			f.node.types, f.node.additional = kindObject, n
		} else {
			f.family = nil
		}
		c.plan.put(f)
	}
}

// placeholders adds a parameter for every {name} of the path that has none.
func (c *compilation) placeholders(a alloy.Action) {
	for _, name := range placeholders(a.Path) {
		if slices.ContainsFunc(c.plan.fields, func(f *field) bool { return f.where == inPath && strings.EqualFold(f.orig, name) }) {
			continue
		}
		n := newNode()
		n.types = kindString
		c.plan.put(&field{orig: name, where: inPath, required: true, node: n})
	}
}

// body makes arguments of the body: of its properties where it is an object,
// else of the whole.
func (c *compilation) body(a alloy.Action) {
	if !given(a.RequestBody) {
		return
	}
	n := c.read(a.RequestBody)
	v := viewOf(n)
	c.plan.body = n
	c.plan.sendEmpty = takesBody(a)
	if n.open || v.kinds != kindObject || len(v.props) == 0 && !v.closed {
		c.plan.form = bodyWhole
		c.plan.put(&field{
			orig: inBody, where: inBody, required: c.plan.sendEmpty && v.kinds != kindObject && !n.open, node: n, full: true,
		})
		return
	}
	c.plan.form = bodyFields
	c.bodyFields(v)
	if c.plan.words == "" && len(v.variants) > 1 {
		c.plan.words = formsInWords(v, maxFormWords)
	}
}

func (c *compilation) bodyFields(v *view) {
	hidden := map[string]bool{}
	rest := newNode()
	rest.types, rest.additional, rest.patterns = kindObject, v.others, v.patterns
	for _, p := range v.props {
		switch reason := hiddenReason(p.name, inBody, viewOf(p.node).text, c.options); {
		case reason != "":
			c.hiddenField(p.name, inBody, reason, p.node)
			hidden[p.name] = true
		case len(c.plan.fields) >= maxFields:
			rest.props = append(rest.props, p)
			if v.required[p.name] {
				rest.required = append(rest.required, p.name)
			}
		default:
			c.plan.put(&field{orig: p.name, where: inBody, required: v.required[p.name], node: p.node})
		}
	}
	overflow := len(rest.props) > 0
	if overflow {
		c.plan.notes.add(fmt.Sprintf("more than %d parameters: the rest go into one object", maxFields))
	}
	if v.others != nil || len(v.patterns) > 0 || overflow {
		c.plan.rest = &field{orig: "other_properties", where: inBody, required: len(rest.required) > 0, node: rest, rest: true}
		c.plan.put(c.plan.rest)
	}
	for _, name := range sortedKeys(v.required) {
		if v.property(name) == nil && !hidden[name] {
			c.plan.put(&field{orig: name, where: inBody, required: true, node: requiredNode(v, name)})
		}
	}
	hideBodyProperties(c.plan.body, hidden)
}

// requiredNode is the schema of a key that is required but not described.
func requiredNode(v *view, name string) *node {
	if n := v.child(&checker{}, name); n != nil {
		return n
	}
	return newNode()
}

// name gives the arguments their names and their order: the path, what is
// required, what is optional, optional headers; else as the metadata has it.
func (c *compilation) name() {
	taken := map[string]bool{}
	for p := c.plan.extraPlan(); p != nil; p = p.extraPlan() {
		for _, f := range p.fields {
			taken[f.name] = true
		}
	}
	fields := c.plan.fields
	rank := func(f *field) int {
		switch {
		case f.where == inPath:
			return 0
		case f.required:
			return 1
		case f.rest:
			return 4
		case f.where == inHeader:
			return 3
		}
		return 2
	}
	byPlace := slices.Clone(fields)
	places := []string{inPath, inQuery, inBody, inHeader}
	slices.SortStableFunc(byPlace, func(a, b *field) int {
		return slices.Index(places, a.where) - slices.Index(places, b.where)
	})
	items := make([]named, len(byPlace))
	for i, f := range byPlace {
		items[i] = named{f.orig, f.where}
	}
	for i, name := range assignNames(items, taken) {
		byPlace[i].name = name
	}
	slices.SortStableFunc(fields, func(a, b *field) int { return rank(a) - rank(b) })
	if len(c.order) > 0 {
		at := func(f *field) int {
			if i := slices.Index(c.order, f.name); i >= 0 {
				return i
			}
			return len(c.order)
		}
		slices.SortStableFunc(fields, func(a, b *field) int { return at(a) - at(b) })
	}
}

// maxShownBytes bounds a schema where the caller does not.
const maxShownBytes = 32 << 10

// render lays the schema out in the richest form that fits.
func (c *compilation) render() *Schema {
	limit := c.bytes
	if limit <= 0 {
		limit = maxShownBytes
	}
	var s *Schema
	for _, d := range details() {
		c.shapes(d)
		if s = newSchema(c.plan); len(s.bytes) <= limit {
			break
		}
	}
	c.plan.index()
	return s
}

// shapes lays out what is shown.
func (c *compilation) shapes(d detail) {
	b := newShaper(c.plan, wording{replace: c.words, upstream: !c.silent}, d)
	for i, shape := range c.plan.shapes(b) {
		c.plan.fields[i].shape = shape
	}
}

// newShaper is a shaper for all the arguments of a plan.
func newShaper(p *plan, words wording, d detail) *shaper {
	return &shaper{words: words, detail: d, budget: max(d.properties-len(p.fields), d.nested)}
}

// shapes returns the shape of every argument.
func (p *plan) shapes(b *shaper) []*shape {
	var above *lineage
	if p.form == bodyFields {
		above = below(p.body, "", nil)
	}
	shapes := make([]*shape, len(p.fields))
	for i, f := range p.fields {
		at := spot{path: f.name, name: f.name, text: f.text, level: 2}
		if f.where == inBody {
			at.above = above
		} else {
			at.textual = true
		}
		shapes[i] = b.start(f.node, at)
		if f.rest {
			b.addWords(shapes[i], f.name, "Further keys of the body.")
		}
		if f.family != nil {
			b.addWords(shapes[i], f.name, "Each key stands for "+clip(oneLine(f.family.slot), 60)+" in "+clip(oneLine(f.orig), 120)+".")
		}
	}
	b.run()
	for i, f := range p.fields {
		if shapes[i].words == "" {
			shapes[i].words = clip(fallbackWords(f), b.detail.words)
		}
	}
	return shapes
}

func fallbackWords(f *field) string {
	switch {
	case f.full:
		return "The body of the request."
	case f.where == inPath:
		return humanised(oneLine(f.orig)) + ", a part of the path."
	}
	return humanised(oneLine(f.orig)) + "."
}

// given says whether a schema is there at all.
func given(m json.RawMessage) bool { return len(m) > 0 && string(m) != "null" }
