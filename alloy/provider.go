package alloy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxProviderBody is the largest provider's body that an error carries along.
const maxProviderBody = 16 << 10

// providerRefusal reads the body of a refused execution as the connected
// app's own error, and returns nil where it is Alloy's. Whether Alloy passes
// an app's status on is not known, so both places are looked at.
func providerRefusal(body []byte, status int, c *complaint) *ProviderError {
	if c.object == nil || c.page {
		return nil
	}
	inner := body
	if wrapped := c.object["responseData"]; isObject(wrapped) {
		inner = wrapped
	}
	p := knownProviderError(inner)
	if p == nil && c.object["responseData"] == nil && c.fromAlloy() && !foreign401(status, c) {
		return nil
	}
	if p == nil {
		p = anyProviderError(inner)
	}
	if p.Status == 0 {
		p.Status = status
	}
	return p
}

// foreign401 reports whether a 401 in a flat shape is an app's: Alloy's own
// words for a bad key are known (observed), and an app's expired token must
// not look like one.
func foreign401(status int, c *complaint) bool {
	return status == http.StatusUnauthorized && c.source == "" && !alloyCode(c.code) && c.message != "" && !c.keyRefused()
}

// knownProviderError recognises the bodies by which apps report a failure
// with any status, 2xx included: Notion's error object, Slack's ok:false, HubSpot's
// status "error", GraphQL's errors. It returns nil for every other body.
func knownProviderError(body []byte) *ProviderError {
	if !mayTellFailure(body) {
		return nil
	}
	object := nestedObject(body)
	switch {
	case object == nil:
	case asText(object["object"]) == "error":
		p := &ProviderError{Code: asText(object["code"]), Message: asText(object["message"]), RequestID: asText(object["request_id"])}
		p.Status, _ = strconv.Atoi(asText(object["status"]))
		return p.bounded(body)
	case string(object["ok"]) == "false":
		p := &ProviderError{Code: asText(object["error"]), Message: slackMessage(object)}
		p.vague = late(p.Code)
		return p.bounded(body)
	case asText(object["status"]) == "error" && asText(object["category"]) != "" && asText(object["message"]) != "":
		return anyProviderError(body).judged(body)
	case isArray(object["errors"]) && graphQL(object):
		return graphQLError(object["errors"]).bounded(body)
	}
	return nil
}

// mayTellFailure is a cheap first look: most answers tell of none.
func mayTellFailure(body []byte) bool {
	return bytes.Contains(body, []byte(`"error`)) || bytes.Contains(body, []byte(`"ok"`)) || bytes.Contains(body, []byte(`\u00`))
}

// slackMessage keeps what Slack says beside its error code.
func slackMessage(object map[string]json.RawMessage) string {
	parts := []string{asText(object["error"])}
	var metadata struct{ Messages []string }
	if json.Unmarshal(object["response_metadata"], &metadata) == nil && len(metadata.Messages) > 0 {
		parts = append(parts, metadata.Messages[0])
	}
	for _, name := range [...]string{"needed", "detail", "description"} {
		if text := asText(object[name]); text != "" {
			parts = append(parts, name+": "+text)
		}
	}
	return strings.Join(parts, "; ")
}

// graphQL reports whether the object has a GraphQL response's keys and no others.
func graphQL(object map[string]json.RawMessage) bool {
	for name := range object {
		switch name {
		case "errors", "data", "extensions":
		default:
			return false
		}
	}
	return true
}

func graphQLError(raw json.RawMessage) *ProviderError {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || len(items) == 0 {
		return nil
	}
	p := &ProviderError{Message: asText(items[0])}
	var first struct {
		Message    looseText
		Extensions struct{ Code looseText }
	}
	if json.Unmarshal(items[0], &first) == nil {
		p.Message, p.Code = string(first.Message), string(first.Extensions.Code)
	}
	p.vague = late(cmp.Or(p.Code, p.Message))
	if len(items) > 1 {
		p.Message += " (and " + strconv.Itoa(len(items)-1) + " more)"
	}
	return p
}

// toldFailure is the failure that Alloy's own word about an execution tells of, or
// nil. That there is such a word was observed, its values are guesses; one that says
// that the execution is still going on counts where there is no result.
func toldFailure(word string, inner json.RawMessage) *ProviderError {
	switch strings.ToLower(word) {
	case "failed", "failure", "fail", "error", "errored", "rejected", "canceled", "cancelled", "timeout", "timed_out", "timedout":
		p := anyProviderError(inner).judged(inner)
		if p.Message == refusedForNoReason {
			p.Message = "Alloy says that the execution is " + strings.ToLower(word) + ", and nothing says why"
		}
		return p
	case "pending", "queued", "running", "processing", "started", "in_progress", "in progress":
		switch string(inner) {
		case "", "null", "{}", "[]", `""`:
			p := &ProviderError{Message: "Alloy says that the execution is " + strings.ToLower(word) + ", and there is no result", vague: true}
			return p.bounded(inner)
		}
	}
	return nil
}

// judged notes whether the body says that the app refused. A failure that does not
// may have come after the app had done it.
func (p *ProviderError) judged(body []byte) *ProviderError {
	object := nestedObject(body)
	for _, name := range [...]string{"status", "statusCode", "status_code", "code"} {
		if n, err := strconv.Atoi(asText(object[name])); err == nil && p.Status == 0 && n >= 400 && n < 600 {
			p.Status = n
		}
	}
	kind := p.Code + " " + asText(object["category"]) + " " + asText(object["error"])
	switch {
	case p.Status != 0:
		p.vague = p.Status >= 500 || p.Status == http.StatusRequestTimeout
	case object["errorMessages"] != nil: // Jira's
	case late(kind):
		p.vague = true
	default:
		p.vague = !containsAny(kind,
			"valid", "not_found", "notfound", "not found", "missing", "required", "malformed", "bad request", "bad_request", "conflict", "duplicate", "already",
			"auth", "scope", "permission", "forbidden", "denied", "limit", "unsupported",
		)
	}
	return p
}

// late reports that a kind of failure may come when the app has done it: it ran out of
// time, or broke, or got an invalid response to what was done.
func late(kind string) bool {
	return containsAny(kind, "timeout", "timed", "time_limit", "time limit", "response", "internal", "server", "gateway", "upstream", "partial", "fatal", "unavailable")
}

// containsAny looks for words in small letters, whatever those of the text are.
func containsAny(text string, words ...string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// anyProviderError finds a message and a code where most apps put them.
func anyProviderError(body []byte) *ProviderError {
	p := &ProviderError{}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) == nil {
		p.readCommon(object)
		p.readNested(object["error"])
		for _, name := range [...]string{"errors", "errorMessages"} {
			var list []json.RawMessage
			if p.Message == "" && json.Unmarshal(object[name], &list) == nil && len(list) > 0 {
				p.Message = asText(list[0])
				p.readNested(list[0])
			}
		}
	}
	if p.Message == "" {
		p.Message = refusedForNoReason
	}
	return p.bounded(body)
}

const refusedForNoReason = "the app refused the call"

func (p *ProviderError) readNested(raw json.RawMessage) {
	var object map[string]json.RawMessage
	if isObject(raw) && json.Unmarshal(raw, &object) == nil {
		p.readCommon(object)
	}
}

func (p *ProviderError) readCommon(object map[string]json.RawMessage) {
	pick := func(into *string, names ...string) {
		for _, name := range names {
			if text := asText(object[name]); *into == "" && text != "" {
				*into = text
			}
		}
	}
	pick(&p.Message, "message", "error_description", "detail", "title", "description", "error")
	pick(&p.Code, "code", "error_code", "errorCode", "type", "category", "error")
	pick(&p.RequestID, "request_id", "requestId", "correlationId")
}

func (p *ProviderError) bounded(body []byte) *ProviderError {
	if p == nil {
		return nil
	}
	p.Code, p.Message, p.RequestID = oneLine(p.Code, 100), oneLine(p.Message, maxMessage), oneLine(p.RequestID, 100)
	if len(body) <= maxProviderBody {
		p.Body = append(json.RawMessage(nil), body...)
	}
	return p
}

// providerFailure makes the error of a call that the connected app refused, or with
// vague may have carried out in part.
func providerFailure(k *call, a *answer, p *ProviderError, vague bool) *Error {
	e := &Error{
		Kind: KindProvider, Status: a.status, Message: p.Message, Provider: p,
		Outcome: OutcomeRejected, RetryAfter: a.retryAfter,
	}
	if e.Message == "" {
		e.Message = "the connected app refused the call"
	}
	if k.connector != "" {
		e.Message = k.connector + " answered: " + e.Message
	}
	if p.Status >= 500 || p.Status == http.StatusRequestTimeout || vague {
		e.Outcome = OutcomeUnknown
	}
	return e
}

// partlyDone: a GraphQL answer with data beside its errors may have carried
// out a part; without data nothing ran.
func partlyDone(body []byte) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(body, &object) == nil && graphQL(object) && object["data"] != nil && object["errors"] != nil
}
