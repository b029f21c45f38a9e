package client

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// approver is a person who ticks the box of every form.
type approver struct {
	mu    sync.Mutex
	asked []*mcp.ElicitParams
}

func (p *approver) options() *mcp.ClientOptions {
	return &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{Form: &mcp.FormElicitationCapabilities{}}},
		ElicitationHandler: func(_ context.Context, request *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.asked = append(p.asked, request.Params)
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"allow": true}}, nil
		},
	}
}

// taskBoard is a simulator with the task board and an account of it.
func taskBoard(t *testing.T) []string {
	t.Helper()
	catalog, err := filepath.Abs("../tasks.json")
	if err != nil {
		t.Fatal(err)
	}
	settings := startSimulator(t, "--catalog", catalog)
	value := make(map[string]string)
	for _, line := range settings {
		name, rest, _ := strings.Cut(line, "=")
		value[name] = rest
	}
	body := fmt.Sprintf(`{"connector":"tasks","user_id":%q}`, value["ALLOY_USER_ID"])
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, value["ALLOY_BASE_URL"]+"/_sim/credentials", bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("adding an account: %v %v", answer, err)
	}
	_ = answer.Body.Close()
	return settings
}

// TestAgent goes from words to a change: search, describe, try, write, delete with
// the person's word, and a large result in parts.
func TestAgent(t *testing.T) {
	settings := taskBoard(t)
	base := serveHTTP(t, settings)
	transports := map[string]func() mcp.Transport{
		"stdio": func() mcp.Transport {
			return &mcp.CommandTransport{Command: program(context.WithoutCancel(t.Context()), t, settings, "serve")}
		},
		"http": func() mcp.Transport { return &mcp.StreamableClientTransport{Endpoint: base + "/mcp"} },
	}
	for name, transport := range transports {
		for _, revision := range []string{"2026-07-28", "2025-11-25"} {
			t.Run(name+"/"+revision+"/page", func(t *testing.T) {
				open(t, transport(), revision, nil).runsActions(t, nil)
			})
			t.Run(name+"/"+revision+"/asking", func(t *testing.T) {
				p := &approver{}
				open(t, transport(), revision, p.options()).runsActions(t, p)
			})
		}
	}
}

func wants(t *testing.T, answer map[string]any, name string, want any) {
	t.Helper()
	if encode(t, answer[name]) != encode(t, want) {
		t.Fatalf("%s is %v, want %v: %s", name, answer[name], want, encode(t, answer))
	}
}

// follow is the next call of an answer.
func follow(t *testing.T, answer map[string]any) (string, map[string]any) {
	t.Helper()
	next, _ := answer["next"].(map[string]any)
	tool, _ := next["tool"].(string)
	arguments, ok := next["arguments"].(map[string]any)
	if !ok {
		t.Fatalf("nothing is next: %s", encode(t, answer))
	}
	return tool, arguments
}

func (s session) runsActions(t *testing.T, p *approver) {
	t.Helper()
	tool, arguments := follow(t, s.succeed(t, "search_actions", map[string]any{"query": "add a task to my task board"}))
	described := s.succeed(t, tool, arguments)
	wants(t, described, "action_id", "tasks.createTask")
	wants(t, described, "effect", "write")
	create := map[string]any{"action_id": "tasks.createTask", "arguments": map[string]any{"title": t.Name()}, "dry_run": true}
	wants(t, s.succeed(t, "run_write", create), "outcome", "not_sent")
	delete(create, "dry_run")
	first := s.succeed(t, "run_write", create)
	wants(t, first, "outcome", "completed")
	again := s.succeed(t, "run_write", create)
	wants(t, again, "duplicate", true)
	wants(t, again, "request_id", first["request_id"])
	s.deletes(t, p)
	s.readsOn(t)
}

func (s session) deletes(t *testing.T, p *approver) {
	t.Helper()
	wrong, failed := s.call(t, "run_write", map[string]any{"action_id": "tasks.deleteTask", "arguments": map[string]any{"id": taskID(t)}})
	if !failed {
		t.Errorf("run_write deletes: %s", encode(t, wrong))
	}
	wants(t, wrong, "code", "effect_mismatch")
	tool, arguments := follow(t, wrong)
	done := s.succeed(t, tool, arguments)
	if p == nil {
		wants(t, done, "status", "confirmation_required")
		link, _ := done["url"].(string)
		approve(t, link)
		tool, arguments = follow(t, done)
		done = s.succeed(t, tool, arguments)
	} else if len(p.asked) != 1 || !strings.Contains(p.asked[0].Message, "tasks.deleteTask") || !strings.Contains(p.asked[0].Message, taskID(t)) {
		t.Errorf("asked %s", encode(t, p.asked))
	}
	wants(t, done, "outcome", "completed")
	wants(t, done, "data", map[string]any{"deleted": true})
}

func (s session) readsOn(t *testing.T) {
	t.Helper()
	part := s.succeed(t, "run_read", map[string]any{"action_id": "tasks.listTasks", "max_chars": 1500})
	wants(t, part, "truncated", true)
	id, seen := part["request_id"], 0
	for range 40 {
		data, _ := part["data"].(map[string]any)
		tasks, _ := data["tasks"].([]any)
		for _, task := range tasks {
			seen++
			row, _ := task.(map[string]any)
			wants(t, row, "id", fmt.Sprintf("t%02d", seen))
		}
		if part["next_cursor"] == nil {
			break
		}
		part = s.succeed(t, "get_result", map[string]any{"request_id": id, "cursor": part["next_cursor"], "max_chars": 1500})
	}
	if seen != 40 {
		t.Errorf("%d tasks, want 40", seen)
	}
	table := s.succeed(t, "get_result", map[string]any{"request_id": id, "fields": []string{"tasks[].title"}, "as": "table"})
	if text := encode(t, table); !strings.Contains(text, "Write report 40") || strings.Contains(text, "example.com") {
		t.Errorf("as a table: %s", text)
	}
}

// taskID is another one in each session; it is a part of a path.
func taskID(t *testing.T) string { return strings.ReplaceAll(t.Name(), "/", " ") }
