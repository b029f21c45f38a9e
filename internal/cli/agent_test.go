package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// agent is a client that was told "find the action, run it".
type agent struct {
	t *testing.T
	// ask sends a frame and returns the one that answers it.
	ask func(frame map[string]any) map[string]any
	// modern: each frame carries the revision and what the client can do.
	modern, hasPerson bool

	id, asked int
}

func (a *agent) capabilities() map[string]any {
	if a.hasPerson {
		return map[string]any{"elicitation": map[string]any{"form": map[string]any{}}}
	}
	return map[string]any{}
}

// allow is what the person answers to a question.
func (a *agent) allow(question any) map[string]any {
	a.asked++
	text, err := json.Marshal(question)
	if err != nil || !strings.Contains(string(text), "tasks.deleteTask") || !strings.Contains(string(text), "allow") {
		a.t.Errorf("asked %s", text)
	}
	return map[string]any{"action": "accept", "content": map[string]any{"allow": true}}
}

func (a *agent) request(method string, params map[string]any) map[string]any {
	a.t.Helper()
	a.id++
	if a.modern {
		params["_meta"] = map[string]any{"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": a.capabilities()}
	}
	answer := a.ask(map[string]any{"jsonrpc": "2.0", "id": a.id, "method": method, "params": params})
	result, ok := answer["result"].(map[string]any)
	if !ok {
		a.t.Fatalf("%s %v: %v", method, params, answer)
	}
	return result
}

// tool calls a tool and returns the object of its answer.
func (a *agent) tool(name string, arguments map[string]any) map[string]any {
	a.t.Helper()
	params := map[string]any{"name": name, "arguments": arguments}
	result := a.request("tools/call", params)
	if result["resultType"] == "input_required" {
		responses := make(map[string]any)
		questions, _ := result["inputRequests"].(map[string]any)
		for id, question := range questions {
			responses[id] = a.allow(question)
		}
		params["requestState"], params["inputResponses"] = result["requestState"], responses
		result = a.request("tools/call", params)
	}
	content, _ := result["content"].([]any)
	first, _ := content[0].(map[string]any)
	text, _ := first["text"].(string)
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		a.t.Fatalf("%s answers %s: %v", name, text, err)
	}
	return object
}

// follow makes the call that an answer names as the next one.
func (a *agent) follow(answer map[string]any) map[string]any {
	a.t.Helper()
	next, _ := answer["next"].(map[string]any)
	name, _ := next["tool"].(string)
	arguments, ok := next["arguments"].(map[string]any)
	if !ok {
		a.t.Fatalf("nothing is next in %v", answer)
	}
	return a.tool(name, arguments)
}

// has fails where an answer does not have these values.
func (a *agent) has(answer map[string]any, want ...any) {
	a.t.Helper()
	for i := 0; i < len(want); i += 2 {
		name, _ := want[i].(string)
		if fmt.Sprint(answer[name]) != fmt.Sprint(want[i+1]) {
			a.t.Fatalf("%s is %v, want %v: %v", name, answer[name], want[i+1], answer)
		}
	}
}

// TestAnAgentFindsAndRunsActions is the way from words to a change and back, over
// stdio and HTTP, by the old revision and the newest, with a person who is asked by
// the client or by a page.
func TestAnAgentFindsAndRunsActions(t *testing.T) {
	t.Parallel()
	for _, hasPerson := range []bool{false, true} {
		for _, modern := range []bool{false, true} {
			for transport, open := range map[string]func(*testing.T, map[string]string) func(map[string]any) map[string]any{"stdio": overPipe, "http": overHTTP} {
				if transport == "http" && hasPerson && !modern {
					continue // the question comes on a stream; the clients of others try that
				}
				t.Run(fmt.Sprintf("%s, modern %v, asks %v", transport, modern, hasPerson), func(t *testing.T) {
					t.Parallel()
					sim, env := newSimulator(t)
					catalog, err := os.ReadFile("../../.ci/clients/tasks.json")
					if err != nil {
						t.Fatal(err)
					}
					if err := sim.LoadCatalog(catalog); err != nil {
						t.Fatal(err)
					}
					if _, err := sim.AddCredential(sim.Production().UserID(), "tasks"); err != nil {
						t.Fatal(err)
					}
					a := &agent{t: t, modern: modern, hasPerson: hasPerson}
					send := open(t, env)
					a.ask = func(frame map[string]any) map[string]any { return a.answering(send, frame) }
					if !modern {
						a.request("initialize", map[string]any{"protocolVersion": "2025-11-25", "capabilities": a.capabilities(), "clientInfo": map[string]any{"name": "agent", "version": "1"}})
					}
					a.works()
					if made := sim.Writes().ByAction; made["tasks.createTask"] != 1 || made["tasks.deleteTask"] != 1 {
						t.Errorf("made %v", made)
					}
				})
			}
		}
	}
}

// answering sends a frame, and answers the questions that come before its answer.
func (a *agent) answering(send func(map[string]any) map[string]any, frame map[string]any) map[string]any {
	answer := send(frame)
	for answer["method"] == "elicitation/create" {
		answer = send(map[string]any{"jsonrpc": "2.0", "id": answer["id"], "result": a.allow(answer["params"])})
	}
	return answer
}

func (a *agent) works() {
	found := a.tool("search_actions", map[string]any{"query": "add a task to my task board"})
	described := a.follow(found)
	a.has(described, "action_id", "tasks.createTask", "effect", "write")
	create := map[string]any{"action_id": "tasks.createTask", "arguments": map[string]any{"title": "Tidy up"}, "dry_run": true}
	a.has(a.tool("run_write", create), "outcome", "not_sent", "dry_run", true)
	delete(create, "dry_run")
	first := a.tool("run_write", create)
	a.has(first, "outcome", "completed", "data", map[string]any{"id": "t41"})
	create["arguments"] = `{"title":"Tidy up"}`
	a.has(a.tool("run_write", create), "outcome", "completed", "duplicate", true, "request_id", first["request_id"])

	wrong := a.tool("run_write", map[string]any{"action_id": "tasks.deleteTask", "arguments": map[string]any{"id": "t01"}})
	a.has(wrong, "code", "effect_mismatch", "outcome", "not_sent")
	deleted := a.follow(wrong)
	if !a.hasPerson {
		a.has(deleted, "status", "confirmation_required")
		link, _ := deleted["url"].(string)
		if at := press(a.t, link, url.Values{}); at != link {
			a.t.Errorf("the button of %s leads to %s", link, at)
		}
		deleted = a.follow(deleted)
	}
	a.has(deleted, "outcome", "completed", "data", map[string]any{"deleted": true})
	if (a.asked == 1) != a.hasPerson {
		a.t.Errorf("asked %d times", a.asked)
	}
	a.readsOn()
}

// readsOn reads a result to its end, and shows it in other ways.
func (a *agent) readsOn() {
	part := a.tool("run_read", map[string]any{"action_id": "tasks.listTasks", "max_chars": 1500})
	id, seen := part["request_id"], 0
	for range 40 {
		data, _ := part["data"].(map[string]any)
		tasks, _ := data["tasks"].([]any)
		for _, task := range tasks {
			seen++
			row, _ := task.(map[string]any)
			a.has(row, "id", fmt.Sprintf("t%02d", seen))
		}
		if part["next_cursor"] == nil {
			break
		}
		part = a.tool("get_result", map[string]any{"request_id": id, "cursor": part["next_cursor"], "max_chars": 1500})
	}
	if seen != 40 {
		a.t.Errorf("%d tasks, want 40", seen)
	}
	some := a.tool("get_result", map[string]any{"request_id": id, "fields": []string{"tasks[].title"}, "as": "table"})
	if text := fmt.Sprint(some); !strings.Contains(text, "Write report 40") || strings.Contains(text, "example.com") {
		a.t.Errorf("as a table: %s", text)
	}
}

// overPipe serves over stdio.
func overPipe(t *testing.T, env map[string]string) func(map[string]any) map[string]any {
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	app := &App{Stdin: in, Stdout: out, Stderr: io.Discard, LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	done := make(chan int, 1)
	go func() {
		done <- app.Run(context.WithoutCancel(t.Context()), []string{"serve", "--env-file", os.DevNull})
	}()
	t.Cleanup(func() {
		_ = toServer.Close()
		go func() { _, _ = io.Copy(io.Discard, fromServer) }()
		<-done
		_ = out.Close()
	})
	lines := bufio.NewReader(fromServer)
	return func(frame map[string]any) map[string]any {
		if err := json.NewEncoder(toServer).Encode(frame); err != nil {
			t.Fatal(err)
		}
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			var answer map[string]any
			if err := json.Unmarshal([]byte(line), &answer); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			if answer["id"] != nil {
				return answer
			}
		}
	}
}

// overHTTP serves over HTTP; a client of the old revision has a session.
func overHTTP(t *testing.T, env map[string]string) func(map[string]any) map[string]any {
	return talk(t, start(t, env, "serve", "--transport", "http", "--env-file", os.DevNull).endpoint())
}

// talk posts frames to an endpoint.
func talk(t *testing.T, endpoint string) func(map[string]any) map[string]any {
	session, revision := "", "2026-07-28"
	return func(frame map[string]any) map[string]any {
		body, err := json.Marshal(frame)
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "application/json, text/event-stream")
		method, _ := frame["method"].(string)
		if method == "initialize" {
			revision = "2025-11-25"
		} else {
			request.Header.Set("Mcp-Protocol-Version", revision)
		}
		if session != "" {
			request.Header.Set("Mcp-Session-Id", session)
		}
		if params, _ := frame["params"].(map[string]any); revision > "2026" {
			name, _ := params["name"].(string)
			request.Header.Set("Mcp-Method", method)
			request.Header.Set("Mcp-Name", name)
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if id := response.Header.Get("Mcp-Session-Id"); id != "" {
			session = id
		}
		if _, data, ok := strings.Cut(string(text), "data:"); ok {
			text = []byte(data)
		}
		var answer map[string]any
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return answer
	}
}
