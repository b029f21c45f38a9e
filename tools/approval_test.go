package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// Alloy may take long to say which accounts there are. Meanwhile an approved call is
// neither lost nor asked about again.
func TestAnApprovedCallThatIsSlowToBegin(t *testing.T) {
	t.Parallel()
	var directory *accounts.Directory
	b, approvals := changing(t, nil)
	b.set = newSet(t, b.sim, b.sim.APIKey(), b.sim.Production().UserID(), func(w *wiring) {
		w.seen = func(c tools.Config) { directory, approvals = c.Accounts, c.Approvals }
	})
	id := fmt.Sprint(b.ok(t, "run_destructive", remove("7", ""))["request_id"])
	user, err := alloy.ParseUserID(b.sim.Production().UserID())
	if err != nil {
		t.Fatal(err)
	}
	fault := simulator.Fault{Kind: simulator.FaultSlow, Delay: 5 * time.Second, Path: "/connectors/app/credentials", Method: "GET", Count: 1}
	b.fault(t, fault)
	directory.Forget(user, "app")
	decided := make(chan error)
	go func() {
		_, _, err := approvals.Decide(t.Context(), tools.Local, id, true)
		decided <- err
	}()
	<-time.After(200 * time.Millisecond)
	running := map[string]any{"status": "running", "request_id": id}
	b.wants(t, "get_result", `{"request_id":"`+id+`"}`, false, running)
	answer := b.set.Call(tools.WithPrincipal(t.Context(), tools.Principal{ID: tools.Local}), "run_destructive", json.RawMessage(remove("7", "")))
	if !strings.Contains(string(answer.JSON), `"running"`) && !strings.Contains(string(answer.JSON), `"completed"`) {
		t.Errorf("the same call again: %s", answer.JSON)
	}
	b.wants(t, "get_result", `{"request_id":"`+id+`","wait_seconds":20}`, false, map[string]any{"outcome": "completed", "request_id": id})
	if err := <-decided; err != nil {
		t.Fatal(err)
	}
	b.written(t, 1)
}

// A change under another key is another one: what came of the first is not said of it.
func TestAnEqualChangeUnderANewKeyIsAskedAbout(t *testing.T) {
	t.Parallel()
	b, approvals := changing(t, nil)
	approve := func(answer map[string]any) string {
		t.Helper()
		id := fmt.Sprint(answer["request_id"])
		if _, _, err := approvals.Decide(t.Context(), tools.Local, id, true); err != nil {
			t.Fatalf("%v: %v", answer, err)
		}
		b.wants(t, "get_result", `{"request_id":"`+id+`","wait_seconds":10}`, false, map[string]any{"outcome": "completed"})
		return id
	}
	required := map[string]any{"status": "confirmation_required"}
	first := approve(b.wants(t, "run_destructive", remove("7", ""), false, required))
	second := b.wants(t, "run_destructive", remove("7", `,"idempotency_key":"again"`), false, required)
	if approve(second) == first {
		t.Error("the two are one request")
	}
	b.written(t, 2)
	b.wants(t, "run_destructive", remove("7", `,"idempotency_key":"again"`), false, map[string]any{"outcome": "completed", "request_id": second["request_id"], "duplicate": nil})
	b.wants(t, "run_destructive", remove("7", ""), false, map[string]any{"outcome": "completed", "request_id": second["request_id"], "duplicate": true})
	b.written(t, 2)
}

// All pages are more than the one that was allowed.
func TestAllPagesAreAskedAboutAnew(t *testing.T) {
	t.Parallel()
	file, err := policy.ParseFile([]byte(askAbout))
	if err != nil {
		t.Fatal(err)
	}
	b, approvals := ruled(t, policy.Settings{}, file, nil)
	required := map[string]any{"status": "confirmation_required"}
	one := b.wants(t, "run_read", `{"action_id":"app.listThings"}`, false, required)
	if _, _, err := approvals.Decide(t.Context(), tools.Local, fmt.Sprint(one["request_id"]), true); err != nil {
		t.Fatal(err)
	}
	all := b.wants(t, "run_read", `{"action_id":"app.listThings","all_pages":true}`, false, required)
	if all["request_id"] == one["request_id"] {
		t.Error("the two are one request")
	}
	if _, _, err := approvals.Decide(t.Context(), tools.Local, fmt.Sprint(all["request_id"]), true); err != nil {
		t.Fatal(err)
	}
	answer := b.ok(t, "get_result", fmt.Sprintf(`{"request_id":%q,"wait_seconds":10}`, all["request_id"]))
	if answer["outcome"] != "completed" || answer["pages"] == nil {
		t.Errorf("%v", answer)
	}
}

// noRoom is a store that takes nothing new.
type noRoom struct{ state.Store }

func (noRoom) Add(context.Context, string, []byte, time.Duration) error { return state.ErrFull }

// Where changes are noted is not always what STATE_URL names.
func TestAChangeThatCannotBeNotedIsNotMade(t *testing.T) {
	t.Parallel()
	b, _ := changing(t, func(w *wiring) { w.Store = noRoom{memory.New()} })
	for tool, arguments := range map[string]string{"run_write": create("a", ""), "run_destructive": remove("7", "")} {
		answer := b.wants(t, tool, arguments, true, map[string]any{"code": "internal", "outcome": "not_sent"})
		if hint := fmt.Sprint(answer["hint"]); !strings.Contains(hint, "STATE_URL names, else one in CACHE_DIR") {
			t.Errorf("%s: %s", tool, hint)
		}
	}
	b.written(t, 0)
}
