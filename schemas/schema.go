package schemas

import (
	"bytes"
	"encoding/json"
)

// Schema is an object schema in the portable profile: what a client shows to a
// model as the input of a tool. Its bytes are the same from run to run. A Schema
// is immutable and safe for concurrent use.
type Schema struct {
	plan  *plan
	bytes json.RawMessage
}

// JSON returns the schema. The caller must not change the bytes.
func (s *Schema) JSON() json.RawMessage { return s.bytes }

// MarshalJSON returns what JSON returns.
func (s *Schema) MarshalJSON() ([]byte, error) { return s.bytes, nil }

// Properties returns the names of the arguments, in the order of the schema.
func (s *Schema) Properties() []string {
	out := make([]string, 0, len(s.plan.fields))
	for _, f := range s.plan.fields {
		out = append(out, f.name)
	}
	if s.plan.extra != nil {
		out = append(out, s.plan.extra.Properties()...)
	}
	return out
}

// newSchema renders the plan.
func newSchema(p *plan) *Schema {
	s := &Schema{plan: p}
	w := &writer{}
	w.root(p)
	s.bytes = json.RawMessage(w.buf.Bytes())
	return s
}

// writer writes shapes as JSON, the keys always in the same order.
type writer struct {
	buf bytes.Buffer
	// marked: what the portable profile tells in words only is written besides, for
	// the profile that can say more: "nullable", and empty text in an enum.
	marked bool
}

func (w *writer) root(p *plan) {
	var members []member
	for at := p; at != nil; at = at.extraPlan() {
		for _, f := range at.fields {
			members = append(members, member{name: f.name, required: f.required, shape: f.shape})
		}
	}
	w.object(p.words, members)
}

// object writes the root: it has properties even where there are none.
func (w *writer) object(words string, members []member) {
	w.buf.WriteString(`{"type":"object"`)
	if words != "" {
		w.buf.WriteString(`,"description":`)
		w.text(words)
	}
	w.buf.WriteString(`,"properties":{`)
	w.members(members)
	w.buf.WriteByte('}')
}

// members writes properties, from behind their brace, and which are required.
func (w *writer) members(list []member) {
	var required []string
	for i, m := range list {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		w.text(m.name)
		w.buf.WriteByte(':')
		w.shape(m.shape)
		if m.required {
			required = append(required, m.name)
		}
	}
	w.buf.WriteByte('}')
	w.required(required)
}

func (w *writer) shape(s *shape) {
	if s.raw != nil {
		w.buf.Write(s.raw)
		return
	}
	w.buf.WriteString(`{"type":"` + s.kind + `"`)
	if s.words != "" {
		w.buf.WriteString(`,"description":`)
		w.text(s.words)
	}
	if w.marked && s.nullable {
		w.buf.WriteString(`,"nullable":true`)
	}
	if len(s.enum) > 0 {
		enum := s.enum
		if w.marked && s.empty {
			enum = append([]string{""}, enum...)
		}
		w.buf.WriteString(`,"enum":`)
		w.texts(enum)
	}
	if s.kind == "array" {
		w.buf.WriteString(`,"items":`)
		w.shape(s.items)
	}
	if len(s.members) > 0 {
		w.buf.WriteString(`,"properties":{`)
		w.members(s.members)
	}
	w.buf.WriteByte('}')
}

func (w *writer) required(names []string) {
	if len(names) > 0 {
		w.buf.WriteString(`,"required":`)
		w.texts(names)
	}
}

func (w *writer) texts(list []string) {
	w.buf.WriteByte('[')
	for i, s := range list {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		w.text(s)
	}
	w.buf.WriteByte(']')
}

// text writes a JSON string; < and > stay readable.
func (w *writer) text(s string) {
	enc := json.NewEncoder(&w.buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		w.buf.WriteString(`""`)
		return
	}
	w.buf.Truncate(w.buf.Len() - 1) // Encode ends the line
}
