package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/shape"
)

// oneTool is a set with one more tool, "try", that ends as run does.
func oneTool(t *testing.T, hints Hints, run func(map[string]any) (any, error)) (*Set, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	set, err := New(Config{
		Scrub:  func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("secret"), []byte("***")) },
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	set.byName["try"] = definition{
		Tool:  Tool{Name: "try", Hints: hints},
		check: func(args map[string]any) (map[string]any, error) { return args, nil },
		run:   func(_ context.Context, _ *Set, args map[string]any) (any, error) { return run(args) },
	}
	return set, &log
}

func fails(err error) func(map[string]any) (any, error) {
	return func(map[string]any) (any, error) { return nil, err }
}

func TestWhatAWriteMayHaveDoneIsSaid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		readOnly bool
		outcome  alloy.Outcome
		want     map[string]any
	}{
		{true, alloy.OutcomeUnknown, map[string]any{"code": "upstream_unavailable"}},
		{true, alloy.OutcomeCompleted, map[string]any{"code": "upstream_unavailable"}},
		{false, alloy.OutcomeUnknown, map[string]any{"code": "outcome_unknown", "outcome": "unknown"}},
		{false, alloy.OutcomeCompleted, map[string]any{"code": "upstream_unavailable", "outcome": "completed"}},
		{false, alloy.OutcomeRejected, map[string]any{"code": "upstream_unavailable"}},
		{false, alloy.OutcomeNotSent, map[string]any{"code": "upstream_unavailable"}},
	} {
		set, log := oneTool(t, Hints{ReadOnly: test.readOnly}, fails(refused(alloy.KindUnavailable, func(e *alloy.Error) { e.Outcome = test.outcome })))
		answer := set.Call(t.Context(), "try", nil)
		var got map[string]any
		if err := json.Unmarshal(answer.JSON, &got); err != nil {
			t.Fatal(err)
		}
		delete(got, "message")
		delete(got, "hint")
		if diff := cmp.Diff(test.want, got); diff != "" || !answer.IsError {
			t.Errorf("read %v, %s (-want +got):\n%s", test.readOnly, test.outcome, diff)
		}
		if line := log.String(); !strings.Contains(line, "level=DEBUG") || !strings.Contains(line, "tool=try error_code="+fmt.Sprint(test.want["code"])) {
			t.Errorf("logged: %s", line)
		}
	}
}

func TestAnswersOfASet(t *testing.T) {
	t.Parallel()
	long := func(n int) func(map[string]any) (any, error) {
		return func(map[string]any) (any, error) { return strings.Repeat("ü", n-len(`""`)), nil }
	}
	for _, test := range []struct {
		name, tool, args string
		run              func(map[string]any) (any, error)
		want             string
		isError          bool
		logged           string
	}{
		{"arguments", "try", `{"a":1,"b":9007199254740993}`, func(args map[string]any) (any, error) { return args, nil }, `{"a":1,"b":9007199254740993}`, false, ""},
		{"arguments as text", "try", `"{\"a\":1}"`, func(args map[string]any) (any, error) { return args, nil }, `{"a":1}`, false, ""},
		{"no arguments", "try", ``, func(args map[string]any) (any, error) { return len(args), nil }, `0`, false, ""},
		{"no object", "try", `[1]`, long(10), `"hint":"Pass the arguments as one JSON object."`, true, "error_code=invalid_arguments"},
		{"an unknown tool", "tyr", `{}`, long(10), `{"code":"invalid_arguments","message":"There is no tool \"tyr\".","hint":"List the tools."}`, true, "error_code=invalid_arguments"},
		{"a check that fails", "get_tokens", `{}`, long(10), `"code":"invalid_arguments"`, true, "tool=get_tokens"},
		{"no escaping of HTML, and no secret", "try", ``, func(map[string]any) (any, error) { return "<secret>&", nil }, `"<***>&"`, false, ""},
		{"no secret in errors", "try", ``, fails(&Error{Code: CodeNotFound, Message: "secret"}), `"message":"***"`, true, "error_code=not_found"},
		{"what needs a person", "try", ``, fails(fmt.Errorf("x: %w", &stop{Status: "connect_required", Message: "m"})), `{"status":"connect_required","message":"m"}`, false, ""},
		{"as long as clients take", "try", ``, long(shape.HardMaxChars), strings.Repeat("ü", 100), false, ""},
		{"one character more", "try", ``, long(shape.HardMaxChars + 1), `{"code":"invalid_arguments","message":"The answer would have 40001 characters, more than the 40000 that clients take.","hint":"Ask for less: a smaller limit or page_size, a narrower query, or fewer fields."`, true, ""},
		{"a long error", "try", ``, fails(&Error{Code: CodeNotFound, Message: strings.Repeat("x", 50_000)}), `"code":"not_found"`, true, ""},
		{"what cannot be encoded", "try", ``, func(map[string]any) (any, error) { return func() {}, nil }, `{"code":"internal","message":"The result could not be encoded."}`, true, "level=ERROR msg=\"result cannot be encoded\" tool=try"},
		{"a surprise", "try", ``, fails(errors.New("a mishap")), `"code":"internal"`, true, "level=ERROR msg=\"tool failed\" tool=try error=\"a mishap\""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set, log := oneTool(t, Hints{}, test.run)
			answer := set.Call(t.Context(), test.tool, json.RawMessage(test.args))
			if got := string(answer.JSON); answer.IsError != test.isError || !strings.Contains(got, test.want) || strings.Contains(got, "a mishap") {
				t.Errorf("error %v: %.300s", answer.IsError, got)
			}
			if line := log.String(); !strings.Contains(line, test.logged) || test.logged == "" && strings.Contains(line, "level=ERROR") {
				t.Errorf("logged: %s", line)
			}
		})
	}
}

// Warm learns the live action before anybody asks.
func TestASetCanBeWarmed(t *testing.T) {
	t.Parallel()
	src := &liveSource{action: pinnedAction(t, nil), delay: time.Millisecond}
	cat := catalog.New(src)
	t.Cleanup(cat.Close)
	set, err := New(Config{Catalog: cat})
	if err != nil {
		t.Fatal(err)
	}
	set.Warm(t.Context())
	if set.search.live == nil {
		t.Error("the live action is not known")
	}
}

// Two processes do not take each other's cursors.
func TestEverySetHasItsOwnKey(t *testing.T) {
	t.Parallel()
	one, _ := oneTool(t, Hints{}, nil)
	other, _ := oneTool(t, Hints{}, nil)
	if one.cursors.key == other.cursors.key || one.cursors.key == [32]byte{} {
		t.Error("the keys of two sets are equal or empty")
	}
}
