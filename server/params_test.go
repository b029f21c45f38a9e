package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// What is wrong with params is said in words of ours, short and by the code for
// it, on every transport.
func TestUnfitParamsAreAnsweredInShortSentences(t *testing.T) {
	t.Parallel()
	s := newListening(t, Config{})
	p := startStdio(t, s)
	web := newCaller(t, serveOdd(t, s)+"/mcp")
	for name, test := range map[string]struct{ method, params, says string }{
		"name is a number":      {"tools/call", `"name":5`, "params.name must be"},
		"no name":               {"tools/call", `"arguments":{}`, "params.name must be"},
		"unknown tool":          {"tools/call", `"name":"nope"`, `no tool "nope"`},
		"endless name":          {"tools/call", `"name":"` + strings.Repeat("n", 3<<20) + `"`, `no tool "nnnn`},
		"endless escapes":       {"tools/call", `"name":"` + strings.Repeat(`\ud83d\ude00`, 1000) + `"`, `no tool "`},
		"wide characters":       {"tools/call", `"name":"` + strings.Repeat("\U0001F600", 100) + `"`, `no tool "`},
		"task is a number":      {"tools/call", `"name":"echo","task":5`, "types that tools/call asks for"},
		"state is a number":     {"tools/call", `"name":"echo","requestState":5`, "types that tools/call asks for"},
		"cursor of nobody":      {"tools/list", `"cursor":"zzz"`, "cursor is unknown"},
		"cursor in base64":      {"tools/list", `"cursor":"ZWNobw=="`, "cursor is unknown"},
		"cursor is a number":    {"tools/list", `"cursor":5`, "types that tools/list asks for"},
		"notifications, a list": {"subscriptions/listen", `"notifications":[]`, "types that subscriptions/listen asks for"},
	} {
		legacy := `{"jsonrpc":"2.0","id":7,"method":"` + test.method + `","params":{` + test.params + `}}`
		modern := strings.Replace(legacy, `"params":{`, `"params":{`+modernMeta+`,`, 1)
		p.send(legacy)
		answers := map[string]string{"stdio": p.next()}
		p.send(modern)
		answers["stdio, stateless"] = p.next()
		status, body := web.post(legacy)
		if status != http.StatusOK {
			t.Errorf("%s: status %d", name, status)
		}
		answers["HTTP"] = body
		status, body = web.modern(test.method, "").post(modern)
		if status != http.StatusBadRequest {
			t.Errorf("%s, stateless: status %d", name, status)
		}
		answers["HTTP, stateless"] = body
		for transport, answer := range answers {
			checkRefusal(t, name+" over "+transport, answer, mcp.INVALID_PARAMS, test.says)
		}
	}
	p.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":5}}`)
	checkRefusal(t, "initialize", strings.Replace(p.next(), `"id":1,`, `"id":7,`, 1), mcp.INVALID_PARAMS, "types that initialize asks for")
	for _, fits := range []string{`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":""}}`, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`} {
		if _, body := web.post(fits); !strings.Contains(body, `"echo"`) {
			t.Errorf("%s: %s", fits, body)
		}
	}
}

// Versions and headers that are refused are not repeated at length either.
func TestRefusalsRepeatNothingLong(t *testing.T) {
	t.Parallel()
	web := newCaller(t, serveOdd(t, newTest(t, Config{}))+"/mcp").modern("tools/call", "echo")
	long := strings.Repeat("9", 1000)
	message := strings.Replace(modernCall(7, "echo", `{}`), "2026-07-28", long, 1)
	_, body := web.post(message)
	checkRefusal(t, "version", body, mcp.INVALID_PARAMS, "longer than 64 bytes")
	for _, header := range []string{mcp.HeaderProtocolVersion, mcp.HeaderMethod, mcp.HeaderName} {
		_, body := web.with(header, long).post(modernCall(7, "echo", `{}`))
		checkRefusal(t, header, body, mcp.HEADER_MISMATCH, "longer than 200 bytes")
	}
}

func checkRefusal(t *testing.T, what, frame string, code int, says string) {
	t.Helper()
	var got struct {
		ID    int `json:"id"`
		Error struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal([]byte(frame), &got); err != nil {
		t.Fatalf("%s: %v: %.300s", what, err, frame)
	}
	if got.ID != 7 || got.Error.Code != code || !strings.Contains(got.Error.Message, says) || len(frame) > 400 || len(got.Error.Message) > 300 {
		t.Errorf("%s: %.500s", what, frame)
	}
}
