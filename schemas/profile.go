package schemas

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Profile is a way to write the schema of a tool's arguments.
type Profile string

// The profiles. Portable is what every client accepts. Strict is for clients that
// close open objects and want every property (OpenAI's strict mode, official): all
// properties are required, those that may be left out take null, objects take no
// other keys, and an object without properties of its own is text that holds JSON.
const (
	Portable Profile = "portable"
	Strict   Profile = "strict"
)

// Render writes a portable schema of arguments in the profile. What was written by
// anything but this package may be refused.
func (p Profile) Render(schema json.RawMessage) (json.RawMessage, error) {
	if p != Strict {
		return schema, nil
	}
	v, err := decodeOrdered(schema)
	if err != nil {
		return nil, fmt.Errorf("render a schema as strict: %w", err)
	}
	root, ok := v.(*object)
	if !ok {
		return nil, fmt.Errorf("render a schema as strict: its root is no object")
	}
	w := &strictWriter{}
	w.object(readPortable(root), false)
	return w.buf.Bytes(), nil
}

// portable is a node of a schema in the portable profile.
type portable struct {
	kind, words string
	nullable    bool // as a [writer] marks it
	enum        []string
	names       []string // of the properties, in their order
	members     map[string]*portable
	required    []string
	items       *portable
}

func readPortable(o *object) *portable {
	n := &portable{}
	text := func(key string) string {
		v, _ := o.get(key)
		s, _ := v.(string)
		return s
	}
	n.kind, n.words = text("type"), text("description")
	v, _ := o.get("nullable")
	n.nullable = v == true
	n.enum, n.required = textsIn(o, "enum"), textsIn(o, "required")
	if v, _ := o.get("items"); v != nil {
		if items, ok := v.(*object); ok {
			n.items = readPortable(items)
		}
	}
	v, _ = o.get("properties")
	properties, _ := v.(*object)
	if properties == nil || len(properties.keys) == 0 {
		return n
	}
	n.names, n.members = properties.keys, make(map[string]*portable, len(properties.keys))
	for i, name := range properties.keys {
		if member, ok := properties.vals[i].(*object); ok {
			n.members[name] = readPortable(member)
		}
	}
	return n
}

func textsIn(o *object, key string) []string {
	v, _ := o.get(key)
	list, _ := v.([]any)
	var out []string
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// takesOther says that the node is an object of which no key is known.
func (n *portable) takesOther() bool { return n.kind == "object" && len(n.members) == 0 }

// asJSON is said of an object that a strict client can only write as text.
const asJSON = "A JSON object, as text."

// strictWriter writes portable nodes in the strict profile.
type strictWriter struct{ writer }

func (w *strictWriter) node(n *portable, optional bool) {
	optional = optional || n.nullable
	enum, words := n.enum, n.words
	if slices.Contains(enum, "") { // no enum may hold it, and whoever keeps to one could not write it
		listed := slices.DeleteFunc(slices.Clone(enum), func(s string) bool { return s == "" })
		enum, words = nil, sentence(maxDescription, words, "One of "+oneLine(strings.Join(listed, ", "))+", or empty.")
	}
	switch {
	case n.takesOther():
		w.head("string", optional)
		w.words(sentence(maxDescription, n.words, asJSON))
	case n.kind == "object":
		w.object(n, optional)
		return
	default:
		w.head(n.kind, optional)
		w.words(words)
	}
	if len(enum) > 0 {
		w.buf.WriteString(`,"enum":`)
		w.texts(enum)
		if optional {
			w.buf.Truncate(w.buf.Len() - 1)
			w.buf.WriteString(`,null]`)
		}
	}
	if n.items != nil {
		w.buf.WriteString(`,"items":`)
		w.node(n.items, false)
	}
	w.buf.WriteByte('}')
}

func (w *strictWriter) object(n *portable, optional bool) {
	w.head("object", optional)
	w.words(n.words)
	w.buf.WriteString(`,"properties":{`)
	for i, name := range n.names {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		w.text(name)
		w.buf.WriteByte(':')
		w.node(n.members[name], !slices.Contains(n.required, name))
	}
	w.buf.WriteString(`},"required":`)
	w.texts(n.names)
	w.buf.WriteString(`,"additionalProperties":false}`)
}

func (w *strictWriter) head(kind string, optional bool) {
	if optional {
		w.buf.WriteString(`{"type":["` + kind + `","null"]`)
		return
	}
	w.buf.WriteString(`{"type":"` + kind + `"`)
}

func (w *strictWriter) words(words string) {
	if words != "" {
		w.buf.WriteString(`,"description":`)
		w.text(words)
	}
}
