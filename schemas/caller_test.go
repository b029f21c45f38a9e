package schemas_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// caller draws valid calls of one action.
type caller struct {
	entry      entry
	schema     *schemas.ActionSchema
	parameters []*original
	body       *original
	hidden     map[string]bool
}

func newCaller(t testing.TB, e entry) *caller {
	t.Helper()
	c := &caller{entry: e, schema: compile(t, e.action), hidden: map[string]bool{}}
	bodyHidden := map[string]bool{}
	for _, h := range c.schema.Hidden() {
		c.hidden[h.In+" "+h.Name] = true
		if h.In == "body" {
			bodyHidden[h.Name] = true
		}
	}
	for _, p := range e.action.Parameters {
		c.parameters = append(c.parameters, readOriginal(t, p.Schema, nil))
	}
	if len(e.action.RequestBody) > 0 {
		c.body = readOriginal(t, e.action.RequestBody, bodyHidden)
	}
	return c
}

// call draws a call that satisfies every original schema.
func (c *caller) call(t *rapid.T) schemas.Parts {
	rapid.Bool().Draw(t, "unused") // an action may take nothing, rapid wants a draw
	parts := schemas.Parts{PathParams: map[string]any{}, QueryParameters: map[string]any{}, AdditionalHeaders: map[string]string{}}
	for i, p := range c.entry.action.Parameters {
		if c.hidden[p.In+" "+p.Name] || !p.Required && p.In != "path" && rapid.Bool().Draw(t, "left out") {
			continue
		}
		v := c.parameters[i].valid(t, nil)
		switch p.In {
		case "path":
			parts.PathParams[p.Name] = pathValue(v)
		case "query":
			parts.QueryParameters[p.Name] = v
		case "header":
			parts.AdditionalHeaders[p.Name] = headerValue(v)
		}
	}
	for _, piece := range strings.Split(c.entry.action.Path, "{")[1:] { // placeholders that have no parameter
		name, _, _ := strings.Cut(piece, "}")
		if !slices.ContainsFunc(c.entry.action.Parameters, func(p alloy.Parameter) bool { return p.In == "path" && p.Name == name }) {
			parts.PathParams[name] = "x1"
		}
	}
	if c.body != nil {
		bodyHidden := map[string]bool{}
		for name := range c.hidden {
			if key, ok := strings.CutPrefix(name, "body "); ok {
				bodyHidden[key] = true
			}
		}
		parts.RequestBody = c.body.valid(t, bodyHidden)
		if empty, ok := parts.RequestBody.(map[string]any); ok && len(empty) == 0 && !sendsBody(c.entry.action.Method) {
			parts.RequestBody = nil
		}
	}
	return parts
}

func sendsBody(method string) bool { return method != "get" && method != "delete" }

// valid draws until the reference validator agrees.
func (o *original) valid(t *rapid.T, dropped map[string]bool) any {
	for range 20 {
		if v := o.draw(t, dropped); o.reference.Validate(v) == nil {
			return v
		}
	}
	t.Skip("no valid value found")
	return nil
}

// pathValue keeps text that may stand in a path: what reaches another path is
// refused on purpose.
func pathValue(v any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\?#%.`, r) || r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return "x"
	}
	return s
}

func headerValue(v any) string {
	s := fmt.Sprint(v)
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
