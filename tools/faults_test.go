package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// everyFault is each way in which Alloy can fail, once.
func everyFault() []simulator.Fault {
	faults := []simulator.Fault{
		{Kind: simulator.FaultRateLimit, RetryAfter: "36000"},
		{Kind: simulator.FaultRateLimit, RetryAfter: "nonsense"},
		{Kind: simulator.FaultReset},
		{Kind: simulator.FaultReset, AfterEffect: true},
		{Kind: simulator.FaultHTML},
		{Kind: simulator.FaultErrorHTML},
		{Kind: simulator.FaultEmpty},
		{Kind: simulator.FaultGarbage},
		{Kind: simulator.FaultDeep},
		{Kind: simulator.FaultHuge},
		{Kind: simulator.FaultGzipBomb},
		{Kind: simulator.FaultRedirect},
		{Kind: simulator.FaultEchoSecret},
		{Kind: simulator.FaultTruncate},
		{Kind: simulator.FaultTruncate, Size: -1},
		{Kind: simulator.FaultRename},
		{Kind: simulator.FaultWrongType},
		{Kind: simulator.FaultHang},
		{Kind: simulator.FaultDrip, Delay: time.Second},
	}
	for _, status := range []int{400, 401, 403, 404, 408, 409, 418, 422, 425, 500, 502, 503, 504, 520} {
		faults = append(faults, simulator.Fault{Kind: simulator.FaultStatus, Status: status, Body: `{"message":"no"}`})
	}
	return faults
}

// faultDeadline stands for the server's 45 s, to keep the tests short.
const faultDeadline = 1500 * time.Millisecond

// tasksID is a database of the simulated workspace; ids there are the same every time.
const tasksID = "8fb87ab0-1166-4440-a8df-246be0eaaf50"

func everyCall() []struct{ tool, args string } {
	return []struct{ tool, args string }{
		{"list_connectors", `{}`},
		{"get_credential_metadata", `{"connector_id":"notion"}`},
		{"start_oauth", `{"connector_id":"notion"}`},
		{"get_connection", `{"verify":true}`},
		{"get_tokens", `{"connection_id":"%s"}`},
		{"notion_search", `{"query":"roadmap"}`},
		{"run_read", `{"action_id":"notion.get-self"}`},
		{"describe_action", `{"action_id":"notion.post-page"}`},
		{"describe_action", `{"action_id":"notion.post-page","context":{"database_id":"` + tasksID + `"}}`},
	}
}

// Whatever Alloy does, each call ends before its deadline with an answer that
// has a known code and a hint, and neither it nor a log holds a secret.
func TestWhateverAlloyDoesTheAnswerSaysWhatHappened(t *testing.T) {
	t.Parallel()
	for _, fault := range everyFault() {
		t.Run(fmt.Sprintf("%s %d %s", fault.Kind, fault.Status, fault.RetryAfter), func(t *testing.T) {
			t.Parallel()
			var log logBuffer
			b := newBench(t, func(c *wiring) {
				c.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			id := b.connectTo(t, "notion")
			if err := b.sim.SetFault(fault); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for _, call := range everyCall() {
				all.Go(func() { checkFaultyAnswer(t, b, call.tool, strings.ReplaceAll(call.args, "%s", id)) })
			}
			all.Wait()
			for _, secret := range append(b.sim.Canaries(), b.sim.APIKey()) {
				if strings.Contains(log.String(), secret) {
					t.Errorf("the log holds a secret")
				}
			}
		})
	}
}

// logBuffer takes log lines from several goroutines.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func checkFaultyAnswer(t *testing.T, b *bench, tool, args string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), faultDeadline)
	defer cancel()
	began := time.Now()
	answer := b.set.Call(tools.WithPrincipal(ctx, tools.Principal{ID: tools.Local}), tool, json.RawMessage(args))
	if took := time.Since(began); took > faultDeadline+10*time.Second {
		t.Errorf("%s took %s", tool, took)
	}
	for _, secret := range append(b.sim.Canaries(), b.sim.APIKey(), url.QueryEscape(b.sim.APIKey())) {
		if bytes.Contains(answer.JSON, []byte(secret)) {
			t.Errorf("%s: the answer holds a secret", tool)
		}
	}
	if !answer.IsError {
		t.Errorf("%s succeeds: %.200s", tool, answer.JSON)
		return
	}
	var failure struct{ Code, Message, Hint string }
	if err := json.Unmarshal(answer.JSON, &failure); err != nil {
		t.Errorf("%s: %v: %s", tool, err, answer.JSON)
	}
	if failure.Code == "internal" || failure.Code == "" || failure.Message == "" || failure.Hint == "" {
		t.Errorf("%s: %s", tool, answer.JSON)
	}
	if len(answer.JSON) > 2_000 {
		t.Errorf("%s: an error of %d bytes", tool, len(answer.JSON))
	}
}

// A request for a link whose answer is lost is not made again, whatever the fault.
func TestNoLinkIsMadeTwice(t *testing.T) {
	t.Parallel()
	for _, fault := range everyFault() {
		if fault.Kind == simulator.FaultHang || fault.Kind == simulator.FaultDrip {
			continue // nothing but the wait differs from a reset
		}
		for _, after := range []bool{false, true} {
			fault.AfterEffect = after
			fault.Method, fault.Path = "POST", "/connectors/**"
			t.Run(fmt.Sprintf("%s %d %v", fault.Kind, fault.Status, after), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, nil)
				if err := b.sim.SetFault(fault); err != nil {
					t.Skipf("the fault makes no sense here: %v", err)
				}
				ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), faultDeadline)
				defer cancel()
				b.set.Call(tools.WithPrincipal(ctx, tools.Principal{ID: tools.Local}), "start_oauth", json.RawMessage(`{"connector_id":"notion"}`))
				sent := 0
				for _, entry := range b.sim.Journal() {
					if entry.Method == "POST" && entry.Executed {
						sent++
					}
				}
				if sent > 1 {
					t.Errorf("the link was made %d times", sent)
				}
			})
		}
	}
}
