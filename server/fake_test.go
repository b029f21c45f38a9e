package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
	"go.uber.org/goleak"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen; on a busy machine with
// the race detector, seconds are little.
const patience = time.Minute

const anyObject = `{"type":"object","properties":{}}`

// fakeTools are tools by name, in order.
type fakeTools []fakeTool

type fakeTool struct {
	name     string
	readOnly bool
	run      func(ctx context.Context, arguments json.RawMessage) tools.Answer
}

func (f fakeTools) Tools() []tools.Tool {
	var listed []tools.Tool
	for _, tool := range f {
		listed = append(listed, tools.Tool{
			Name: tool.name, Title: "T " + tool.name, Description: "Does " + tool.name + ".",
			Hints: tools.Hints{ReadOnly: tool.readOnly}, InputSchema: json.RawMessage(anyObject),
		})
	}
	return listed
}

func (f fakeTools) Call(ctx context.Context, name string, arguments json.RawMessage) tools.Answer {
	for _, tool := range f {
		if tool.name == name {
			return tool.run(ctx, arguments)
		}
	}
	return tools.Answer{JSON: json.RawMessage(`{"code":"internal"}`), IsError: true}
}

// echo answers with what it was called with.
func echo() fakeTool {
	return fakeTool{name: "echo", readOnly: true, run: func(ctx context.Context, arguments json.RawMessage) tools.Answer {
		who, _ := tools.PrincipalFrom(ctx)
		data, err := json.Marshal(map[string]any{"arguments": arguments, "who": who.ID})
		if err != nil {
			return tools.Answer{JSON: json.RawMessage(`{}`), IsError: true}
		}
		return tools.Answer{JSON: data}
	}}
}

// blocker is a tool that says when it began and runs until it is released or its
// context ends, and tells which it was.
type blocker struct {
	began   chan struct{}
	release chan struct{}
}

func newBlocker() *blocker {
	return &blocker{began: make(chan struct{}, 1000), release: make(chan struct{})}
}

func (b *blocker) tool() fakeTool {
	return fakeTool{name: "block", run: func(ctx context.Context, _ json.RawMessage) tools.Answer {
		b.began <- struct{}{}
		select {
		case <-b.release:
			return tools.Answer{JSON: json.RawMessage(`{"ended":"released"}`)}
		case <-ctx.Done():
			return tools.Answer{JSON: json.RawMessage(`{"ended":"cancelled"}`), IsError: true}
		}
	}}
}

// handler is the same tool for a bare server.
func (b *blocker) handler(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	answer := b.tool().run(ctx, nil)
	return mcp.NewToolResultText(string(answer.JSON)), nil
}

// newBare is the library without anything of ours.
func newBare(options ...mcpserver.ServerOption) *mcpserver.MCPServer {
	return mcpserver.NewMCPServer("bare", "1", options...)
}

func newTest(tb testing.TB, config Config) *Server {
	tb.Helper()
	if config.Tools == nil {
		config.Tools = fakeTools{echo()}
	}
	s, err := New(config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.stop)
	return s
}

// serveWeb serves a handler on loopback under an odd base path, where there is one.
func serveWeb(t *testing.T, handler http.Handler) string {
	t.Helper()
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	return web.URL
}

// serveOdd serves under a path that absolute paths would miss.
func serveOdd(t *testing.T, s *Server) string {
	t.Helper()
	return serveWeb(t, http.StripPrefix("/odd/base", s.Handler())) + "/odd/base"
}

// caller is one HTTP client with a connection of its own.
type caller struct {
	t      *testing.T
	client *http.Client
	url    string
	header http.Header
}

func newCaller(t *testing.T, url string, header ...string) *caller {
	t.Helper()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	c := &caller{t: t, client: &http.Client{Transport: transport}, url: url, header: http.Header{}}
	for i := 0; i+1 < len(header); i += 2 {
		c.header.Add(header[i], header[i+1])
	}
	return c
}

func (c *caller) with(header ...string) *caller {
	clone := *c
	clone.header = c.header.Clone()
	for i := 0; i+1 < len(header); i += 2 {
		clone.header.Set(header[i], header[i+1])
	}
	return &clone
}

// do sends a request; the test ends if it gets no response. Host is set like a header.
func (c *caller) do(ctx context.Context, method, body string) *http.Response {
	c.t.Helper()
	response, err := c.try(ctx, method, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	return response
}

func (c *caller) try(ctx context.Context, method string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url, body)
	if err != nil {
		return nil, err
	}
	request.Header = c.header.Clone()
	request.Header.Set("Accept", "application/json, text/event-stream")
	if method == http.MethodPost && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Host = request.Header.Get("Host")
	request.Header.Del("Host")
	return c.client.Do(request)
}

// post sends a message and returns the status and the body.
func (c *caller) post(message string) (int, string) {
	c.t.Helper()
	return read(c.t, c.do(c.t.Context(), http.MethodPost, message))
}

func read(t *testing.T, response *http.Response) (int, string) {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// modern makes the caller speak 2026-07-28 for one method and name.
func (c *caller) modern(method, name string) *caller {
	c = c.with(mcp.HeaderProtocolVersion, mcp.ProtocolVersion20260728, mcp.HeaderMethod, method)
	if name != "" {
		c = c.with(mcp.HeaderName, name)
	}
	return c
}

const modernMeta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`

const initialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`

// session initializes and returns the caller with its session id.
func (c *caller) session() *caller {
	c.t.Helper()
	return c.sessionOf(initialize)
}

func (c *caller) sessionOf(hello string) *caller {
	c.t.Helper()
	response := c.do(c.t.Context(), http.MethodPost, hello)
	if status, body := read(c.t, response); status != http.StatusOK {
		c.t.Fatalf("initialize: %d %s", status, body)
	}
	id := response.Header.Get(mcp.HeaderSessionID)
	if id == "" {
		c.t.Fatal("initialize returned no session id")
	}
	return c.with(mcp.HeaderSessionID, id, mcp.HeaderProtocolVersion, mcp.ProtocolVersion20251125)
}

// byToken authenticates by a header, as a test's way to have several people.
func byToken(r *http.Request) (tools.Principal, error) {
	if who := r.Header.Get("X-Who"); who != "" {
		return tools.Principal{ID: who}, nil
	}
	return tools.Principal{}, errors.New("nobody")
}

// pipe is a client on stdio.
type pipe struct {
	t     *testing.T
	in    *io.PipeWriter
	lines chan string
	done  chan error
}

// startPipe runs serve with a pipe on each side.
func startPipe(t *testing.T, serve func(in io.Reader, out io.Writer) error) *pipe {
	t.Helper()
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	p := &pipe{t: t, in: inWrite, lines: make(chan string, 10_000), done: make(chan error, 1)}
	go func() {
		p.done <- serve(inRead, outWrite)
		_ = outWrite.Close()
	}()
	go func() {
		defer close(p.lines)
		scanner := bufio.NewScanner(outRead)
		scanner.Buffer(nil, 64<<20)
		for scanner.Scan() {
			p.lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		_ = inWrite.Close()
		_ = outRead.Close()
	})
	return p
}

func startStdio(t *testing.T, s *Server) *pipe {
	t.Helper()
	return startPipe(t, func(in io.Reader, out io.Writer) error { return s.ServeStdio(t.Context(), in, out) })
}

func (p *pipe) send(lines ...string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, strings.Join(lines, "\n")+"\n"); err != nil {
		p.t.Fatal(err)
	}
}

// next is the next line, or the test ends.
func (p *pipe) next() string {
	p.t.Helper()
	line, ok := p.tryNext(patience)
	if !ok {
		p.t.Fatal("no line came")
	}
	return line
}

func (p *pipe) tryNext(limit time.Duration) (string, bool) {
	select {
	case line, ok := <-p.lines:
		return line, ok
	case <-time.After(limit):
		return "", false
	}
}

// end closes the input and returns what Serve did and the lines that were left.
func (p *pipe) end() ([]string, error) {
	p.t.Helper()
	_ = p.in.Close()
	var rest []string
	for {
		line, ok := p.tryNext(patience)
		if !ok {
			break
		}
		rest = append(rest, line)
	}
	select {
	case err := <-p.done:
		return rest, err
	case <-time.After(patience):
		p.t.Fatal("serving did not end")
		return nil, nil
	}
}

// compactJSON makes two JSON texts comparable.
func compactJSON(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatalf("not JSON: %v: %s", err, text)
	}
	return b.String()
}

func waitFor(t *testing.T, what string, happened <-chan struct{}) {
	t.Helper()
	select {
	case <-happened:
	case <-time.After(patience):
		t.Fatal("did not happen: " + what)
	}
}

func call(id int, tool, arguments string) string {
	frame, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "id": id, "method": "tools/call",
		"params": map[string]any{"name": tool, "arguments": json.RawMessage(arguments)},
	})
	if err != nil {
		panic(err)
	}
	return string(frame)
}

// modernCall is [call] for 2026-07-28.
func modernCall(id int, tool, arguments string) string {
	return strings.Replace(call(id, tool, arguments), `"params":{`, `"params":{`+modernMeta+`,`, 1)
}
