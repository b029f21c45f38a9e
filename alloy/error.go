package alloy

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Kind says what went wrong, in the words that a caller decides by.
type Kind string

// The kinds of failure.
const (
	KindUnauthorized       Kind = "unauthorized"         // the API key was refused, or there is none
	KindForbidden          Kind = "forbidden"            // the API key lacks a permission
	KindNoUser             Kind = "no_user"              // the call needs an Alloy user and has none; wraps ErrNoUser
	KindRoute              Kind = "route"                // no such path, wrong version header, or a redirect
	KindUnknownUser        Kind = "unknown_user"         // Alloy does not know the user
	KindCredentialNotFound Kind = "credential_not_found" // not this user's, not this key's, or deleted
	KindCredentialRevoked  Kind = "credential_revoked"   // revoked or expired: connect again
	KindInvalidInput       Kind = "invalid_input"        // refused here or by Alloy before anything ran
	KindAuthTypeNotFound   Kind = "auth_type_not_found"  // the connector cannot be connected in this way
	KindNotFound           Kind = "not_found"            // no such connector, action, user or file
	KindRateLimited        Kind = "rate_limited"         // HTTP 429
	KindUnavailable        Kind = "unavailable"          // 5xx, network, time-out, open breaker, overload
	KindCanceled           Kind = "canceled"             // the caller's context was canceled
	KindProvider           Kind = "provider"             // the connected app refused; see ProviderError
	KindEnvelope           Kind = "envelope"             // JSON, but not in a known shape; see Error.Keys
	KindUnreadable         Kind = "unreadable"           // not JSON, cut short, or empty
	KindTooLarge           Kind = "too_large"            // larger or deeper than this client reads
	KindRejected           Kind = "rejected"             // refused otherwise: other 4xx, or a 2xx that says success:false
)

// Fault says who can mend a failure.
type Fault string

// The parties of a call.
const (
	FaultCaller   Fault = "caller"   // whoever chose the arguments
	FaultOperator Fault = "operator" // whoever configured this program: key, user, base URL
	FaultPerson   Fault = "person"   // the owner of the account: connect again, share a page
	FaultProvider Fault = "provider" // the connected app
	FaultUpstream Fault = "upstream" // Alloy, or the network on the way there
)

// Outcome says what is known of the effect of a failed call.
type Outcome string

// The outcomes. Only OutcomeNotSent and OutcomeRejected promise that nothing changed.
const (
	OutcomeNotSent   Outcome = "not_sent"  // provably never reached Alloy
	OutcomeRejected  Outcome = "rejected"  // refused, or a read that failed: nothing changed
	OutcomeUnknown   Outcome = "unknown"   // sent, and nobody can tell: check before repeating
	OutcomeCompleted Outcome = "completed" // carried out, only the answer is lost
)

// Detail is one complaint about one property of a request.
type Detail struct {
	Property string
	Message  string
}

// ProviderError is what the connected app said when it refused a call.
type ProviderError struct {
	Status    int    // the provider's HTTP status; 0 where its body does not tell
	Code      string // such as Notion's "object_not_found" or Slack's "channel_not_found"
	Message   string
	RequestID string          // Notion's request_id; may be empty
	Body      json.RawMessage // the provider's body without secrets; nil above 16 KiB

	vague bool // nothing says that the provider refused, so it may have done it
}

// Error is the failure of a call. Every error of a [Client] or a [UserClient]
// is one, or wraps one, so errors.As finds it. No text in it holds the API
// key, a JWT or the value of a token parameter, even where Alloy echoed it.
type Error struct {
	Kind    Kind
	Op      string // what was being done, such as "list connectors"
	Status  int    // Alloy's HTTP status; 0 where none arrived
	Code    string // Alloy's own code, such as "INVALID_INPUT"; may be empty
	Message string // what went wrong, in one line
	Details []Detail
	Fault   Fault
	// Retryable: the same call may succeed later, and repeating it does no
	// harm. Alloy's client has already repeated what it may.
	Retryable  bool
	RetryAfter time.Duration // how long to wait first; 0 where nobody said
	Outcome    Outcome
	Advice     string         // what a person should do next
	Keys       []string       // for KindEnvelope: the keys that were seen
	Provider   *ProviderError // for KindProvider

	cause     error
	noRoute   bool // the server said so in so many words: "Cannot POST /…"
	network   bool // no answer came, for a reason that may pass
	outOfTime bool // the caller's own deadline struck
	broken    bool // the answer stopped in the middle
	final     bool // the same again would fail the same way
}

// Error returns the failure and the advice in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(": ")
	b.WriteString(e.Message)
	if paren := e.parenthesis(); paren != "" {
		b.WriteString(" (" + paren + ")")
	}
	for _, d := range e.Details {
		b.WriteString("; " + d.Property + ": " + d.Message)
	}
	if len(e.Keys) > 0 {
		b.WriteString("; keys seen: " + strings.Join(e.Keys, ", "))
	}
	if e.Outcome == OutcomeUnknown {
		b.WriteString("; whether it took effect is unknown")
	}
	if e.Advice != "" {
		b.WriteString(". " + e.Advice)
	}
	return b.String()
}

func (e *Error) parenthesis() string {
	var parts []string
	if e.Status != 0 {
		parts = append(parts, "HTTP "+strconv.Itoa(e.Status))
	}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	if p := e.Provider; p != nil {
		if p.Code != "" {
			parts = append(parts, "provider code "+p.Code)
		}
		if p.RequestID != "" {
			parts = append(parts, "provider request "+p.RequestID)
		}
	}
	if e.RetryAfter > 0 {
		parts = append(parts, "retry after "+e.RetryAfter.Round(time.Millisecond).String())
	}
	return strings.Join(parts, ", ")
}

// Unwrap returns the cause: the context's error, a network error, [ErrNoUser],
// or nil.
func (e *Error) Unwrap() error { return e.cause }
