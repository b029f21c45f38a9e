package alloy

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wire is a transport that plays a script, in the fake time of synctest.
type wire struct {
	plays []play // the last one stays
	at    []time.Time
	bodys []string
}

// play is what one request meets.
type play struct {
	status  int
	body    string
	header  map[string]string
	err     error // instead of an answer
	unsent  bool  // the error comes before anything was written
	delay   time.Duration
	forever bool // no answer until the request is given up
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	p := w.plays[min(len(w.at), len(w.plays)-1)]
	w.at = append(w.at, time.Now())
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	w.bodys = append(w.bodys, string(body))
	trace := httptrace.ContextClientTrace(r.Context())
	trace.GetConn("")
	if !p.unsent {
		trace.WroteHeaders()
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	wait := time.After(p.delay)
	if p.forever {
		wait = nil
	}
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-wait:
	}
	if p.err != nil {
		return nil, p.err
	}
	resp := &http.Response{
		StatusCode: p.status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(p.body)),
		ContentLength: int64(len(p.body)), Request: r,
	}
	for name, value := range p.header {
		resp.Header.Set(name, value)
	}
	return resp, nil
}

// gaps are the waits between the attempts.
func (w *wire) gaps() []time.Duration {
	var out []time.Duration
	for i := 1; i < len(w.at); i++ {
		out = append(out, w.at[i].Sub(w.at[i-1]))
	}
	return out
}

func wiredClient(t *testing.T, plays ...play) (*Client, *wire) {
	t.Helper()
	w := &wire{plays: plays}
	c, err := New(Config{Key: StaticKey(NewSecret(testKey)), Transport: w})
	if err != nil {
		t.Fatal(err)
	}
	return c, w
}

var errReset = &netError{syscall.ECONNRESET}

type netError struct{ err error }

func (e *netError) Error() string { return "read tcp: " + e.err.Error() }
func (e *netError) Unwrap() error { return e.err }

const okConnectors = `{"connectors":[]}`

// theCalls are one call of each class that a script may end with success.
func theCalls(t *testing.T, c *Client) map[string]func(context.Context) error {
	u := c.As(mustUser(t))
	execute := func(effect Effect) func(context.Context) error {
		return func(ctx context.Context) error {
			e := search()
			e.Effect = effect
			_, err := u.Execute(ctx, e)
			return err
		}
	}
	return map[string]func(context.Context) error{
		"read":         func(ctx context.Context) error { _, err := c.Connectors(ctx); return err },
		"execute read": execute(EffectRead),
		"write":        execute(EffectWrite),
		"put":          execute(EffectPut),
		"create":       func(ctx context.Context) error { return createOnce(ctx, u) },
		"link": func(ctx context.Context) error {
			_, err := u.StartOAuth(ctx, OAuthRequest{ConnectorID: "notion", RedirectURI: "http://localhost/cb"})
			return err
		},
		"delete": func(ctx context.Context) error { return u.DeleteUserCredential(ctx, testCred) },
		"upload": func(ctx context.Context) error {
			return c.Upload(ctx, UploadTicket{URL: NewSecret("https://x.s3.amazonaws.com/a")}, []byte("a"))
		},
	}
}

// createOnce sends a creation without the listing around it.
func createOnce(ctx context.Context, u *UserClient) error {
	_, err := u.createWith(ctx, u.create("c", "connect c", classCreate), createBody{})
	return err
}

// success answers every call of theCalls.
var success = play{status: 200, body: `{"connectors":[],"responseData":{},"oauthUrl":"https://api.runalloy.com/x","credentialId":"` + testCred + `"}`}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
