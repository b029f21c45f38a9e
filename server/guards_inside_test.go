package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// G13: what goes wrong inside is not for clients.

const secret = "token=sk_live_SECRET"

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
				none := strings.Fields("")
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
