package doctor

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRedirect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		redirect, public string
		state            State
		words            string
	}{
		"none":             {"", "", OK, "our own /oauth/callback"},
		"ours":             {"http://localhost:3000/oauth/callback", "", OK, "without a code"},
		"ours in public":   {"https://mcp.example.com/oauth/callback", "https://mcp.example.com", OK, "without a code"},
		"default port":     {"https://mcp.example.com:443/oauth/callback/", "https://mcp.example.com", OK, "without a code"},
		"other port":       {"http://localhost:4000/oauth/callback", "", Warning, "another address"},
		"other host":       {"https://other.example.com/oauth/callback", "https://mcp.example.com", Warning, "another address"},
		"other page":       {"https://mcp.example.com/done", "https://mcp.example.com", Warning, "not a page of ours"},
		"plain http":       {"http://mcp.example.com/oauth/callback", "http://mcp.example.com", Warning, "not https"},
		"query":            {"http://localhost:3000/oauth/callback?x=1", "", Warning, "holds a query"},
		"fragment":         {"http://localhost:3000/oauth/callback#x", "", Problem, "must not hold"},
		"password":         {"http://a:b@localhost:3000/oauth/callback", "", Problem, "must not hold"},
		"no URL":           {"localhost:3000/oauth/callback", "", Problem, "not an http or https URL"},
		"Alloy's callback": {"https://api.runalloy.com/api/strategy/connector/notion/callback", "", Problem, "Alloy's own callback"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newExamination(Config{RedirectURI: test.redirect, PublicURL: test.public, Addr: "127.0.0.1:3000"})
			e.checkRedirect()
			if got := e.report.Findings[0]; got.State != test.state || !strings.Contains(got.Message, test.words) {
				t.Errorf("%s: %s, want %s with %q", got.State, got.Message, test.state, test.words)
			}
		})
	}
}

func TestPort(t *testing.T) {
	t.Parallel()
	other := listen(t)
	raw := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	ours := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"}[r.URL.Path])
	})
	stopping := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, map[string]string{"/healthz": "ok\n", "/readyz": "stopping\n"}[r.URL.Path])
	})
	failing := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"}[r.URL.Path])
	})
	redirecting := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+ours+r.URL.Path, http.StatusFound)
	})
	tests := map[string]struct {
		config Config
		state  State
		words  string
	}{
		"free":                         {Config{Addr: "127.0.0.1:0"}, OK, "any free port"},
		"unknown":                      {Config{}, Skipped, "no address"},
		"no address":                   {Config{Addr: "3000"}, Problem, "not a host and a port"},
		"taken, stdio":                 {Config{Addr: other, Transport: "stdio"}, Warning, "cannot be listened on"},
		"taken, stdio, fixed":          {Config{Addr: other, Transport: "stdio", RedirectURI: "http://" + other + "/oauth/callback"}, Problem, "cannot be listened on"},
		"taken, http":                  {Config{Addr: other, Transport: "http"}, Problem, "cannot be listened on"},
		"taken by another server":      {Config{Addr: raw, Transport: "http"}, Problem, "cannot be listened on"},
		"taken by one that sends on":   {Config{Addr: redirecting, Transport: "http"}, Problem, "cannot be listened on"},
		"taken by one that only lives": {Config{Addr: stopping, Transport: "http"}, Problem, "cannot be listened on"},
		"taken by one that fails":      {Config{Addr: failing, Transport: "http"}, Problem, "cannot be listened on"},
		"taken by ours":                {Config{Addr: ours, Transport: "http"}, OK, "running already"},
		"open to all":                  {Config{Addr: "0.0.0.0:0", Transport: "http", Auth: "none"}, Problem, "reached from other machines"},
		"open to all by name":          {Config{Addr: ":0", Transport: "sse"}, Problem, "reached from other machines"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newExamination(test.config)
			e.checkPort(t.Context())
			if got := e.report.Findings[0]; got.State != test.state || !strings.Contains(got.Message, test.words) {
				t.Errorf("%s: %s, want %s with %q", got.State, got.Message, test.state, test.words)
			}
		})
	}
}

// listen takes a port that answers nobody.
func listen(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestTheCheckedPortIsFreeAfterwards(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	e := newExamination(Config{Addr: addr})
	e.checkPort(t.Context())
	if got := e.report.Findings[0]; got.State != OK {
		t.Skipf("somebody else took the port: %s", got.Message)
	}
	again, err := config.Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatalf("the port stayed taken: %v", err)
	}
	_ = again.Close()
}
