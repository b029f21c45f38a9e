package server

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

const (
	notifiedCalls = 500
	perCall       = 3
)

// notify adds a tool that reports progress up to the moment it returns.
func notify(s *mcpserver.MCPServer) {
	s.AddTool(mcp.NewTool("notify"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i := range perCall {
			if err := s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": 1, "progress": i}); err != nil {
				return nil, err
			}
		}
		return mcp.NewToolResultText("done"), nil
	})
}

// complete reports whether a response holds all notifications in order and the
// result last.
func complete(messages []string) bool {
	if len(messages) != perCall+1 {
		return false
	}
	for i, message := range messages {
		var got struct {
			Result json.RawMessage `json:"result"`
			Params struct {
				Progress *int `json:"progress"`
			} `json:"params"`
		}
		if json.Unmarshal([]byte(message), &got) != nil {
			return false
		}
		if i == perCall && got.Result == nil || i < perCall && (got.Params.Progress == nil || *got.Params.Progress != i) {
			return false
		}
	}
	return true
}

// events are the messages of a response, whichever form it has.
func events(t *testing.T, c *caller, message string) []string {
	t.Helper()
	response := c.do(t.Context(), http.MethodPost, message)
	defer response.Body.Close()
	var got []string
	scanner := bufio.NewScanner(response.Body)
	for scanner.Scan() {
		line := scanner.Text()
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			line = data
		}
		if strings.HasPrefix(line, "{") {
			got = append(got, line)
		}
	}
	return got
}

func TestBareLosesLastNotifications(t *testing.T) {
	t.Parallel()
	bare := newBare(unhurried())
	notify(bare)
	c := newCaller(t, serveWeb(t, mcpserver.NewStreamableHTTPServer(bare)))
	legacy, modern := c.session(), c.modern("tools/call", "notify")
	for range 20 * notifiedCalls {
		if !complete(events(t, legacy, call(1, "notify", `{}`))) || !complete(events(t, modern, modernCall(1, "notify", `{}`))) {
			return
		}
	}
	t.Errorf("the library lost nothing in %d calls", 40*notifiedCalls)
}

func TestNoNotificationIsLost(t *testing.T) {
	t.Parallel()
	s := newListening(t, Config{})
	notify(s.mcp)
	base := serveOdd(t, s)
	c := newCaller(t, base+"/mcp")
	listening := c.session()
	get := open(t, listening, http.MethodGet, "")
	for name, test := range map[string]struct {
		client  *caller
		message string
		calls   int
	}{
		"legacy":                     {c.session(), call(1, "notify", `{}`), notifiedCalls},
		"2026-07-28":                 {c.modern("tools/call", "notify"), modernCall(1, "notify", `{}`), notifiedCalls},
		"legacy, with a stream open": {listening, call(1, "notify", `{}`), notifiedCalls / 5},
		"legacy, without a session":  {c, call(1, "notify", `{}`), notifiedCalls / 5},
	} {
		whole := 0
		for range test.calls {
			if complete(events(t, test.client, test.message)) {
				whole++
			}
		}
		if whole != test.calls {
			t.Errorf("%s: %d of %d calls were complete", name, whole, test.calls)
		}
	}
	if line := get.until("progress", 10*time.Millisecond); line != "" {
		t.Errorf("a notification went to the stream of the session instead of its call: %s", line)
	}
}

func TestNoNotificationIsLostOnStdioAndSSE(t *testing.T) {
	t.Parallel()
	s := newListening(t, Config{})
	notify(s.mcp)
	p := startStdio(t, s)
	p.send(initialize)
	p.next()
	client := openSSE(t, serveOdd(t, s))
	client.ask(initialize)
	for range notifiedCalls {
		p.send(call(1, "notify", `{}`))
		if status, body := client.post(call(1, "notify", `{}`)); status != http.StatusAccepted {
			t.Fatal(status, body)
		}
		var onPipe, onStream []string
		for range perCall + 1 {
			onPipe = append(onPipe, p.next())
			onStream = append(onStream, strings.TrimPrefix(client.until("data: ", patience), "data: "))
		}
		if !complete(onPipe) || !complete(onStream) {
			t.Fatalf("stdio %v\nSSE %v", onPipe, onStream)
		}
	}
}

// A call that goes on notifying after its answer disturbs nobody.
func TestLateNotificationsAreDropped(t *testing.T) {
	t.Parallel()
	s := newListening(t, Config{})
	over := make(chan struct{}, 2)
	s.mcp.AddTool(mcp.NewTool("late"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		go func() {
			defer func() { over <- struct{}{} }()
			<-ctx.Done()
			for range 3 * outboxSize {
				_ = s.mcp.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": 1})
			}
		}()
		return mcp.NewToolResultText("done"), nil
	})
	c := newCaller(t, serveOdd(t, s)+"/mcp")
	// The call ends a moment before its answer is written, so a few may still precede it.
	if got := events(t, c, call(1, "late", `{}`)); len(got) == 0 || !strings.Contains(got[len(got)-1], `"result"`) {
		t.Errorf("got %v", got)
	}
	waitFor(t, "the late notifications", over)
	if got := events(t, c, call(2, "late", `{}`)); len(got) == 0 || !strings.Contains(got[len(got)-1], `"id":2`) {
		t.Errorf("after them, got %v", got)
	}
}
