package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/golden"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// failures are errors by name, with the code that each is answered with. What
// else the answers say is in testdata/errors.json.
type failures []struct {
	name string
	err  error
	code Code
}

func ownFailures() failures {
	users := []alloy.User{{Username: "ada"}}
	return failures{
		{"one that is ready", fmt.Errorf("search: %w", &Error{Code: CodeNotFound, Message: "Gone.", Hint: "Look."}), CodeNotFound},
		{"arguments against the schema", &schemas.Violations{}, CodeInvalidArguments},
		{"arguments that are no object", &argumentsError{errors.New("the arguments are a list")}, CodeInvalidArguments},
		{"unknown tool", &UnknownToolError{Name: "search"}, CodeInvalidArguments},
		{"unknown connector", &catalog.UnknownConnectorError{ID: strings.Repeat("q", 80)}, CodeUnknownConnector},
		{"unknown connector that looks like one", &catalog.UnknownConnectorError{ID: "notoin", Nearest: []string{"notion", "motion"}}, CodeUnknownConnector},
		{"no user", &UserRequiredError{}, CodeUserRequired},
		{"unknown user", &UserRequiredError{Setting: "eve", Users: users}, CodeUserRequired},
		{"unknown request", fmt.Errorf("look it up: %w", connect.ErrUnknownRequest), CodeNotFound},
		{"out of time", fmt.Errorf("wait: %w", context.DeadlineExceeded), CodeUpstreamUnavailable},
		{"given up", context.Canceled, CodeUpstreamUnavailable},
		{"anything else", errors.New("a secret cause"), CodeInternal},
	}
}

// refused is an error of the Alloy client.
func refused(kind alloy.Kind, change func(*alloy.Error)) error {
	e := &alloy.Error{Kind: kind, Op: "execute notion.post-search", Status: 400, Message: "it said no", Advice: "do this", Outcome: alloy.OutcomeRejected}
	if change != nil {
		change(e)
	}
	return fmt.Errorf("call: %w", e)
}

func alloyFailures() failures {
	return failures{
		{"key refused", refused(alloy.KindUnauthorized, nil), CodeAPIKeyRejected},
		{"no key", refused(alloy.KindUnauthorized, func(e *alloy.Error) { e.Status = 0 }), CodeAPIKeyRejected},
		{"forbidden", refused(alloy.KindForbidden, nil), CodeNotPermitted},
		{"user unknown to Alloy", refused(alloy.KindUnknownUser, nil), CodeUserRequired},
		{"no Alloy user", refused(alloy.KindNoUser, nil), CodeUserRequired},
		{"connection not found", refused(alloy.KindCredentialNotFound, nil), CodeNotFound},
		{"connection revoked", refused(alloy.KindCredentialRevoked, nil), CodeNotFound},
		{"input refused", refused(alloy.KindInvalidInput, func(e *alloy.Error) {
			e.Details = []alloy.Detail{{Property: "requestBody", Message: "is missing"}, {Property: "x", Message: strings.Repeat("y", 300)}}
		}), CodeInvalidArguments},
		{"our own question refused", refused(alloy.KindInvalidInput, func(e *alloy.Error) { e.Op = "list connectors" }), CodeUpstreamError},
		{"way to connect refused", refused(alloy.KindAuthTypeNotFound, nil), CodeInvalidArguments},
		{"not found", refused(alloy.KindNotFound, nil), CodeNotFound},
		{"rate limited", refused(alloy.KindRateLimited, func(e *alloy.Error) { e.RetryAfter = 1_200 * time.Millisecond }), CodeRateLimited},
		{"unavailable", refused(alloy.KindUnavailable, func(e *alloy.Error) { e.Outcome = alloy.OutcomeUnknown }), CodeUpstreamUnavailable},
		{"canceled", refused(alloy.KindCanceled, func(e *alloy.Error) { e.Outcome = alloy.OutcomeNotSent }), CodeUpstreamUnavailable},
		{"answer lost", refused(alloy.KindUnreadable, func(e *alloy.Error) { e.Outcome = alloy.OutcomeCompleted }), CodeUpstreamError},
		{"wrong route", refused(alloy.KindRoute, nil), CodeUpstreamError},
		{"unknown envelope", refused(alloy.KindEnvelope, nil), CodeUpstreamError},
		{"too large", refused(alloy.KindTooLarge, nil), CodeUpstreamError},
		{"rejected otherwise", refused(alloy.KindRejected, nil), CodeUpstreamError},
	}
}

func providerFailures() failures {
	list := failures{{"an app that says nothing", refused(alloy.KindProvider, nil), CodeUpstreamError}}
	for _, test := range []struct {
		status int
		code   string
		want   Code
	}{
		{0, "restricted_resource", CodeNotShared},
		{403, "restricted_resource", CodeNotShared},
		{403, "", CodeNotPermitted},
		{403, "object_not_found", CodeNotPermitted},
		{0, "object_not_found", CodeNotFound},
		{404, "object_not_found", CodeNotFound},
		{0, "rate_limited", CodeRateLimited},
		{429, "", CodeRateLimited},
		{0, "validation_error", CodeInvalidArguments},
		{400, "", CodeInvalidArguments},
		{422, "", CodeInvalidArguments},
		{404, "", CodeNotFound},
		{500, "", CodeUpstreamUnavailable},
		{503, "", CodeUpstreamUnavailable},
		{499, "", CodeUpstreamError},
		{409, "conflict_error", CodeUpstreamError},
		{200, "channel_not_found", CodeUpstreamError},
	} {
		list = append(list, struct {
			name string
			err  error
			code Code
		}{strings.TrimSpace(fmt.Sprintf("app: %d %s", test.status, test.code)), refused(alloy.KindProvider, func(e *alloy.Error) {
			e.Provider = &alloy.ProviderError{Status: test.status, Code: test.code, Message: "m", RequestID: "req-9"}
		}), test.want})
	}
	return list
}

// Every error has its code, and words that say what to do next.
func TestEveryErrorHasItsAnswer(t *testing.T) {
	t.Parallel()
	var all bytes.Buffer
	for _, failure := range append(append(ownFailures(), alloyFailures()...), providerFailures()...) {
		answer := describe(failure.err)
		if answer.Code != failure.code || answer.Message == "" || answer.Hint == "" {
			t.Errorf("%s: %+v, want the code %s", failure.name, answer, failure.code)
		}
		text, err := json.MarshalIndent(answer, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s\n%s\n\n", failure.name, text)
	}
	golden.Equal(t, "errors.txt", all.Bytes())
}

func TestWordsAreBounded(t *testing.T) {
	t.Parallel()
	for _, n := range []int{maxMessage, maxMessage + 1} {
		answer := describe(&Error{Message: strings.Repeat("m", n), Hint: strings.Repeat("h", n)})
		if whole := n == maxMessage; (len(answer.Message) == maxMessage) != whole || strings.HasSuffix(answer.Message, "…") == whole {
			t.Errorf("a message of %d bytes becomes one of %d", n, len(answer.Message))
		}
		if len(answer.Hint) != maxHint+len("…") {
			t.Errorf("a hint of %d bytes becomes one of %d", n, len(answer.Hint))
		}
	}
	if got := shortened("aü", 2); got != "a…" {
		t.Errorf("a character is cut in two: %q", got)
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "  ": "", " no ": "No.", "no!": "No!", "No?": "No?", "no.": "No.", "über": "Über.", "n": "N.", "7 of 8": "7 of 8.",
	} {
		if got := sentence(in); got != want {
			t.Errorf("sentence(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestErrorsAndStopsNameThemselvesInLogs(t *testing.T) {
	t.Parallel()
	if got := (&Error{Code: CodeNotFound, Message: "Gone."}).Error(); got != "not_found: Gone." {
		t.Errorf("error: %q", got)
	}
	if got := (&stop{Status: "connect_required", Message: "None yet."}).Error(); got != "connect_required: None yet." {
		t.Errorf("stop: %q", got)
	}
}
