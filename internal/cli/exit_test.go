package cli

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	upstream := func(kind alloy.Kind) error { return fmt.Errorf("x: %w", &alloy.Error{Kind: kind, Op: "list users"}) }
	code := func(code tools.Code) error { return &toolError{code: code} }
	status := func(status string) error { return &toolError{status: status} }
	_, invalid := settings.ParseKey("")
	tests := []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("x"), 1},
		{errDeclined, 1},
		{context.Canceled, 1},
		{context.DeadlineExceeded, 5},
		{&usageError{err: errors.New("x")}, 2},
		{fmt.Errorf("x: %w", invalid), 2},
		{fmt.Errorf("x: %w", settings.ErrNoKey), 2},
		{&tools.UserRequiredError{}, 2},
		{&alloy.Error{Kind: alloy.KindNoUser}, 2},
		{upstream(alloy.KindUnavailable), 5},
		{upstream(alloy.KindRateLimited), 5},
		{upstream(alloy.KindCredentialNotFound), 3},
		{upstream(alloy.KindCredentialRevoked), 3},
		{upstream(alloy.KindUnauthorized), 1},
		{upstream(alloy.KindProvider), 1},
		{code(tools.CodeInvalidArguments), 2},
		{code(tools.CodeUserRequired), 2},
		{code(tools.CodeNotPermitted), 4},
		{code("refused_by_policy"), 4},
		{code(tools.CodeUpstreamUnavailable), 5},
		{code(tools.CodeRateLimited), 5},
		{code(tools.CodeUpstreamError), 1},
		{code(tools.CodeAPIKeyRejected), 1},
		{code(tools.CodeOutcomeUnknown), 1},
		{code(tools.CodeNotFound), 1},
		{code(tools.CodeInternal), 1},
		{status("connect_required"), 3},
		{status("reconnect_required"), 3},
		{status("denied"), 3},
		{status("expired"), 3},
		{status("choose_connection"), 2},
		{status("confirmation_required"), 4},
		{status("something_new"), 1},
	}
	for _, test := range tests {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("exitCode(%v) = %d, want %d", test.err, got, test.want)
		}
	}
}

func TestAnAnswerIsJudgedByItsCodeOrStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		json    string
		isError bool
		want    int
	}{
		{`{"results":[]}`, false, 0},
		{`{"status":"pending"}`, false, 0},
		{`{"status":"connected"}`, false, 0},
		{`{"status":"running"}`, false, 0},
		{`{"status":"connect_required"}`, false, 3},
		{`{"code":"not_shared","message":"m","hint":"h"}`, true, 1},
		{`{"code":"upstream_unavailable"}`, true, 5},
		{`[`, false, 1},
	}
	for _, test := range tests {
		if got := exitCode(judge(tools.Answer{JSON: []byte(test.json), IsError: test.isError})); got != test.want {
			t.Errorf("%s: exit code %d, want %d", test.json, got, test.want)
		}
	}
}

func TestWordsAreOneLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("a\n  b\r\nc"), "a b c"},
		{errors.Join(errors.New("a"), errors.New("b")), "a b"},
		{&toolError{code: tools.CodeInternal}, ""},
		{&toolError{code: tools.CodeInternal, text: "a\nb"}, "a b"},
		{fmt.Errorf("wait: %w", context.Canceled), "interrupted"},
		{&usageError{err: errors.New("a"), help: "alloy-mcp x"}, "a; see `alloy-mcp x --help`"},
	} {
		if got := words(test.err); got != test.want {
			t.Errorf("words(%v) = %q, want %q", test.err, got, test.want)
		}
	}
}
