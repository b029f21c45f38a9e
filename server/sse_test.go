package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// sse is a client of the HTTP+SSE transport.
type sse struct {
	*stream
	*caller // posts to the endpoint that the stream announced
}

func openSSE(t *testing.T, base string, header ...string) *sse {
	t.Helper()
	st := open(t, newCaller(t, base+"/sse", header...), http.MethodGet, "")
	endpoint, ok := strings.CutPrefix(st.until("data: ", patience), "data: ")
	if !ok {
		t.Fatalf("no endpoint, status %d", st.status)
	}
	resolved, err := url.Parse(base + "/sse")
	if err != nil {
		t.Fatal(err)
	}
	if resolved, err = resolved.Parse(endpoint); err != nil {
		t.Fatal(err)
	}
	return &sse{stream: st, caller: newCaller(t, resolved.String(), header...)}
}

// ask posts a message and returns the next message of the stream.
func (c *sse) ask(message string) string {
	c.t.Helper()
	if status, body := c.post(message); status != http.StatusAccepted {
		c.t.Fatalf("POST: %d %s", status, body)
	}
	return strings.TrimPrefix(c.until("data: ", patience), "data: ")
}

// G12: SSE.

func TestBareSSEIsOpenToEverySite(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	bare := newBare()
	bare.AddTool(mcp.NewTool("block"), block.handler)
	ended := make(chan string, 1)
	bare.AddTool(mcp.NewTool("watch"), func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		result, err := block.handler(ctx, request)
		ended <- mcp.GetTextFromContent(result.Content[0])
		return result, err
	})
	base := serveWeb(t, mcpserver.NewSSEServer(bare))
	c := openSSE(t, base)
	if got := c.stream.header.Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("the library now answers with Access-Control-Allow-Origin %q", got)
	}
	plain := c.caller.with("Content-Type", "text/plain", "Origin", "https://evil.example")
	if status, _ := plain.post(call(1, "watch", `{}`)); status != http.StatusAccepted {
		t.Errorf("text/plain from another site now gets %d", status)
	}
	waitFor(t, "the call begins", block.began)
	c.cancel()
	select {
	case how := <-ended:
		t.Errorf("the call now ends with its client: %s", how)
	case <-time.After(200 * time.Millisecond):
	}
	close(block.release)
	<-ended
}

func TestSSEIsForItsClientOnly(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{Authenticate: byToken})
	base := serveOdd(t, s)
	c := openSSE(t, base, "X-Who", "alice")
	if got := c.stream.header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("Access-Control-Allow-Origin is %q", got)
	}
	endpoint := c.caller.url
	for name, test := range map[string]struct {
		client *caller
		want   int
	}{
		"its client":               {c.caller, http.StatusAccepted},
		"text/plain":               {c.caller.with("Content-Type", "text/plain"), http.StatusUnsupportedMediaType},
		"no content type":          {c.caller.with("Content-Type", "x"), http.StatusUnsupportedMediaType},
		"another site":             {c.caller.with("Origin", "https://evil.example"), http.StatusForbidden},
		"somebody else":            {newCaller(t, endpoint, "X-Who", "mallory"), http.StatusNotFound},
		"nobody":                   {newCaller(t, endpoint), http.StatusUnauthorized},
		"no session":               {newCaller(t, base+"/message", "X-Who", "alice"), http.StatusNotFound},
		"a made-up session":        {newCaller(t, base+"/message?sessionId=1", "X-Who", "alice"), http.StatusNotFound},
		"a session without stream": {newCaller(t, base+"/message?sessionId="+s.sessions.issue("alice", 0), "X-Who", "alice"), http.StatusNotFound},
	} {
		if status, body := test.client.post(`{"jsonrpc":"2.0","id":1,"method":"ping"}`); status != test.want {
			t.Errorf("%s: %d, want %d: %s", name, status, test.want, body)
		}
	}
	if status, _ := read(t, c.caller.do(t.Context(), http.MethodGet, "")); status != http.StatusMethodNotAllowed {
		t.Errorf("GET on the endpoint: %d", status)
	}
	if status, _ := newCaller(t, base+"/sse", "X-Who", "alice").post(initialize); status != http.StatusMethodNotAllowed {
		t.Errorf("POST on the stream: %d", status) // the TypeScript SDK probes so before it falls back
	}
}

func TestSSECallEndsWithItsClient(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	block := newBlocker()
	s := newTest(t, Config{Tools: fakeTools{{name: "watch", run: func(ctx context.Context, _ json.RawMessage) tools.Answer {
		block.began <- struct{}{}
		<-ctx.Done()
		close(ended)
		return tools.Answer{JSON: json.RawMessage(`{}`)}
	}}}})
	c := openSSE(t, serveOdd(t, s))
	if status, _ := c.post(call(1, "watch", `{}`)); status != http.StatusAccepted {
		t.Fatal(status)
	}
	waitFor(t, "the call begins", block.began)
	c.cancel()
	waitFor(t, "the call ends with its client", ended)
}

func TestSSEAnnouncesItsOwnPath(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{})
	c := openSSE(t, serveOdd(t, s))
	if got := compactJSON(t, c.ask(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)); got != `{"jsonrpc":"2.0","id":1,"result":{}}` {
		t.Errorf("under a path: %s", got)
	}
	public := newTest(t, Config{PublicURL: "https://mcp.example.com/alloy/"})
	st := open(t, newCaller(t, serveWeb(t, public.Handler())+"/sse"), http.MethodGet, "")
	if line := st.until("data: ", patience); !strings.HasPrefix(line, "data: /alloy/message?sessionId=") {
		t.Errorf("with a public URL: %s", line)
	}
}

func TestSSEEndsWithTheLegacyRevisions(t *testing.T) {
	t.Parallel()
	c := openSSE(t, serveOdd(t, newTest(t, Config{})))
	got := c.ask(`{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{` + modernMeta + `}}`)
	if !strings.Contains(got, `"code":-32022`) || !strings.Contains(got, `"requested":"2026-07-28"`) || strings.Contains(got, `"supported":["2026`) {
		t.Errorf("got %s", got)
	}
}
