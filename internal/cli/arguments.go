package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// pairArguments reads key=value pairs as the schema of the tool wants them. What
// the schema does not know is passed on as it is: the tool answers with the
// nearest name.
func pairArguments(list []tools.Tool, tool string, pairs []string) (json.RawMessage, error) {
	var schema struct {
		Properties map[string]property `json:"properties"`
	}
	if i := slices.IndexFunc(list, func(t tools.Tool) bool { return t.Name == tool }); i >= 0 {
		if err := json.Unmarshal(list[i].InputSchema, &schema); err != nil {
			return nil, fmt.Errorf("read the schema of %s: %w", tool, err)
		}
	}
	arguments := make(map[string]any, len(pairs))
	for _, pair := range pairs {
		key, text, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("%q is not key=value", pair)
		}
		if _, ok := arguments[key]; ok {
			return nil, fmt.Errorf("%s is given twice", key)
		}
		value, err := schema.Properties[key].read(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		arguments[key] = value
	}
	return json.Marshal(arguments)
}

// property is what of a property's schema decides how text is read.
type property struct {
	Type  typeNames `json:"type"`
	Items *property `json:"items"`
}

// typeNames is JSON Schema's type: a name or several.
type typeNames []string

// UnmarshalJSON reads either form.
func (t *typeNames) UnmarshalJSON(raw []byte) error {
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		*t = typeNames{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(t))
}

// read turns text into the value that the schema asks for.
func (p property) read(text string) (any, error) {
	if len(p.Type) == 0 || slices.Contains(p.Type, "string") {
		return text, nil
	}
	var value any
	err := json.Unmarshal([]byte(text), &value)
	switch {
	case err == nil:
		return json.RawMessage(text), nil
	case slices.Contains(p.Type, "array"):
		return p.readList(text)
	}
	return nil, fmt.Errorf("%q is not %s", text, withArticle(strings.Join(p.Type, " or ")))
}

// readList reads items that are separated by commas.
func (p property) readList(text string) (any, error) {
	list := []any{}
	item := property{}
	if p.Items != nil {
		item = *p.Items
	}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if slices.Contains(item.Type, "array") || slices.Contains(item.Type, "object") {
			return nil, errors.New("write the list as JSON")
		}
		value, err := item.read(part)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}

func withArticle(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
