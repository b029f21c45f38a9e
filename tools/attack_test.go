package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// The arguments as they are meant decide whether two changes are equal, not how
// they are written.
func TestWhatIsWrittenInAnotherWayIsTheSameChange(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	write := func(arguments string) map[string]any {
		return b.ok(t, "run_write", `{"action_id":"app.createThing","arguments":`+arguments+`}`)
	}
	first := write(`{"kind":"big","name":"a","size":1,"notify":true}`)
	for _, same := range []string{
		`{"notify":true,"size":1,"name":"a","kind":"big"}`, `{"kind":"big","name":"a","size":1.0,"notify":true}`, `{"kind":"big","name":"a","size":1e0,"notify":true}`,
		`{"kind":"big","name":"a","size":"1","notify":"true"}`, `"{\"kind\":\"big\",\"name\":\"a\",\"size\":1,\"notify\":true}"`, `{"kind":"big","name":"\u0061","size":1,"notify":true}`,
	} {
		if got := write(same); got["duplicate"] != true || got["request_id"] != first["request_id"] {
			t.Errorf("%s is another change: %v", same, got)
		}
	}
	b.written(t, 1)
}

// What the person approved is not what only looks like it.
func TestAnApprovalIsForNothingThatLooksLikeIt(t *testing.T) {
	t.Parallel()
	b, approvals := changing(t, nil)
	asks := func(arguments string) string {
		answer := b.wants(t, "run_destructive", `{"action_id":"app.deleteThing","arguments":`+arguments+`}`, false, map[string]any{"status": "confirmation_required"})
		return fmt.Sprint(answer["request_id"])
	}
	first := asks(`{"id":"caf\u00e9"}`)
	ids := map[string]bool{first: true}
	for _, other := range []string{`{"id":"cafe\u0301"}`, `{"id":"caf\u00e9 "}`, `{"id":"caf\u00e9\u200b"}`, `{"id":"CAF\u00c9"}`, `{"id":"\u0441af\u00e9"}`} {
		id := asks(other)
		if ids[id] {
			t.Errorf("%s is taken for another call", other)
		}
		ids[id] = true
	}
	if _, _, err := approvals.Decide(t.Context(), tools.Local, first, true); err != nil {
		t.Fatal(err)
	}
	b.wants(t, "get_result", `{"request_id":"`+first+`","wait_seconds":10}`, false, map[string]any{"outcome": "completed"})
	asks(`{"id":"cafe\u0301"}`)
	b.written(t, 1)
}

// Two windows with the same page, and an impatient finger, make one change.
func TestAPageThatIsSentOftenRunsOnce(t *testing.T) {
	t.Parallel()
	b, approvals := changing(t, nil)
	b.fault(t, simulator.Fault{Kind: simulator.FaultSlow, Delay: 50 * time.Millisecond, Action: "deleteThing", Method: "POST"})
	id := fmt.Sprint(b.ok(t, "run_destructive", remove("7", ""))["request_id"])
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if _, _, err := approvals.Decide(t.Context(), tools.Local, id, i != 7); err != nil {
				t.Error(err)
			}
			b.call(t, "run_destructive", remove("7", ""))
		})
	}
	group.Wait()
	answer := b.ok(t, "get_result", `{"request_id":"`+id+`","wait_seconds":10}`)
	switch answer["status"] {
	case "denied": // that one came first
		b.written(t, 0)
	default:
		if answer["outcome"] != "completed" {
			t.Errorf("%v", answer)
		}
		b.written(t, 1)
	}
}

// An approval is worth nothing once the rules forbid the call.
func TestTheRulesCountWhenItIsRun(t *testing.T) {
	t.Parallel()
	var rules *policy.Policy
	b, approvals := changing(t, func(w *wiring) {
		rules = policy.New(policy.Settings{}, nil)
		w.Policy = rules
	})
	id := fmt.Sprint(b.ok(t, "run_destructive", remove("7", ""))["request_id"])
	*rules = *policy.New(policy.Settings{ReadOnly: true}, nil)
	if _, _, err := approvals.Decide(t.Context(), tools.Local, id, true); err != nil {
		t.Fatal(err)
	}
	b.wants(t, "get_result", `{"request_id":"`+id+`","wait_seconds":5}`, true, map[string]any{"code": "refused_by_policy"})
	b.written(t, 0)
}

// A key is its owner's name of one change, whatever the tool.
func TestAKeyStandsForOneChange(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, func(w *wiring) { w.Confirm = tools.ConfirmOff })
	const key = `,"idempotency_key":"k"`
	b.ok(t, "run_write", create("a", key))
	b.wants(t, "run_destructive", remove("7", key), true, map[string]any{"code": "invalid_arguments", "outcome": "not_sent"})
	b.wants(t, "run_write", create("a", key+`,"connection_id":"66bb0000000000000000dead"`), true, map[string]any{"outcome": "not_sent"})
	b.written(t, 1)
	if _, isError := as(t, b.set, "mallory", "run_write", create("a", key)); isError {
		t.Error("somebody else's key is taken")
	}
}

// Cursors and request ids are good for one result of one caller.
func TestHandlesOpenNothingElse(t *testing.T) {
	t.Parallel()
	upstream := &foreign{t: t, metadata: getAction, answer: manyRecords(100)}
	set := newSet(t, upstream, foreignKey, foreignUser, nil)
	const read = `{"action_id":"app.get","arguments":{"kind":"x"},"max_chars":1000}`
	one, _ := as(t, set, "alice", "run_read", read)
	two, _ := as(t, set, "alice", "run_read", read)
	cursor := fmt.Sprint(one["next_cursor"])
	for what, call := range map[string]string{
		"another result's": `{"request_id":"` + fmt.Sprint(two["request_id"]) + `","cursor":"` + cursor + `"}`,
		"an invented one":  `{"request_id":"` + fmt.Sprint(one["request_id"]) + `","cursor":"` + strings.Repeat("A", 26) + `"}`,
		"a long one":       `{"request_id":"` + fmt.Sprint(one["request_id"]) + `","cursor":"` + strings.Repeat("A", 9_000) + `"}`,
	} {
		if got, isError := as(t, set, "alice", "get_result", call); !isError || got["code"] != "invalid_arguments" {
			t.Errorf("%s: %.300v", what, got)
		}
	}
	if got, isError := as(t, set, "mallory", "get_result", `{"request_id":"`+fmt.Sprint(one["request_id"])+`","cursor":"`+cursor+`"}`); !isError || got["code"] != "not_found" {
		t.Errorf("somebody else's result: %.300v", got)
	}
	if _, isError := as(t, set, "alice", "get_result", `{"request_id":"`+fmt.Sprint(one["request_id"])+`","cursor":"`+cursor+`"}`); isError {
		t.Error("its own cursor is refused")
	}
}

// Arguments of any size and depth are refused or run in bounded time.
func TestHugeAndDeepArguments(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	deep := strings.Repeat(`[`, 100_000) + strings.Repeat(`]`, 100_000)
	wide := strings.Repeat(`1,`, 200_000) + `1`
	for name, arguments := range map[string]string{
		"deep":                      `{"kind":` + deep + `}`,
		"deep in a text":            `{"kind":"x","name":"` + deep + `","size":"` + deep + `"}`,
		"as a text, deep":           `"` + deep + `"`,
		"as a text of texts":        `"\"{\\\"kind\\\":1}\""`,
		"wide":                      `{"kind":"x","size":[` + wide + `]}`,
		"a long name":               `{"kind":"x","` + strings.Repeat("n", 100_000) + `":1}`,
		"a huge number":             `{"kind":"x","size":` + strings.Repeat("9", 50_000) + `}`,
		"a huge exponent":           `{"kind":"x","size":1e999999999}`,
		"a huge exponent in a text": `{"kind":"x","size":"1e999999999"}`,
		"a path that climbs":        `{"kind":"../../users"}`,
		"a path with an escape":     `{"kind":"..%2f..%2fusers"}`,
		"an empty path":             `{"kind":""}`,
		"a list":                    `[1]`,
	} {
		began := time.Now()
		answer := b.set.Call(tools.WithPrincipal(t.Context(), tools.Principal{ID: tools.Local}), "run_write", json.RawMessage(`{"action_id":"app.createThing","arguments":`+arguments+`}`))
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
		if !answer.IsError || !strings.Contains(string(answer.JSON), `"invalid_arguments"`) || len(answer.JSON) > 4_000 {
			t.Errorf("%s: %.600s", name, answer.JSON)
		}
	}
	b.written(t, 0)
}

// full is a store on a disk that is full, once it is.
type full struct {
	state.Store

	now atomic.Bool
}

var errFull = errors.New("no space left on device")

func (f *full) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if f.now.Load() {
		return errFull
	}
	return f.Store.Put(ctx, key, value, ttl)
}

func (f *full) Add(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if f.now.Load() {
		return errFull
	}
	return f.Store.Add(ctx, key, value, ttl)
}

// What cannot be noted is not sent, and what was sent is not sent again.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	disk := &full{Store: memory.New()}
	b, approvals := changing(t, func(w *wiring) { w.Store = disk })
	id := fmt.Sprint(b.ok(t, "run_destructive", remove("7", ""))["request_id"])
	b.ok(t, "run_write", create("a", ""))
	disk.now.Store(true)
	b.wants(t, "run_write", create("b", ""), true, map[string]any{"code": "internal", "outcome": "not_sent"})
	b.wants(t, "run_destructive", remove("8", ""), true, map[string]any{"code": "internal", "outcome": "not_sent"})
	if _, _, err := approvals.Decide(t.Context(), tools.Local, id, true); err == nil {
		t.Error("a decision that cannot be noted is taken")
	}
	b.written(t, 1)
	b.ok(t, "run_read", `{"action_id":"app.listThings"}`)
	disk.now.Store(false)
	b.ok(t, "run_write", create("b", ""))

	// It fills up while the app works: the outcome is told, and the change not repeated.
	b.fault(t, simulator.Fault{Kind: simulator.FaultSlow, Delay: 300 * time.Millisecond, Action: "createThing", Method: "POST", AfterEffect: true})
	go func() {
		b.arrived(t.Context(), 3)
		disk.now.Store(true)
	}()
	first := b.wants(t, "run_write", create("c", ""), false, map[string]any{"outcome": "completed"})
	disk.now.Store(false)
	b.wants(t, "run_write", create("c", ""), false, map[string]any{"outcome": "completed", "duplicate": true, "request_id": first["request_id"]})
	b.written(t, 3)
}
