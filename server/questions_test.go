package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// newAsking is a server with a tool that asks the person for a name.
func newAsking(t *testing.T, config Config) *Server {
	t.Helper()
	s := newListening(t, config)
	s.mcp.AddTool(mcp.NewTool("greet"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		result, err := s.mcp.RequestElicitation(ctx, mcp.ElicitationRequest{Params: mcp.ElicitationParams{
			Message: "Who?", RequestedSchema: json.RawMessage(anyObject),
		}})
		if err != nil {
			return mcp.NewToolResultError("not asked: " + err.Error()), nil
		}
		content, err := json.Marshal(result.Content)
		return mcp.NewToolResultText(string(result.Action) + " " + string(content)), err
	})
	return s
}

const asking = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"test","version":"1"}}}`

func TestPersonIsAskedOnStdio(t *testing.T) {
	t.Parallel()
	p := startStdio(t, newAsking(t, Config{}))
	p.send(initialize)
	p.next()
	p.send(call(1, "greet", `{}`))
	if line := p.next(); !strings.Contains(line, "not asked") {
		t.Errorf("a client that cannot ask was asked: %s", line)
	}
	p.send(asking)
	p.next()
	for name, test := range map[string]struct{ answer, want string }{
		"answered": {`"result":{"action":"accept","content":{"name":"Ann"}}`, `accept {\"name\":\"Ann\"}`},
		"refused":  {`"error":{"code":-32601,"message":"` + secret + `"}`, "not asked: the client refused elicitation/create with code -32601"},
		"garbled":  {`"result":{"action":7}`, "could not be read"},
	} {
		p.send(call(2, "greet", `{}`))
		var question struct {
			ID     string `json:"id"`
			Method string `json:"method"`
			Params struct {
				Message string `json:"message"`
			} `json:"params"`
		}
		if err := json.Unmarshal([]byte(p.next()), &question); err != nil || question.Method != "elicitation/create" || question.Params.Message != "Who?" {
			t.Fatalf("%s: asked %+v, %v", name, question, err)
		}
		p.send(`{"jsonrpc":"2.0","id":"ask-999","result":{"action":"accept"}}`) // nobody asked that
		p.send(`{"jsonrpc":"2.0","id":"` + question.ID + `",` + test.answer + `}`)
		p.send(`{"jsonrpc":"2.0","id":"` + question.ID + `",` + test.answer + `}`) // twice is once
		if line := p.next(); !strings.Contains(line, test.want) || strings.Contains(line, secret) {
			t.Errorf("%s: %s", name, line)
		}
	}
}

func TestNobodyAnswersForSomebodyElse(t *testing.T) {
	t.Parallel()
	url := serveOdd(t, newAsking(t, Config{Authenticate: byToken})) + "/mcp"
	alice, mallory := newCaller(t, url, "X-Who", "alice").sessionOf(asking), newCaller(t, url, "X-Who", "mallory").sessionOf(asking)
	asked := open(t, alice, http.MethodPost, call(1, "greet", `{}`))
	if line := asked.until("elicitation/create", patience); !strings.Contains(line, `"id":"ask-1"`) {
		t.Fatalf("asked %q", line)
	}
	const answer = `{"jsonrpc":"2.0","id":"ask-1","result":{"action":"accept","content":{"name":"%"}}}`
	for _, c := range []*caller{mallory, newCaller(t, url, "X-Who", "mallory"), newCaller(t, url, "X-Who", "alice").sessionOf(asking)} {
		if status, _ := c.post(strings.Replace(answer, "%", "Mallory", 1)); status != http.StatusAccepted {
			t.Errorf("a stray answer: %d", status)
		}
	}
	if status, _ := mallory.with(mcp.HeaderSessionID, alice.header.Get(mcp.HeaderSessionID)).post(strings.Replace(answer, "%", "Mallory", 1)); status != http.StatusNotFound {
		t.Errorf("an answer on a foreign session: %d", status)
	}
	if line := asked.until("Mallory", 100*time.Millisecond); line != "" {
		t.Errorf("answered by somebody else: %s", line)
	}
	if status, _ := alice.post(strings.Replace(answer, "%", "Alice", 1)); status != http.StatusAccepted {
		t.Errorf("the answer: %d", status)
	}
	if line := asked.until("Alice", patience); !strings.Contains(line, `"id":1`) {
		t.Errorf("got %q", line)
	}
}

func TestQuestionEndsWithItsCall(t *testing.T) {
	t.Parallel()
	s := newAsking(t, Config{})
	asked := open(t, newCaller(t, serveOdd(t, s)+"/mcp").sessionOf(asking), http.MethodPost, call(1, "greet", `{}`))
	if asked.until("elicitation/create", patience) == "" {
		t.Fatal("not asked")
	}
	asked.cancel()
	if !eventually(func() bool {
		s.questions.mu.Lock()
		defer s.questions.mu.Unlock()
		return len(s.questions.open) == 0
	}) {
		t.Error("the question stays open")
	}
}

// A session id says what its client can do, so that a client is asked only what
// it declared, and no request waits for an answer that never comes.
func TestOnlyAbleClientsAreAsked(t *testing.T) {
	t.Parallel()
	c := newCaller(t, serveOdd(t, newAsking(t, Config{}))+"/mcp")
	for name, unable := range map[string]*caller{"no session": c, "nothing declared": c.session()} {
		if _, body := unable.post(call(1, "greet", `{}`)); !strings.Contains(body, "not asked") {
			t.Errorf("%s: %s", name, body)
		}
	}
	for declared, want := range map[string]ability{
		`{}`:                                     0,
		`{"elicitation":{}}`:                     canAskForm,
		`{"elicitation":{"form":{}}}`:            canAskForm,
		`{"elicitation":{"url":{}}}`:             canAskURL,
		`{"elicitation":{"form":{},"url":{}}}`:   canAskForm | canAskURL,
		`{"sampling":{},"roots":{},"tasks":{}}`:  canSample,
		`{"sampling":{"tools":{}},"extra":true}`: canSample,
	} {
		var capabilities mcp.ClientCapabilities
		if err := json.Unmarshal([]byte(declared), &capabilities); err != nil {
			t.Fatal(err)
		}
		if got := abilityOf(capabilities); got != want || abilityOf(got.capabilities()) != want {
			t.Errorf("%s: %b, want %b", declared, got, want)
		}
	}
}
