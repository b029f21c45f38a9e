package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

const changes = `{
 "listThings":{"id":"listThings","httpMethod":"get","path":"/things","sampleSuccessResponse":{"things":[1]}},
 "createThing":{"id":"createThing","displayName":"Create a thing","httpMethod":"post","path":"/things/{kind}","parameters":[
   {"name":"kind","in":"path","required":true,"schema":{"type":"string"}},
   {"name":"notify","in":"query","schema":{"type":"boolean"}},
   {"name":"X-Trace","in":"header","schema":{"type":"string"}}],
  "requestBody":{"type":"object","properties":{"name":{"type":"string"},"api_token":{"type":"string"},"size":{"type":"integer"}}},
  "sampleSuccessResponse":{"id":"t1"}},
 "deleteThing":{"id":"deleteThing","displayName":"Delete a thing","httpMethod":"delete","path":"/things/{id}","parameters":[
   {"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"sampleSuccessResponse":{"deleted":true}}}`

// changing is a bench whose app can be changed, with the requests for approval.
func changing(t *testing.T, change func(*wiring)) (*bench, *approve.Requests) {
	t.Helper()
	b := withApp(t, changes)
	var approvals *approve.Requests
	b.set = newSet(t, b.sim, b.sim.APIKey(), b.sim.Production().UserID(), func(w *wiring) {
		if change != nil {
			change(w)
		}
		w.seen = func(c tools.Config) { approvals = c.Approvals }
	})
	return b, approvals
}

func create(name, more string) string {
	return `{"action_id":"app.createThing","arguments":{"kind":"big","name":"` + name + `"}` + more + `}`
}

func remove(id, more string) string {
	return `{"action_id":"app.deleteThing","arguments":{"id":"` + id + `"}` + more + `}`
}

func (b *bench) wants(t *testing.T, tool, arguments string, isError bool, want map[string]any) map[string]any {
	t.Helper()
	answer, failed := b.call(t, tool, arguments)
	got := map[string]any{}
	for key := range want {
		got[key] = answer[key]
	}
	if diff := cmp.Diff(want, got); diff != "" || failed != isError {
		t.Errorf("%s %s: error %v, %v (-want +got):\n%s", tool, arguments, failed, answer, diff)
	}
	return answer
}

// arrived waits until the app has made so many changes, or the context ends.
func (b *bench) arrived(ctx context.Context, writes int) {
	for b.sim.Writes().Total < writes && ctx.Err() == nil {
		<-time.After(time.Millisecond)
	}
}

func (b *bench) written(t *testing.T, want int) {
	t.Helper()
	if got := b.sim.Writes().Total; got != want {
		t.Errorf("%d writes, want %d", got, want)
	}
}

func TestAChangeIsMadeAndTold(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	answer := b.wants(t, "run_write", create("a", ""), false, map[string]any{"outcome": "completed", "data": map[string]any{"id": "t1"}, "duplicate": nil})
	if id, _ := answer["request_id"].(string); len(id) < 26 {
		t.Errorf("request_id %q", id)
	}
	b.wants(t, "get_result", `{"request_id":"`+fmt.Sprint(answer["request_id"])+`"}`, false, map[string]any{"outcome": "completed", "data": map[string]any{"id": "t1"}})
	b.written(t, 1)
}

func TestEqualChangesAreMadeOnce(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	first := b.wants(t, "run_write", create("a", ""), false, map[string]any{"outcome": "completed"})
	b.wants(t, "run_write", create("a", ""), false, map[string]any{"outcome": "completed", "duplicate": true, "request_id": first["request_id"]})
	b.written(t, 1)
	b.wants(t, "run_write", create("b", ""), false, map[string]any{"duplicate": nil})
	b.wants(t, "run_write", create("a", `,"idempotency_key":"k1"`), false, map[string]any{"duplicate": nil})
	b.written(t, 3)
	b.wants(t, "run_write", create("a", `,"idempotency_key":"k1"`), false, map[string]any{"duplicate": true})
	b.wants(t, "run_write", create("c", `,"idempotency_key":"k1"`), true, map[string]any{"code": "invalid_arguments", "outcome": "not_sent"})
	b.written(t, 3)
	b.wants(t, "run_write", create("d", `,"idempotency_key":"k2"`), false, map[string]any{"duplicate": nil})
	b.wants(t, "run_write", create("d", ""), false, map[string]any{"duplicate": true})
	b.written(t, 4)
}

func TestManyEqualChangesAtOnceAreOne(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	b.fault(t, simulator.Fault{Kind: simulator.FaultSlow, Delay: 50 * time.Millisecond, Action: "createThing", Method: "POST"})
	ids := make([]any, 20)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			answer, _ := b.call(t, "run_write", create("a", ""))
			ids[i] = answer["request_id"]
		})
	}
	group.Wait()
	for _, id := range ids {
		if id == nil || id != ids[0] {
			t.Errorf("requests %v", ids)
			break
		}
	}
	b.written(t, 1)
}

// What nobody knows is not tried again, and what was refused may be.
func TestWhatIsKnownOfAFailedChange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  simulator.Fault
		want   map[string]any
		writes int // after the same call was made twice
		again  map[string]any
	}{
		"the answer is lost":   {simulator.Fault{Kind: simulator.FaultReset, AfterEffect: true}, map[string]any{"code": "outcome_unknown", "outcome": "unknown"}, 1, map[string]any{"code": "outcome_unknown", "outcome": "unknown"}},
		"a reset before":       {simulator.Fault{Kind: simulator.FaultReset}, map[string]any{"code": "outcome_unknown", "outcome": "unknown"}, 0, map[string]any{"outcome": "unknown"}},
		"an error of a proxy":  {simulator.Fault{Kind: simulator.FaultHTML, Status: 502}, map[string]any{"code": "outcome_unknown", "outcome": "unknown"}, 0, map[string]any{"outcome": "unknown"}},
		"a refusal of the app": {simulator.Fault{Kind: simulator.FaultProvider, Status: 403, Body: `{"object":"error","status":403,"code":"restricted_resource","message":"no"}`}, map[string]any{"code": "not_shared", "outcome": "rejected"}, 1, map[string]any{"outcome": "completed", "duplicate": nil}},
		"a refusal of Alloy":   {simulator.Fault{Kind: simulator.FaultStatus, Status: 400, Body: `{"message":"no"}`}, map[string]any{"outcome": "rejected"}, 1, map[string]any{"outcome": "completed"}},
		"too much":             {simulator.Fault{Kind: simulator.FaultHuge, AfterEffect: true}, map[string]any{"outcome": "completed", "lost": "result_truncated"}, 1, map[string]any{"outcome": "completed", "lost": "result_truncated", "duplicate": true}},
		"a gzip bomb":          {simulator.Fault{Kind: simulator.FaultGzipBomb, AfterEffect: true}, map[string]any{"outcome": "completed", "lost": "result_truncated"}, 1, map[string]any{"duplicate": true}},
		"half an answer":       {simulator.Fault{Kind: simulator.FaultTruncate}, map[string]any{"outcome": "completed", "lost": "result_unreadable"}, 1, map[string]any{"duplicate": true}},
		"no answer at all":     {simulator.Fault{Kind: simulator.FaultEmpty, AfterEffect: true}, map[string]any{"outcome": "completed", "lost": nil}, 1, map[string]any{"duplicate": true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := changing(t, nil)
			test.fault.Action, test.fault.Method, test.fault.Count = "createThing", "POST", 1
			b.fault(t, test.fault)
			answer := b.wants(t, "run_write", create("a", ""), test.want["code"] != nil || test.want["outcome"] == "rejected", test.want)
			if answer["request_id"] == nil || answer["hint"] == nil && test.want["lost"] != nil {
				t.Errorf("%v", answer)
			}
			b.wants(t, "run_write", create("a", ""), test.again["outcome"] == "unknown", test.again)
			b.written(t, test.writes)
		})
	}
}

func TestTheOtherToolIsNamed(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	for tool, action := range map[string]string{"run_write": "app.listThings", "run_destructive": "app.createThing", "run_read": "app.deleteThing"} {
		answer := b.wants(t, tool, `{"action_id":"`+action+`","arguments":{"id":"7","kind":"x"}}`, true, map[string]any{"code": "effect_mismatch"})
		want := map[string]string{"app.listThings": "run_read", "app.createThing": "run_write", "app.deleteThing": "run_destructive"}[action]
		if got := path(answer, "next", "tool"); got != want || path(answer, "next", "arguments", "arguments", "id") != "7" {
			t.Errorf("%s %s: next %v", tool, action, answer["next"])
		}
	}
	b.written(t, 0)
}

func TestADryRunSendsNothing(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	before := len(b.sim.Journal())
	answer := b.ok(t, "run_write", `{"action_id":"app.createThing","arguments":{"kind":"big","notify":"true","X_Trace":"t","name":"a","api_token":"hunter2hunter2"},"dry_run":true}`)
	want := map[string]any{
		"method": "POST", "path": "/things/{kind}", "pathParams": map[string]any{"kind": "big"}, "queryParameters": map[string]any{"notify": true},
		"additionalHeaders": map[string]any{"X-Trace": "t"}, "requestBody": map[string]any{"name": "a", "api_token": "[redacted]"},
	}
	if diff := cmp.Diff(want, answer["would_send"]); diff != "" || answer["outcome"] != "not_sent" || answer["connection_id"] == nil || answer["coerced"] == nil {
		t.Errorf("%v (-want +got):\n%s", answer, diff)
	}
	for _, entry := range b.sim.Journal()[before:] {
		if strings.HasSuffix(entry.Path, "/execute") {
			t.Errorf("sent %s", entry.Path)
		}
	}
	answer = b.ok(t, "run_destructive", remove("7", `,"dry_run":true`))
	if answer["asks_first"] != true {
		t.Errorf("%v", answer)
	}
}

// A dry run without an account says so and begins nothing.
func TestADryRunNeedsNoAccount(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{Catalogs: [][]byte{[]byte(`{"connector":{"id":"app","name":"App"},"metadata":[{"authenticationType":"oauth2"}],"resources":[],"actions":` + changes + `}`)}})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{sim: sim, set: newSet(t, sim, sim.APIKey(), sim.Production().UserID(), nil)}
	answer := b.ok(t, "run_write", create("a", `,"dry_run":true`))
	if answer["status"] != nil || path(answer, "next", "tool") != "start_oauth" {
		t.Errorf("%v", answer)
	}
	b.wants(t, "run_write", create("a", ""), false, map[string]any{"status": "connect_required"})
}

func TestAPersonApprovesOnce(t *testing.T) {
	t.Parallel()
	b, approvals := changing(t, nil)
	answer := b.wants(t, "run_destructive", remove("7", ""), false, map[string]any{"status": "confirmation_required"})
	id, _ := answer["request_id"].(string)
	if want := "http://localhost:3000/confirm/" + id; answer["url"] != want || path(answer, "next", "tool") != "get_result" {
		t.Errorf("%v", answer)
	}
	b.wants(t, "run_destructive", remove("7", ""), false, map[string]any{"status": "confirmation_required", "request_id": id})
	b.wants(t, "get_result", `{"request_id":"`+id+`"}`, false, map[string]any{"status": "confirmation_required", "request_id": id})
	b.written(t, 0)
	for range 3 {
		if _, status, err := approvals.Decide(t.Context(), tools.Local, id, true); err != nil || status != approve.Approved {
			t.Fatalf("%s, %v", status, err)
		}
	}
	done := map[string]any{"outcome": "completed", "data": map[string]any{"deleted": true}, "request_id": id}
	b.wants(t, "get_result", `{"request_id":"`+id+`","wait_seconds":10}`, false, done)
	b.wants(t, "run_destructive", remove("7", ""), false, done)
	b.written(t, 1)
	b.wants(t, "run_destructive", remove("8", ""), false, map[string]any{"status": "confirmation_required"})
}

func TestAPersonDeclines(t *testing.T) {
	t.Parallel()
	b, approvals := changing(t, nil)
	answer := b.ok(t, "run_destructive", remove("7", ""))
	id, _ := answer["request_id"].(string)
	if _, _, err := approvals.Decide(t.Context(), tools.Local, id, false); err != nil {
		t.Fatal(err)
	}
	for tool, arguments := range map[string]string{"run_destructive": remove("7", ""), "get_result": `{"request_id":"` + id + `","wait_seconds":45}`} {
		b.wants(t, tool, arguments, false, map[string]any{"status": "denied", "url": nil})
	}
	b.written(t, 0)
}

// The client's own word counts for the very call that was asked about.
func TestAClientAsksItsPerson(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	ctx := tools.WithPrincipal(t.Context(), tools.Principal{ID: tools.Local})
	answer := b.set.Call(ctx, "run_destructive", json.RawMessage(remove("7", "")))
	if answer.Approval == nil || !strings.Contains(answer.Approval.Message, `"id": "7"`) || !strings.Contains(answer.Approval.Message, "app.deleteThing") {
		t.Fatalf("%s %+v", answer.JSON, answer.Approval)
	}
	other := b.set.Call(tools.WithDecision(ctx, answer.Approval.RequestID, true), "run_destructive", json.RawMessage(remove("8", "")))
	if other.Approval == nil || other.Approval.RequestID == answer.Approval.RequestID {
		t.Errorf("another call was approved with it: %s", other.JSON)
	}
	b.written(t, 0)
	done := b.set.Call(tools.WithDecision(ctx, answer.Approval.RequestID, true), "run_destructive", json.RawMessage(remove("7", "")))
	if !strings.Contains(string(done.JSON), `"outcome":"completed"`) {
		t.Errorf("%s", done.JSON)
	}
	b.written(t, 1)
	denied := b.set.Call(tools.WithDecision(ctx, other.Approval.RequestID, false), "run_destructive", json.RawMessage(remove("8", "")))
	if !strings.Contains(string(denied.JSON), `"status":"denied"`) || denied.Approval != nil {
		t.Errorf("%s", denied.JSON)
	}
	b.written(t, 1)
}

func TestLongArgumentsAreShownByThePage(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	answer := b.set.Call(tools.WithPrincipal(t.Context(), tools.Principal{ID: tools.Local}), "run_destructive", json.RawMessage(remove(strings.Repeat("x", 2000), "")))
	if answer.Approval != nil || !strings.Contains(string(answer.JSON), "/confirm/") {
		t.Errorf("%s %+v", answer.JSON, answer.Approval)
	}
}

func TestWhoIsAskedIsASetting(t *testing.T) {
	t.Parallel()
	for confirm, want := range map[tools.Confirm]map[string]any{
		tools.ConfirmElicit: {"status": "confirmation_required"},
		tools.ConfirmPage:   {"status": "confirmation_required"},
		tools.ConfirmClient: {"outcome": "completed"},
		tools.ConfirmOff:    {"outcome": "completed"},
	} {
		b, _ := changing(t, func(w *wiring) { w.Confirm = confirm })
		b.wants(t, "run_destructive", remove("7", ""), false, want)
		answer := b.set.Call(tools.WithPrincipal(t.Context(), tools.Principal{ID: tools.Local}), "run_destructive", json.RawMessage(remove("8", "")))
		if asks := answer.Approval != nil; asks != (confirm == tools.ConfirmElicit) {
			t.Errorf("%s: the client is to ask: %v", confirm, asks)
		}
	}
}

func TestResultsBelongToTheirCaller(t *testing.T) {
	t.Parallel()
	b, approvals := changing(t, nil)
	result := fmt.Sprint(b.ok(t, "run_write", create("a", ""))["request_id"])
	waiting := fmt.Sprint(b.ok(t, "run_destructive", remove("7", ""))["request_id"])
	mallory := tools.WithPrincipal(t.Context(), tools.Principal{ID: "mallory"})
	for _, id := range []string{result, waiting, "none"} {
		answer := b.set.Call(mallory, "get_result", json.RawMessage(`{"request_id":"`+id+`"}`))
		if !answer.IsError || !strings.Contains(string(answer.JSON), `"code":"not_found"`) {
			t.Errorf("%s: %s", id, answer.JSON)
		}
	}
	if _, _, err := approvals.Decide(t.Context(), "mallory", waiting, true); err == nil {
		t.Error("mallory approves")
	}
	answer := b.set.Call(tools.WithDecision(mallory, waiting, true), "run_destructive", json.RawMessage(remove("7", "")))
	if !strings.Contains(string(answer.JSON), "confirmation_required") || strings.Contains(string(answer.JSON), waiting) {
		t.Errorf("%s", answer.JSON)
	}
	b.written(t, 1)
}

// A call that takes longer than its caller can wait goes on.
func TestALongCallIsHandedBack(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	b.fault(t, simulator.Fault{Kind: simulator.FaultSlow, Delay: 4 * time.Second, Action: "createThing", Method: "POST"})
	ctx, cancel := context.WithTimeout(tools.WithPrincipal(t.Context(), tools.Principal{ID: tools.Local}), 3100*time.Millisecond)
	defer cancel()
	var answer map[string]any
	if err := json.Unmarshal(b.set.Call(ctx, "run_write", json.RawMessage(create("a", ""))).JSON, &answer); err != nil {
		t.Fatal(err)
	}
	id, _ := answer["request_id"].(string)
	if answer["status"] != "running" || id == "" {
		t.Fatalf("%v", answer)
	}
	b.wants(t, "get_result", `{"request_id":"`+id+`"}`, false, map[string]any{"status": "running"})
	b.wants(t, "get_result", `{"request_id":"`+id+`","wait_seconds":45}`, false, map[string]any{"outcome": "completed", "data": map[string]any{"id": "t1"}})
	b.written(t, 1)
}

// A caller that hangs up does not lose the outcome of a change, and ends a read.
func TestACallerThatHangsUp(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	b.fault(t, simulator.Fault{Kind: simulator.FaultSlow, Delay: 700 * time.Millisecond, Connector: "app", Method: "POST", AfterEffect: true})
	for tool, call := range map[string]struct {
		arguments string
		writes    int
	}{"run_write": {create("a", ""), 1}, "run_read": {`{"action_id":"app.listThings"}`, 0}} {
		ctx, cancel := context.WithCancel(tools.WithPrincipal(t.Context(), tools.Principal{ID: tools.Local}))
		go func() {
			b.arrived(ctx, call.writes)
			<-time.After(100 * time.Millisecond)
			cancel()
		}()
		b.set.Call(ctx, tool, json.RawMessage(call.arguments))
	}
	if err := b.set.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.wants(t, "run_write", create("a", ""), false, map[string]any{"outcome": "completed", "duplicate": true})
	b.written(t, 1)
}

// A server that ended between the approval and the call says so, and asks again.
func TestAnApprovedCallThatNobodyMade(t *testing.T) {
	t.Parallel()
	b, approvals := changing(t, nil)
	id := fmt.Sprint(b.ok(t, "run_destructive", remove("7", ""))["request_id"])
	approvals.Run(func(context.Context, approve.Request) {}) // the end of the server
	if _, _, err := approvals.Decide(t.Context(), tools.Local, id, true); err != nil {
		t.Fatal(err)
	}
	b.wants(t, "get_result", `{"request_id":"`+id+`"}`, false, map[string]any{"status": "expired", "outcome": "not_sent", "request_id": id, "url": nil})
	answer := b.wants(t, "run_destructive", remove("7", ""), false, map[string]any{"status": "confirmation_required"})
	if answer["request_id"] == id {
		t.Error("the same request is asked about again")
	}
	b.written(t, 0)
}

// The call that is offered instead does no more than the one that was made.
func TestAMismatchOfEffectKeepsTheDryRun(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, nil)
	more := `,"dry_run":true,"idempotency_key":"k"`
	answer, isError := b.call(t, "run_destructive", create("a", more))
	if !isError || path(answer, "next", "tool") != "run_write" || path(answer, "next", "arguments", "dry_run") != true || path(answer, "next", "arguments", "idempotency_key") != "k" {
		t.Errorf("%v", answer)
	}
	long, _ := b.call(t, "run_destructive", create(strings.Repeat("long", 1000), more))
	if path(long, "next", "arguments", "arguments") != nil || path(long, "next", "arguments", "dry_run") != true {
		t.Errorf("%v", long)
	}
	chosen, _ := b.call(t, "run_read", `{"action_id":"app.createThing","connection_id":"x","arguments":{"kind":"big"}}`)
	if path(chosen, "next", "arguments", "connection_id") != "x" {
		t.Errorf("%v", chosen)
	}
	read, _ := b.call(t, "run_write", `{"action_id":"app.listThings"`+more+`}`)
	if path(read, "next", "tool") != "run_read" || path(read, "next", "arguments", "dry_run") != nil {
		t.Errorf("%v", read)
	}
}
