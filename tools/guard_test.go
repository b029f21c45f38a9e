package tools_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/audit"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// ruled is a changing bench under a policy.
func ruled(t *testing.T, settings policy.Settings, file *policy.File, change func(*wiring)) (*bench, *approve.Requests) {
	t.Helper()
	return changing(t, func(w *wiring) {
		w.Policy = policy.New(settings, file)
		if change != nil {
			change(w)
		}
	})
}

func patterns(t *testing.T, text string) []policy.Pattern {
	t.Helper()
	list, err := policy.ParsePatterns(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAPolicyGuardsEveryDoor(t *testing.T) {
	t.Parallel()
	read := `{"action_id":"app.listThings"}`
	refused := map[string]any{"code": "refused_by_policy"}
	done := map[string]any{"outcome": "completed"}
	for name, test := range map[string]struct {
		config policy.Settings
		tool   string
		args   string
		want   map[string]any
	}{
		"read only, a read":               {policy.Settings{ReadOnly: true}, "run_read", read, done},
		"read only, a write":              {policy.Settings{ReadOnly: true}, "run_write", create("a", ""), refused},
		"read only, a dry run":            {policy.Settings{ReadOnly: true}, "run_write", create("a", `,"dry_run":true`), refused},
		"read only, a deletion":           {policy.Settings{ReadOnly: true}, "run_destructive", remove("7", ""), refused},
		"denied":                          {policy.Settings{Deny: patterns(t, "app.create*")}, "run_write", create("a", ""), refused},
		"denied by effect":                {policy.Settings{Deny: patterns(t, "*:read")}, "run_read", read, refused},
		"another is allowed":              {policy.Settings{Allow: patterns(t, "app.list*")}, "run_write", create("a", ""), refused},
		"allowed":                         {policy.Settings{Allow: patterns(t, "app.*:write")}, "run_write", create("a", ""), done},
		"another connector":               {policy.Settings{Connectors: []string{"notion"}}, "run_read", read, refused},
		"metadata of another connector":   {policy.Settings{Connectors: []string{"notion"}}, "get_credential_metadata", `{"connector_id":"app"}`, refused},
		"connecting another connector":    {policy.Settings{Connectors: []string{"notion"}}, "start_oauth", `{"connector_id":"app"}`, refused},
		"connections of another":          {policy.Settings{Connectors: []string{"notion"}}, "get_connection", `{"connector_id":"app"}`, refused},
		"the search of another connector": {policy.Settings{Connectors: []string{"app"}}, "notion_search", `{}`, refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := ruled(t, test.config, nil, nil)
			writes := b.sim.Writes().Total
			answer := b.wants(t, test.tool, test.args, test.want["code"] != nil, test.want)
			if test.want["code"] != nil && (!strings.Contains(fmt.Sprint(answer["message"]), "ALLOY_") || b.sim.Writes().Total != writes) {
				t.Errorf("no rule is named, or something was changed: %v", answer)
			}
		})
	}
}

func TestHiddenConnectorsAreNotListed(t *testing.T) {
	t.Parallel()
	b, _ := ruled(t, policy.Settings{Connectors: []string{"app"}}, nil, nil)
	answer := b.ok(t, "list_connectors", `{}`)
	if answer["total"] != 1.0 || path(answer, "connectors", 0, "connector_id") != "app" {
		t.Errorf("%v", answer)
	}
	b.connectTo(t, "notion")
	answer = b.ok(t, "get_connection", `{}`)
	if rows, _ := answer["connections"].([]any); len(rows) != 1 || path(rows, 0, "connector_id") != "app" {
		t.Errorf("%v", answer)
	}
}

const askAbout = `
default: allow
rules:
  - name: ask-about-big-things
    actions: ["app.*"]
    when:
      kind: {equals: big}
    decision: confirm
  - name: ask-about-reads
    actions: ["app.list*"]
    decision: confirm
`

// A rule that asks is asked about, whatever the effect, and even where nobody is
// asked without a rule.
func TestARuleAsksThePerson(t *testing.T) {
	t.Parallel()
	file, err := policy.ParseFile([]byte(askAbout))
	if err != nil {
		t.Fatal(err)
	}
	b, approvals := ruled(t, policy.Settings{}, file, func(w *wiring) { w.Confirm = tools.ConfirmOff })
	b.wants(t, "run_write", strings.Replace(create("a", ""), "big", "small", 1), false, map[string]any{"outcome": "completed"})
	for tool, arguments := range map[string]string{"run_write": create("a", ""), "run_read": `{"action_id":"app.listThings"}`} {
		answer := b.wants(t, tool, arguments, false, map[string]any{"status": "confirmation_required"})
		if !strings.Contains(fmt.Sprint(answer["message"]), "ask-about-") {
			t.Errorf("no rule is named: %v", answer)
		}
		id, _ := answer["request_id"].(string)
		if _, _, err := approvals.Decide(t.Context(), tools.Local, id, true); err != nil {
			t.Fatal(err)
		}
		b.wants(t, "get_result", `{"request_id":"`+id+`","wait_seconds":10}`, false, map[string]any{"outcome": "completed", "request_id": id})
	}
	b.written(t, 2)
}

// What is refused whatever its arguments are is refused before anything is told of it:
// its arguments' names, its effect, the tool that would run it.
func TestTheRefusalComesFirst(t *testing.T) {
	t.Parallel()
	denied := policy.Settings{Deny: patterns(t, "app.createThing")}
	for name, test := range map[string]struct {
		config     policy.Settings
		tool, args string
		code       string
	}{
		"a misspelt argument": {denied, "run_write", `{"action_id":"app.createThing","arguments":{"kin":"x"}}`, "refused_by_policy"},
		"another effect":      {denied, "run_destructive", `{"action_id":"app.createThing"}`, "refused_by_policy"},
		"read only":           {policy.Settings{ReadOnly: true}, "run_read", `{"action_id":"app.createThing"}`, "refused_by_policy"},
		"wrong fields":        {policy.Settings{Deny: patterns(t, "app.list*")}, "run_read", `{"action_id":"app.listThings","fields":["]"]}`, "refused_by_policy"},
		"a misspelt id":       {denied, "run_write", `{"action_id":"app.creatThing"}`, "unknown_action"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := ruled(t, test.config, nil, nil)
			answer := b.wants(t, test.tool, test.args, true, map[string]any{"code": test.code})
			text := fmt.Sprint(answer["message"], answer["hint"], answer["next"])
			for _, told := range []string{"kind", "notify", "run_write", "createThing."} {
				if strings.Contains(text, told) {
					t.Errorf("%s is told: %s", told, text)
				}
			}
			if test.code == "unknown_action" && strings.Contains(text, "createThing") {
				t.Errorf("an action is named that may not be seen: %s", text)
			}
		})
	}
}

// A rule's own words do not stand in for its name.
func TestARefusalNamesTheRule(t *testing.T) {
	t.Parallel()
	file, err := policy.ParseFile([]byte(`
default: allow
rules:
  - {name: not-this, decision: deny, message: Not this., actions: [app.createThing]}
  - {name: ask-first, decision: confirm, message: Ask., actions: [app.listThings]}
`))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := ruled(t, policy.Settings{}, file, nil)
	answer := b.wants(t, "run_write", create("a", ""), true, map[string]any{"code": "refused_by_policy"})
	if answer["message"] != `Not this. (POLICY_FILE rules[0] "not-this").` {
		t.Errorf("%v", answer["message"])
	}
	answer = b.wants(t, "run_read", `{"action_id":"app.listThings"}`, false, map[string]any{"status": "confirmation_required"})
	if !strings.Contains(fmt.Sprint(answer["message"]), `Ask. (POLICY_FILE rules[1] "ask-first")`) {
		t.Errorf("%v", answer["message"])
	}
}

const oddNames = `{
 "odd":{"id":"odd","httpMethod":"get","path":"/odd","parameters":[{"name":"page[cursor]","in":"query","schema":{"type":"string"}},{"name":"StartTime<","in":"query"}]},
 "twice":{"id":"twice","httpMethod":"put","path":"/things/{item-id}","requestBody":{"type":"object","properties":{"item-id":{"type":"string"},"in side":{"type":"object","properties":{"a b":{"type":"string"}}}}}}}`

const oddRules = `
default: allow
rules:
  - {name: cursor, decision: deny, actions: [app.odd], when: {"page[cursor]": {equals: bad}}}
  - {name: shown, decision: deny, actions: [app.odd], when: {page_cursor: {equals: worse}}}
  - {name: start, decision: deny, actions: [app.odd], when: {"StartTime<": {present: true}}}
  - {name: shared, decision: deny, actions: [app.twice], when: {item-id: {equals: "7"}}}
  - {name: inside, decision: deny, actions: [app.twice], when: {in side.a b: {equals: bad}}}
  - {name: inside-shown, decision: deny, actions: [app.twice], when: {in_side.a_b: {equals: worse}}}
`

// A rule may call an argument by its own name or by the one that is shown, and a call
// likewise.
func TestARuleKnowsEveryNameOfAnArgument(t *testing.T) {
	t.Parallel()
	file, err := policy.ParseFile([]byte(oddRules))
	if err != nil {
		t.Fatal(err)
	}
	b := withApp(t, oddNames)
	b.set = newSet(t, b.sim, b.sim.APIKey(), b.sim.Production().UserID(), func(w *wiring) { w.Policy = policy.New(policy.Settings{}, file) })
	if err := b.set.Expose(t.Context(), patterns(t, "app.odd")); err != nil {
		t.Fatal(err)
	}
	writes := b.sim.Writes().Total
	for _, args := range []string{`{"page[cursor]":"bad"}`, `{"page_cursor":"bad"}`, `{"page[cursor]":"worse"}`, `{"page_cursor":"worse"}`, `{"StartTime<":""}`, `{"StartTime_lt":"x"}`} {
		for tool, call := range map[string]string{
			"run_read": `{"action_id":"app.odd","arguments":` + args + `}`, "app_odd": args,
		} {
			b.wants(t, tool, call, true, map[string]any{"code": "refused_by_policy"})
		}
		b.wants(t, "run_read", `{"action_id":"app.odd","all_pages":true,"arguments":`+args+`}`, true, map[string]any{"code": "refused_by_policy"})
	}
	for _, args := range []string{
		`{"item_id":"7"}`, `{"item_id":"1","body_item_id":"7"}`, `{"item_id":"1","in_side":{"a_b":"bad"}}`, `{"item_id":"1","in side":{"a b":"bad"}}`, `{"item_id":"1","in_side":{"a b":"worse"}}`,
	} {
		for _, dry := range []string{"", `,"dry_run":true`} {
			b.wants(t, "run_write", `{"action_id":"app.twice","arguments":`+args+dry+`}`, true, map[string]any{"code": "refused_by_policy"})
		}
	}
	if got := b.sim.Writes().Total; got != writes {
		t.Errorf("%d writes", got-writes)
	}
	b.wants(t, "run_read", `{"action_id":"app.odd","arguments":{"page[cursor]":"good"}}`, false, map[string]any{"outcome": "completed"})
	b.wants(t, "run_write", `{"action_id":"app.twice","arguments":{"item_id":"1","body_item_id":"2","in_side":{"a_b":"good"}}}`, false, map[string]any{"outcome": "completed"})
}

// audited is a bench with an audit log, and its lines.
func audited(t *testing.T, file string, required bool) (*bench, func() []map[string]any) {
	t.Helper()
	log, lines := auditLog(t, file, required)
	b, _ := ruled(t, policy.Settings{Deny: patterns(t, "app.deleteThing")}, nil, func(w *wiring) { w.Audit = log })
	return b, lines
}

// auditLog is an audit log, and its lines.
func auditLog(t *testing.T, file string, required bool) (*audit.Log, func() []map[string]any) {
	t.Helper()
	log, err := audit.Open(audit.Config{Path: file, Required: required})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return log, func() []map[string]any {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var lines []map[string]any
		for line := range bytes.Lines(text) {
			var l map[string]any
			if err := json.Unmarshal(line, &l); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			lines = append(lines, l)
		}
		return lines
	}
}

func TestEveryAttemptIsRecorded(t *testing.T) {
	t.Parallel()
	b, lines := audited(t, filepath.Join(t.TempDir(), "audit.jsonl"), true)
	b.ok(t, "run_read", `{"action_id":"app.listThings"}`)
	answer := b.ok(t, "run_write", create("hush", `,"idempotency_key":"k-hush"`))
	b.wants(t, "run_destructive", remove("7", ""), true, map[string]any{"code": "refused_by_policy"})
	b.fault(t, simulator.Fault{Kind: simulator.FaultReset, AfterEffect: true, Action: "createThing", Method: "POST"})
	b.wants(t, "run_write", create("lost", ""), true, map[string]any{"code": "outcome_unknown"})
	var events []string
	for _, l := range lines() {
		events = append(events, fmt.Sprintf("%v %v %v", l["event"], l["action_id"], l["outcome"]))
		if strings.Contains(fmt.Sprint(l), "hush") || l["principal"] != tools.Local || l["alloy_user"] == nil {
			t.Errorf("%v", l)
		}
	}
	want := []string{
		"read listThings completed", "intent createThing <nil>", "outcome createThing completed", "refused deleteThing <nil>",
		"intent createThing <nil>", "outcome createThing unknown",
	}
	if strings.Join(events, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(events, "\n"), strings.Join(want, "\n"))
	}
	list := lines()
	if list[1]["request_id"] != answer["request_id"] || list[2]["request_id"] != answer["request_id"] {
		t.Errorf("intent and outcome of %v: %v, %v", answer["request_id"], list[1], list[2])
	}
}

func TestWhatCannotBeRecordedIsNotDone(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	b, _ := audited(t, "/dev/full", true)
	for range 2 { // it is not remembered as made either
		b.wants(t, "run_write", create("a", ""), true, map[string]any{"code": "internal", "outcome": "not_sent"})
	}
	b.written(t, 0)
	b, _ = audited(t, "/dev/full", false)
	b.wants(t, "run_write", create("a", ""), false, map[string]any{"outcome": "completed"})
}
