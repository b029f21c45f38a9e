package catalog

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// The bounds of what a search is told of an action's parameters.
const (
	maxParameters    = 40
	maxParameterName = 64 // bytes
)

// parametersOf returns the names of an action's parameters: those of path, query
// and header, then the properties of the body, and of what is nested in it once.
func parametersOf(a alloy.Action) []string {
	var names []string
	add := func(name string) {
		name = plain.Line(name, maxParameterName)
		if name != "" && len(names) < maxParameters && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, p := range a.Parameters {
		if p.In != "header" { // versions and tokens: no one searches for them
			add(p.Name)
		}
	}
	body := bodyOf(a.RequestBody)
	outer := slices.Sorted(maps.Keys(body))
	for _, name := range outer {
		add(name)
	}
	for _, name := range outer {
		for _, inner := range body[name] {
			add(inner)
		}
	}
	return names
}

// bodyOf returns the properties of a body, each with the names of its own. It
// follows a reference at the root.
func bodyOf(raw json.RawMessage) map[string][]string {
	var schema struct {
		Ref        string                     `json:"$ref"`
		Properties map[string]json.RawMessage `json:"properties"`
		Defs       map[string]json.RawMessage `json:"$defs"`
	}
	if json.Unmarshal(raw, &schema) != nil {
		return nil
	}
	properties := schema.Properties
	if name, ok := strings.CutPrefix(schema.Ref, "#/$defs/"); ok && len(properties) == 0 {
		var target struct {
			Properties map[string]json.RawMessage `json:"properties"`
		}
		if json.Unmarshal(schema.Defs[name], &target) == nil {
			properties = target.Properties
		}
	}
	body := make(map[string][]string, len(properties))
	for name, raw := range properties {
		var property struct {
			Properties map[string]json.RawMessage `json:"properties"`
		}
		_ = json.Unmarshal(raw, &property) // a property may be anything
		body[name] = slices.Sorted(maps.Keys(property.Properties))
	}
	return body
}
