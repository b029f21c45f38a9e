package server

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// failing is a tool that fails with the same JSON every time.
func failing(failure string) func(context.Context, json.RawMessage) tools.Answer {
	return func(context.Context, json.RawMessage) tools.Answer {
		return tools.Answer{JSON: json.RawMessage(failure), IsError: true}
	}
}

// askDirectly runs one message through the library as a transport would.
func askDirectly(ctx context.Context, t *testing.T, s *Server, message string) string {
	t.Helper()
	data, err := json.Marshal(s.mcp.HandleMessage(ctx, json.RawMessage(message)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAnswersHaveOneForm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer tools.Answer
		want   string
	}{
		"success": {
			tools.Answer{JSON: json.RawMessage("{\"a\": [1, 2.0],\n \"b\":\"<\"}")},
			`{"content":[{"type":"text","text":"{\"a\":[1,2.0],\"b\":\"\u003c\"}"}],"structuredContent":{"a":[1,2.0],"b":"\u003c"}}`,
		},
		"failure": {
			tools.Answer{JSON: json.RawMessage(`{"code": "not_found"}`), IsError: true},
			`{"content":[{"type":"text","text":"{\"code\":\"not_found\"}"}],"isError":true}`,
		},
	} {
		s := newTest(t, Config{Tools: fakeTools{{name: "x", run: func(context.Context, json.RawMessage) tools.Answer { return test.answer }}}})
		got := askDirectly(t.Context(), t, s, call(1, "x", `{}`))
		if diff := cmp.Diff(`{"jsonrpc":"2.0","id":1,"result":`+test.want+`}`, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, answer := range map[string]string{"nothing": "", "no JSON": `{"a":`, "no object": `[1]`, "two": `{}{}`} {
		s := newTest(t, Config{Tools: fakeTools{{name: "x", run: func(context.Context, json.RawMessage) tools.Answer {
			return tools.Answer{JSON: json.RawMessage(answer)}
		}}}})
		if got := askDirectly(t.Context(), t, s, call(1, "x", `{}`)); !strings.Contains(got, `\"code\":\"internal\"`) || !strings.Contains(got, `"isError":true`) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestOverdueCallsAreAnswered(t *testing.T) {
	t.Parallel()
	ignorant := func(context.Context, json.RawMessage) tools.Answer {
		<-time.After(time.Hour)
		return tools.Answer{JSON: json.RawMessage(`{}`)}
	}
	obedient := func(ctx context.Context, _ json.RawMessage) tools.Answer {
		<-ctx.Done()
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return tools.Answer{}
		}
		return tools.Answer{JSON: json.RawMessage(`{"code":"mine"}`), IsError: true}
	}
	set := fakeTools{{name: "read", readOnly: true, run: ignorant}, {name: "write", run: ignorant}, {name: "obedient", run: obedient}}
	for tool, test := range map[string]struct {
		after time.Duration
		says  []string
	}{
		"read":     {45*time.Second + grace, []string{`\"code\":\"upstream_unavailable\"`, "did not finish within 45s"}},
		"write":    {45*time.Second + grace, []string{`\"code\":\"outcome_unknown\"`, `\"outcome\":\"unknown\"`, "Look whether it did"}},
		"obedient": {45 * time.Second, []string{`\"code\":\"mine\"`}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newTest(t, Config{Tools: set})
			began := time.Now()
			got := askDirectly(t.Context(), t, s, call(1, tool, `{}`))
			if took := time.Since(began); took != test.after {
				t.Errorf("%s took %v, want %v", tool, took, test.after)
			}
			for _, part := range append(test.says, `"isError":true`) {
				if !strings.Contains(got, part) {
					t.Errorf("%s: no %s in %s", tool, part, got)
				}
			}
			s.calls.Wait() // what was given up still ends, and a draining server waits for it
		})
	}
}

func TestHandlersOfTheLibraryAreGuarded(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{})
	s.mcp.AddTool(mcp.NewTool("fail"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, errors.New(secret)
	})
	s.mcp.AddTool(mcp.NewTool("panic"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { panic(secret) })
	s.mcp.AddTool(mcp.NewTool("fault"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, invalid("changed")
	})
	for _, tool := range []string{"fail", "panic"} {
		if got := askDirectly(t.Context(), t, s, call(1, tool, `{}`)); strings.Contains(got, secret) || !strings.Contains(got, `\"code\":\"internal\"`) {
			t.Errorf("%s: %s", tool, got)
		}
	}
	if got := askDirectly(t.Context(), t, s, call(1, "fault", `{}`)); !strings.Contains(got, `"error":{"code":-32603,"message":"changed"}`) {
		t.Errorf("an error that is meant for clients: %s", got)
	}
}

func TestUnknownToolIsAProtocolError(t *testing.T) {
	t.Parallel()
	got := askDirectly(t.Context(), t, newTest(t, Config{}), call(1, "nope", `{}`))
	if !strings.Contains(got, `"error":{"code":-32602`) || strings.Contains(got, "result") {
		t.Errorf("got %s", got)
	}
}
