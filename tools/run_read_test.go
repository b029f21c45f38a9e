package tools_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// withApp is a bench with one more connector.
func withApp(t *testing.T, actions string) *bench {
	t.Helper()
	var ids []string
	var parsed map[string]any
	if err := json.Unmarshal([]byte(actions), &parsed); err != nil {
		t.Fatal(err)
	}
	for id := range parsed {
		ids = append(ids, fmt.Sprintf(`{"id":%q,"name":%q}`, id, id))
	}
	file := `{"connector":{"id":"app","name":"App"},"metadata":[{"authenticationType":"oauth2"}],` +
		`"resources":[{"name":"all","actions":[` + strings.Join(ids, ",") + `]}],"actions":` + actions + `}`
	sim, err := simulator.New(simulator.Config{Catalogs: [][]byte{[]byte(file)}})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{sim: sim, set: newSet(t, sim, sim.APIKey(), sim.Production().UserID(), func(*wiring) {})}
	b.connectTo(t, "app")
	return b
}

const someActions = `{
 "me":{"id":"me","httpMethod":"delete","path":"/me"},
 "listThings":{"id":"listThings","httpMethod":"get","path":"/things","parameters":[{"name":"n","in":"query","schema":{"type":"integer"}}],"sampleSuccessResponse":{"id":9007199254740993,"things":[]}},
 "createThing":{"id":"createThing","httpMethod":"post","path":"/things"}}`

func TestRunReadRunsReadsOnly(t *testing.T) {
	t.Parallel()
	b := withApp(t, someActions)
	for _, action := range []string{"app.createThing", "app.me"} {
		if answer, isError := b.call(t, "run_read", `{"action_id":"`+action+`"}`); !isError || answer["code"] != "effect_mismatch" {
			t.Errorf("%s: %v", action, answer)
		}
	}
	if answer, isError := b.call(t, "run_read", `{"action_id":"app.listThings","arguments":{"m":1}}`); !isError || answer["code"] != "invalid_arguments" {
		t.Errorf("a wrong argument: %v", answer)
	}
	for _, action := range []string{"app.nothing", "app", "nothing.x", "app.", ".x"} {
		if answer, isError := b.call(t, "run_read", `{"action_id":"`+action+`"}`); !isError || !strings.HasPrefix(fmt.Sprint(answer["code"]), "unknown_") {
			t.Errorf("%s: %v", action, answer)
		}
	}
	if b.sim.Writes().Total != 0 {
		t.Errorf("writes: %+v", b.sim.Writes())
	}
}

// An action is no harmless read because of its name.
func TestVerifyRunsNothingThatMayWrite(t *testing.T) {
	t.Parallel()
	b := withApp(t, someActions)
	b.ok(t, "get_connection", `{"connector_id":"app","verify":true}`)
	if ran := lastExecution(t, b.sim).Path; ran != "/connectors/app/actions/listThings/execute" || b.sim.Writes().Total != 0 {
		t.Errorf("ran %s, writes %+v", ran, b.sim.Writes())
	}
}

// Ids above 2^53 pass digit for digit.
func TestNumbersPassAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	b := withApp(t, someActions)
	for _, args := range []string{`{"action_id":"app.listThings","arguments":{"n":9007199254740993}}`, `{"action_id":"app.listThings","fields":["id"]}`} {
		answer := b.answer(t, "run_read", args)
		if !strings.Contains(answer, "9007199254740993") {
			t.Errorf("%s: %s", args, answer)
		}
	}
}

const getAction = `{"action":{"id":"get","httpMethod":"get","path":"/v1/{kind}/things","parameters":[` +
	`{"name":"kind","in":"path","required":true,"schema":{"type":"string"}},{"name":"n","in":"query","schema":{"type":"integer"}},` +
	`{"name":"X-Trace","in":"header","schema":{"type":"string"}},{"name":"Notion-Version","in":"header","schema":{"type":"string","default":"2024-01-01"}}],` +
	`"requestBody":{"type":"object","properties":{"deep":{"type":"object","properties":{"x":{"type":"integer"}}}}}}}`

// Every argument arrives where the action takes it, with the headers that nobody
// passes.
func TestRunReadSendsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	for _, connector := range []string{"notion", "app"} {
		upstream := &foreign{t: t, metadata: getAction, answers: []string{""}, answer: `{"responseData":{"ok":true}}`}
		set := newSet(t, upstream, foreignKey, foreignUser, nil)
		answer, isError := call(t, set, "run_read", `{"action_id":"`+connector+`.get","arguments":{"kind":"big","n":"7","X_Trace":"t1","deep":"{\"x\":1}"}}`)
		delete(answer, "request_id") // never the same
		if diff := cmp.Diff(map[string]any{
			"outcome": "completed", "connection_id": foreignID, "data": map[string]any{"ok": true},
			"coerced": []any{"deep: text read as an object", "n: text read as an integer"},
		}, answer); diff != "" || isError {
			t.Fatalf("%s (-want +got):\n%s", connector, diff)
		}
		if len(upstream.executions) != 2 {
			t.Errorf("%s: a read that fails for a moment is sent %d times", connector, len(upstream.executions))
		}
		want := map[string]any{
			"credentialId": foreignID, "pathParams": map[string]any{"kind": "big"}, "queryParameters": map[string]any{"n": 7.0},
			"additionalHeaders": map[string]any{"X-Trace": "t1", "Notion-Version": "2024-01-01"}, "requestBody": map[string]any{"deep": map[string]any{"x": 1.0}},
		}
		if diff := cmp.Diff(want, upstream.executions[1]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", connector, diff)
		}
	}
}

// Notion demands a version, also of an action that states none.
func TestNotionGetsAVersion(t *testing.T) {
	t.Parallel()
	for connector, want := range map[string]any{"notion": "2022-06-28", "app": nil} {
		upstream := &foreign{t: t, metadata: `{"action":{"id":"get","httpMethod":"get","path":"/x"}}`, answer: `{"responseData":1}`}
		call(t, newSet(t, upstream, foreignKey, foreignUser, nil), "run_read", `{"action_id":"`+connector+`.get"}`)
		if got := path(upstream.executions[0], "additionalHeaders", "Notion-Version"); got != want {
			t.Errorf("%s: version %v, want %v", connector, got, want)
		}
	}
}

func TestRunReadSaysWhatItDoesNotRunOrShow(t *testing.T) {
	t.Parallel()
	b := withApp(t, someActions)
	endless := `{"action":{"id":"get","httpMethod":"get","path":"/x","requestBody":{"type":"object","properties":{"a":{"$ref":"#/nowhere"}}}}}`
	for _, test := range []struct {
		name, args       string
		metadata, answer string // where not the simulator is asked
		want             map[string]any
	}{
		{"a write", `{"action_id":"app.createThing"}`, "", "", map[string]any{
			"code": "effect_mismatch", "message": "app.createThing is a write action, and run_read runs only those of effect read.",
			"hint": "Make the same call with run_write.", "next": map[string]any{"tool": "run_write", "arguments": map[string]any{"action_id": "app.createThing"}},
		}},
		{"no action id", `{"action_id":"notion"}`, "", "", map[string]any{
			"code": "unknown_action", "message": `"notion" is no action_id: it has the form connector.action.`, "hint": "Write it like notion.retrieve-a-page.", "next": searchFor("query", "notion"),
		}},
		{"no connector", `{"action_id":".x"}`, "", "", map[string]any{
			"code": "unknown_action", "message": `".x" is no action_id: it has the form connector.action.`, "hint": "Write it like notion.retrieve-a-page.", "next": searchFor("query", "x"),
		}},
		{"no action", `{"action_id":"app."}`, "", "", map[string]any{
			"code": "unknown_action", "message": `"app." is no action_id: it has the form connector.action.`, "hint": "Write it like notion.retrieve-a-page.", "next": searchFor("query", "app"),
		}},
		{"an unknown action", `{"action_id":"app.get.x"}`, "", "", map[string]any{
			"code": "unknown_action", "message": `app has no action "get.x".`, "hint": "Action ids are case-sensitive and differ between apps; do not guess them.",
			"next": searchFor("query", "get x", "connector_id", "app"),
		}},
		{"an unknown field", `{"action_id":"app.listThings","fields":["ids"]}`, "", "", map[string]any{
			"code": "invalid_arguments", "message": "Fields: there is no ids; at that place there are: id, things.",
			"hint": "Name paths that exist, or leave fields out; get_result has the result already, so do not call the app again.",
		}},
		{"no path", `{"action_id":"app.listThings","fields":["a..b"]}`, "", "", map[string]any{
			"code": "invalid_arguments", "message": `Fields: "a..b" is not a path; write paths like results[].id.`, "hint": "Correct fields and call again; without it everything is shown.",
		}},
		{"a schema that cannot be checked", `{"action_id":"app.get"}`, endless, `{"responseData":1}`, map[string]any{
			"outcome": "completed", "connection_id": foreignID, "data": 1.0, "validated": false,
		}},
	} {
		answer, _ := b.call(t, "run_read", test.args)
		if test.metadata != "" {
			answer, _ = call(t, newSet(t, &foreign{t: t, metadata: test.metadata, answer: test.answer}, foreignKey, foreignUser, nil), "run_read", test.args)
		}
		delete(answer, "request_id") // never the same
		if path(answer, "next", "tool") == "get_result" {
			delete(answer, "next")
		}
		if diff := cmp.Diff(test.want, answer); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// An action that cannot be looked up for now is not called unknown.
func TestAnActionThatCannotBeLookedUpIsNotUnknown(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	for status, want := range map[int]string{500: "upstream_unavailable", 401: "api_key_rejected", 404: "unknown_action"} {
		if err := b.sim.SetFault(simulator.Fault{Kind: simulator.FaultStatus, Status: status, Path: "/connectors/notion/actions/get-self", Body: `{"message":"no"}`}); err != nil {
			t.Fatal(err)
		}
		if answer, isError := b.call(t, "run_read", `{"action_id":"notion.get-self"}`); !isError || answer["code"] != want {
			t.Errorf("HTTP %d: %v, want %s", status, answer, want)
		}
		b.sim.ClearFaults()
	}
	set := newSet(t, &foreign{t: t}, foreignKey, foreignUser, nil)
	if answer, isError := call(t, set, "run_read", `{"action_id":"notion.other"}`); !isError || answer["code"] != "unknown_action" {
		t.Errorf("no such route: %v", answer)
	}
}
