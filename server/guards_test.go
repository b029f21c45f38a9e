package server

import (
	"bytes"
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// The tests of the guards come in pairs: what the library does by itself, which
// must stay true for the guard to be needed, and what this server does.

// G1: a cancellation reaches calls of its own session only.

func TestBareCancellationReachesOtherClients(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	bare := newBare()
	bare.AddTool(mcp.NewTool("block"), block.handler)
	url := serveWeb(t, mcpserver.NewStreamableHTTPServer(bare))
	if _, body := cancelOther(t, block, stateless(newCaller(t, url)), modernCall(1, "block", `{}`), newCaller(t, url)); !strings.Contains(body, "cancelled") {
		t.Errorf("the library no longer lets one client cancel another's call: %s", body)
	}
}

func TestCancellationReachesOwnSessionOnly(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		attacker string
		victim   func(*caller) *caller
		message  string
	}{
		"2026-07-28, another principal":   {"mallory", stateless, modernCall(1, "block", `{}`)},
		"2026-07-28, the same principal":  {"alice", stateless, modernCall(1, "block", `{}`)},
		"no session, another principal":   {"mallory", sessionless, call(1, "block", `{}`)},
		"no session, the same principal":  {"alice", sessionless, call(1, "block", `{}`)},
		"own session, another principal":  {"mallory", (*caller).session, call(1, "block", `{}`)},
		"own session, the same principal": {"alice", (*caller).session, call(1, "block", `{}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := newBlocker()
			s := newTest(t, Config{Tools: fakeTools{block.tool()}, Authenticate: byToken})
			url := serveOdd(t, s) + "/mcp"
			victim := test.victim(newCaller(t, url, "X-Who", "alice"))
			status, body := cancelOther(t, block, victim, test.message, newCaller(t, url, "X-Who", test.attacker))
			if status != http.StatusAccepted || !strings.Contains(body, "released") {
				t.Errorf("the cancellation got %d, the call %s; want 202 and a finished call", status, body)
			}
		})
	}
}

func stateless(c *caller) *caller { return c.modern("tools/call", "block") }

func sessionless(c *caller) *caller { return c }

// cancelOther starts a call for one client and sends its cancellation by another,
// in every way there is. It returns the last status and the call's result.
func cancelOther(t *testing.T, block *blocker, victim *caller, message string, attacker *caller) (int, string) {
	t.Helper()
	result := make(chan string, 1)
	go func() {
		_, body := victim.post(message)
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
	return int64(m.HeapAlloc)
}
