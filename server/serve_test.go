package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// serving is a server that runs on a listener of its own.
type serving struct {
	base string
	stop context.CancelFunc
	done chan error
}

func serve(t *testing.T, s *Server) *serving {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	run := &serving{base: "http://" + listener.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { run.done <- s.Serve(ctx, listener) }()
	return run
}

func TestStopFinishesCallsAndEndsStreams(t *testing.T) {
	t.Parallel()
	const notice = 3 * time.Second // for what is asked below before the listener closes
	block := newBlocker()
	s := newListening(t, Config{
		Tools:  fakeTools{block.tool()},
		Limits: Limits{Notice: notice, Drain: patience, Connections: 100},
	})
	run := serve(t, s)
	var streams []*stream
	for range 10 {
		streams = append(streams,
			open(t, newCaller(t, run.base+"/mcp").session(), http.MethodGet, ""),
			open(t, newCaller(t, run.base+"/mcp").modern("subscriptions/listen", ""), http.MethodPost, listen),
			open(t, newCaller(t, run.base+"/sse"), http.MethodGet, ""))
	}
	working := openSSE(t, run.base)
	var answers sync.WaitGroup
	for range 100 {
		answers.Go(func() {
			if status, body := newCaller(t, run.base+"/mcp").post(call(1, "block", `{}`)); status != http.StatusOK || !strings.Contains(body, "released") {
				t.Errorf("a running call got %d %s", status, body)
			}
		})
	}
	if status, _ := working.post(call(2, "block", `{}`)); status != http.StatusAccepted {
		t.Error(status)
	}
	for range 101 {
		waitFor(t, "a call begins", block.began)
	}
	health := newCaller(t, run.base+"/readyz")
	if status, _ := read(t, health.do(t.Context(), http.MethodGet, "")); status != http.StatusOK {
		t.Errorf("ready: %d", status)
	}

	run.stop()
	if !eventually(func() bool {
		status, _ := read(t, newCaller(t, run.base+"/readyz").do(t.Context(), http.MethodGet, ""))
		return status == http.StatusServiceUnavailable
	}) {
		t.Error("still ready")
	}
	if status, _ := read(t, newCaller(t, run.base+"/healthz").do(t.Context(), http.MethodGet, "")); status != http.StatusOK {
		t.Errorf("healthy: %d", status)
	}
	for i, st := range streams {
		if !st.ended(patience / 4) { // at once, but for a busy machine
			t.Errorf("stream %d goes on", i)
		}
	}
	select {
	case err := <-run.done:
		t.Errorf("stopped before its calls: %v", err)
	case <-time.After(notice + 2*lastRequests + 500*time.Millisecond):
	}
	close(block.release)
	if line := working.until("data: {", patience); !strings.Contains(line, "released") {
		t.Errorf("a running call over SSE got %q", line)
	}
	answers.Wait()
	if err := <-run.done; err != nil {
		t.Errorf("stopped with %v", err)
	}
	if _, err := newCaller(t, run.base+"/healthz").try(t.Context(), http.MethodGet, nil); err == nil {
		t.Error("still accepts connections")
	}
}

// stubborn is a tool that does not end with its context.
func stubborn(began chan<- struct{}, release <-chan struct{}) fakeTool {
	return fakeTool{name: "stubborn", run: func(context.Context, json.RawMessage) tools.Answer {
		close(began)
		<-release
		return tools.Answer{JSON: json.RawMessage(`{"ended":"released"}`)}
	}}
}

func TestStopDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	release, began := make(chan struct{}), make(chan struct{})
	defer close(release)
	run := serve(t, newTest(t, Config{Tools: fakeTools{stubborn(began, release)}, Limits: Limits{Drain: 50 * time.Millisecond}}))
	go func() {
		response, err := newCaller(t, run.base+"/mcp").try(t.Context(), http.MethodPost, strings.NewReader(call(1, "stubborn", `{}`)))
		if err == nil {
			_ = response.Body.Close()
		}
	}()
	waitFor(t, "the call begins", began)
	run.stop()
	if err := <-run.done; err == nil || !strings.Contains(err.Error(), "calls were still running after 50ms") {
		t.Errorf("stopped with %v", err)
	}
}

// A call that would go on for longer is told to answer in time, and is answered.
func TestStopTellsCallsToAnswer(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	run := serve(t, newTest(t, Config{Tools: fakeTools{block.tool()}, Limits: Limits{Drain: 6 * time.Second}}))
	working := openSSE(t, run.base)
	if status, _ := working.post(call(2, "block", `{}`)); status != http.StatusAccepted {
		t.Error(status)
	}
	var answers sync.WaitGroup
	post := func(c *caller, message string) {
		answers.Go(func() {
			if status, body := c.post(message); status != http.StatusOK || !strings.Contains(body, "cancelled") {
				t.Errorf("a long call got %d %s", status, body)
			}
		})
	}
	web := newCaller(t, run.base+"/mcp")
	post(web, call(1, "block", `{}`))
	post(web.modern("tools/call", "block"), modernCall(1, "block", `{}`))
	for range 3 {
		waitFor(t, "a call begins", block.began)
	}
	run.stop()
	answers.Wait()
	if line := working.until("data: {", patience); !strings.Contains(line, "cancelled") {
		t.Errorf("a long call over SSE got %q", line)
	}
	if err := <-run.done; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

// A client that keeps its connection gets an answer to a request that was on its
// way when the stop came, and is told to connect again.
func TestStopAnswersRequestsOnOpenConnections(t *testing.T) {
	t.Parallel()
	for try := 1; ; try++ {
		s := newTest(t, Config{})
		run := serve(t, s)
		kept, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(run.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		answers := bufio.NewReader(kept)
		ask := func() (*http.Response, error) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, run.base+"/mcp", strings.NewReader(call(1, "echo", `{}`)))
			if err != nil {
				return nil, err
			}
			request.Header.Set("Content-Type", "application/json")
			if err := request.Write(kept); err != nil {
				return nil, err
			}
			response, err := http.ReadResponse(answers, request)
			if err != nil {
				return nil, err
			}
			_, _ = read(t, response)
			return response, nil
		}
		if response, err := ask(); err != nil || response.Close {
			t.Fatalf("before the stop: %+v, %v", response, err)
		}
		stopped := time.Now()
		run.stop()
		<-s.stopping.Done()
		<-time.After(lastRequests / 4)
		response, err := ask()
		late := time.Since(stopped) > lastRequests
		_ = kept.Close()
		if err := <-run.done; err != nil {
			t.Error(err)
		}
		if err != nil && late && try < 20 {
			continue // the machine was too busy to ask in time
		}
		if err != nil || response.StatusCode != http.StatusOK || !response.Close {
			t.Errorf("after the stop: %+v, %v", response, err)
		}
		return
	}
}

func TestStopWithoutConnectionsIsImmediate(t *testing.T) {
	t.Parallel()
	var conns connections
	waitFor(t, "nothing is open", conns.closed())
	for _, last := range []http.ConnState{http.StateClosed, http.StateHijacked} {
		first, second, later := &net.TCPConn{}, &net.TCPConn{}, &net.TCPConn{}
		conns = connections{}
		for _, conn := range []net.Conn{first, second} {
			conns.track(conn, http.StateNew)
			conns.track(conn, http.StateActive)
		}
		closed := conns.closed()
		conns.track(later, http.StateNew)
		conns.track(first, last)
		conns.track(later, last)
		select {
		case <-closed:
			t.Error("over with one open")
		default:
		}
		conns.track(second, last)
		waitFor(t, "both are closed", closed)
	}
}

// A call that was given up belongs to the running ones: it may be a write.
func TestStopWaitsForCallsThatWereGivenUp(t *testing.T) {
	t.Parallel()
	release, began := make(chan struct{}), make(chan struct{})
	s := newTest(t, Config{Limits: Limits{Call: time.Millisecond}, Tools: fakeTools{stubborn(began, release)}})
	run := serve(t, s)
	if _, body := newCaller(t, run.base+"/mcp").post(call(1, "stubborn", `{}`)); !strings.Contains(body, "outcome_unknown") {
		t.Errorf("got %s", body)
	}
	waitFor(t, "the call begins", began)
	run.stop()
	select {
	case err := <-run.done:
		t.Errorf("stopped before the call: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	close(release)
	if err := <-run.done; err != nil {
		t.Error(err)
	}
}

// listenerAt pretends to listen elsewhere.
type listenerAt struct {
	net.Listener
	address net.Addr
	closed  bool
}

func (l *listenerAt) Addr() net.Addr { return l.address }

func (l *listenerAt) Close() error {
	l.closed = true
	return nil
}

func (l *listenerAt) Accept() (net.Conn, error) { return nil, io.EOF }

func TestServeRefusesOtherMachinesWithoutAuthentication(t *testing.T) {
	t.Parallel()
	everywhere := &listenerAt{address: &net.TCPAddr{IP: net.IPv6unspecified, Port: 3000}}
	err := newTest(t, Config{}).Serve(t.Context(), everywhere)
	if err == nil || !strings.Contains(err.Error(), "MCP_ADDR=127.0.0.1:3000") || !everywhere.closed {
		t.Errorf("got %v, closed %v", err, everywhere.closed)
	}
	if err := newTest(t, Config{Authenticate: byToken}).Serve(t.Context(), everywhere); !errors.Is(err, io.EOF) {
		t.Errorf("with authentication: %v", err)
	}
}

func TestCheckAddr(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"127.0.0.1:3000": "", "localhost:3000": "", "LOCALHOST:0": "", "[::1]:3000": "", "127.9.9.9:1": "", "[::ffff:127.0.0.1]:1": "",
		"0.0.0.0:3000": "other machines", ":3000": "other machines", "[::]:3000": "other machines", "192.0.2.1:3000": "other machines",
		"example.com:3000": "other machines", "localhost.evil:3000": "other machines", "127.0.0.1.evil:1": "other machines",
		"3000": "not host:port", "": "not host:port", "[::1]": "not host:port",
	} {
		for _, auth := range []string{"", "none"} {
			err := CheckAddr(addr, auth)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("CheckAddr(%q, %q) = %v, want %q", addr, auth, err, want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
			if want == "other machines" && !strings.Contains(err.Error(), "set MCP_AUTH=token and give each person a token") {
				t.Errorf("nothing says what to set: %v", err)
			}
		}
		if err := CheckAddr(addr, "token"); (err == nil) != (want != "not host:port") {
			t.Errorf("CheckAddr(%q, token) = %v", addr, err)
		}
	}
}

func TestPagesAreGuardedAndBounded(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{Authenticate: byToken, Pages: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		_, _ = io.WriteString(w, "page "+r.URL.Path)
	})})
	base := serveOdd(t, s)
	for path, want := range map[string]int{
		"/connect": 200, "/connect/abc": 200, "/oauth/callback": 200, "/oauth/callback/n": 200, "/connector": 404, "/oauth": 404, "/": 404,
	} {
		status, body := read(t, newCaller(t, base+path).do(t.Context(), http.MethodGet, ""))
		if status != want || want == 200 && body != "page "+path {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	c := newCaller(t, base+"/connect/abc")
	if status, _ := c.with("Origin", "https://evil.example").post("x"); status != http.StatusForbidden {
		t.Errorf("a form of another site: %d", status)
	}
	if status, _ := c.with("Host", "evil.example").post("x"); status != http.StatusForbidden {
		t.Errorf("a rebound name: %d", status)
	}
	if status, _ := c.post(strings.Repeat("x", pageBody+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large form: %d", status)
	}
	if status, _ := read(t, newCaller(t, serveOdd(t, newTest(t, Config{}))+"/connect/abc").do(t.Context(), http.MethodGet, "")); status != http.StatusNotFound {
		t.Errorf("without pages: %d", status)
	}
	if status, _ := read(t, newCaller(t, base+"/healthz", "Host", "10.0.0.7:3000").do(t.Context(), http.MethodGet, "")); status != http.StatusOK {
		t.Errorf("a probe by address: %d", status)
	}
}

func TestNewRefusesContradictions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config Config
		says   string
	}{
		"no tools":             {Config{}, "no tools"},
		"short key":            {Config{Tools: fakeTools{}, SessionKey: []byte("short")}, "32 bytes"},
		"public URL, scheme":   {Config{Tools: fakeTools{}, PublicURL: "mcp.example.com"}, "must be http or https"},
		"public URL, password": {Config{Tools: fakeTools{}, PublicURL: "https://a:" + secret + "@b"}, "must be http or https"},
		"public URL, control":  {Config{Tools: fakeTools{}, PublicURL: "https://a\x00b"}, "cannot be parsed"},
		"host with a path":     {Config{Tools: fakeTools{}, AllowedHosts: []string{"a/b"}}, "host name"},
		"any host":             {Config{Tools: fakeTools{}, AllowedHosts: []string{"*"}}, "host name"},
		"origin with a path":   {Config{Tools: fakeTools{}, AllowedOrigins: []string{"https://a/"}}, "must look like"},
		"any origin":           {Config{Tools: fakeTools{}, AllowedOrigins: []string{"*"}}, "must look like"},
		"tool without schema":  {Config{Tools: oneTool{}}, "schema"},
	} {
		if _, err := New(test.config); err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want something with %q", name, err, test.says)
		}
	}
}

// A stop without calls is clean, however Serve and the stop meet at the listener.
func TestStoppingIsCleanEveryTime(t *testing.T) {
	t.Parallel()
	for range 300 {
		s, err := New(Config{Tools: fakeTools{}, Limits: Limits{Drain: patience}})
		if err != nil {
			t.Fatal(err)
		}
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx, listener) }()
		stop()
		if err := <-served; err != nil {
			t.Fatal(err)
		}
	}
}
