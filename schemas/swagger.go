package schemas

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// withSwaggerBody turns parameters of OpenAPI 2 that stand for the body ("body",
// "formData") into a body, where the action has none. Alloy documents only path,
// query and header; that others occur is a guess.
func withSwaggerBody(a alloy.Action) alloy.Action {
	if given(a.RequestBody) {
		return a
	}
	var form, rest []alloy.Parameter
	for _, p := range a.Parameters {
		switch {
		case strings.EqualFold(p.In, inBody) && given(p.Schema) && !given(a.RequestBody):
			a.RequestBody = p.Schema
		case strings.EqualFold(p.In, "formData"):
			form = append(form, p)
		default:
			rest = append(rest, p)
		}
	}
	if len(rest) == len(a.Parameters) {
		return a
	}
	if len(form) > 0 && !given(a.RequestBody) {
		a.RequestBody = formBody(form)
	} else {
		rest = slices.Concat(rest, form)
	}
	a.Parameters = rest
	return a
}

// formBody writes the fields of a form as one object.
func formBody(form []alloy.Parameter) json.RawMessage {
	w := &writer{}
	w.buf.WriteString(`{"type":"object","properties":{`)
	var required []string
	for i, p := range form {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		w.text(p.Name)
		w.buf.WriteByte(':')
		schema := bytes.TrimSpace(p.Schema)
		if !json.Valid(schema) || schema[0] != '{' {
			schema = []byte(`{}`)
		}
		w.buf.WriteString(`{"description":`)
		w.text(p.Description)
		w.buf.WriteString(`,"allOf":[`)
		w.buf.Write(schema)
		w.buf.WriteString(`]}`)
		if p.Required {
			required = append(required, p.Name)
		}
	}
	w.buf.WriteByte('}')
	w.required(required)
	w.buf.WriteByte('}')
	return json.RawMessage(w.buf.Bytes())
}
