package accounts

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// answerError is an app's error that came in the place of an answer.
type answerError struct{ message string }

func (e *answerError) Error() string { return e.message }

// rejects reports whether the words are about who is asking.
func (e *answerError) rejects() bool {
	message := strings.ToLower(e.message)
	return slices.ContainsFunc([]string{"authenticat", "authoriz", "authoris", "unauthor", "token", "credential", "api key", "apikey", "login", "password"},
		func(word string) bool { return strings.Contains(message, word) })
}

// errorIn recognises an app's error by its being made of nothing but the words of
// one. Whether Alloy passes an app's status on is not known, so such a body may
// come with a 2xx. For a harmless read a doubt is cheap; of a change nobody could
// say so by these signs, since a plain {"message":"done"} is an answer too.
func errorIn(data json.RawMessage) *answerError {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) != nil || len(object) == 0 {
		return nil
	}
	var parts []string
	for _, name := range sortedNames(object) {
		words, known := errorWords(name, object[name])
		if !known {
			return nil
		}
		parts = append(parts, words...)
	}
	if len(parts) == 0 {
		return nil
	}
	return &answerError{message: plain.Line(strings.Join(parts, "; "), 200)}
}

// errorWords returns what a member of an error says; false where errors have no
// such member.
func errorWords(name string, value json.RawMessage) (words []string, known bool) {
	switch strings.ToLower(name) {
	case "message", "detail", "error", "title", "error_description", "errormessage", "exceptionmessage", "messagedetail", "reason":
		var text string
		if json.Unmarshal(value, &text) == nil && text != "" {
			return []string{text}, true
		}
		var nested struct{ Message, Detail, Title string }
		if json.Unmarshal(value, &nested) == nil && nested.Message+nested.Detail+nested.Title != "" {
			return []string{nested.Message + nested.Detail + nested.Title}, true
		}
		return nil, true
	case "errormessages", "messages":
		var texts []string
		_ = json.Unmarshal(value, &texts) // of another type it says nothing
		return texts, true
	case "errors", "code", "status", "statuscode", "status_code", "type", "success", "ok", "requestid", "request_id", "correlationid", "category", "traceid", "timestamp", "path", "instance":
		return nil, true
	}
	return nil, false
}

func sortedNames(object map[string]json.RawMessage) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
