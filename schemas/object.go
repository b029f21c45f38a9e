package schemas

import (
	"encoding/json"
	"fmt"
)

// FromObject makes a schema that checks an object against a JSON Schema of
// somebody else's: the fields of a form, for instance. Names are taken as they
// are and none is hidden, so the result is for checking and not for showing to a
// model. What cannot be read of the schema is not checked (see [Schema.Check]);
// one that is no schema of an object is an error.
func FromObject(schema json.RawMessage) (*Schema, error) {
	p := &plan{form: bodyFields, sendEmpty: true}
	p.body = readSchema(schema, &p.notes)
	v := viewOf(p.body)
	if len(v.props) == 0 {
		return nil, fmt.Errorf("the schema describes no object with named fields")
	}
	for _, prop := range v.props {
		p.put(&field{name: prop.name, orig: prop.name, where: inBody, required: v.required[prop.name], node: prop.node})
	}
	b := &shaper{words: wording{own: true}, detail: details()[0], budget: maxNodes}
	above := below(p.body, "", nil)
	for _, f := range p.fields {
		f.shape = b.start(f.node, spot{path: f.name, name: f.name, level: 2, above: above})
	}
	b.run()
	p.index()
	return newSchema(p), nil
}
