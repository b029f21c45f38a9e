package alloy

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// refusal turns an answer that is not 2xx into an error.
func refusal(k *call, a *answer) *Error {
	if k.upload != nil {
		return uploadRefusal(a)
	}
	c := parseComplaint(a.body)
	if k.execute {
		if p := providerRefusal(a.body, a.status, &c); p != nil {
			return providerFailure(k, a, p, false)
		}
	}
	e := &Error{
		Kind: refusalKind(a.status, &c), Status: a.status, Code: c.code, Message: c.message, Details: c.details,
		Outcome: refusalOutcome(a.status), RetryAfter: a.retryAfter,
	}
	if c.route != "" {
		e.Message, e.noRoute = c.route, true
	}
	if e.Message == "" {
		e.Message = "Alloy answered " + statusWords(a.status)
	}
	if a.status >= 300 && a.status < 400 {
		e.Message = "Alloy answered with a redirect, which is not followed: it would carry the API key elsewhere"
	}
	return e
}

// complaintIn finds Alloy's own error in a 2xx answer: the status of most
// errors is not documented, so none is taken for granted.
func complaintIn(a *answer, c complaint) *Error {
	switch {
	case c.page:
		e := &Error{Kind: KindUnreadable, Status: a.status, Message: c.message, Outcome: OutcomeCompleted}
		if c.route != "" {
			e.Kind, e.Message, e.Outcome, e.noRoute = KindRoute, c.route, OutcomeRejected, true
		}
		return e
	case c.object == nil:
		return nil
	case c.source != "" || alloyCode(c.code) || c.keyRefused() && c.fromAlloy():
		return &Error{
			Kind: refusalKind(http.StatusBadRequest, &c), Status: a.status, Code: c.code, Message: c.message,
			Details: c.details, Outcome: OutcomeRejected,
		}
	case string(c.object["success"]) == "false":
		if c.message == "" {
			c.message = "Alloy answered success:false without a reason"
		}
		return &Error{Kind: KindRejected, Status: a.status, Code: c.code, Message: c.message, Details: c.details, Outcome: OutcomeRejected}
	}
	return nil
}

// refusalKind decides by Alloy's code first, then by its words where they are
// known, then by the status.
func refusalKind(status int, c *complaint) Kind {
	message := strings.ToLower(c.message)
	switch c.code {
	case "INVALID_CREDENTIAL":
		return KindCredentialRevoked
	case "INVALID_USER":
		return KindUnknownUser
	case "AUTHENTICATION_NOT_FOUND":
		return KindAuthTypeNotFound
	case "INVALID_INPUT":
		switch {
		case !strings.Contains(message, "not found"):
			return KindInvalidInput
		case strings.Contains(message, "credential"):
			return KindCredentialNotFound
		case strings.Contains(message, "user"):
			return KindUnknownUser
		}
		return KindNotFound
	}
	switch {
	case strings.HasPrefix(message, "credential not found or has been revoked"):
		return KindCredentialRevoked
	case strings.HasPrefix(message, "credential not found"):
		return KindCredentialNotFound
	case status < 500 && c.keyRefused():
		return KindUnauthorized
	case status < 500 && c.page && c.route != "":
		return KindRoute
	}
	return statusKind(status)
}

func statusKind(status int) Kind {
	switch {
	case status < 400, status == http.StatusMethodNotAllowed:
		return KindRoute
	case status == http.StatusUnauthorized:
		return KindUnauthorized
	case status == http.StatusForbidden:
		return KindForbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		return KindNotFound
	case status == http.StatusTooManyRequests:
		return KindRateLimited
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return KindUnavailable
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity,
		status == http.StatusRequestEntityTooLarge, status == http.StatusRequestURITooLong,
		status == http.StatusUnsupportedMediaType, status == http.StatusRequestHeaderFieldsTooLarge:
		return KindInvalidInput
	}
	return KindRejected
}

// refusalOutcome says what a status proves. A redirect that turns a POST into
// a GET is what servers send after they did the work.
func refusalOutcome(status int) Outcome {
	switch {
	case status >= 500, status == http.StatusRequestTimeout,
		status >= 300 && status < 400 && status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect:
		return OutcomeUnknown
	}
	return OutcomeRejected
}

func statusWords(status int) string {
	if text := http.StatusText(status); text != "" {
		return strconv.Itoa(status) + " " + text
	}
	return strconv.Itoa(status)
}

// finish completes an error in one place: what was being done, whose fault it
// is, what to do next, and no secrets.
func finish(e *Error, k *call, s *scrubber) *Error {
	e.Op = k.op
	if !k.class.changes() && (e.Outcome == OutcomeUnknown || e.Outcome == OutcomeCompleted) {
		e.Outcome = OutcomeRejected // nothing can have changed
	}
	if e.Message == "" {
		e.Message = "Alloy refused without saying why"
	}
	fault, advice := verdict(e, k)
	if e.Fault == "" {
		e.Fault = fault
	}
	if e.Advice == "" {
		e.Advice = advice
	}
	e.Retryable = retryable(e, k)
	e.Message, e.Code = s.text(e.Message), s.text(e.Code)
	for i, d := range e.Details {
		e.Details[i] = Detail{Property: s.text(d.Property), Message: s.text(d.Message)}
	}
	for i, key := range e.Keys {
		e.Keys[i] = s.text(key)
	}
	if p := e.Provider; p != nil {
		p.Code, p.Message, p.RequestID = s.text(p.Code), s.text(p.Message), s.text(p.RequestID)
		if p.Body != nil {
			if p.Body = []byte(s.text(string(p.Body))); !json.Valid(p.Body) {
				p.Body = nil // what was taken out held its shape together
			}
		}
	}
	return e
}

func retryable(e *Error, k *call) bool {
	if k.class.changes() && !k.class.idempotent() && k.class != classCreateLink && (e.Outcome == OutcomeUnknown || e.Outcome == OutcomeCompleted) {
		return false
	}
	switch e.Kind {
	case KindRateLimited, KindUnavailable, KindUnreadable:
		return true
	case KindProvider:
		return e.Provider != nil && transientStatus(e.Provider.Status)
	}
	return false
}

func transientStatus(status int) bool {
	return status == http.StatusTooManyRequests || status >= 500
}
