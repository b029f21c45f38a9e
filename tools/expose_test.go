package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/audit"
	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// exposing is a bench whose app has the actions of changes, all of them tools.
func exposing(t *testing.T, change func(*wiring)) *bench {
	t.Helper()
	b, _ := changing(t, change)
	if err := b.set.Expose(t.Context(), patternsOf(t, "app.*")); err != nil {
		t.Fatal(err)
	}
	return b
}

// A call of an exposed tool is a call of run_write: made once, whichever tool it is
// made with.
func TestAnExposedChangeIsMadeOnce(t *testing.T) {
	t.Parallel()
	for _, profile := range []schemas.Profile{schemas.Portable, schemas.Strict} {
		b := exposing(t, func(w *wiring) { w.Profile = profile })
		first := b.wants(t, "app_create_thing", `{"kind":"big","name":"a"}`, false, map[string]any{"outcome": "completed", "duplicate": nil, "data": map[string]any{"id": "t1"}})
		same := map[string]any{"outcome": "completed", "duplicate": true, "request_id": first["request_id"]}
		b.wants(t, "app_create_thing", `{"kind":"big","name":"a"}`, false, same)
		b.wants(t, "app_create_thing", `{"kind":"big","name":"a","size":null,"notify":null,"dry_run":null,"idempotency_key":null,"connection_id":null}`, false, same)
		b.wants(t, "app_create_thing", `"{\"kind\":\"big\",\"name\":\"a\"}"`, false, same)
		b.wants(t, "run_write", create("a", ""), false, same)
		b.wants(t, "run_write", `{"action_id":"app.createThing","arguments":"{\"kind\":\"big\",\"name\":\"a\"}","connection_id":null,"dry_run":null,"idempotency_key":null}`, false, same)
		b.wants(t, "get_result", fmt.Sprintf(`{"request_id":%q}`, first["request_id"]), false, map[string]any{"outcome": "completed"})
		b.written(t, 1)
		b.wants(t, "app_create_thing", `{"kind":"big","name":"a","idempotency_key":"k1"}`, false, map[string]any{"duplicate": nil})
		b.wants(t, "app_create_thing", `{"kind":"big","name":"b","dry_run":true}`, false, map[string]any{"dry_run": true, "outcome": "not_sent"})
		b.wants(t, "app_create_thing", `{"name":"b"}`, true, map[string]any{"code": "invalid_arguments", "outcome": "not_sent"})
		b.wants(t, "app_create_thing", `{"kind":"big","nmae":"b"}`, true, map[string]any{"code": "invalid_arguments"})
		b.written(t, 2)
	}
}

func TestAnExposedDestructiveActionAsksFirst(t *testing.T) {
	t.Parallel()
	b := exposing(t, nil)
	asked := b.wants(t, "app_delete_thing", `{"id":"7"}`, false, map[string]any{"status": "confirmation_required"})
	b.written(t, 0)
	ctx := tools.WithPrincipal(context.WithoutCancel(t.Context()), tools.Principal{ID: tools.Local})
	id, _ := asked["request_id"].(string)
	answer := b.set.Call(tools.WithDecision(ctx, id, true), "app_delete_thing", json.RawMessage(`{"id":"7"}`))
	if answer.IsError || !strings.Contains(string(answer.JSON), `"outcome":"completed"`) {
		t.Errorf("approved: %s", answer.JSON)
	}
	b.wants(t, "get_result", fmt.Sprintf(`{"request_id":%q,"wait_seconds":5}`, id), false, map[string]any{"outcome": "completed"})
	b.written(t, 1)
}

func TestAnExposedReadIsShaped(t *testing.T) {
	t.Parallel()
	b := exposing(t, func(w *wiring) { w.Profile = schemas.Strict })
	b.wants(t, "app_list_things", `{"fields":["things"],"max_chars":null,"connection_id":null}`, false, map[string]any{"outcome": "completed", "data": map[string]any{"things": []any{1.0}}})
	b.wants(t, "app_list_things", `{"fields":["thigns"]}`, true, map[string]any{"code": "invalid_arguments"})
	b.wants(t, "app_list_things", `{"max_chars":7}`, true, map[string]any{"code": "invalid_arguments"})
	b.written(t, 0)
}

// What guards and records a call of run_write does so for an exposed tool, too.
func TestExposedToolsAreGuardedAndRecorded(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	log, err := audit.Open(audit.Config{Path: file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	rules, err := policy.ParseFile([]byte("default: allow\nrules:\n  - {name: small, decision: deny, actions: ['app.create*'], when: {kind: {in: [big]}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	b := exposing(t, func(w *wiring) { w.Audit, w.Policy = log, policy.New(policy.Settings{}, rules) })
	b.wants(t, "app_create_thing", `{"kind":"big"}`, true, map[string]any{"code": "refused_by_policy"})
	b.wants(t, "app_create_thing", `{"kind":"small"}`, false, map[string]any{"outcome": "completed"})
	b.written(t, 1)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	if got := strings.Count(text, `"action_id":"createThing"`); got != 3 || !strings.Contains(text, "refused_by_policy") {
		t.Errorf("%d lines, want a refusal, an intent and an outcome:\n%s", got, text)
	}
}

// exposeForeign exposes the one action of a foreign Alloy.
func exposeForeign(t *testing.T, parameters string) (*foreign, *bench, tools.Tool) {
	t.Helper()
	upstream := &foreign{
		t: t, metadata: `{"action":{"id":"get","httpMethod":"get","path":"/things","parameters":[` + parameters + `]}}`,
		answer: `{"responseData":{"id":1,"things":[1]}}`,
	}
	b := &bench{set: newSet(t, upstream, foreignKey, foreignUser, nil)}
	if err := b.set.Expose(t.Context(), patternsOf(t, "app.get")); err != nil {
		t.Fatal(err)
	}
	exposed := exposedOf(b.set)
	if len(exposed) != 1 {
		t.Fatalf("%d are exposed", len(exposed))
	}
	return upstream, b, exposed[0]
}

func (f *foreign) lastQuery() any { return f.executions[len(f.executions)-1]["queryParameters"] }

// The action's own arguments keep their names where they are called like ours.
func TestArgumentsThatAreCalledLikeOurs(t *testing.T) {
	t.Parallel()
	upstream, b, tool := exposeForeign(t, `{"name":"fields","in":"query","schema":{"type":"string"}},{"name":"connection_id","in":"query","schema":{"type":"string"}}`)
	if diff := cmp.Diff([]string{"max_chars", "tool_connection_id", "tool_fields"}, tool.Own); diff != "" {
		t.Errorf("ours (-want +got):\n%s", diff)
	}
	b.wants(t, tool.Name, `{"fields":"a,b","tool_fields":["id"],"connection_id":"theirs"}`, false, map[string]any{"data": map[string]any{"id": 1.0}})
	if diff := cmp.Diff(any(map[string]any{"fields": "a,b", "connection_id": "theirs"}), upstream.lastQuery()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	b.wants(t, tool.Name, `{"tool_connection_id":"66bb00000000000000000009"}`, true, map[string]any{"code": "not_found"})
}

// Arguments that the tool does not list are passed in one object.
func TestArgumentsThatAreNotListed(t *testing.T) {
	t.Parallel()
	var parameters []string
	for i := range 300 {
		parameters = append(parameters, fmt.Sprintf(`{"name":"Parameter%d.Name","in":"query","schema":{"type":"integer"}}`, i))
	}
	upstream, b, tool := exposeForeign(t, strings.Join(parameters, ","))
	if !strings.Contains(string(tool.InputSchema), `"more_arguments"`) || strings.Contains(string(tool.InputSchema), `"Parameter299_Name"`) {
		t.Fatalf("%s", tool.InputSchema)
	}
	for _, more := range []string{`{"Parameter299.Name":7}`, `"{\"Parameter299_Name\":7}"`} {
		b.wants(t, tool.Name, `{"Parameter0_Name":1,"more_arguments":`+more+`}`, false, map[string]any{"outcome": "completed"})
		if diff := cmp.Diff(any(map[string]any{"Parameter0.Name": 1.0, "Parameter299.Name": 7.0}), upstream.lastQuery()); diff != "" {
			t.Errorf("%s: sent (-want +got):\n%s", more, diff)
		}
	}
	for _, args := range []string{`{"Parameter0_Name":1,"more_arguments":{"Parameter0_Name":2}}`, `{"more_arguments":[1]}`, `{"more_arguments":{"Parameter999_Name":2}}`} {
		b.wants(t, tool.Name, args, true, map[string]any{"code": "invalid_arguments"})
	}
}

// Where an argument takes null, only run_read and its like can pass it: a client that
// writes null for everything that it does not want must not empty what is there.
func TestNullIsPassedByRunOnly(t *testing.T) {
	t.Parallel()
	upstream, b, tool := exposeForeign(t, `{"name":"a","in":"query","schema":{"type":["string","null"]}},{"name":"b","in":"query","schema":{"type":"string"}}`)
	b.wants(t, tool.Name, `{"a":null,"b":"x"}`, false, map[string]any{"outcome": "completed"})
	if diff := cmp.Diff(any(map[string]any{"b": "x"}), upstream.lastQuery()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	b.wants(t, "run_read", `{"action_id":"app.get","arguments":{"a":null,"b":"x"}}`, false, map[string]any{"outcome": "completed"})
	if diff := cmp.Diff(any(map[string]any{"a": nil, "b": "x"}), upstream.lastQuery()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestNamesOfExposedTools(t *testing.T) {
	t.Parallel()
	long := "app." + strings.Repeat("veryLong", 12)
	ids := []string{
		"notion.post-page", "hubspot.getContactById", "app.listHTTPServersV2", "app.search", "3cx.list", "x./v1/users/{id}#get:all",
		"a.get-page", "a.getPage", "a.get_page", "ünï.Größe__zahl", "日本.検索", long, long + "x", "app.__", "x.1st",
	}
	taken := func(name string) bool { return name == "app_search" }
	want := []string{
		"notion_post_page", "hubspot_get_contact_by_id", "app_list_http_servers_v2", "app_search_", "app_3cx_list", "x_v1_users_id_get_all_",
		"a_get_page_", "a_get_page_", "a_get_page_", "uni_gro_e_zahl_", "app", "app_very_longvery_longvery_longve_", "app_very_longvery_longvery_longve_", "app", "x_1st",
	}
	got := tools.ToolNames(ids, taken)
	for i := range ids {
		if name, hashed := strings.CutSuffix(want[i], "_"); got[i] != name && !hashed || hashed && (!strings.HasPrefix(got[i], want[i]) || len(got[i]) != len(want[i])+6) {
			if want[i] != "app" || !strings.HasPrefix(got[i], "app_") { // two of them
				t.Errorf("%s is called %s, want %s", ids[i], got[i], want[i])
			}
		}
		if len(got[i]) > 40 || slices.Index(got, got[i]) != i {
			t.Errorf("%s is long or taken", got[i])
		}
	}
	backwards := slices.Clone(ids)
	slices.Reverse(backwards)
	again := tools.ToolNames(backwards, taken)
	slices.Reverse(again)
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("names depend on the order:\n%s", diff)
	}
}

func TestNastyActionsAreExposedAndCalledByTheirIDs(t *testing.T) {
	t.Parallel()
	b := withApp(t, `{"/v1/users/{id}#get:all":{"id":"/v1/users/{id}#get:all","httpMethod":"get","path":"/a","sampleSuccessResponse":{"a":1}},
	  "/v1/users/id/get.all":{"id":"/v1/users/id/get.all","httpMethod":"get","path":"/b","sampleSuccessResponse":{"b":2}}}`)
	if err := b.set.Expose(t.Context(), patternsOf(t, "app./v1/users/{id}#get:all,app./v1*")); err != nil {
		t.Fatal(err)
	}
	exposed := exposedOf(b.set)
	if len(exposed) != 2 || exposed[0].Name == exposed[1].Name {
		t.Fatalf("%+v", exposed)
	}
	for _, tool := range exposed {
		want := map[string]any{"a": 1.0}
		if strings.HasSuffix(tool.ActionID, ".all") {
			want = map[string]any{"b": 2.0}
		}
		b.wants(t, tool.Name, `{}`, false, map[string]any{"data": want})
	}
}

// exposeOn exposes what text names over the simulator, and returns what was logged.
func exposeOn(t *testing.T, b *bench, text string, within time.Duration, change func(*wiring)) (set *tools.Set, log string, err error) {
	t.Helper()
	var lines bytes.Buffer
	set = newSet(t, b.sim, b.sim.APIKey(), b.sim.Production().UserID(), func(w *wiring) {
		w.Logger = slog.New(slog.NewJSONHandler(&lines, nil))
		if change != nil {
			change(w)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	err = set.Expose(ctx, patternsOf(t, text))
	return set, lines.String(), err
}

func TestHowMuchCanBeExposed(t *testing.T) {
	t.Parallel()
	var actions []string
	for i := range 130 {
		method := []string{"get", "post"}[i%2]
		actions = append(actions, fmt.Sprintf(`"%sThing%d":{"id":"%sThing%d","httpMethod":%q,"path":"/x"}`, method, i, method, i, method))
	}
	b := withApp(t, "{"+strings.Join(actions, ",")+"}")
	for _, test := range []struct {
		patterns string
		settings policy.Settings
		want     int
		log, err string
	}{
		{"app.getThing1?", policy.Settings{}, 5, "", ""},
		{"app.*:read", policy.Settings{}, 65, "many actions are exposed as tools", ""},
		{"app.*", policy.Settings{}, 0, "", "names 130 actions, and at most 100 can be tools of their own"},
		{"*", policy.Settings{ReadOnly: true, Connectors: []string{"app"}}, 65, "many actions", ""},
		{"app.getThing0,app.getThing0", policy.Settings{}, 1, "", ""},
		{"app.postThing1", policy.Settings{ReadOnly: true}, 0, `"msg":"a pattern exposes nothing`, ""},
		{"app.postThing1:read,app.getThing0", policy.Settings{}, 1, `"pattern":"app.postThing1:read"`, ""},
		{"app.noSuchThing,app.getThing0", policy.Settings{}, 1, `"actions":["app.noSuchThing"],"count":1`, ""},
		{"nowhere.*,app.getThing0", policy.Settings{}, 1, `could not be listed`, ""},
	} {
		t.Run(test.patterns, func(t *testing.T) {
			set, log, err := exposeOn(t, b, test.patterns, time.Minute, func(w *wiring) { w.Policy = policy.New(test.settings, nil) })
			if got := len(exposedOf(set)); got != test.want || !strings.Contains(log, test.log) || test.log == "" && log != "" {
				t.Errorf("%d exposed, want %d; logged %s", got, test.want, log)
			}
			if err == nil && test.err != "" || err != nil && (test.err == "" || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// An Alloy that does not answer delays the start by a bounded time only.
func TestExposingDoesNotWaitForLong(t *testing.T) {
	t.Parallel()
	b := withApp(t, changes)
	b.fault(t, simulator.Fault{Kind: simulator.FaultHang, Action: "createThing"})
	began := time.Now()
	set, log, err := exposeOn(t, b, "app.*", 5*time.Second, nil)
	if err != nil || len(exposedOf(set)) != 2 || !strings.Contains(log, `"actions":["app.createThing"]`) || time.Since(began) > 40*time.Second {
		t.Errorf("%d exposed after %v, %v: %s", len(exposedOf(set)), time.Since(began), err, log)
	}
}
