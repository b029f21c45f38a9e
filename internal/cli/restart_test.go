package cli

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// keeping is a simulator with the task board, and settings with a store on disk.
func keeping(t *testing.T) (*simulator.Simulator, map[string]string) {
	t.Helper()
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
	env["STATE_URL"] = "bolt:" + filepath.Join(t.TempDir(), "state.db")
	return sim, env
}

// serving starts a server and returns an agent that talks to it.
func serving(t *testing.T, env map[string]string) (*running, *agent) {
	t.Helper()
	r := start(t, env, "serve", "--transport", "http", "--env-file", os.DevNull)
	a := &agent{t: t, modern: true}
	send := talk(t, r.endpoint())
	a.ask = func(frame map[string]any) map[string]any { return a.answering(send, frame) }
	return r, a
}

func (r *running) ends() {
	r.t.Helper()
	r.stop()
	if code, _ := r.wait(); code != exitDone {
		r.t.Fatalf("the server ended with %d\n%s", code, r.stderr)
	}
}

// arrived waits until so many tasks were created.
func arrived(t *testing.T, sim *simulator.Simulator, tasks int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); sim.Writes().ByAction["tasks.createTask"] < tasks; <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the change does not arrive")
		}
	}
}

// A call that waits for its person is still there after a restart, and is made once.
func TestAnApprovalOutlivesTheServer(t *testing.T) {
	t.Parallel()
	sim, env := keeping(t)
	first, a := serving(t, env)
	remove := map[string]any{"action_id": "tasks.deleteTask", "arguments": map[string]any{"id": "t01"}}
	asked := a.tool("run_destructive", remove)
	a.has(asked, "status", "confirmation_required")
	first.ends()

	second, b := serving(t, env)
	link, _ := asked["url"].(string)
	_, id, _ := strings.Cut(link, "/confirm/")
	b.has(b.tool("get_result", map[string]any{"request_id": id}), "status", "confirmation_required")
	press(t, strings.TrimSuffix(second.endpoint(), "/mcp")+"/confirm/"+id, url.Values{})
	b.has(b.tool("get_result", map[string]any{"request_id": id, "wait_seconds": 10}), "outcome", "completed")
	second.ends()

	_, c := serving(t, env)
	c.has(c.tool("get_result", map[string]any{"request_id": id}), "outcome", "completed", "data", map[string]any{"deleted": true})
	c.has(c.tool("run_destructive", remove), "outcome", "completed", "request_id", id)
	if made := sim.Writes().ByAction["tasks.deleteTask"]; made != 1 {
		t.Errorf("made %d times", made)
	}
}

// A server that is told to end while an app is slow waits, and notes the outcome.
func TestAChangeOutlivesTheServer(t *testing.T) {
	t.Parallel()
	sim, env := keeping(t)
	first, a := serving(t, env)
	if err := sim.SetFault(simulator.Fault{Kind: simulator.FaultSlow, Delay: 2 * time.Second, Action: "createTask", Method: "POST", Count: 1, AfterEffect: true}); err != nil {
		t.Fatal(err)
	}
	create := map[string]any{"action_id": "tasks.createTask", "arguments": map[string]any{"title": "slow"}, "idempotency_key": "k"}
	a.tool("search_actions", map[string]any{"query": "create a task"}) // so that nothing but the change is slow
	told := make(chan map[string]any, 1)
	go func() {
		defer close(told)
		defer func() { _ = recover() }() // the connection may be cut
		told <- a.tool("run_write", create)
	}()
	arrived(t, sim, 1)
	first.ends()
	<-told

	_, b := serving(t, env)
	again := b.tool("run_write", create)
	b.has(again, "outcome", "completed")
	if made := sim.Writes().ByAction["tasks.createTask"]; made != 1 {
		t.Errorf("made %d times: %v", made, again)
	}
}

// Two processes do not share the file of one store.
func TestASecondServerDoesNotOpenTheStore(t *testing.T) {
	t.Parallel()
	_, env := keeping(t)
	_, a := serving(t, env)
	second := start(t, env, "serve", "--transport", "http", "--env-file", os.DevNull)
	code, _ := second.wait()
	if said := second.stderr.String(); code == exitDone || !strings.Contains(said, "state.db") || !strings.Contains(said, "another") && !strings.Contains(said, "use") {
		t.Errorf("ended with %d: %s", code, said)
	}
	a.has(a.tool("run_write", map[string]any{"action_id": "tasks.createTask", "arguments": map[string]any{"title": "still"}}), "outcome", "completed")
}

// Where nothing can be kept, changes are made all the same, and a line says what that
// means.
func TestChangesAreMadeWhereNothingCanBeKept(t *testing.T) {
	t.Parallel()
	_, env := keeping(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	env["STATE_URL"], env["CACHE_DIR"] = "memory:", filepath.Join(file, "cache")
	server, a := serving(t, env)
	a.has(a.tool("run_write", map[string]any{"action_id": "tasks.createTask", "arguments": map[string]any{"title": "kept nowhere"}}), "outcome", "completed")
	server.ends()
	if said := server.stderr.String(); strings.Count(said, "after a crash they may be made again") != 1 {
		t.Errorf("the log is %s", said)
	}
}
