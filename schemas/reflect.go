package schemas

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"
)

// Reflect makes the schema of a tool's arguments from the struct type T, in the
// portable profile. Names come from the json tags, a field without omitempty or
// omitzero is required, jsonschema_description is its description and
// jsonschema its limits:
//
//	type input struct {
//		Method string `json:"method,omitempty" jsonschema:"enum=oauth2,enum=apiKey" jsonschema_description:"If the app has several."`
//	}
//
// A description is shown as it is; the limits of a field without one are told in
// words. The order is that of the fields, the bytes are the same in every run.
// The schema is closed: a name that T does not have is refused.
func Reflect[T any]() (*Schema, error) {
	t := reflect.TypeFor[T]()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("reflect the schema of %s: arguments are a struct", t)
	}
	r := &jsonschema.Reflector{ExpandedStruct: true, Anonymous: true}
	data, err := json.Marshal(r.ReflectFromType(t))
	if err != nil {
		return nil, fmt.Errorf("reflect the schema of %s: %w", t, err)
	}
	p := &plan{form: bodyFields, sendEmpty: true}
	p.body = readSchema(data, &p.notes)
	if p.notes.unvalidated {
		return nil, fmt.Errorf("reflect the schema of %s: %v", t, p.notes.all())
	}
	v := viewOf(p.body)
	for _, prop := range v.props {
		if !validName(prop.name) {
			return nil, fmt.Errorf("reflect the schema of %s: %q is no name that every client accepts", t, prop.name)
		}
		p.put(&field{
			name: prop.name, orig: prop.name, where: inBody, required: v.required[prop.name], node: prop.node,
		})
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
