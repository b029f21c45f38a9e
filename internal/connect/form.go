package connect

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// Field is one input that a connector's credential metadata asks for.
type Field struct {
	Name     string // the key inside "data"
	Label    string
	Help     string
	Example  string // from the metadata's sample; never a value that is sent
	Required bool
	Secret   bool
	Options  []string // the allowed values, where they are listed
}

// property is what a field's own schema says of it.
type property struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Format      string `json:"format"`
	WriteOnly   bool   `json:"writeOnly"`
	Enum        []any  `json:"enum"`
	Const       any    `json:"const"`
}

// dataSchema returns the part of the metadata's input schema that a person fills
// in, nil where there is none.
func dataSchema(method alloy.AuthMethod) (json.RawMessage, error) {
	if len(method.InputSchema) == 0 {
		return nil, nil
	}
	var schema struct {
		Properties struct {
			Data json.RawMessage `json:"data"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(method.InputSchema, &schema); err != nil {
		return nil, fmt.Errorf("read the fields of the credential metadata: %w", err)
	}
	return schema.Properties.Data, nil
}

// Fields reads the fields that a person fills in from the metadata's input
// schema: the properties of "data", in the schema's required order and then by
// name. A method that asks for nothing has none.
func Fields(method alloy.AuthMethod) ([]Field, error) {
	raw, err := dataSchema(method)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	var data struct {
		Required   []string            `json:"required"`
		Properties map[string]property `json:"properties"`
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		return nil, fmt.Errorf("read the fields of the credential metadata: %w", err)
	}
	examples := sampleData(method)
	var fields []Field
	for name, p := range data.Properties {
		field := Field{
			Name: name, Label: plain.Line(p.Title, 60), Help: plain.Line(p.Description, 300),
			Required: slices.Contains(data.Required, name), Secret: p.Format == "password" || p.WriteOnly || looksSecret(name),
		}
		if field.Label == "" {
			field.Label = label(name)
		}
		if p.Const != nil {
			p.Enum = []any{p.Const}
		}
		for _, value := range p.Enum {
			field.Options = append(field.Options, fmt.Sprint(value))
		}
		if !field.Secret {
			field.Example = plain.Line(examples[name], 80)
		}
		fields = append(fields, field)
	}
	rank := func(f Field) int {
		if i := slices.Index(data.Required, f.Name); i >= 0 {
			return i
		}
		return len(data.Required)
	}
	slices.SortFunc(fields, func(a, b Field) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	return fields, nil
}

// sampleData returns the texts of the metadata's sample.
func sampleData(method alloy.AuthMethod) map[string]string {
	var sample struct {
		Data map[string]any `json:"data"`
	}
	_ = json.Unmarshal(method.SampleInput, &sample) // one of another shape shows no example
	texts := make(map[string]string)
	for name, value := range sample.Data {
		if text, ok := value.(string); ok {
			texts[name] = text
		}
	}
	return texts
}

// looksSecret decides by words: a field too many is masked rather than one too few.
func looksSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"key", "token", "secret", "password", "passphrase", "pin", "credential"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// label turns "apiKey" into "API key".
func label(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(r))
		case unicode.IsUpper(r):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		case r == '_' || r == '-':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	words := strings.Fields(plain.Line(b.String(), 60))
	for i, word := range words {
		if slices.Contains([]string{"api", "url", "id", "uri"}, strings.ToLower(word)) {
			words[i] = strings.ToUpper(word)
		}
	}
	return strings.Join(words, " ")
}

// FormError says what is wrong with what a person entered. It names fields and
// what belongs in them, never what was entered.
type FormError struct {
	Problems map[string]string // a sentence by field
	Other    string            // what is about no single field
	// Refused: the fields are as they should be, and the app does not accept them.
	Refused bool
}

// Error returns the problems in one line.
func (e *FormError) Error() string {
	var parts []string
	for _, name := range slices.Sorted(mapKeys(e.Problems)) {
		parts = append(parts, name+": "+e.Problems[name])
	}
	if e.Other != "" {
		parts = append(parts, e.Other)
	}
	return strings.Join(parts, " ")
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// entered reads the fields of a submitted form.
func entered(fields []Field, form url.Values) map[string]any {
	data := make(map[string]any)
	for _, field := range fields {
		value := form.Get(field.Name)
		if !field.Secret {
			value = strings.TrimSpace(value)
		} else {
			value = strings.Trim(value, "\r\n\t ") // what a copied key brings along
		}
		if value != "" {
			data[field.Name] = value
		}
	}
	return data
}

// CheckData checks what a person entered against the metadata's own schema, and
// gives every value the type that it wants. Its error is a [*FormError].
func CheckData(method alloy.AuthMethod, data map[string]any) (map[string]any, error) {
	fields, err := Fields(method)
	if err != nil {
		return nil, err
	}
	problem := &FormError{Problems: make(map[string]string)}
	known := make(map[string]Field, len(fields))
	for _, field := range fields {
		known[field.Name] = field
		if _, given := data[field.Name]; !given && field.Required {
			problem.Problems[field.Name] = field.Label + " is missing."
		}
	}
	for name := range data {
		if _, ok := known[name]; !ok {
			problem.Other = fmt.Sprintf("%s is no field of this app; it has: %s.", plain.Line(name, 60), names(fields))
		}
	}
	if len(problem.Problems) > 0 || problem.Other != "" {
		return nil, problem
	}
	if len(fields) == 0 {
		return nil, nil
	}
	return checked(method, known, data)
}

func checked(method alloy.AuthMethod, known map[string]Field, data map[string]any) (map[string]any, error) {
	raw, err := dataSchema(method)
	if err != nil {
		return nil, err
	}
	schema, err := schemas.FromObject(raw)
	if err != nil {
		return nil, fmt.Errorf("compile the fields of the credential metadata: %w", err)
	}
	result, err := schema.Check(data)
	var violated *schemas.Violations
	if errors.As(err, &violated) {
		problem := &FormError{Problems: make(map[string]string)}
		for _, p := range violated.Problems {
			if field, ok := known[p.Path]; ok {
				problem.Problems[p.Path] = field.Label + " must be " + p.Expected + "."
			} else {
				problem.Other = sentence(p.String())
			}
		}
		return nil, problem
	}
	if err != nil {
		return nil, err
	}
	return result.Args, nil
}

func names(fields []Field) string {
	list := make([]string, len(fields))
	for i, field := range fields {
		list[i] = field.Name
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
