//go:build unix

package cli

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// editor is a process that serves an agent over stdio, as an editor starts it.
type editor struct {
	*agent
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

func openEditor(t *testing.T, env map[string]string) *editor {
	t.Helper()
	e := &editor{agent: &agent{t: t, modern: true}, command: process(t, env, "serve", "--env-file", os.DevNull)}
	var err error
	if e.in, err = e.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := e.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	e.out = bufio.NewScanner(out)
	e.out.Buffer(nil, 1<<20)
	if err := e.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.kill)
	e.ask = func(frame map[string]any) map[string]any { return e.answering(e.send, frame) }
	return e
}

// send writes a frame and reads the next one; nil where the process ends first.
func (e *editor) send(frame map[string]any) map[string]any {
	if err := json.NewEncoder(e.in).Encode(frame); err != nil {
		e.t.Fatal(err)
	}
	if !e.out.Scan() {
		return nil
	}
	var answer map[string]any
	if err := json.Unmarshal(e.out.Bytes(), &answer); err != nil {
		e.t.Fatal(err)
	}
	return answer
}

// kill ends the process at once.
func (e *editor) kill() {
	_ = e.command.Process.Kill()
	_ = e.command.Wait()
}

// What an editor's process was killed over is known to the next one: a change that
// may have been made is not made again, and one that was is told.
func TestAKilledEditorKnowsItsChanges(t *testing.T) {
	t.Parallel()
	sim, env := keeping(t)
	env["STATE_URL"], env["CACHE_DIR"] = "memory:", t.TempDir()
	create := func(title string, more ...string) map[string]any {
		call := map[string]any{"action_id": "tasks.createTask", "arguments": map[string]any{"title": title}}
		if len(more) > 0 {
			call["idempotency_key"] = more[0]
		}
		return call
	}
	first := openEditor(t, env)
	made := first.tool("run_write", create("made", "k"))
	first.has(made, "outcome", "completed")
	slow := simulator.Fault{Kind: simulator.FaultSlow, Delay: time.Minute, Action: "createTask", Method: "POST", Count: 1, AfterEffect: true}
	if err := sim.SetFault(slow); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = json.NewEncoder(first.in).Encode(map[string]any{"jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": map[string]any{
			"name": "run_write", "arguments": create("cut off"),
			"_meta": map[string]any{"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": map[string]any{}},
		}})
	}()
	arrived(t, sim, 2)
	first.kill()

	second := openEditor(t, env)
	again := second.tool("run_write", create("cut off"))
	second.has(again, "status", "running")
	second.has(second.tool("run_write", create("made", "k")), "outcome", "completed", "request_id", made["request_id"], "duplicate", true)
	second.has(second.tool("get_result", map[string]any{"request_id": made["request_id"]}), "outcome", "completed")
	second.has(second.tool("run_write", create("another")), "outcome", "completed")
	if got := sim.Writes().ByAction["tasks.createTask"]; got != 3 {
		t.Errorf("made %d times, want 3", got)
	}
}

// Two editors of one person know of each other's changes, whichever name they have for
// the person.
func TestTwoEditorsMakeAChangeOnce(t *testing.T) {
	t.Parallel()
	sim, env := keeping(t)
	env["STATE_URL"], env["CACHE_DIR"] = "memory:", t.TempDir()
	create := map[string]any{"action_id": "tasks.createTask", "arguments": map[string]any{"title": "one"}}
	a := openEditor(t, env)
	env["ALLOY_USER_ID"] = "robin@production.example"
	b := openEditor(t, env)
	a.has(a.tool("run_write", create), "outcome", "completed")
	b.has(b.tool("run_write", create), "outcome", "completed", "duplicate", true)
	if got := sim.Writes().ByAction["tasks.createTask"]; got != 1 {
		t.Errorf("made %d times", got)
	}
}
