package tools

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/audit"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/internal/shape"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// Code is a stable word for what went wrong.
type Code string

// The codes of an [Error].
const (
	CodeInvalidArguments    Code = "invalid_arguments"
	CodeUnknownConnector    Code = "unknown_connector"
	CodeUnknownAction       Code = "unknown_action"
	CodeNotFound            Code = "not_found"
	CodeEffectMismatch      Code = "effect_mismatch"
	CodeUserRequired        Code = "user_required"
	CodeRefusedByPolicy     Code = "refused_by_policy"
	CodeNotPermitted        Code = "not_permitted"
	CodeNotShared           Code = "not_shared"
	CodeRateLimited         Code = "rate_limited"
	CodeAPIKeyRejected      Code = "api_key_rejected"
	CodeUpstreamError       Code = "upstream_error"
	CodeUpstreamUnavailable Code = "upstream_unavailable"
	CodeOutcomeUnknown      Code = "outcome_unknown"
	CodeInternal            Code = "internal"
)

// Error is a failed call as its caller sees it.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"` // what failed and why
	Hint    string `json:"hint"`    // what to do next
	Next    *Next  `json:"next,omitempty"`
	// RetryAfterS is how many seconds to wait, where the app or Alloy said so.
	RetryAfterS int `json:"retry_after_s,omitempty"`
	// Outcome is "unknown" where a change may or may not have been made, "completed"
	// where only its answer is lost, and for a run also "rejected" and "not_sent",
	// where nothing was changed.
	Outcome string `json:"outcome,omitempty"`
	// RequestID is the run's, for get_result.
	RequestID string `json:"request_id,omitempty"`
	// ProviderCode and ProviderRequestID are the app's own, for its support.
	ProviderCode      string `json:"provider_code,omitempty"`
	ProviderRequestID string `json:"provider_request_id,omitempty"`
}

// Error is the message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Next is the call that helps, ready to be made.
type Next struct {
	Tool      string         `json:"tool"`
	Arguments map[string]any `json:"arguments"`
}

func next(tool string, pairs ...any) *Next {
	arguments := make(map[string]any, len(pairs)/2)
	for pair := range slices.Chunk(pairs, 2) {
		name, _ := pair[0].(string)
		arguments[name] = pair[1]
	}
	return &Next{Tool: tool, Arguments: arguments}
}

// Limits of an error's words: what clients show of one, and what a person reads.
const (
	maxMessage = 1_200
	maxHint    = 600
)

// describe maps every error to its answer, with words of bounded length.
func describe(err error) *Error {
	answer := *translate(err)
	answer.Message, answer.Hint = shortened(answer.Message, maxMessage), shortened(answer.Hint, maxHint)
	return &answer
}

func shortened(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// translate is the only place that maps errors to answers.
func translate(err error) *Error {
	var (
		ready     *Error
		failed    *alloy.Error
		violated  *schemas.Violations
		arguments *argumentsError
		connector *catalog.UnknownConnectorError
		user      *UserRequiredError
		unknown   *UnknownToolError
		method    *connect.MethodError
		account   *accounts.UnknownError
		elsewhere *connect.ReturnError
		unnoted   *notMade
		refused   *refusedByPolicy
		path      *shape.PathError
	)
	switch {
	case errors.As(err, &ready):
		return ready
	case errors.As(err, &violated):
		return &Error{Code: CodeInvalidArguments, Message: sentence(violated.Error()), Hint: "Correct the arguments and call again."}
	case errors.As(err, &arguments):
		return &Error{Code: CodeInvalidArguments, Message: sentence(arguments.Error()), Hint: "Pass the arguments as one JSON object."}
	case errors.As(err, &path):
		return &Error{Code: CodeInvalidArguments, Message: sentence(path.Error()), Hint: "Correct fields and call again; without it everything is shown."}
	case errors.As(err, &unknown):
		return &Error{Code: CodeInvalidArguments, Message: sentence(unknown.Error()), Hint: "List the tools."}
	case errors.As(err, &connector):
		return &Error{
			Code: CodeUnknownConnector, Message: sentence(connector.Error()),
			Hint: "Ids are case-sensitive; find the right one with list_connectors.",
			Next: next("list_connectors", "query", searchable(connector)),
		}
	case errors.As(err, &method):
		return describeMethodError(method)
	case errors.As(err, &account):
		return describeUnknownAccount(account)
	case errors.As(err, &refused):
		return &Error{
			Code: CodeRefusedByPolicy, Message: sentence(refused.Error()),
			Hint: "Do not try to get around it. Whoever runs the server decides what is allowed.",
		}
	case errors.Is(err, audit.ErrUnrecorded):
		return &Error{
			Code: CodeInternal, Message: "The change could not be recorded in the audit log beforehand, which is required here, so nothing was sent.",
			Hint: "Whoever runs the server finds the cause in its log: the file that AUDIT_LOG names cannot be written.",
		}
	case errors.As(err, &unnoted):
		return &Error{
			Code: CodeInternal, Message: "The call could not be noted before it was made, so nothing was sent.",
			Hint: "Try again; if it stays, whoever runs the server finds the cause in its log: the file for it (the one that STATE_URL names, else one in CACHE_DIR) is damaged, full or out of reach.",
		}
	case errors.As(err, &elsewhere):
		return &Error{
			Code: CodeInvalidArguments, Message: sentence(elsewhere.Error()),
			Hint: "Addresses are compared whole, letter by letter. Whoever runs the server adds them to CONNECT_RETURN_TO.",
		}
	case errors.As(err, &user):
		return &Error{Code: CodeUserRequired, Message: sentence(user.Error()), Hint: user.Hint()}
	case errors.Is(err, connect.ErrUnknownRequest):
		return &Error{
			Code: CodeNotFound, Message: "This request_id is not known: it was never made, it is too old, or the server was restarted since.",
			Hint: "Look whether the account is connected with get_connection; if not, make a new link with start_oauth.", Next: next("get_connection"),
		}
	case errors.As(err, &failed):
		return describeAlloy(failed)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Code: CodeUpstreamUnavailable, Message: "The call was ended before it was done.", Hint: "Nothing was changed by it; try again."}
	}
	return &Error{Code: CodeInternal, Message: "Something went wrong inside the server.", Hint: "Try again; if it stays, whoever runs the server finds the cause in its log."}
}

// unfit is why an action does not take its arguments, and where to see what it takes.
func unfit(actionID string, err error) *Error {
	return &Error{
		Code: CodeInvalidArguments, Message: sentence(err.Error()), Hint: "describe_action shows the arguments: correct them and call again.",
		Next: next("describe_action", "action_id", actionID),
	}
}

func searchable(e *catalog.UnknownConnectorError) string {
	if len(e.Nearest) > 0 {
		return e.Nearest[0]
	}
	return e.ID[:min(len(e.ID), 64)]
}

func describeMethodError(err *connect.MethodError) *Error {
	answer := &Error{Code: CodeNotPermitted, Message: sentence(err.Error()), Hint: err.Hint()}
	if len(err.Offered) > 0 {
		answer.Code, answer.Next = CodeInvalidArguments, next("start_oauth", "connector_id", err.ConnectorID)
	}
	return answer
}

func describeUnknownAccount(err *accounts.UnknownError) *Error {
	answer := &Error{Code: CodeNotFound, Next: next("get_connection")}
	if err.ConnectorID != "" {
		answer.Next = next("get_connection", "connector_id", err.ConnectorID)
	}
	switch {
	case err.Pinned:
		answer.Message = sentence(err.Error())
		answer.Hint = "Whoever runs the server corrects ALLOY_CONNECTIONS; get_connection shows what is connected. A call may name another one with connection_id."
	case err.ConnectorID != "":
		answer.Message = "This user has no connection with that connection_id for " + err.ConnectorID + "."
		answer.Hint = "Show the connections with get_connection and use one of those."
	default:
		return noSuchConnection()
	}
	return answer
}

// describeAlloy maps what the Alloy client reports.
func describeAlloy(err *alloy.Error) *Error {
	answer := &Error{
		Message: sentence(err.Op + " failed: " + plain.Description(err.Message, maxMessage)), Hint: sentence(err.Advice),
		RetryAfterS: seconds(err.RetryAfter),
	}
	if err.Outcome == alloy.OutcomeUnknown || err.Outcome == alloy.OutcomeCompleted {
		answer.Outcome = string(err.Outcome) // anything else changed nothing
	}
	for _, detail := range err.Details {
		answer.Message += " " + sentence(plain.Description(detail.Property+": "+detail.Message, 200))
	}
	switch err.Kind {
	case alloy.KindUnauthorized:
		answer.Code = CodeAPIKeyRejected
		answer.Hint += " Whoever runs this server finds the cause with `alloy-mcp doctor`; no connection is affected."
		if err.Status == 0 { // it never got as far as Alloy
			answer.Hint = "Whoever runs this server sets the key with `alloy-mcp setup` or ALLOY_API_KEY."
		}
	case alloy.KindForbidden:
		answer.Code = CodeNotPermitted
	case alloy.KindUnknownUser, alloy.KindNoUser:
		answer.Code = CodeUserRequired
		answer.Hint = "Whoever runs the server chooses one of `alloy-mcp users list`: for ALLOY_USER_ID, or for your token if you have one (`alloy-mcp token add NAME --user USER`)."
	case alloy.KindCredentialNotFound, alloy.KindCredentialRevoked:
		answer.Code = CodeNotFound
		answer.Next = next("get_connection")
	case alloy.KindInvalidInput, alloy.KindAuthTypeNotFound:
		answer.Code = CodeInvalidArguments
		if strings.HasPrefix(err.Op, "list ") { // nothing of the caller's is in it
			answer.Code = CodeUpstreamError
		}
	case alloy.KindNotFound:
		answer.Code = CodeNotFound
	case alloy.KindRateLimited:
		answer.Code = CodeRateLimited
	case alloy.KindUnavailable, alloy.KindCanceled:
		answer.Code = CodeUpstreamUnavailable
	case alloy.KindProvider:
		describeProvider(answer, err.Provider)
	case alloy.KindTooLarge:
		answer.Code = CodeUpstreamError
		if strings.HasPrefix(err.Op, "execute ") {
			answer.Hint = "Ask the app for less: smaller pages (limit, page_size), a narrower filter or time span, or the action that reads one item. fields and max_chars do not help: they are applied to what has arrived."
		}
	default:
		answer.Code = CodeUpstreamError
	}
	return answer
}

// describeProvider maps an error of the app behind Alloy by its own code, or by
// its HTTP status where it has none.
func describeProvider(answer *Error, provider *alloy.ProviderError) {
	answer.Code = CodeUpstreamError
	if provider == nil {
		return
	}
	answer.ProviderCode, answer.ProviderRequestID = plain.Description(provider.Code, 100), plain.Description(provider.RequestID, 100)
	switch {
	case provider.Code == "restricted_resource": // Notion's
		answer.Code = CodeNotShared
		answer.Hint = howToShare
	case provider.Status == 403:
		answer.Code = CodeNotPermitted
		answer.Hint = "The app does not let this account do that; a person with the rights there can grant it."
	case provider.Code == "object_not_found":
		answer.Code = CodeNotFound
		answer.Hint = "It does not exist or is not shared with the integration. " + howToShare
	case provider.Code == "rate_limited" || provider.Status == 429:
		answer.Code = CodeRateLimited
		answer.Hint = "Wait as long as retry_after_s says, else a few seconds, and call again."
	case provider.Code == "validation_error" || provider.Status == 400 || provider.Status == 422:
		answer.Code = CodeInvalidArguments
		answer.Hint = "Correct the arguments as the app says and call again."
	case provider.Status == 404:
		answer.Code = CodeNotFound
		answer.Hint = "Check the id: the app does not know it, or this account may not see it."
	case provider.Status >= 500:
		answer.Code = CodeUpstreamUnavailable
		answer.Hint = "The app has trouble; try again in a minute."
	}
}

const howToShare = "A person shares a Notion page in Notion: page menu (•••), Connections, add the integration. Pages below it are shared with it."

// seconds rounds up, so that whoever waits that long is not early.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// sentence makes one of s: a capital at its start, a full stop at its end.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s
}

// stop ends a call that needs something from the person first. It is an answer,
// not a failure: frameworks turn errors into crashes.
type stop struct {
	Status       string       `json:"status"`
	ConnectorID  string       `json:"connector_id,omitempty"`
	Message      string       `json:"message"`
	RequestID    string       `json:"request_id,omitempty"`
	Outcome      string       `json:"outcome,omitempty"`
	URL          string       `json:"url,omitempty"`
	ExpiresAt    string       `json:"expires_at,omitempty"`
	Connections  []connection `json:"connections,omitempty"`
	ConnectionID string       `json:"connection_id,omitempty"`
	Hint         string       `json:"hint,omitempty"`
	Next         *Next        `json:"next,omitempty"`

	question
}

func (s *stop) asks() question { return s.question }

func (s *stop) Error() string { return fmt.Sprintf("%s: %s", s.Status, s.Message) }
