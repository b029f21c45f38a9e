package alloy

import (
	"bytes"
	"encoding/json"
	"sort"
	"strings"
)

// complaint is what the body of a refusal says, whichever shape it came in.
type complaint struct {
	source  string // "CONNECTIVITY_API" (official)
	code    string
	message string
	details []Detail
	route   string // "Cannot GET /…"
	page    bool   // a web page, bare or in errorHtml
	object  map[string]json.RawMessage
	empty   bool
}

// maxDetails bounds the list of an error; more helps nobody.
const maxDetails = 10

// parseComplaint reads the shapes in this order: error object, error string,
// errorHtml, top-level code and message, message, text or page, nothing.
func parseComplaint(body []byte) complaint {
	body = cleanText(body)
	if len(body) == 0 {
		return complaint{empty: true}
	}
	if checkJSON(body) != nil {
		return textComplaint(string(body[:min(len(body), 64<<10)]))
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		var text string
		if json.Unmarshal(body, &text) == nil {
			return textComplaint(text)
		}
		return complaint{message: "the answer is neither an object nor a text"}
	}
	return complaintOf(object)
}

func complaintOf(object map[string]json.RawMessage) complaint {
	c := complaint{object: object}
	switch {
	case isObject(object["error"]):
		c.readError(object["error"])
	case asText(object["error"]) != "":
		c.message = asText(object["error"])
		if more := asText(object["message"]); more != "" && more != c.message {
			c.message += ": " + more
		}
		c.code = asText(object["code"])
	case asText(object["errorHtml"]) != "":
		c.page = true
		c.message, c.route = pageText(asText(object["errorHtml"]))
	default:
		c.code = asText(object["code"])
		c.message = asText(object["message"])
	}
	if c.details == nil {
		c.details = readDetails(object["details"])
	}
	c.message = oneLine(c.message, maxMessage)
	c.code = oneLine(c.code, 100)
	return c
}

func textComplaint(text string) complaint {
	if looksLikeHTML(text) {
		c := complaint{page: true}
		c.message, c.route = pageText(text)
		return c
	}
	text = oneLine(text, maxHTML)
	return complaint{message: text, route: routePattern.FindString(text), empty: text == ""}
}

func (c *complaint) readError(raw json.RawMessage) {
	var e map[string]json.RawMessage
	if json.Unmarshal(raw, &e) != nil {
		return
	}
	c.source, c.code, c.message = asText(e["source"]), asText(e["code"]), asText(e["message"])
	c.details = readDetails(e["details"])
}

// readDetails reads both forms: a list of {properties, message} (observed) and
// an object (official).
func readDetails(raw json.RawMessage) []Detail {
	raw = bytes.TrimSpace(raw)
	var details []Detail
	switch {
	case len(raw) == 0:
	case raw[0] == '[':
		var rows []json.RawMessage
		if json.Unmarshal(raw, &rows) != nil {
			return nil
		}
		for _, row := range rows[:min(len(rows), maxDetails)] {
			details = append(details, readDetail(row))
		}
	case raw[0] == '{':
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			return nil
		}
		for _, name := range sortedKeys(fields) {
			details = append(details, Detail{Property: oneLine(name, 100), Message: oneLine(anyText(fields[name]), 300)})
		}
		details = details[:min(len(details), maxDetails)]
	}
	return details
}

func readDetail(raw json.RawMessage) Detail {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return Detail{Message: oneLine(anyText(raw), 300)}
	}
	property := fields["properties"]
	for _, name := range [...]string{"property", "field", "path"} {
		if property == nil {
			property = fields[name]
		}
	}
	message := asText(fields["message"])
	if message == "" {
		message = anyText(raw)
	}
	return Detail{Property: oneLine(anyText(property), 100), Message: oneLine(message, 300)}
}

// fromAlloy reports whether the body is Alloy's own, rather than one of a
// connected app that Alloy passed on.
func (c *complaint) fromAlloy() bool {
	switch {
	case c.source != "" || c.page || c.object == nil || alloyCode(c.code):
		return true
	case isObject(c.object["error"]):
		return false
	}
	for name := range c.object {
		switch name {
		case "message", "error", "statusCode", "code", "success", "errorHtml", "details":
		default:
			return false
		}
	}
	return true
}

// alloyCode reports whether code is one that Alloy documents or was seen to send.
func alloyCode(code string) bool {
	switch code {
	case "INVALID_INPUT", "INVALID_USER", "INVALID_CREDENTIAL", "AUTHENTICATION_NOT_FOUND":
		return true
	}
	return false
}

// keyRefused reports whether the words are those for a bad API key.
func (c *complaint) keyRefused() bool {
	m := strings.ToLower(c.message)
	return strings.HasPrefix(m, "invalid authorization") || strings.Contains(m, "wrong api key") ||
		strings.HasPrefix(m, "unauthorized") || strings.HasPrefix(m, "authorization token required") ||
		strings.Contains(m, "invalid api key")
}

func isObject(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{'
}

func isArray(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '['
}

// asText returns a JSON string or number as text, and "" for anything else.
func asText(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return s
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return string(raw)
	}
	return ""
}

// anyText returns any JSON value as text, long structures cut.
func anyText(raw json.RawMessage) string {
	if text := asText(raw); text != "" {
		return text
	}
	if s := string(raw); s != `""` {
		return oneLine(s, 100)
	}
	return ""
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
