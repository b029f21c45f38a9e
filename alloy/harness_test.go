package alloy

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const (
	testKey  = "canary-key-0123456789"
	testUser = "66aa00000000000000000001"
	testCred = "66bb00000000000000000001"
)

// seen is one request as the fake Alloy saw it.
type seen struct {
	method string
	path   string // escaped, without the odd base path
	header http.Header
	body   string
}

// fake is an HTTP server in Alloy's place. It serves under an odd base path,
// records every request, and complains about headers that no request may lack.
type fake struct {
	t      *testing.T
	server *httptest.Server
	client *Client

	mu       sync.Mutex
	requests []seen
	replies  []func(http.ResponseWriter, *http.Request)
	routes   map[string]func(http.ResponseWriter, *http.Request)
}

const oddBase = "/odd/base"

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, routes: map[string]func(http.ResponseWriter, *http.Request){}}
	f.server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.server.Close)
	f.client = f.newClient(Config{})
	return f
}

func (f *fake) newClient(config Config) *Client {
	f.t.Helper()
	config.BaseURL = f.server.URL + oddBase + "/"
	if config.Key == nil {
		config.Key = StaticKey(NewSecret(testKey))
	}
	c, err := New(config)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(c.CloseIdleConnections)
	return c
}

func (f *fake) user() *UserClient { return f.client.As(mustUser(f.t)) }

func mustUser(t testing.TB) UserID {
	t.Helper()
	user, err := ParseUserID(testUser)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path, under := strings.CutPrefix(r.URL.EscapedPath(), oddBase)
	if strings.HasPrefix(path, "/storage/") {
		under = true
	}
	f.mu.Lock()
	f.requests = append(f.requests, seen{method: r.Method, path: path, header: r.Header.Clone(), body: string(body)})
	reply := f.routes[r.Method+" "+path]
	if reply == nil && len(f.replies) > 0 {
		reply = f.replies[0]
		if len(f.replies) > 1 {
			f.replies = f.replies[1:]
		}
	}
	f.mu.Unlock()
	if !under {
		f.t.Errorf("request outside the base path: %s %s", r.Method, r.URL)
	}
	if !strings.HasPrefix(path, "/storage/") {
		f.checkHeaders(r, len(body))
	}
	if reply == nil {
		f.t.Errorf("unexpected request: %s %s", r.Method, path)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	reply(w, r)
}

func (f *fake) checkHeaders(r *http.Request, body int) {
	for name, want := range map[string]string{
		"Authorization": "Bearer " + testKey, "X-Api-Version": DefaultVersion, "Accept": "application/json", "User-Agent": DefaultUserAgent,
	} {
		if got := r.Header.Get(name); got != want {
			f.t.Errorf("%s %s: header %s is %q, want %q", r.Method, r.URL.Path, name, got, want)
		}
	}
	if body > 0 && r.Header.Get("Content-Type") != "application/json" {
		f.t.Errorf("%s %s: Content-Type is %q", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
	}
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key", "Cookie"} {
		if r.Header.Get(name) != "" {
			f.t.Errorf("%s %s: header %s must not be sent", r.Method, r.URL.Path, name)
		}
	}
}

// reply queues answers for requests without a route; the last one stays.
func (f *fake) reply(replies ...func(http.ResponseWriter, *http.Request)) *fake {
	f.replies = append(f.replies, replies...)
	return f
}

func (f *fake) route(pattern string, reply func(http.ResponseWriter, *http.Request)) *fake {
	f.routes[pattern] = reply
	return f
}

func (f *fake) seen() []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]seen(nil), f.requests...)
}

// want checks which requests were made, as "METHOD path" lines.
func (f *fake) want(lines ...string) {
	f.t.Helper()
	var got []string
	for _, s := range f.seen() {
		got = append(got, s.method+" "+s.path)
	}
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		f.t.Errorf("requests:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

func answerWith(status int, body string, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// wantError returns the *Error in err and checks its kind.
func wantError(t *testing.T, err error, kind Kind) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error of kind %s", err, kind)
	}
	if e.Kind != kind {
		t.Fatalf("got kind %s (%v), want %s", e.Kind, e, kind)
	}
	if e.Op == "" || e.Message == "" || e.Fault == "" || e.Outcome == "" || e.Advice == "" {
		t.Errorf("error is incomplete: %#v", e)
	}
	if strings.Contains(e.Error(), testKey) || strings.ContainsAny(e.Error(), "\n\r\t") {
		t.Errorf("error holds the key or a line break: %q", e.Error())
	}
	return e
}

// wantKind is wantError where only the kind matters.
func wantKind(t *testing.T, err error, kind Kind) {
	t.Helper()
	if e := wantError(t, err, kind); e == nil {
		t.Fatal("no error")
	}
}

// everyCall makes each call of the API once and reports its error by name.
func everyCall(ctx context.Context, c *Client, u *UserClient) map[string]error {
	out := map[string]error{}
	_, out["Connectors"] = c.Connectors(ctx)
	_, out["Connector"] = c.Connector(ctx, "notion")
	_, out["Resources"] = c.Resources(ctx, "notion")
	_, out["Action"] = c.Action(ctx, "notion", "post-search")
	_, out["CredentialMetadata"] = c.CredentialMetadata(ctx, "notion")
	_, out["CreateUser"] = c.CreateUser(ctx, "ann", "Ann")
	_, out["Users"] = c.Users(ctx)
	_, out["User"] = c.User(ctx, u.user)
	_, out["UpdateUser"] = c.UpdateUser(ctx, u.user, "Ann B")
	out["DeleteUser"] = c.DeleteUser(ctx, u.user)
	_, out["RequestUpload"] = c.RequestUpload(ctx, Upload{Filename: "a.txt", MIMEType: "text/plain", Content: []byte("a")})
	_, out["Files"] = c.Files(ctx)
	maps.Copy(out, userCalls(ctx, u))
	return out
}

// userCalls makes each call that acts for a user once.
func userCalls(ctx context.Context, u *UserClient) map[string]error {
	out := map[string]error{}
	_, out["Credentials"] = u.Credentials(ctx)
	_, out["ConnectorCredentials"] = u.ConnectorCredentials(ctx, "notion")
	_, out["Execute"] = u.Execute(ctx, search())
	_, out["StartOAuth"] = u.StartOAuth(ctx, OAuthRequest{ConnectorID: "notion", RedirectURI: "http://localhost:8080/callback"})
	_, out["CreateAPIKey"] = u.CreateAPIKey(ctx, "trello", NewSecret("app-key-123"))
	_, out["CreateBearer"] = u.CreateBearer(ctx, "shippo", NewSecret("app-token-123"))
	_, out["CreateBasic"] = u.CreateBasic(ctx, "jira", Basic{Username: "ann", Password: NewSecret("app-pass-123"), Extra: map[string]any{"domain": "acme"}})
	_, out["Connection"] = u.Connection(ctx, testCred)
	_, out["TokenInfo"] = u.TokenInfo(ctx, testCred)
	_, out["SearchNotion"] = u.SearchNotion(ctx, NotionSearch{Query: "x"})
	out["DeleteCredential"] = u.DeleteCredential(ctx, "notion", testCred)
	out["DeleteUserCredential"] = u.DeleteUserCredential(ctx, testCred)
	return out
}

func search() Execution {
	return Execution{ConnectorID: "notion", ActionID: "post-search", CredentialID: testCred, Effect: EffectRead, RequestBody: map[string]any{"query": "x"}}
}

// lockedBuffer is a buffer that a logger of many goroutines may write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newJSONLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
