package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
)

// conversation is what is asked of every transport; the answers must be equal.
func conversation() []string {
	return []string{
		`{"jsonrpc":"2.0","id":1,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":"two","method":"tools/list"}`,
		`{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"cursor":"nonsense"}}`,
		call(4, "echo", `{"text":"<é\u2028>"}`),
		call(5, "echo", `"{\"text\":1}"`),
		`{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"echo"}}`,
		call(7, "no_such_tool", `{}`),
		call(8, "fail", `{}`),
		`{"jsonrpc":"2.0","id":9,"method":"no/such/method"}`,
		`{"jsonrpc":"2.0","id":10,"method":"resources/list"}`,
		`{"jsonrpc":"2.0","id":11,"method":"server/discover"}`,
		`{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"name":12}}`,
		`{"jsonrpc":"2.0","id":13,"method":"ping","Method":"tools/list"}`,
		`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`,
		`[{"jsonrpc":"2.0","id":15,"method":"ping"}]`,
	}
}

func modernConversation() []string {
	const params = `"params":{` + modernMeta
	return []string{
		`{"jsonrpc":"2.0","id":1,"method":"server/discover",` + params + `}}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/list",` + params + `}}`,
		modernCall(3, "echo", `{"text":"x"}`),
		modernCall(4, "fail", `{}`),
		modernCall(5, "no_such_tool", `{}`),
		`{"jsonrpc":"2.0","id":6,"method":"ping",` + params + `}}`,
		`{"jsonrpc":"2.0","id":7,"method":"initialize",` + params + `}}`,
		listenToNothing,
		`{"jsonrpc":"2.0","id":9,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
		`{"jsonrpc":"2.0","id":10,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01","io.modelcontextprotocol/clientCapabilities":{}}}}`,
	}
}

func manyTools(t *testing.T) *Server {
	t.Helper()
	fail := fakeTool{name: "fail", run: failing(`{"code":"not_found","message":"No.","hint":"Look."}`)}
	last := echo()
	last.name = "alphabetically_first"
	return newTest(t, Config{Tools: fakeTools{echo(), fail, last}, Version: "1.2.3"})
}

// Every revision that begins with initialize gets what it asks for, and the same
// answers on every transport.
func TestTransportsAgree(t *testing.T) {
	t.Parallel()
	for _, revision := range mcp.LegacyProtocolVersions() {
		t.Run(revision, func(t *testing.T) {
			t.Parallel()
			s := manyTools(t)
			base := serveOdd(t, s)
			hello := strings.Replace(initialize, mcp.ProtocolVersion20251125, revision, 1)
			p, client := startStdio(t, s), openSSE(t, base)
			web := newCaller(t, base+"/mcp").session()
			if revision != "2024-11-05" && revision != "2025-03-26" {
				web = web.with(mcp.HeaderProtocolVersion, revision)
			} else {
				web.header.Del(mcp.HeaderProtocolVersion) // came with 2025-06-18
			}
			for _, message := range append([]string{hello}, conversation()...) {
				p.send(message)
				line := p.next()
				_, body := web.post(message)
				if diff := cmp.Diff(line, strings.TrimSuffix(body, "\n")); diff != "" {
					t.Errorf("%s\n(-stdio +streamable HTTP):\n%s", message, diff)
				}
				status, refused := client.post(message)
				event := strings.TrimSuffix(refused, "\n") // what is malformed is refused at once
				if status == http.StatusAccepted {
					event = strings.TrimPrefix(client.until("data: ", patience), "data: ")
				}
				if diff := cmp.Diff(line, event); diff != "" {
					t.Errorf("%s\n(-stdio +SSE):\n%s", message, diff)
				}
				if message == hello && !strings.Contains(line, `"protocolVersion":"`+revision+`"`) {
					t.Errorf("asked for %s: %s", revision, line)
				}
			}
		})
	}
}

func TestTransportsAgreeOnStatelessRevision(t *testing.T) {
	t.Parallel()
	s := manyTools(t)
	p := startStdio(t, s)
	web := newCaller(t, serveOdd(t, s)+"/mcp")
	for _, message := range modernConversation() {
		envelope, fault := scan([]byte(message))
		if fault != nil {
			t.Fatal(fault)
		}
		p.send(message)
		var onPipe []string
		for len(onPipe) == 0 || !strings.Contains(onPipe[len(onPipe)-1], `"id":`) {
			onPipe = append(onPipe, p.next())
		}
		onWeb := events(t, web.modern(envelope.method, envelope.name).with(mcp.HeaderProtocolVersion, envelope.version), message)
		if diff := cmp.Diff(onPipe, onWeb); diff != "" {
			t.Errorf("%s\n(-stdio +HTTP):\n%s", message, diff)
		}
	}
}

func TestInitializeCapsTheRevision(t *testing.T) {
	t.Parallel()
	p := startStdio(t, newTest(t, Config{}))
	for _, asked := range []string{"2026-07-28", "1999-01-01"} {
		p.send(strings.Replace(initialize, "2025-11-25", asked, 1))
		if line := p.next(); !strings.Contains(line, `"protocolVersion":"2025-11-25"`) {
			t.Errorf("asked for %s: %s", asked, line)
		}
	}
}

// The list is the same bytes from start to start, in the order of the tools.
func TestToolListIsStable(t *testing.T) {
	t.Parallel()
	var first string
	for range 20 {
		_, body := newCaller(t, serveOdd(t, manyTools(t))+"/mcp").post(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
		if first == "" {
			first = body
		}
		if body != first {
			t.Fatalf("two starts differ:\n%s\n%s", first, body)
		}
	}
	var got struct {
		Result struct {
			Tools []struct {
				Name        string          `json:"name"`
				Title       string          `json:"title"`
				InputSchema json.RawMessage `json:"inputSchema"`
				Annotations map[string]any  `json:"annotations"`
			} `json:"tools"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(first), &got); err != nil {
		t.Fatal(err)
	}
	var names strings.Builder
	for _, tool := range got.Result.Tools {
		names.WriteString(tool.Name + " ")
		want := map[string]any{"title": "T " + tool.Name, "readOnlyHint": tool.Name != "fail", "destructiveHint": false, "idempotentHint": false, "openWorldHint": false}
		if diff := cmp.Diff(want, tool.Annotations); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tool.Name, diff)
		}
		if string(tool.InputSchema) != anyObject {
			t.Errorf("%s has the schema %s", tool.Name, tool.InputSchema)
		}
	}
	if names.String() != "echo fail alphabetically_first " {
		t.Errorf("listed as %s", names.String())
	}
}

func TestStatelessRevisionSaysHowLongToKeepTheList(t *testing.T) {
	t.Parallel()
	p := startStdio(t, newTest(t, Config{}))
	p.send(modernConversation()[1], `{"jsonrpc":"2.0","id":3,"method":"tools/list"}`)
	answers := []string{p.next(), p.next()}
	for _, line := range answers {
		if isModern := strings.Contains(line, `"id":2,`); isModern != strings.Contains(line, `"ttlMs":300000,"cacheScope":"private"`) {
			t.Errorf("got %s", line)
		}
	}
}

// A request that needs what its client did not declare is refused on arrival.
func TestMissingCapabilityIsRefused(t *testing.T) {
	t.Parallel()
	s, err := newServer(Config{Tools: fakeTools{echo()}}, extension{needs: map[string]string{"echo": "sampling"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	p := startStdio(t, s)
	web := newCaller(t, serveOdd(t, s)+"/mcp").modern("tools/call", "echo")
	for capabilities, refused := range map[string]bool{
		`{}`: true, `{"elicitation":{}}`: true, `{"sampling":null}`: true, `{"sampling":{}}`: false, `{"sampling":{"tools":{}}}`: false,
	} {
		message := strings.Replace(modernCall(1, "echo", `{}`), `clientCapabilities":{}`, `clientCapabilities":`+capabilities, 1)
		p.send(message)
		line := p.next()
		status, body := web.post(message)
		for _, got := range []string{line, body} {
			if strings.Contains(got, `"code":-32021`) != refused || refused != strings.Contains(got, `"requiredCapabilities":{"sampling":{}}`) {
				t.Errorf("%s: %s", capabilities, got)
			}
		}
		if (status == http.StatusBadRequest) != refused {
			t.Errorf("%s: status %d", capabilities, status)
		}
	}
	if _, body := newCaller(t, serveOdd(t, s)+"/mcp").post(call(1, "echo", `{}`)); !strings.Contains(body, `"who"`) {
		t.Errorf("older revisions have no such error: %s", body)
	}
}

func TestStatelessRevisionHasNoSessions(t *testing.T) {
	t.Parallel()
	web := newCaller(t, serveOdd(t, newTest(t, Config{}))+"/mcp")
	modern := web.with(mcp.HeaderProtocolVersion, mcp.ProtocolVersion20260728, mcp.HeaderSessionID, "anything")
	for _, method := range []string{http.MethodGet, http.MethodDelete, http.MethodPut, http.MethodOptions} {
		response := modern.do(t.Context(), method, "")
		if status, _ := read(t, response); status != http.StatusMethodNotAllowed || !strings.Contains(response.Header.Get("Allow"), "POST") {
			t.Errorf("%s: %d, Allow %q", method, status, response.Header.Get("Allow"))
		}
	}
	call := modern.modern("tools/call", "echo").with("Last-Event-ID", "5")
	response := call.do(t.Context(), http.MethodPost, modernCall(1, "echo", `{}`))
	if status, body := read(t, response); status != http.StatusOK || response.Header.Get(mcp.HeaderSessionID) != "" {
		t.Errorf("a session id and an event id must be ignored: %d %s", status, body)
	}
}

func TestInstructionsFit(t *testing.T) {
	t.Parallel()
	if len(Instructions) > maxInstructions {
		t.Errorf("the instructions have %d bytes", len(Instructions))
	}
	for _, word := range []string{
		"list_connectors", "get_credential_metadata", "start_oauth", "get_connection", "notion_search", "run_read", "next",
		"connect_required", "reconnect_required", "choose_connection", "pending", "not instructions",
	} {
		if !strings.Contains(Instructions, word) {
			t.Errorf("the instructions do not mention %s", word)
		}
	}
	if _, err := New(Config{Tools: fakeTools{}, Instructions: strings.Repeat("x", maxInstructions+1)}); err == nil {
		t.Error("longer instructions are accepted")
	}
	for _, method := range []string{initialize, modernConversation()[0]} {
		p := startStdio(t, newTest(t, Config{}))
		p.send(method)
		if line := p.next(); !strings.Contains(line, fmt.Sprintf("%.40s", Instructions)) {
			t.Errorf("not told in %s", line)
		}
	}
}
