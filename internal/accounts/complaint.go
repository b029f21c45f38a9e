package accounts

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// complaint finds an app's refusal in what Alloy passed on as the data of a read
// that succeeded, and returns nil for data. Whether a refusal comes that way is not
// known of Alloy, so an answer made only of the words in which apps complain proves
// nothing. It is a rejection of the account where it says so.
func complaint(data json.RawMessage) *alloy.Error {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) == nil && len(list) == 1 {
		data = list[0] // as Salesforce has it
	}
	c := complaining{}
	if !c.read(data) || c.text == "" {
		return nil
	}
	provider := &alloy.ProviderError{Message: plain.Line(c.text, 300)}
	if c.status == "401" || c.code == "401" || rejectsAccount(c.text+" "+c.code+" "+c.status) {
		provider.Status = http.StatusUnauthorized
	}
	return &alloy.Error{Kind: alloy.KindProvider, Op: "test the connection", Message: provider.Message, Provider: provider}
}

// complaining collects what a complaint says.
type complaining struct{ text, code, status string }

// read reports whether nothing else stands in an object than a complaint.
func (c *complaining) read(data json.RawMessage) bool {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) != nil || len(object) == 0 {
		return false
	}
	for name, value := range object {
		switch strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name)) {
		case "message", "detail", "errordescription", "errormessages", "reason", "title", "exceptionmessage":
			c.text = longer(c.text, words(value))
		case "error", "errors", "fault":
			if inner := (complaining{}); inner.read(value) {
				c.text, c.code, c.status = longer(c.text, inner.text), longer(c.code, inner.code), longer(c.status, inner.status)
			} else {
				c.text = longer(c.text, words(value))
			}
		case "code", "errorcode", "category", "type":
			c.code = longer(c.code, words(value))
		case "status", "statuscode", "success", "ok":
			c.status = longer(c.status, strings.Trim(string(value), `"`))
		case "details", "requestid", "correlationid", "timestamp", "path", "help", "documentationurl", "links", "instance":
		default:
			return false
		}
	}
	return c.status != "ok" && c.status != "success" && c.status != "true" && !strings.HasPrefix(c.status, "2")
}

// words is the text of a value, or the first text of a list.
func words(value json.RawMessage) string {
	var text string
	var list []json.RawMessage
	switch {
	case json.Unmarshal(value, &text) == nil:
		return text
	case json.Unmarshal(value, &list) == nil && len(list) > 0:
		return words(list[0])
	}
	return strings.Trim(string(value), `{}[]"`)
}

func longer(a, b string) string {
	if len(b) > len(a) {
		return b
	}
	return a
}

// rejectsAccount knows the words by which apps say that they do not accept a key, a
// password or a token. What it misses leaves the account untested.
func rejectsAccount(text string) bool {
	text = strings.NewReplacer("_", " ", "-", " ").Replace(strings.ToLower(text))
	for _, words := range []string{
		"unauthorized", "unauthorised", "unauthenticated", "authentica", "authorization has been denied",
		"token does not exist", "bad credentials", "login failed",
	} {
		if strings.Contains(text, words) {
			return true
		}
	}
	subject, verdict := false, false
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r < 'a' || r > 'z' }) {
		switch word {
		case "token", "tokens", "key", "apikey", "password", "credential", "credentials", "session", "secret":
			subject = true
		case "invalid", "expired", "revoked", "incorrect", "wrong", "unknown":
			verdict = true
		}
	}
	return subject && verdict
}
