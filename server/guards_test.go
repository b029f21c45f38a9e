package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/tools"
	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// The tests of this file come in pairs: what the library does by itself, which
// must stay true for the guard to be needed, and what this server does.

// G1: a cancellation reaches calls of its own session only.

func TestBareCancellationReachesOtherClients(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	bare := newBare()
	bare.AddTool(mcp.NewTool("block"), block.handler)
	url := serveWeb(t, mcpserver.NewStreamableHTTPServer(bare))
	if _, body := cancelOther(t, block, newCaller(t, url), newCaller(t, url)); !strings.Contains(body, "cancelled") {
		t.Errorf("the library no longer lets one client cancel another's call: %s", body)
	}
}

func TestCancellationReachesOwnSessionOnly(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ victim, attacker string }{
		"other principals":   {"alice", "mallory"},
		"the same principal": {"alice", "alice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := newBlocker()
			s := newTest(t, Config{Tools: fakeTools{block.tool()}, Authenticate: byToken})
			url := serveOdd(t, s) + "/mcp"
			status, body := cancelOther(t, block, newCaller(t, url, "X-Who", test.victim), newCaller(t, url, "X-Who", test.attacker))
			if status != http.StatusAccepted || !strings.Contains(body, "released") {
				t.Errorf("the cancellation got %d, the call %s; want 202 and a finished call", status, body)
			}
		})
	}
}

// cancelOther starts a call for one client and sends its cancellation by another,
// in every way there is. It returns the last status and the call's result.
func cancelOther(t *testing.T, block *blocker, victim, attacker *caller) (int, string) {
	t.Helper()
	result := make(chan string, 1)
	go func() {
		_, body := victim.modern("tools/call", "block").post(modernCall(1, "block", `{}`))
		result <- body
	}()
	waitFor(t, "the call begins", block.began)
	_, _ = attacker.modern("notifications/cancelled", "").post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,` + modernMeta + `}}`)
	_, _ = attacker.session().post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	status, _ := attacker.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	select {
	case body := <-result:
		return status, body
	case <-time.After(200 * time.Millisecond):
	}
	close(block.release)
	return status, <-result
}

func TestOwnSessionMayCancel(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	s := newTest(t, Config{Tools: fakeTools{block.tool()}})
	client := newCaller(t, serveOdd(t, s)+"/mcp").session()
	result := make(chan string, 1)
	go func() {
		_, body := client.post(call(1, "block", `{}`))
		result <- body
	}()
	waitFor(t, "the call begins", block.began)
	_, _ = client.post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	if body := <-result; !strings.Contains(body, "cancelled") {
		t.Errorf("the call was not cancelled: %s", body)
	}
}

// G2 and G3: a session belongs to the principal it was made for.

func TestBareSessionBelongsToNobody(t *testing.T) {
	t.Parallel()
	url := serveWeb(t, mcpserver.NewStreamableHTTPServer(newBare()))
	alice := newCaller(t, url).session()
	mallory := newCaller(t, url, mcp.HeaderSessionID, alice.header.Get(mcp.HeaderSessionID))
	if status := openStream(t, mallory); status != http.StatusOK {
		t.Errorf("GET with somebody else's session now gets %d", status)
	}
	if status := openStream(t, newCaller(t, url, mcp.HeaderSessionID, "made-up")); status != http.StatusOK {
		t.Errorf("GET with an invented session now gets %d", status)
	}
	if status, _ := read(t, mallory.do(t.Context(), http.MethodDelete, "")); status != http.StatusOK {
		t.Errorf("DELETE of somebody else's session now gets %d", status)
	}
}

// openStream returns the status of a GET and closes the stream.
func openStream(t *testing.T, c *caller) int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	response := c.do(ctx, http.MethodGet, "")
	defer response.Body.Close()
	return response.StatusCode
}

func TestSessionBelongsToItsPrincipal(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte("k"), 32)
	s := newTest(t, Config{Authenticate: byToken, SessionKey: key})
	url := serveOdd(t, s) + "/mcp"
	alice := newCaller(t, url, "X-Who", "alice").session()
	id := alice.header.Get(mcp.HeaderSessionID)
	replica := serveOdd(t, newTest(t, Config{Authenticate: byToken, SessionKey: key})) + "/mcp"
	for name, test := range map[string]struct {
		client                 *caller
		post, get, deleteShall int
	}{
		"its owner":            {alice, http.StatusOK, http.StatusOK, http.StatusMethodNotAllowed},
		"its owner, elsewhere": {newCaller(t, replica, "X-Who", "alice", mcp.HeaderSessionID, id), http.StatusOK, http.StatusOK, http.StatusMethodNotAllowed},
		"somebody else":        {newCaller(t, url, "X-Who", "mallory", mcp.HeaderSessionID, id), http.StatusNotFound, http.StatusNotFound, http.StatusNotFound},
		"a made-up id":         {newCaller(t, url, "X-Who", "alice", mcp.HeaderSessionID, "mcp-session-1"), http.StatusNotFound, http.StatusNotFound, http.StatusNotFound},
		"an id with one bit changed": {
			newCaller(t, url, "X-Who", "alice", mcp.HeaderSessionID, flip(id)), http.StatusNotFound, http.StatusNotFound, http.StatusNotFound,
		},
		"no id":          {newCaller(t, url, "X-Who", "alice"), http.StatusOK, http.StatusBadRequest, http.StatusMethodNotAllowed},
		"no credentials": {newCaller(t, url, mcp.HeaderSessionID, id), http.StatusUnauthorized, http.StatusUnauthorized, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := *test.client
			c.t = t
			if status, body := c.post(call(1, "echo", `{}`)); status != test.post {
				t.Errorf("POST: %d, want %d: %s", status, test.post, body)
			}
			if status := openStream(t, &c); status != test.get {
				t.Errorf("GET: %d, want %d", status, test.get)
			}
			if status, _ := read(t, c.do(t.Context(), http.MethodDelete, "")); status != test.deleteShall {
				t.Errorf("DELETE: %d, want %d", status, test.deleteShall)
			}
		})
	}
}

func flip(id string) string {
	changed := "A"
	if id[0] == 'A' {
		changed = "B"
	}
	return changed + id[1:]
}

// G4: there are no tasks, which the library would show to everybody.

func TestBareTasksAreEverybodys(t *testing.T) {
	t.Parallel()
	bare := newBare(mcpserver.WithTaskCapabilities(true, true, true))
	tool := mcp.NewTool("slow", mcp.WithTaskSupport(mcp.TaskSupportOptional))
	bare.AddTool(tool, func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("ALICE-SECRET"), nil
	})
	url := serveWeb(t, mcpserver.NewStreamableHTTPServer(bare, mcpserver.WithStateLess(true)))
	startTask(t, newCaller(t, url), "slow")
	if _, body := newCaller(t, url).post(`{"jsonrpc":"2.0","id":1,"method":"tasks/list"}`); !strings.Contains(body, `"taskId"`) {
		t.Errorf("the library no longer lists the tasks of others: %s", body)
	}
}

func startTask(t *testing.T, c *caller, tool string) string {
	t.Helper()
	_, body := c.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + tool + `","arguments":{},"task":{"ttl":300}}}`)
	return body
}

func TestThereAreNoTasks(t *testing.T) {
	t.Parallel()
	c := newCaller(t, serveOdd(t, newTest(t, Config{}))+"/mcp")
	if body := startTask(t, c, "echo"); strings.Contains(body, "taskId") || !strings.Contains(body, `"who":"local"`) {
		t.Errorf("a call as a task got %s, want a plain answer", body)
	}
	for _, method := range []string{"tasks/list", "tasks/get", "tasks/result", "tasks/cancel"} {
		if _, body := c.post(`{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{"taskId":"1"}}`); !strings.Contains(body, "-32601") {
			t.Errorf("%s: %s, want an unknown method", method, body)
		}
	}
}

// G5: a session costs no memory.

func TestBareSessionsLeak(t *testing.T) {
	grown := growth(t, newCaller(t, serveWeb(t, mcpserver.NewStreamableHTTPServer(newBare()))))
	if grown < 3000 {
		t.Errorf("a session of the library now costs %d bytes", grown)
	}
}

func TestSessionsCostNothing(t *testing.T) {
	grown := growth(t, newCaller(t, serveOdd(t, newTest(t, Config{}))+"/mcp"))
	if grown > 500 {
		t.Errorf("a session costs %d bytes", grown)
	}
}

// growth is the heap that stays behind per initialize.
func growth(t *testing.T, c *caller) int64 {
	t.Helper()
	const sessions = 1000
	c.session()
	before := heap()
	for range sessions {
		c.session()
	}
	return (heap() - before) / sessions
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // a heap of 2^63 bytes does not exist
}

// G6: a body has a limit, which holds before anything is decoded.

func TestBareBodyIsUnlimited(t *testing.T) {
	t.Parallel()
	c := newCaller(t, serveWeb(t, mcpserver.NewStreamableHTTPServer(newBare(), mcpserver.WithStateLess(true))))
	if status, _ := c.post(padded(5 << 20)); status != http.StatusOK {
		t.Errorf("a body of 5 MiB now gets %d", status)
	}
}

// padded is a ping of a given size.
func padded(size int) string {
	const frame = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"pad":""}}`
	return strings.Replace(frame, `""`, `"`+strings.Repeat("x", size-len(frame))+`"`, 1)
}

func TestBodyHasLimit(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{})
	c := newCaller(t, serveOdd(t, s)+"/mcp")
	for name, test := range map[string]struct {
		size    int
		chunked bool
		want    int
	}{
		"at the limit":            {4 << 20, false, http.StatusOK},
		"above it, announced":     {4<<20 + 1, false, http.StatusRequestEntityTooLarge},
		"above it, not announced": {4<<20 + 1, true, http.StatusRequestEntityTooLarge},
		"far above it, in chunks": {64 << 20, true, http.StatusRequestEntityTooLarge},
		"at the limit, in chunks": {4 << 20, true, http.StatusOK},
		"almost nothing":          {100, true, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			var body io.Reader = strings.NewReader(padded(test.size))
			if test.chunked {
				body = io.MultiReader(body)
			}
			response, err := c.try(t.Context(), http.MethodPost, body)
			if err != nil {
				// The answer may be lost when the server closes on a body it does not read.
				if test.want == http.StatusRequestEntityTooLarge && test.size > 5<<20 {
					return
				}
				t.Fatal(err)
			}
			if status, _ := read(t, response); status != test.want {
				t.Errorf("status %d, want %d", status, test.want)
			}
		})
	}
	if used := s.buffered.used.Load(); used != 0 {
		t.Errorf("%d bytes of the budget were not given back", used)
	}
}

// G7: a line has a limit, and the next one is read as if nothing had been.

func TestBareLineIsUnlimited(t *testing.T) {
	t.Parallel()
	p := startPipe(t, func(in io.Reader, out io.Writer) error {
		return mcpserver.NewStdioServer(newBare()).Listen(t.Context(), in, out)
	})
	p.send(padded(5 << 20))
	if line := p.next(); !strings.Contains(line, `"result"`) {
		t.Errorf("a line of 5 MiB is now answered with %.100s", line)
	}
}

func TestLineHasLimit(t *testing.T) {
	t.Parallel()
	p := startStdio(t, newTest(t, Config{}))
	p.send(padded(4<<20+3), `{"jsonrpc":"2.0","id":2,"method":"ping"}`)
	if line := p.next(); !strings.Contains(line, `"error"`) || !strings.Contains(line, `"id":1,`) || !strings.Contains(line, "larger than") {
		t.Errorf("a line above the limit got %.300s", line)
	}
	if line := p.next(); line != `{"jsonrpc":"2.0","id":2,"result":{}}` {
		t.Errorf("the line after it got %.300s", line)
	}
	p.send(padded(4 << 20))
	if line := p.next(); !strings.Contains(line, `"result"`) {
		t.Errorf("a line at the limit got %.300s", line)
	}
}

// G8: the end of input does not end what was asked for.

func TestBareEndOfInputLosesCalls(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	bare := newBare()
	bare.AddTool(mcp.NewTool("block"), block.handler)
	p := startPipe(t, func(in io.Reader, out io.Writer) error {
		return mcpserver.NewStdioServer(bare).Listen(t.Context(), in, out)
	})
	p.send(call(1, "block", `{}`))
	waitFor(t, "the call begins", block.began)
	lines, _ := p.end()
	if len(lines) > 0 && !strings.Contains(lines[0], "cancelled") {
		t.Errorf("the library now answers calls after the end of input: %v", lines)
	}
}

func TestEndOfInputWaitsForAnswers(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	p := startStdio(t, newTest(t, Config{Tools: fakeTools{block.tool()}}))
	for id := range 150 { // more than run at once
		p.send(call(id, "block", `{}`))
	}
	waitFor(t, "a call begins", block.began)
	time.AfterFunc(100*time.Millisecond, func() { close(block.release) })
	lines, err := p.end()
	if err != nil || len(lines) != 150 {
		t.Fatalf("%d answers and error %v, want 150 and none", len(lines), err)
	}
	for _, line := range lines {
		if !strings.Contains(line, "released") {
			t.Errorf("a call was not finished: %s", line)
		}
	}
}

// G9 and G10: Origin and Host.

func TestBareOriginIsNotChecked(t *testing.T) {
	t.Parallel()
	c := newCaller(t, serveWeb(t, mcpserver.NewStreamableHTTPServer(newBare(), mcpserver.WithStateLess(true))))
	for _, origin := range []string{"https://evil.example", "null"} {
		if status, _ := c.with("Origin", origin).post(initialize); status != http.StatusOK {
			t.Errorf("Origin %s now gets %d", origin, status)
		}
	}
	if status, _ := c.with("Host", "mcp.example.com").post(initialize); status != http.StatusForbidden {
		t.Errorf("behind a proxy on the same host, the library now answers %d", status)
	}
}

func TestOnlyOwnPagesMayCall(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{PublicURL: "https://mcp.example.com", AllowedOrigins: []string{"https://app.example.com:8443"}, AllowedHosts: []string{"inside:3000"}})
	url := serveOdd(t, s) + "/mcp"
	own := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/odd/base/mcp")
	port := own[strings.LastIndex(own, ":"):]
	for name, test := range map[string]struct {
		header []string
		want   int
	}{
		"no origin":                       {nil, http.StatusOK},
		"own origin":                      {[]string{"Origin", "http://" + own}, http.StatusOK},
		"localhost":                       {[]string{"Host", "localhost" + port, "Origin", "http://localhost" + port}, http.StatusOK},
		"IPv6 loopback":                   {[]string{"Host", "[::1]" + port}, http.StatusOK},
		"public host behind a proxy":      {[]string{"Host", "mcp.example.com", "Origin", "https://mcp.example.com"}, http.StatusOK},
		"public host, upper case":         {[]string{"Host", "MCP.example.com"}, http.StatusOK},
		"allowed origin":                  {[]string{"Origin", "https://app.example.com:8443"}, http.StatusOK},
		"allowed host":                    {[]string{"Host", "inside:3000"}, http.StatusOK},
		"foreign origin":                  {[]string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"null origin":                     {[]string{"Origin", "null"}, http.StatusForbidden},
		"empty origin":                    {[]string{"Origin", ""}, http.StatusForbidden},
		"two origins":                     {[]string{"Origin", "http://" + own, "Origin", "http://" + own}, http.StatusForbidden},
		"two in one":                      {[]string{"Origin", "http://" + own + " https://evil.example"}, http.StatusForbidden},
		"origin that begins as localhost": {[]string{"Origin", "http://localhost.evil"}, http.StatusForbidden},
		"another port of this machine":    {[]string{"Origin", "http://localhost:1"}, http.StatusForbidden},
		"user in the origin":              {[]string{"Origin", "http://" + own + "@evil.example"}, http.StatusForbidden},
		"own host as the user":            {[]string{"Origin", "http://evil@" + own}, http.StatusForbidden},
		"path in the origin":              {[]string{"Origin", "http://" + own + "/"}, http.StatusForbidden},
		"fragment in the origin":          {[]string{"Origin", "http://" + own + "#"}, http.StatusForbidden},
		"another scheme":                  {[]string{"Origin", "file://" + own}, http.StatusForbidden},
		"allowed origin, other scheme":    {[]string{"Origin", "http://app.example.com:8443"}, http.StatusForbidden},
		"rebound name":                    {[]string{"Host", "evil.example" + port}, http.StatusForbidden},
		"rebound name, with its origin":   {[]string{"Host", "evil.example" + port, "Origin", "http://evil.example" + port}, http.StatusForbidden},
		"host that begins as localhost":   {[]string{"Host", "localhost.evil.example"}, http.StatusForbidden},
		"host that begins as 127.0.0.1":   {[]string{"Host", "127.0.0.1.evil.example"}, http.StatusForbidden},
		"host with another port":          {[]string{"Host", "inside:3001"}, http.StatusForbidden},
		"another machine's address":       {[]string{"Host", "192.0.2.1"}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/mcp", "/sse", "/message"} {
				c := newCaller(t, strings.TrimSuffix(url, "/mcp")+path, test.header...)
				status, body := c.post(initialize)
				if path == "/mcp" && status != test.want {
					t.Errorf("%s: %d, want %d: %s", path, status, test.want, body)
				}
				if path != "/mcp" && (status == http.StatusForbidden) != (test.want == http.StatusForbidden) {
					t.Errorf("%s: %d, unlike /mcp", path, status)
				}
			}
		})
	}
}

// G13: what goes wrong inside is not for clients.

const secret = "token=sk_live_SECRET" //nolint:gosec // a canary

func TestBareErrorsAreShown(t *testing.T) {
	t.Parallel()
	bare := newBare(mcpserver.WithRecovery())
	bare.AddTool(mcp.NewTool("fail"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, fmt.Errorf("dialling with %s", secret)
	})
	bare.AddTool(mcp.NewTool("panic"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { panic(secret) })
	c := newCaller(t, serveWeb(t, mcpserver.NewStreamableHTTPServer(bare, mcpserver.WithStateLess(true))))
	for _, tool := range []string{"fail", "panic"} {
		if _, body := c.post(call(1, tool, `{}`)); !strings.Contains(body, secret) {
			t.Errorf("%s: the library no longer shows errors: %s", tool, body)
		}
	}
}

func TestPanicsAreNotShown(t *testing.T) {
	t.Parallel()
	var logged syncBuffer
	s := newTest(t, Config{
		Logger: logged.logger(),
		Tools: fakeTools{echo(), {name: "panic", run: func(context.Context, json.RawMessage) tools.Answer { panic(secret) }}, {
			name: "index", run: func(context.Context, json.RawMessage) tools.Answer {
				var none []int
				return tools.Answer{JSON: json.RawMessage(fmt.Sprint(none[3]))}
			},
		}},
		Pages: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(secret) }),
	})
	url := serveOdd(t, s)
	p := startStdio(t, s)
	for _, tool := range []string{"panic", "index"} {
		_, web := newCaller(t, url+"/mcp").post(call(1, tool, `{}`))
		p.send(call(1, tool, `{}`))
		for _, body := range []string{web, p.next()} {
			if strings.Contains(body, secret) || !strings.Contains(body, `"isError":true`) || !strings.Contains(body, `\"code\":\"internal\"`) {
				t.Errorf("%s: %s", tool, body)
			}
		}
	}
	if status, body := read(t, newCaller(t, url+"/connect/1").do(t.Context(), http.MethodGet, "")); status != http.StatusInternalServerError || strings.Contains(body, secret) {
		t.Errorf("a page that panics: %d %s", status, body)
	}
	if text := logged.String(); strings.Contains(text, secret) || !strings.Contains(text, "error_id") || !strings.Contains(text, "index out of range") {
		t.Errorf("the log must hold the error's id and the runtime's words, never the panic's value:\n%s", text)
	}
	p.send(call(2, "echo", `{}`))
	if line := p.next(); !strings.Contains(line, `"who":"local"`) {
		t.Errorf("after a panic: %s", line)
	}
}

// G14: arguments are checked by our validation; the library's would be skipped
// without a word where it cannot compile a schema.

func TestBareValidationFailsOpen(t *testing.T) {
	t.Parallel()
	bare := newBare(mcpserver.WithInputSchemaValidation())
	schema := `{"type":"object","properties":{"n":{"type":"integer"},"s":{"type":"string","pattern":"(?=x)"}},"required":["n"]}`
	bare.AddTool(mcp.NewToolWithRawSchema("typed", "", json.RawMessage(schema)), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("ran"), nil
	})
	c := newCaller(t, serveWeb(t, mcpserver.NewStreamableHTTPServer(bare, mcpserver.WithStateLess(true))))
	if _, body := c.post(call(1, "typed", `{"n":"no number"}`)); !strings.Contains(body, "ran") {
		t.Errorf("the library no longer runs a call that does not fit its schema: %s", body)
	}
}

func TestSchemasThatCouldBeFetchedAreRefused(t *testing.T) {
	t.Parallel()
	for name, schema := range map[string]string{
		"file":       `{"type":"object","properties":{"a":{"$ref":"file:///etc/passwd"}}}`,
		"local":      `{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{}}}`,
		"no object":  `{"type":"string"}`,
		"no JSON":    `{"type":`,
		"no type":    `{}`,
		"type union": `{"type":["object","null"]}`,
	} {
		if _, err := New(Config{Tools: oneTool{schema}}); err == nil || !strings.Contains(err.Error(), `"odd"`) {
			t.Errorf("%s: error %v, want one that names the tool", name, err)
		}
	}
	if _, err := New(Config{Tools: oneTool{anyObject}}); err != nil {
		t.Error(err)
	}
}

type oneTool struct{ schema string }

func (o oneTool) Tools() []tools.Tool {
	return []tools.Tool{{Name: "odd", InputSchema: json.RawMessage(o.schema)}}
}

func (oneTool) Call(context.Context, string, json.RawMessage) tools.Answer { return tools.Answer{} }

// The arguments reach the tools as the client wrote them.
func TestArgumentsArriveUnchanged(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{})
	c := newCaller(t, serveOdd(t, s)+"/mcp")
	p := startStdio(t, s)
	for sent, want := range map[string]string{
		`{"n":12345678901234567890,"f":1.0,"s":"<&>"}`: `{"n":12345678901234567890,"f":1.0,"s":"\u003c\u0026\u003e"}`,
		`"{\"a\":1}"`: `"{\"a\":1}"`,
		`null`:        `null`,
		`[1,2]`:       `[1,2]`,
	} {
		message := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":` + sent + `}}`
		_, web := c.post(message)
		p.send(message)
		for _, body := range []string{web, p.next()} {
			if !strings.Contains(body, `"structuredContent":{"arguments":`+want) {
				t.Errorf("%s: %s", sent, body)
			}
		}
	}
}
