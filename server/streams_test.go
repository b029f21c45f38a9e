package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// newListening is a server whose list of tools may change, so that
// subscriptions/listen stays open.
func newListening(t *testing.T, config Config) *Server {
	t.Helper()
	if config.Tools == nil {
		config.Tools = fakeTools{echo()}
	}
	s, err := newServer(config, extension{options: []mcpserver.ServerOption{mcpserver.WithToolCapabilities(true)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// listenToNothing is acknowledged and ends at once: no tool list changes.
const listenToNothing = `{"jsonrpc":"2.0","id":8,"method":"subscriptions/listen","params":{` + modernMeta + `,"notifications":{}}}`

const listen = `{"jsonrpc":"2.0","id":9,"method":"subscriptions/listen","params":{` + modernMeta + `,"notifications":{"toolsListChanged":true}}}`

// stream is an open event stream, line by line.
type stream struct {
	status int
	header http.Header
	lines  chan string // closed at its end
	cancel context.CancelFunc
}

func open(t *testing.T, c *caller, method, body string) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	response := c.do(ctx, method, body)
	s := &stream{status: response.StatusCode, header: response.Header, lines: make(chan string, 10_000), cancel: cancel}
	go func() {
		defer close(s.lines)
		defer response.Body.Close()
		scanner := bufio.NewScanner(response.Body)
		scanner.Buffer(nil, 64<<20)
		for scanner.Scan() {
			s.lines <- scanner.Text()
		}
	}()
	return s
}

// until returns the first line that contains text; "" if the stream ends or
// nothing comes in time.
func (s *stream) until(text string, limit time.Duration) string {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				return ""
			}
			if strings.Contains(line, text) {
				return line
			}
		case <-timer.C:
			return ""
		}
	}
}

// ended reports whether the stream ends in time.
func (s *stream) ended(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case _, ok := <-s.lines:
			if !ok {
				return true
			}
		case <-timer.C:
			return false
		}
	}
}

// G11: streams.

func TestBareStreamsHaveNoHeartbeatAndNoEnd(t *testing.T) {
	t.Parallel()
	bare := newBare(mcpserver.WithToolCapabilities(true))
	web := httptest.NewServer(mcpserver.NewStreamableHTTPServer(bare, mcpserver.WithHeartbeatInterval(10*time.Millisecond)))
	t.Cleanup(web.Close)
	s := open(t, newCaller(t, web.URL).modern("subscriptions/listen", ""), http.MethodPost, listen)
	if s.until("acknowledged", patience) == "" {
		t.Fatal("the stream did not begin")
	}
	if line := s.until(":", 200*time.Millisecond); line != "" || s.header.Get("X-Accel-Buffering") != "" {
		t.Errorf("the library now keeps streams alive: %q, %v", line, s.header)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := web.Config.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the library's streams now end with the server: %v", err)
	}
	s.cancel()
}

func TestStreamsAreKeptAlive(t *testing.T) {
	t.Parallel()
	s := newListening(t, Config{Limits: Limits{Heartbeat: 20 * time.Millisecond}})
	url := serveOdd(t, s)
	for name, st := range map[string]*stream{
		"listen": open(t, newCaller(t, url+"/mcp").modern("subscriptions/listen", ""), http.MethodPost, listen),
		"GET":    open(t, newCaller(t, url+"/mcp").session(), http.MethodGet, ""),
		"sse":    open(t, newCaller(t, url+"/sse"), http.MethodGet, ""),
	} {
		if st.status != http.StatusOK || st.header.Get("X-Accel-Buffering") != "no" || st.header.Get("Content-Type") != eventStream {
			t.Errorf("%s: %d %v", name, st.status, st.header)
		}
		for range 3 {
			if st.until(":", patience) == "" {
				t.Errorf("%s: no heartbeat", name)
			}
		}
		if len(st.header.Values("Access-Control-Allow-Origin")) > 0 {
			t.Errorf("%s: other sites may read it", name)
		}
	}
}

func TestListenTellsOfChanges(t *testing.T) {
	t.Parallel()
	s := newListening(t, Config{})
	st := open(t, newCaller(t, serveOdd(t, s)+"/mcp").modern("subscriptions/listen", ""), http.MethodPost, listen)
	if st.until("acknowledged", patience) == "" {
		t.Fatal("not acknowledged")
	}
	s.mcp.AddTool(mcp.NewTool("new"), nil)
	if line := st.until("list_changed", patience); !strings.Contains(line, `"io.modelcontextprotocol/subscriptionId":9`) {
		t.Errorf("got %q", line)
	}
}

// acknowledged counts the listens of several clients at once whose response is an
// acknowledgement and then the result.
func acknowledged(t *testing.T, url string, clients, each int) int {
	t.Helper()
	var whole atomic.Int64
	var callers sync.WaitGroup
	for range clients {
		listener := newCaller(t, url).modern("subscriptions/listen", "")
		callers.Go(func() {
			for range each {
				got := events(t, listener, listenToNothing)
				if len(got) == 2 && strings.Contains(got[0], "notifications/subscriptions/acknowledged") && strings.Contains(got[1], `"result"`) {
					whole.Add(1)
				}
			}
		})
	}
	callers.Wait()
	return int(whole.Load())
}

// unhurried makes the library wait a moment before it handles a message, so that its
// goroutine that writes notifications is at its post, however few processors there are:
// a notification handed to it is lost where the call ends before it has run.
func unhurried() mcpserver.ServerOption {
	hooks := &mcpserver.Hooks{}
	hooks.AddBeforeAny(func(context.Context, any, mcp.MCPMethod, any) { <-time.After(time.Millisecond) })
	return mcpserver.WithHooks(hooks)
}

func TestBareLosesAcknowledgements(t *testing.T) {
	t.Parallel()
	url := serveWeb(t, mcpserver.NewStreamableHTTPServer(newBare(unhurried())))
	for range 20 {
		if acknowledged(t, url, 8, 50) < 8*50 {
			return
		}
	}
	t.Error("the library lost no acknowledgement in 8000 listens")
}

// A listen that asks for nothing ends at once, and its client still learns what
// it subscribed to.
func TestEveryListenIsAcknowledged(t *testing.T) {
	t.Parallel()
	const clients, each = 8, 50
	url := serveOdd(t, newTest(t, Config{})) + "/mcp"
	if got := acknowledged(t, url, clients, each); got != clients*each {
		t.Errorf("%d of %d listens were acknowledged", got, clients*each)
	}
}

func TestStreamsAreCapped(t *testing.T) {
	t.Parallel()
	s := newListening(t, Config{Authenticate: byToken, Limits: Limits{Connections: 2, PrincipalStreams: 12}})
	url := serveOdd(t, s)
	anybody := newCaller(t, url+"/mcp", "X-Who", "alice")
	alice, again := anybody.session(), anybody.session()
	var streams []*stream
	get := func(c *caller) { streams = append(streams, open(t, c, http.MethodGet, "")) }
	for range 5 {
		get(alice)
	}
	if st := open(t, alice, http.MethodGet, ""); st.status != http.StatusTooManyRequests || st.header.Get("Retry-After") == "" {
		t.Errorf("the sixth stream of a session: %d", st.status)
	}
	for range 5 { // the next program of the same person
		get(again)
	}
	listening := anybody.modern("subscriptions/listen", "")
	for range 2 {
		streams = append(streams, open(t, listening, http.MethodPost, listen))
	}
	for i, st := range streams {
		if st.status != http.StatusOK {
			t.Errorf("stream %d: %d", i, st.status)
		}
	}
	for _, refused := range []*stream{open(t, anybody.session(), http.MethodGet, ""), open(t, listening, http.MethodPost, listen)} {
		if refused.status != http.StatusTooManyRequests || refused.header.Get("Retry-After") == "" {
			t.Errorf("the thirteenth stream of a person who may have twelve: %d", refused.status)
		}
	}
	if st := open(t, newCaller(t, url+"/mcp", "X-Who", "bob").session(), http.MethodGet, ""); st.status != http.StatusOK {
		t.Errorf("somebody else's first stream: %d", st.status)
	}
	streams[0].cancel()
	if !eventually(func() bool { return openStream(t, alice) == http.StatusOK }) {
		t.Error("a closed stream still counts")
	}
	connect := newCaller(t, url+"/sse", "X-Who", "alice")
	open(t, connect, http.MethodGet, "")
	open(t, connect, http.MethodGet, "")
	if st := open(t, connect, http.MethodGet, ""); st.status != http.StatusTooManyRequests {
		t.Errorf("the third SSE client of two: %d", st.status)
	}
}

func eventually(happened func() bool) bool {
	for range 3000 {
		if happened() {
			return true
		}
		<-time.After(10 * time.Millisecond)
	}
	return false
}

// huge is an answer that no socket buffer holds.
func huge() fakeTool {
	return fakeTool{name: "huge", run: func(context.Context, json.RawMessage) tools.Answer {
		return tools.Answer{JSON: json.RawMessage(`{"x":"` + strings.Repeat("x", 12<<20) + `"}`)}
	}}
}

// stalled makes a client that asks for the huge answer and never reads it, and
// reports whether the server let go of it in time.
func stalled(t *testing.T, handler http.Handler, limit time.Duration) bool {
	t.Helper()
	var handling sync.WaitGroup
	began := make(chan struct{}, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handling.Add(1)
		defer handling.Done()
		began <- struct{}{}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	body := call(1, "huge", `{}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, web.URL+"/mcp", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if err := request.Write(conn); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the request", began)
	over := make(chan struct{})
	go func() {
		handling.Wait()
		close(over)
	}()
	defer func() {
		_ = conn.Close()
		<-over
	}()
	select {
	case <-over:
		return true
	case <-time.After(limit):
		return false
	}
}

func TestBareServerWaitsForStalledClients(t *testing.T) {
	t.Parallel()
	bare := newBare()
	bare.AddTool(mcp.NewTool("huge"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(string(huge().run(ctx, nil).JSON)), nil
	})
	if stalled(t, mcpserver.NewStreamableHTTPServer(bare, mcpserver.WithStateLess(true)), 3*time.Second) {
		t.Error("the library now lets go of clients that do not read")
	}
}

func TestStalledClientsAreLetGo(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{Tools: fakeTools{huge()}, Limits: Limits{Stall: 100 * time.Millisecond, Call: time.Hour}})
	if !stalled(t, s.Handler(), patience) {
		t.Error("a client that does not read holds its call")
	}
}

// A call may take longer than the time-out for reading requests, which older
// versions of net/http took for the end of the client.
func TestReadTimeoutDoesNotEndCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		block := newBlocker()
		s := newListening(t, Config{Tools: fakeTools{block.tool()}})
		listener := pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		web := &http.Server{Handler: s.Handler(), ReadTimeout: 50 * time.Millisecond}
		go func() { _ = web.Serve(listener) }()
		defer func() { _ = web.Close() }()
		st := open(t, listener.caller(t, "/sse"), http.MethodGet, "")
		result := make(chan string, 1)
		c := listener.caller(t, "/mcp")
		go func() {
			_, body := c.post(call(1, "block", `{}`))
			result <- body
		}()
		waitFor(t, "the call begins", block.began)
		time.AfterFunc(200*time.Millisecond, func() { close(block.release) })
		if body := <-result; !strings.Contains(body, "released") {
			t.Errorf("the call was ended: %s", body)
		}
		if st.until("endpoint", time.Second) == "" || st.ended(100*time.Millisecond) {
			t.Error("the stream was ended")
		}
	})
}

// pipes is a listener inside the process, whose time-outs a bubble's clock measures.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	close(p.closed)
	return nil
}

func (pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// caller is a client of what listens here.
func (p pipes) caller(t *testing.T, path string) *caller {
	t.Helper()
	c := newCaller(t, "http://127.0.0.1"+path)
	c.client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		p.conns <- far
		return near, nil
	}
	return c
}
