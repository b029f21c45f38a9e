package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// Every attempt ends in one line, or in the two of a change.
func TestEveryAttemptEndsInItsLines(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tool string
		args []string // of one call after the other; the lines are those of the last
		want []string
	}{
		"another connector":      {"run_read", []string{`{"action_id":"notion.get-self"}`}, []string{`refused notion get-self  refused_by_policy deny ALLOY_CONNECTORS`}},
		"denied":                 {"run_destructive", []string{remove("1", "")}, []string{`refused app deleteThing destructive refused_by_policy deny ALLOY_DENY "app.delete*"`}},
		"another effect":         {"run_read", []string{`{"action_id":"app.createThing"}`}, []string{`not_sent app createThing write effect_mismatch allow not_sent`}},
		"invalid":                {"run_write", []string{`{"action_id":"app.createThing","arguments":{"kin":"big"}}`}, []string{`not_sent app createThing write invalid_arguments allow not_sent`}},
		"invalid itself":         {"run_write", []string{`{"action_id":"app.createThing","dry":true}`}, []string{`not_sent app createThing  invalid_arguments  not_sent`}},
		"no object":              {"run_write", []string{`[]`}, []string{`not_sent    invalid_arguments  not_sent`}},
		"unknown":                {"run_write", []string{`{"action_id":"app.nope"}`}, []string{`not_sent app nope  unknown_action  not_sent`}},
		"a foreign account":      {"run_write", []string{create("a", `,"connection_id":"000000000000000000000000"`)}, []string{`not_sent app createThing write not_found allow not_sent`}},
		"a dry run":              {"run_write", []string{create("a", `,"dry_run":true`)}, []string{`not_sent app createThing write  allow dry_run`}},
		"a change":               {"run_write", []string{create("a", "")}, []string{`intent app createThing write  allow `, `outcome app createThing write  allow completed`}},
		"an equal one":           {"run_write", []string{create("a", ""), create("a", "")}, []string{`not_sent app createThing write  allow duplicate`}},
		"an exposed tool":        {"app_create_thing", []string{`{"kin":"big"}`}, []string{`not_sent app createThing write invalid_arguments allow not_sent`}},
		"an exposed tool itself": {"app_create_thing", []string{`{"kind":"big","dry_run":"perhaps"}`}, []string{`not_sent app createThing  invalid_arguments  not_sent`}},
		"a read":                 {"run_read", []string{`{"action_id":"app.listThings"}`}, []string{`read app listThings read  allow completed`}},
		"a confirmation":         {"run_write", []string{create("ask", "")}, []string{`not_sent app createThing write confirmation_required confirm POLICY_FILE rules[0] "ask" not_sent`}},
		"notion_search":          {"notion_search", []string{`{"query":"x"}`}, []string{`refused notion post-search  refused_by_policy deny ALLOY_CONNECTORS`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _, lines := attempting(t)
			for _, args := range test.args[:len(test.args)-1] {
				b.call(t, test.tool, args)
			}
			before := len(lines())
			b.call(t, test.tool, test.args[len(test.args)-1])
			var got []string
			for _, l := range lines()[before:] {
				got = append(got, attemptLine(l))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// attemptLine is what a test compares of a line.
func attemptLine(l map[string]any) string {
	var words []string
	for _, key := range []string{"event", "connector_id", "action_id", "effect", "error_code", "decision", "rule", "outcome"} {
		word, _ := l[key].(string)
		if word == "" && (key == "rule" || l["event"] == "refused" && key == "outcome") {
			continue
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// attempting is a bench with rules of every kind and an audit log.
func attempting(t *testing.T) (*bench, *approve.Requests, func() []map[string]any) {
	t.Helper()
	rules, err := policy.ParseFile([]byte("default: allow\nrules: [{name: ask, decision: confirm, when: {name: {equals: ask}}}]"))
	if err != nil {
		t.Fatal(err)
	}
	log, lines := auditLog(t, filepath.Join(t.TempDir(), "audit.jsonl"), false)
	b, approvals := ruled(t, policy.Settings{Connectors: []string{"app"}, Deny: patterns(t, "app.delete*")}, rules, func(w *wiring) { w.Audit = log })
	if err := b.set.Expose(t.Context(), patterns(t, "app.createThing")); err != nil {
		t.Fatal(err)
	}
	return b, approvals, lines
}

// What a person decides is told once, wherever they decide it.
func TestWhatAPersonDecidesIsRecorded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		inClient, yes bool
		want          []string
	}{
		"declined on the page":   {false, false, []string{"not_sent denied"}},
		"declined in the client": {true, false, []string{"not_sent denied"}},
		"approved on the page":   {false, true, []string{"intent ", "outcome "}},
		"approved in the client": {true, true, []string{"intent ", "outcome "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, approvals, lines := attempting(t)
			ctx := tools.WithTransport(tools.WithPrincipal(context.WithoutCancel(t.Context()), tools.Principal{ID: tools.Local}), "stdio")
			asked := b.set.Call(ctx, "run_write", json.RawMessage(create("ask", "")))
			var halt struct {
				ID string `json:"request_id"`
			}
			if err := json.Unmarshal(asked.JSON, &halt); err != nil || halt.ID == "" {
				t.Fatalf("%s", asked.JSON)
			}
			before := len(lines())
			if test.inClient {
				b.set.Call(tools.WithDecision(ctx, halt.ID, test.yes), "run_write", json.RawMessage(create("ask", "")))
			} else if _, _, err := approvals.Decide(t.Context(), tools.Local, halt.ID, test.yes); err != nil {
				t.Fatal(err)
			}
			b.call(t, "get_result", fmt.Sprintf(`{"request_id":%q,"wait_seconds":5}`, halt.ID))
			var got []string
			for _, l := range lines()[before:] {
				code, _ := l["error_code"].(string)
				got = append(got, fmt.Sprint(l["event"], " ", code))
				if l["request_id"] != halt.ID || l["transport"] != "stdio" {
					t.Errorf("%v", l)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			before = len(lines())
			b.call(t, "run_write", create("ask", ""))
			if got := lines()[before:]; len(got) != 1 || got[0]["event"] != "not_sent" {
				t.Errorf("the same call again: %v", got)
			}
		})
	}
}

// A test of an account is made for its caller, so what may not be read is not read.
func TestATestOfAnAccountIsGuardedAndRecorded(t *testing.T) {
	t.Parallel()
	ask, err := policy.ParseFile([]byte("default: confirm"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		settings policy.Settings
		file     *policy.File
		status   string
		want     string // the lines' events
		says     string
	}{
		"allowed":     {policy.Settings{}, nil, "working", "read", ""},
		"denied":      {policy.Settings{Deny: patterns(t, "notion.*:read")}, nil, "unverified", "refused", `ALLOY_DENY "notion.*:read" forbids it.`},
		"to be asked": {policy.Settings{}, ask, "unverified", "refused", "The person has to approve this first."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log, lines := auditLog(t, filepath.Join(t.TempDir(), "audit.jsonl"), false)
			b := newBench(t, func(w *wiring) { w.Audit, w.Policy = log, policy.New(test.settings, test.file) })
			id, err := b.sim.AddCredential(b.sim.Production().UserID(), "notion")
			if err != nil {
				t.Fatal(err)
			}
			answer := b.ok(t, "get_connection", `{"connector_id":"notion","verify":true}`)
			if got := path(answer, "connections", 0, "status"); got != test.status {
				t.Errorf("status %v", got)
			}
			if hint := fmt.Sprint(answer["hint"]); !strings.Contains(hint, test.says) || test.says == "" && answer["hint"] != nil {
				t.Errorf("hint %q", hint)
			}
			var events []string
			for _, l := range lines() {
				if word := fmt.Sprint(l["event"]); len(events) == 0 || events[len(events)-1] != word {
					events = append(events, word)
				}
				if l["principal"] != tools.Local || l["connection_id"] != id || l["connector_id"] != "notion" {
					t.Errorf("%v", l)
				}
			}
			if got := strings.Join(events, " "); got != test.want {
				t.Errorf("events %s, want %s", got, test.want)
			}
		})
	}
}
