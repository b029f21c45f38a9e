package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// fakeAccounts end connections as a test wants it.
type fakeAccounts func(ctx context.Context) tools.Answer

func (f fakeAccounts) Initiate(ctx context.Context, _ json.RawMessage) tools.Answer { return f(ctx) }

func (f fakeAccounts) Disconnect(ctx context.Context, _ string) tools.Answer { return f(ctx) }

// What is refused before anybody is known is an error of REST too, with the
// status and the headers that MCP clients get.
func TestWhoIsNotLetInIsToldInTheFormOfREST(t *testing.T) {
	t.Parallel()
	idle := fakeAccounts(func(context.Context) tools.Answer { return tools.Answer{JSON: json.RawMessage(`{}`)} })
	verify := func(_ context.Context, token string) (tools.Principal, error) {
		switch token {
		case "good":
			return tools.Principal{ID: "alice"}, nil
		case "unsure":
			return tools.Principal{}, http.ErrBodyNotAllowed
		}
		return tools.Principal{}, ErrInvalidToken
	}
	s := newTest(t, Config{Accounts: idle, Authenticate: Bearer(verify), Limits: Limits{Rate: 60, Burst: 1}})
	url := serveOdd(t, s) + "/api/oauth/initiate"
	for _, test := range []struct {
		bearer string
		status int
		code   tools.Code
		header string
		says   string
	}{
		{"good", http.StatusOK, "", "", "{}"},
		{"good", http.StatusTooManyRequests, tools.CodeRateLimited, "Retry-After", `"retry_after_s":1`},
		{"unsure", http.StatusServiceUnavailable, tools.CodeUpstreamUnavailable, "Retry-After", "cannot be checked"},
		{"bad", http.StatusUnauthorized, tools.CodeNotPermitted, "WWW-Authenticate", "unknown, revoked or expired"},
		{"", http.StatusUnauthorized, tools.CodeNotPermitted, "WWW-Authenticate", "Authorization: Bearer TOKEN"},
	} {
		c := newCaller(t, url)
		if test.bearer != "" {
			c = c.with("Authorization", "Bearer "+test.bearer)
		}
		response := c.do(t.Context(), http.MethodPost, `{}`)
		header := response.Header
		status, body := read(t, response)
		var failed tools.Error
		if err := json.Unmarshal([]byte(body), &failed); err != nil {
			t.Fatal(err)
		}
		if status != test.status || failed.Code != test.code || !strings.Contains(body, test.says) || test.header != "" && header.Get(test.header) == "" {
			t.Errorf("%q: %d %v %s", test.bearer, status, header, body)
		}
	}
}

// A change that does not come to an end in time may have happened.
func TestAnOverdueChangeIsUnknown(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	stuck := fakeAccounts(func(context.Context) tools.Answer {
		<-release
		return tools.Answer{JSON: json.RawMessage(`{}`)}
	})
	s := newTest(t, Config{Accounts: stuck, Limits: Limits{Call: 10 * time.Millisecond}})
	status, body := read(t, newCaller(t, serveOdd(t, s)+"/api/connections/x").do(t.Context(), http.MethodDelete, ""))
	if status != http.StatusGatewayTimeout || !strings.Contains(body, `"code":"outcome_unknown"`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestAPanicOfAccountsCostsItsCall(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{Accounts: fakeAccounts(func(context.Context) tools.Answer { panic(secret) })})
	status, body := read(t, newCaller(t, serveOdd(t, s)+"/api/connections/x").do(t.Context(), http.MethodDelete, ""))
	if status != http.StatusInternalServerError || !strings.Contains(body, `"code":"internal"`) || strings.Contains(body, secret) {
		t.Errorf("%d %s", status, body)
	}
}
