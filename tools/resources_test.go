package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

const oddActions = `{
 "listThings":{"id":"listThings","displayName":"List things","httpMethod":"get","path":"/things","sampleSuccessResponse":{"things":[1]}},
 "GET:/v1/a#b?c":{"id":"GET:/v1/a#b?c","displayName":"Odd\u202e id","httpMethod":"get","path":"/odd"},
 "listOthers":{"id":"listOthers","httpMethod":"get","path":"/others"},
 "deleteThing":{"id":"deleteThing","httpMethod":"delete","path":"/things/{id}","parameters":[
   {"name":"id","in":"path","required":true,"schema":{"type":"string"}}]}}`

func (b *bench) read(t *testing.T, who, uri string) (string, bool) {
	t.Helper()
	ctx := tools.WithPrincipal(context.WithoutCancel(t.Context()), tools.Principal{ID: who})
	answer := b.set.ReadResource(ctx, uri)
	if !json.Valid(answer.JSON) {
		t.Fatalf("%s: %s", uri, answer.JSON)
	}
	return string(answer.JSON), answer.IsError
}

// A resource is the same JSON as the answer of the tool that tells it.
func TestResourcesAreTheAnswersOfTools(t *testing.T) {
	t.Parallel()
	b := withApp(t, oddActions)
	b.connectTo(t, "notion")
	run := b.ok(t, "run_read", `{"action_id":"app.listThings"}`)
	id := run["request_id"].(string)
	for uri, same := range map[string][2]string{
		"alloy://connectors":                          {"list_connectors", `{"limit":100}`},
		"alloy://actions/app/listThings":              {"describe_action", `{"action_id":"app.listThings"}`},
		"alloy://actions/app/GET%3A%2Fv1%2Fa%23b%3Fc": {"describe_action", `{"action_id":"app.GET:/v1/a#b?c"}`},
		"alloy://result/" + id:                        {"get_result", `{"request_id":"` + id + `"}`},
	} {
		got, failed := b.read(t, tools.Local, uri)
		if diff := cmp.Diff(b.answer(t, same[0], same[1]), got); diff != "" || failed {
			t.Errorf("%s, error %v (-tool +resource):\n%s", uri, failed, diff)
		}
		if err := b.set.CheckURI(uri); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	page, failed := b.read(t, tools.Local, "alloy://connectors/app")
	for _, want := range []string{`"connector_id":"app"`, `"connections":[{"connection_id":`, `{"action_id":"app.listThings","title":"listThings","effect":"read"}`, `"total":4`} {
		if !strings.Contains(page, want) || failed {
			t.Errorf("the app lacks %s: %s", want, page)
		}
	}
}

// What was read by one person is no resource of another.
func TestNobodyReadsTheResultOfAnother(t *testing.T) {
	t.Parallel()
	b := withApp(t, oddActions)
	id := b.ok(t, "run_read", `{"action_id":"app.listThings"}`)["request_id"].(string)
	if got, failed := b.read(t, tools.Local, "alloy://result/"+id); failed || !strings.Contains(got, `"data"`) {
		t.Errorf("its owner reads %s", got)
	}
	for _, who := range []string{"token:bob", "", "Local"} {
		if got, failed := b.read(t, who, "alloy://result/"+id); !failed || !strings.Contains(got, `"not_found"`) || strings.Contains(got, "things") {
			t.Errorf("%q reads %s", who, got)
		}
	}
	if answer := b.set.ReadResource(t.Context(), "alloy://result/"+id); !answer.IsError {
		t.Errorf("nobody reads %s", answer.JSON)
	}
}

func TestWhatIsNoResource(t *testing.T) {
	t.Parallel()
	b := withApp(t, oddActions)
	for uri, want := range map[string]string{
		"":                              "there is no such resource",
		"https://example.com":           "there is no such resource",
		"alloy://":                      "there is no such resource",
		"alloy://connectors/":           "there is no such resource",
		"alloy://things/x":              "there is no such resource",
		"alloy://actions/app":           "there is no such resource",
		"alloy://actions//listThings":   "there is no such resource",
		"alloy://result/":               "there is no such resource",
		"alloy://actions/app/GET:/v1/a": "not written as it has to be: alloy://actions/app/GET%3A%2Fv1%2Fa",
		"alloy://connectors/a%2fb":      "not written as it has to be: alloy://connectors/a%2Fb",
		"alloy://connectors/%":          "not written as it has to be: alloy://connectors/%25",
		"alloy://connectors/\u202eapp":  "not written as it has to be: alloy://connectors/%E2%80%AEapp",
		"alloy://result/" + strings.Repeat("x", 5_000): "there is no such resource",
	} {
		err := b.set.CheckURI(uri)
		if !errors.As(err, new(*tools.UnknownResourceError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", uri, err)
		}
		if got, failed := b.read(t, tools.Local, uri); !failed || !strings.Contains(got, `"not_found"`) {
			t.Errorf("%q: %s", uri, got)
		}
	}
	for uri, code := range map[string]string{
		"alloy://connectors/nothing":    "unknown_connector",
		"alloy://actions/app/listThing": "unknown_action",
		"alloy://actions/nothing/x":     "unknown_connector",
		"alloy://result/nothing":        "not_found",
	} {
		if got, failed := b.read(t, tools.Local, uri); !failed || !strings.Contains(got, `"code":"`+code+`"`) || !strings.Contains(got, `"hint":"`) {
			t.Errorf("%q: %s", uri, got)
		}
	}
}

func TestResourcesAndCompletionsObeyThePolicy(t *testing.T) {
	t.Parallel()
	b := withApp(t, oddActions)
	b.set = newSet(t, b.sim, b.sim.APIKey(), b.sim.Production().UserID(), func(w *wiring) {
		w.Policy = policy.New(policy.Settings{ReadOnly: true, Connectors: []string{"app"}}, nil)
	})
	if got, failed := b.read(t, tools.Local, "alloy://connectors/app"); failed || strings.Contains(got, "deleteThing") || !strings.Contains(got, `"total":3`) {
		t.Errorf("the app: %s", got)
	}
	for _, uri := range []string{"alloy://connectors/notion", "alloy://actions/app/deleteThing", "alloy://actions/notion/post-search"} {
		if got, failed := b.read(t, tools.Local, uri); !failed || !strings.Contains(got, `"refused_by_policy"`) {
			t.Errorf("%s: %s", uri, got)
		}
	}
	if got, _ := b.read(t, tools.Local, "alloy://connectors"); strings.Contains(got, `"notion"`) {
		t.Errorf("the apps: %s", got)
	}
	for _, test := range []struct {
		typed tools.Unfinished
		want  string
	}{
		{tools.Unfinished{Of: "alloy://actions/{connector}/{action}", Argument: "connector", Typed: "not"}, "[] 0"},
		{tools.Unfinished{Of: "alloy://actions/{connector}/{action}", Argument: "action", Typed: "", Others: map[string]string{"connector": "app"}}, "[GET:/v1/a#b?c listOthers listThings] 3"},
		{tools.Unfinished{Of: "alloy://actions/{connector}/{action}", Argument: "action", Typed: "LISTT"}, "[listThings] 1"},
		{tools.Unfinished{Of: "alloy://actions/{connector}/{action}", Argument: "action", Typed: "delete", Others: map[string]string{"connector": "app"}}, "[] 0"},
		{tools.Unfinished{Of: "alloy://connectors/{id}", Argument: "id", Typed: "ap"}, "[app] 1"},
		{tools.Unfinished{Of: "find_and_run_action", Argument: "connector", Typed: "ap"}, "[app] 1"},
		{tools.Unfinished{Of: "find_and_run_action", Argument: "task", Typed: "ap"}, "[] 0"},
		{tools.Unfinished{Of: "alloy://result/{id}", Argument: "id"}, "[] 0"},
	} {
		ids, total := b.set.Complete(tools.WithPrincipal(t.Context(), tools.Principal{ID: tools.Local}), test.typed)
		if got := fmt.Sprint(ids, total); got != test.want {
			t.Errorf("%+v: %s, want %s", test.typed, got, test.want)
		}
	}
}

func TestManyIdsAreCompletedInPart(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 150 {
		fmt.Fprintf(&many, `,"get%03d":{"id":"get%03d","httpMethod":"get","path":"/x"}`, i, i)
	}
	b := withApp(t, "{"+many.String()[1:]+"}")
	ids, total := b.set.Complete(t.Context(), tools.Unfinished{
		Of: "alloy://actions/{connector}/{action}", Argument: "action", Typed: "get", Others: map[string]string{"connector": "app"},
	})
	if len(ids) != 100 || total != 150 || ids[0] != "get000" || ids[99] != "get099" {
		t.Errorf("%d of %d: %v", len(ids), total, ids)
	}
}

// A prompt says what the person wants in their words, and names tools that exist.
func TestPromptsNameToolsThatExist(t *testing.T) {
	t.Parallel()
	set := newBench(t, nil).set
	names := map[string]bool{}
	for _, tool := range set.Tools() {
		names[tool.Name] = true
	}
	for _, prompt := range set.Prompts() {
		text := prompt.Text(map[string]string{"task": "Post <hello> to #general", "connector": "slack"})
		for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
			if strings.Contains(word, "_") && !names[word] && word != "run_" && word != "connector_id" && word != "next_cursor" {
				t.Errorf("%s names %s", prompt.Name, word)
			}
		}
		if prompt.Name == "find_and_run_action" && (!strings.Contains(text, "Post <hello> to #general") || !strings.Contains(text, `"connector_id":"slack"`)) {
			t.Errorf("the task is lost: %s", text)
		}
		if len(prompt.Text(map[string]string{"task": strings.Repeat("é", 50_000)})) > 10_000 {
			t.Errorf("%s is not bounded", prompt.Name)
		}
	}
}
