package server

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mark3labs/mcp-go/mcp"
)

func TestBusyServerTurnsBodiesAway(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	s := newTest(t, Config{Tools: fakeTools{echo(), block.tool()}, Limits: Limits{Buffered: 64 << 10}})
	c := newCaller(t, serveOdd(t, s)+"/mcp")
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.post(call(1, "block", `{"pad":"`+strings.Repeat("x", 50<<10)+`"}`))
	}()
	waitFor(t, "the call begins", block.began)
	response := c.do(t.Context(), http.MethodPost, padded(30<<10))
	if status, body := read(t, response); status != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("above the limit: %d %s", status, body)
	}
	if status, body := c.post(call(2, "echo", `{}`)); status != http.StatusOK {
		t.Errorf("a small message: %d %s", status, body)
	}
	close(block.release)
	<-done
	if used := s.buffered.used.Load(); used != 0 {
		t.Errorf("%d bytes were not given back", used)
	}
}

// What is announced as too large is not even begun.
func TestAnnouncedSizeIsBelieved(t *testing.T) {
	t.Parallel()
	request := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", iotest.ErrReader(io.ErrClosedPipe))
	request.ContentLength = 101
	if _, held, err := readBody(request, 100, &budget{limit: 1000}); !errors.Is(err, errTooLarge) || held != 0 {
		t.Errorf("held %d, %v", held, err)
	}
}

func TestBrokenBodyIsRefused(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{})
	request := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", io.MultiReader(strings.NewReader(`{"jsonrpc"`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, request)
	if recorder.Code != http.StatusBadRequest || !strings.Contains(recorder.Body.String(), "-32700") {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
	if used := s.buffered.used.Load(); used != 0 {
		t.Errorf("%d bytes were not given back", used)
	}
}

func TestAuthenticationComesBeforeTheBody(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{Authenticate: byToken})
	for _, path := range []string{"/mcp", "/message"} {
		request := httptest.NewRequest(http.MethodPost, "http://localhost"+path, iotest.ErrReader(io.ErrClosedPipe))
		recorder := httptest.NewRecorder()
		s.Handler().ServeHTTP(recorder, request)
		if recorder.Code != http.StatusUnauthorized || recorder.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d", path, recorder.Code)
		}
	}
	if _, body := newCaller(t, serveOdd(t, s)+"/mcp", "X-Who", "alice").post(call(1, "echo", `{}`)); !strings.Contains(body, `"who":"alice"`) {
		t.Errorf("the principal did not arrive: %s", body)
	}
}

func TestPlainRequestsGetHints(t *testing.T) {
	t.Parallel()
	base := serveOdd(t, newTest(t, Config{}))
	c := newCaller(t, base+"/mcp")
	if status, _ := c.with("Content-Type", "text/plain").post(initialize); status != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %d", status)
	}
	response := c.do(t.Context(), http.MethodPost, initialize)
	_, _ = read(t, response)
	for name := range response.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("other sites may read answers: %s", name)
		}
	}
	if status, _ := c.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`); status != http.StatusAccepted {
		t.Errorf("a notification: %d", status)
	}
}

func FuzzSessionID(f *testing.F) {
	key, err := newSessionKey(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("alice", "mallory", 0, "")
	f.Add("", "a", 255, strings.Repeat("A", 43))
	f.Fuzz(func(t *testing.T, owner, other string, bit int, made string) {
		id := key.issue(owner, canSample)
		owns := func(principal, id string) bool {
			able, ok := key.owns(principal, id)
			if ok && able != canSample {
				t.Errorf("the client's ability became %b", able)
			}
			return ok
		}
		if !owns(owner, id) {
			t.Error("not its owner's")
		}
		if other != owner && owns(other, id) {
			t.Errorf("the id of %q is taken from %q", owner, other)
		}
		raw, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil {
			t.Fatal(err)
		}
		bit = abs(bit) % (len(raw) * 8)
		raw[bit/8] ^= 1 << (bit % 8)
		if owns(owner, base64.RawURLEncoding.EncodeToString(raw)) {
			t.Errorf("bit %d is not protected", bit)
		}
		if owns(owner, made) || owns(owner, id+made) != (made == "") {
			t.Errorf("%q is accepted", made)
		}
		if strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' }) {
			t.Errorf("%q is not visible ASCII", id)
		}
	})
}

// An origin that is let in is the server's own or an allowed one, whatever it
// looks like.
func FuzzOrigin(f *testing.F) {
	public, err := parsePublicURL("https://mcp.example.com")
	if err != nil {
		f.Fatal(err)
	}
	guard, err := newOriginGuard(public, nil, []string{"https://app.example.com:8443"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][2]string{
		{"localhost:3000", "http://localhost:3000"},
		{"mcp.example.com", "https://mcp.example.com"},
		{"127.0.0.1", "null"},
		{"localhost", "http://localhost.evil"},
		{"[::1]:1", "http://[::1]:1"},
		{"localhost", "http://a@localhost"},
		{"LOCALHOST", "HTTP://LOCALHOST"},
		{"mcp.example.com", "https://app.example.com:8443"},
		{"localhost", "http://localhost#"},
		{"localhost\x00", "http://ｌocalhost"},
		{"localhost:1", "http://127.0.0.1:1"},
		{"127.0.0.1", "https://localhost"},
		{"::1", "http://[::1]"},
		{"[localhost", "http://localhost"},
		{"localhost:1", "http://localhost:2"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, host, origin string) {
		request := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", nil)
		request.Host = host
		request.Header = http.Header{"Origin": {origin}}
		if guard.check(request) != "" {
			return
		}
		at, err := url.Parse("http://" + strings.ToLower(host))
		if err != nil || at.User != nil || at.Hostname() != "mcp.example.com" && !isLoopback(at.Hostname()) {
			t.Fatalf("host %q is let in", host)
		}
		switch low := strings.ToLower(origin); {
		case low == "https://mcp.example.com", low == "https://app.example.com:8443", low == "http://"+at.Host, low == "https://"+at.Host:
		case isLoopback(at.Hostname()) && ofThisMachine(low, at.Port()):
		default:
			t.Errorf("origin %q is let in at %q", origin, host)
		}
	})
}

// ofThisMachine reports whether an origin is one of the names of this machine, on a
// port.
func ofThisMachine(origin, port string) bool {
	u, err := url.Parse(origin)
	return err == nil && origin == "http://"+u.Host && isLoopback(u.Hostname()) && u.Port() == port
}

// Whatever is POSTed, the server answers with JSON or nothing, never with a
// server error, and a call means the same in both eras.
func FuzzHandler(f *testing.F) {
	for _, seed := range append(conversation(), modernConversation()...) {
		f.Add([]byte(seed), "2026-07-28", "tools/call", "echo")
		f.Add([]byte(seed), "", "", "")
	}
	f.Add([]byte(initialize), "2025-11-25", "=?base64?AA==?=", "\x00")
	s := newTest(f, Config{Tools: fakeTools{echo()}})
	handler := s.Handler()
	post := func(body []byte, version, method, name string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		if version != "" {
			request.Header.Set(mcp.HeaderProtocolVersion, version)
			request.Header.Set(mcp.HeaderMethod, method)
			request.Header.Set(mcp.HeaderName, name)
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		return recorder
	}
	f.Fuzz(func(t *testing.T, body []byte, version, method, name string) {
		got := post(body, version, method, name)
		if got.Code >= 500 {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
		envelope, fault := scan(body)
		if fault != nil {
			if got.Code != http.StatusBadRequest && got.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("a malformed message got %d %s", got.Code, got.Body)
			}
			return
		}
		if envelope.kind != kindRequest || envelope.method != "tools/call" || envelope.name != "echo" || !envelope.modern() {
			return
		}
		modern := post(body, envelope.version, envelope.method, envelope.name)
		legacy := post(bytes.Replace(body, []byte("io.modelcontextprotocol/protocolVersion"), []byte("io.modelcontextprotocol/protocolVersioX"), 1), "", "", "")
		if modern.Code == http.StatusOK && strings.Contains(modern.Body.String(), `"result"`) && legacy.Code == http.StatusOK {
			if structured(modern.Body.String()) != structured(legacy.Body.String()) {
				t.Errorf("the eras differ:\n%s\n%s", modern.Body, legacy.Body)
			}
		}
	})
}

// structured is the part of an answer that both eras share.
func structured(body string) string {
	_, rest, _ := strings.Cut(body, `"structuredContent":`)
	return strings.TrimRight(rest, "}\n")
}
