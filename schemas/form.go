package schemas

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Form is what the arguments of a tool may be written like, whatever the profile in
// which the tool is shown. It does not change.
type Form struct{ root *portable }

// ReadForm reads the form from a schema in the portable profile.
func ReadForm(schema json.RawMessage) (*Form, error) {
	v, err := decodeOrdered(schema)
	root, ok := v.(*object)
	if err != nil || !ok {
		return nil, fmt.Errorf("read the form of arguments: it is no JSON object: %w", err)
	}
	return &Form{readPortable(root)}, nil
}

// Plain writes arguments as if nothing had been written that a client only writes
// because it has to: null for what may be left out counts as left out, at every
// level that the schema spells out, and an object that is given as JSON text is
// read. What has another mistake stays as it is, for the check. A nil form returns
// the arguments; args is not changed.
func (f *Form) Plain(args map[string]any) map[string]any {
	if f == nil {
		return args
	}
	return f.root.plainObject(args)
}

func (n *portable) plainObject(given map[string]any) map[string]any {
	out := make(map[string]any, len(given))
	for name, v := range given {
		member := n.members[name]
		if member == nil {
			out[name] = v
			continue
		}
		v = member.plain(v)
		if v == nil && !slices.Contains(n.required, name) {
			continue
		}
		out[name] = v
	}
	return out
}

func (n *portable) plain(v any) any {
	if text, ok := v.(string); ok && n.kind == "object" {
		v = objectInText(text)
	}
	switch v := v.(type) {
	case map[string]any:
		if n.kind == "object" && len(n.members) > 0 {
			return n.plainObject(v)
		}
	case []any:
		if n.items == nil {
			return v
		}
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = n.items.plain(x)
		}
		return list
	}
	return v
}

// objectInText reads an object from text; no text at all is nothing. Other text is
// returned.
func objectInText(text string) any {
	trimmed := strings.Trim(text, jsonSpace)
	if trimmed == "" || trimmed == "null" {
		return nil
	}
	if trimmed[0] != '{' {
		return text
	}
	v, err := decodeStrict([]byte(trimmed))
	if err != nil {
		return text
	}
	return v
}
