package doctor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

const (
	// maxDepth is how deep a shape is told; below lies people's own data.
	maxDepth = 3
	maxKeys  = 25
)

// plainKey is what a key of an API looks like. A key that does not, such as the
// name of a property in somebody's Notion, is not told.
var plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,40}$`)

// describeBody tells the shape of an answer: keys and kinds, no values but the
// words of a refusal.
func describeBody(o alloy.Observation) string {
	if o.Body == nil {
		kind := o.Header.Get("Content-Type")
		if length := o.Header.Get("Content-Length"); length == "0" {
			return "an empty body"
		}
		return "a body that is not JSON (Content-Type " + orNone(kind) + ")"
	}
	text := shape(o.Body, "", 0)
	if words := refusalWords(o.Body, o.Status); words != "" {
		text += ", in words: " + words
	}
	return text
}

// shape writes the kinds of a JSON value. name is the key it stands under.
func shape(raw json.RawMessage, name string, depth int) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return objectShape(raw, name, depth)
	case '[':
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return "a list"
		}
		if len(items) == 0 {
			return "[]"
		}
		if depth >= maxDepth {
			return "[…]"
		}
		return fmt.Sprintf("[%d of %s]", len(items), shape(items[0], name, depth+1))
	case '"':
		return "text"
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	}
	return "number"
}

func objectShape(raw json.RawMessage, name string, depth int) string {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return "an object"
	}
	if depth >= maxDepth || name == "properties" || name == "results" {
		return "{…}"
	}
	parts := make([]string, 0, len(object))
	odd := 0
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !plainKey.MatchString(key) || objectID.MatchString(key) {
			odd++
			continue
		}
		if len(parts) < maxKeys {
			parts = append(parts, key+": "+shape(object[key], key, depth+1))
		}
	}
	if odd > 0 {
		parts = append(parts, strconv.Itoa(odd)+" other keys")
	}
	if more := len(object) - odd - maxKeys; more > 0 {
		parts = append(parts, strconv.Itoa(more)+" more keys")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// refusalWords returns the source, code and message of a refusal, and which
// properties it complains of. Our own made-up values are all it can quote.
func refusalWords(body json.RawMessage, status int) string {
	var outer struct {
		Error     json.RawMessage `json:"error"`
		ErrorHTML string          `json:"errorHtml"`
		Code      string          `json:"code"`
		Message   string          `json:"message"`
	}
	if status < 400 || json.Unmarshal(body, &outer) != nil {
		return ""
	}
	var inner struct {
		Source  string          `json:"source"`
		Code    string          `json:"code"`
		Message string          `json:"message"`
		Details json.RawMessage `json:"details"`
	}
	var words []string
	add := func(texts ...string) {
		for _, text := range texts {
			if text != "" {
				words = append(words, strconv.Quote(text))
			}
		}
	}
	if json.Unmarshal(outer.Error, &inner) != nil {
		var text string
		if json.Unmarshal(outer.Error, &text) == nil {
			add(text)
		}
	}
	add(inner.Source, inner.Code, inner.Message, outer.Code, outer.Message)
	if match := cannot.FindString(outer.ErrorHTML); match != "" {
		add(match)
	}
	var details []struct {
		Properties string `json:"properties"`
		Message    string `json:"message"`
	}
	if json.Unmarshal(inner.Details, &details) == nil {
		for _, detail := range details {
			add(detail.Properties + ": " + detail.Message)
		}
	}
	return strings.Join(words, ", ")
}

// cannot finds what an Express page of a missing route says.
var cannot = regexp.MustCompile(`Cannot [A-Z]+ /[^<\s]*`)
