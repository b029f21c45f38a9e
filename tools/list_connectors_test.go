package tools_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// withConnectors adds n connectors that only have names.
func withConnectors(t *testing.T, sim *simulator.Simulator, n int) {
	t.Helper()
	for i := range n {
		raw, err := json.Marshal(map[string]any{
			"connector": map[string]any{"id": fmt.Sprintf("app%03d", i), "name": fmt.Sprintf("App %03d", i), "category": []string{"crm"}, "group": []string{"input"}, "icon": ""},
			"metadata":  []any{map[string]any{"authenticationType": "oauth2"}}, "resources": []any{}, "actions": map[string]any{},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := sim.LoadCatalog(raw); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(answer map[string]any) []string {
	list, _ := answer["connectors"].([]any)
	var all []string
	for i := range list {
		all = append(all, fmt.Sprint(path(list[i], "connector_id")))
	}
	return all
}

func TestAppsComeTwentyAtATimeWithExactCounts(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	withConnectors(t, b.sim, 46)
	var all []string
	args := `{}`
	for _, want := range []int{20, 20, 10} {
		answer := b.ok(t, "list_connectors", args)
		if got := len(ids(answer)); got != want || answer["total"] != 50.0 {
			t.Errorf("%s: %d apps of %v, want %d of 50", args, got, answer["total"], want)
		}
		all = append(all, ids(answer)...)
		args = fmt.Sprintf(`{"cursor":%q}`, answer["next_cursor"])
		if want == 10 && answer["next_cursor"] != nil {
			t.Error("the last page has a cursor")
		}
	}
	seen := make(map[string]bool)
	for _, id := range all {
		if seen[id] {
			t.Errorf("%s came twice", id)
		}
		seen[id] = true
	}
}

func TestAppsAreFilteredByTextAndConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "jira")
	for _, test := range []struct {
		args string
		want []string
	}{
		{`{"query":"ship"}`, []string{"shipStation", "shippo"}},
		{`{"query":"SHIPPING station"}`, []string{"shipStation"}},
		{`{"query":"productivity"}`, []string{"notion"}},
		{`{"connected":true}`, []string{"jira"}},
		{`{"connected":false,"query":"j"}`, nil}, // jira is connected, and nothing else has a j
		{`{"connected":"true"}`, []string{"jira"}},
		{`{"query":"nothing like it"}`, nil},
		{`{"limit":1}`, []string{"notion"}},
	} {
		got := ids(b.ok(t, "list_connectors", test.args))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.args, diff)
		}
	}
	if answer := b.ok(t, "list_connectors", `{"connected":true}`); path(answer, "connectors", 0, "connections", 0, "connection_id") == nil {
		t.Errorf("the connection is not shown: %v", answer)
	}
}

func TestACursorBelongsToItsQuestion(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	withConnectors(t, b.sim, 46)
	cursor := fmt.Sprint(b.ok(t, "list_connectors", `{"query":"app"}`)["next_cursor"])
	for _, args := range []string{`{"query":"crm","cursor":%q}`, `{"connected":true,"cursor":%q}`, `{"cursor":"x%s"}`} {
		if answer, isError := b.call(t, "list_connectors", fmt.Sprintf(args, cursor)); !isError || answer["code"] != "invalid_arguments" {
			t.Errorf("%s: %v", args, answer)
		}
	}
	for _, args := range []string{`{"limit":100,"cursor":%q}`, `{"query":"app","limit":100,"cursor":%q}`} {
		if got := len(ids(b.ok(t, "list_connectors", fmt.Sprintf(args, cursor)))); got != 26 {
			t.Errorf("%s: the rest holds %d apps, want 26", args, got)
		}
	}
}

// A whole answer, name by name.
func TestAnAppIsListedWithItsAccounts(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	raw := `{"connector":{"id":"odd","name":"Odd\u202e ` + strings.Repeat("n", 100) + `","category":["a\u0000b"]},"metadata":[{"authenticationType":"oauth2"}],"resources":[],"actions":{}}`
	if err := b.sim.LoadCatalog([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	id := b.connectTo(t, "odd")
	answer := b.ok(t, "list_connectors", `{"connected":true}`)
	account, _ := path(answer, "connectors", 0, "connections", 0).(map[string]any)
	if account["connection_id"] != id || account["connector_id"] != "odd" || account["status"] != "unverified" {
		t.Errorf("the account: %v", account)
	}
	delete(path(answer, "connectors", 0).(map[string]any), "connections")
	want := map[string]any{"total": 1.0, "connectors": []any{map[string]any{
		"connector_id": "odd", "name": "Odd " + strings.Repeat("n", 76) + "…", "categories": []any{"ab"},
	}}}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingFoundSaysWhatToTry(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	want := map[string]any{
		"connectors": []any{}, "total": 0.0, "hint": "Nothing matches. Try a shorter query, or none.",
		"next": map[string]any{"tool": "list_connectors", "arguments": map[string]any{}},
	}
	if diff := cmp.Diff(want, b.ok(t, "list_connectors", `{"query":"nothing like it"}`)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	nobody := newSet(t, sim, sim.APIKey(), "", nil)
	answer, _ := call(t, nobody, "list_connectors", `{"query":"nothing like it"}`)
	if hint := fmt.Sprint(answer["hint"]); !strings.HasPrefix(hint, "Connections are not shown: no Alloy user is set, so no account can be used. Whoever") || answer["next"] != nil {
		t.Errorf("without a user: %v", answer)
	}
	if answer, _ := call(t, nobody, "list_connectors", `{}`); answer["total"] != 4.0 {
		t.Errorf("without a user: %v apps", answer["total"])
	}
}

func TestARefusedCursorSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	withConnectors(t, b.sim, 46)
	cursors := make(map[string]string)
	for name, args := range map[string]string{"all": `{}`, "connected": `{"connected":false}`, "query": `{"query":"app"}`} {
		cursors[name] = fmt.Sprint(b.ok(t, "list_connectors", args)["next_cursor"])
	}
	for _, test := range []struct{ args, cursor, want string }{
		{`{"query":"crm","cursor":%q}`, "query", "The cursor continues another question."},
		{`{"query":"app","cursor":%q}`, "all", "The cursor continues another question."},
		{`{"connected":true,"cursor":%q}`, "connected", "The cursor continues another question."},
		{`{"connected":false,"cursor":%q}`, "all", "The cursor continues another question."},
		{`{"cursor":"%sx"}`, "all", "The cursor is not valid here, has expired, or the server was restarted since."},
	} {
		answer, isError := b.call(t, "list_connectors", fmt.Sprintf(test.args, cursors[test.cursor]))
		want := map[string]any{
			"code": "invalid_arguments", "message": test.want, "hint": "Start again without cursor.",
			"next": map[string]any{"tool": "list_connectors", "arguments": map[string]any{}},
		}
		if diff := cmp.Diff(want, answer); diff != "" || !isError {
			t.Errorf("%s with the cursor of %s: error %v (-want +got):\n%s", test.args, test.cursor, isError, diff)
		}
	}
	for args, cursor := range map[string]string{`{"connected":false,"cursor":%q}`: "connected", `{"cursor":%q}`: "connected", `{"query":"app","cursor":%q}`: "query"} {
		if got := len(ids(b.ok(t, "list_connectors", fmt.Sprintf(args, cursors[cursor])))); got != 20 {
			t.Errorf("%s with the cursor of %s: %d apps", args, cursor, got)
		}
	}
}
