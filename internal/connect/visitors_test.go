package connect_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

func TestLoggingInLeadsToPagesOfOursOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *connect.Config) { c.Visitors = byName{} })
	b.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for next, want := range map[string]string{
		"/connect": "/connect", "/connect/abc": "/connect/abc", "/connect/account/abc": "/connect/account/abc",
		"": "/connect", "https://evil.example/": "/connect", "//evil.example": "/connect", `/\evil.example`: "/connect",
		"/connect//evil.example": "/connect", "/connect/../../evil": "/connect", "/connect@evil.example": "/connect", "/connector": "/connect",
		"/connect/%2f%2fevil.example": "/connect", "javascript:alert(1)": "/connect", "/mcp": "/connect", "/connect/?x": "/connect",
		"\t//evil.example": "/connect", "/connect/./x": "/connect", "/connect#x": "/connect",
	} {
		response, _ := b.browse(t, http.MethodPost, b.pages.URL+"/connect/login", url.Values{"token": {"ada"}, "next": {next}})
		if got := response.Header.Get("Location"); response.StatusCode != http.StatusSeeOther || got != want {
			t.Errorf("%q leads to %q by %s, want %q", next, got, response.Status, want)
		}
	}
}

// Who has to log in to go on goes on afterwards.
func TestTheLoginPageKnowsWhereOneWantedToGo(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *connect.Config) { c.Visitors = byName{} })
	for _, test := range []struct{ method, path, next string }{
		{http.MethodGet, "/connect/abc", "/connect/abc"},
		{http.MethodGet, "/connect/abc?wrong", "/connect/abc"},
		{http.MethodPost, "/connect/abc", "/connect/abc"},
		{http.MethodPost, "/connect/account/abc", "/connect/account/abc"},
		{http.MethodPost, "/connect/new", "/connect"},
	} {
		response, page := b.browse(t, test.method, b.pages.URL+test.path, url.Values{})
		if want := `name="next" value="` + test.next + `"`; response.StatusCode != http.StatusUnauthorized || !strings.Contains(page, want) {
			t.Errorf("%s %s: %s, without %s", test.method, test.path, response.Status, want)
		}
	}
}
