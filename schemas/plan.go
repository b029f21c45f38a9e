package schemas

import "strings"

// Places of a parameter in a call, as Alloy's metadata names them, and the body.
const (
	inPath   = "path"
	inQuery  = "query"
	inHeader = "header"
	inBody   = "body"
)

// bodyForm says how the body of a call is made of arguments.
type bodyForm uint8

const (
	bodyNone   bodyForm = iota
	bodyFields          // an object: its properties are arguments
	bodyWhole           // one argument is the body
)

// plan is how arguments become the parts of a call and back.
type plan struct {
	fields  []*field
	byName  map[string]*field
	byPlace map[[2]string]*field // by place and original name
	byOrig  map[string]*field    // where no two share the original name
	words   string               // description of the whole, mostly empty

	form      bodyForm
	body      *node
	bodyShape *shape // the arguments of the body as members of one object
	rest      *field // takes the keys of an open body that have no argument
	sendEmpty bool   // a body without keys is sent as {}
	hidden    []Hidden

	extra *Schema // arguments of ours, not part of the call
	notes notes
}

// field is one argument.
type field struct {
	name     string
	orig     string
	where    string
	required bool
	node     *node
	shape    *shape
	// text is the description of a parameter; a property of the body has it in
	// its schema.
	text string
	rest bool
	full bool // the whole body
	// family: the name is a pattern such as objectProperty.{propname}; the
	// argument is an object, each key of it a parameter.
	family *family
}

// family is the parameters whose names are made by one pattern.
type family struct{ before, slot, after string }

// familyOf reads a name with one {slot} behind a fixed beginning.
func familyOf(name string) *family {
	before, rest, ok := strings.Cut(name, "{")
	slot, after, closed := strings.Cut(rest, "}")
	if !ok || !closed || before == "" || slot == "" || strings.ContainsAny(after, "{}") {
		return nil
	}
	return &family{before, slot, after}
}

func (f *family) name(key string) string { return f.before + key + f.after }

// key is the inverse of name.
func (f *family) key(name string) (string, bool) {
	if len(name) <= len(f.before)+len(f.after) || !strings.HasPrefix(name, f.before) || !strings.HasSuffix(name, f.after) {
		return "", false
	}
	return name[len(f.before) : len(name)-len(f.after)], true
}

// familyWith finds the family that a parameter belongs to.
func (p *plan) familyWith(where, orig string) (*field, string) {
	for _, f := range p.fields {
		if f.family != nil && f.where == where {
			if key, ok := f.family.key(orig); ok {
				return f, key
			}
		}
	}
	return nil, ""
}

func (p *plan) extraPlan() *plan {
	if p.extra == nil {
		return nil
	}
	return p.extra.plan
}

// index fills the look-ups once the names are settled.
func (p *plan) index() {
	p.byName = make(map[string]*field, len(p.fields))
	p.byOrig = make(map[string]*field, len(p.fields))
	twice := map[string]bool{}
	for _, f := range p.fields {
		p.byName[f.name] = f
		if _, dup := p.byOrig[f.orig]; dup {
			twice[f.orig] = true
		}
		p.byOrig[f.orig] = f
	}
	for name := range twice {
		delete(p.byOrig, name)
	}
	p.bodyShape = &shape{kind: "object", byName: map[string]int{}, byOrig: map[string]int{}}
	for _, f := range p.fields {
		if f.where == inBody && !f.full && !f.rest {
			i := len(p.bodyShape.members)
			p.bodyShape.byName[f.name], p.bodyShape.byOrig[f.orig] = i, i
			p.bodyShape.members = append(p.bodyShape.members, member{name: f.name, orig: f.orig, required: f.required, shape: f.shape})
		}
	}
}

// at returns the field for a name on the wire.
func (p *plan) at(where, orig string) *field { return p.byPlace[[2]string{where, orig}] }

// bodyProperty returns the argument for a key of the body.
func (p *plan) bodyProperty(key string) *field { return p.at(inBody, key) }

// put adds a field that a name on the wire leads to.
func (p *plan) put(f *field) {
	p.fields = append(p.fields, f)
	if p.byPlace == nil {
		p.byPlace = map[[2]string]*field{}
	}
	if !f.rest && !f.full {
		p.byPlace[[2]string{f.where, f.orig}] = f
	}
}
