package tools_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// canned is an Alloy with the catalogue of one connector, an account, and answers
// written down by action.
type canned struct {
	t         *testing.T
	connector string
	actions   map[string]json.RawMessage
	accounts  int // 0 is one
	answers   map[string]string
}

func newCanned(t *testing.T, connector string, answers map[string]string) *tools.Set {
	t.Helper()
	c := &canned{t: t, connector: connector, actions: actionsOf(t, connector), answers: answers}
	return newSet(t, c, foreignKey, foreignUser, nil)
}

func (c *canned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	base := "/connectors/" + c.connector
	action := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, base+"/actions/"), "/execute")
	reply := ""
	switch {
	case r.URL.Path == "/connectors":
		reply = fmt.Sprintf(`{"connectors":[{"id":%q,"name":%q}]}`, c.connector, c.connector)
	case r.URL.Path == base+"/credentials":
		var list []string
		for i := range max(1, c.accounts) {
			list = append(list, fmt.Sprintf(`{"credentialId":"66bb0000000000000000000%d","type":"%s-oauth2","name":"N%d","createdAt":"2025-11-03T09:00:00.000Z"}`, i+1, c.connector, i+1))
		}
		reply = `{"credentials":[` + strings.Join(list, ",") + `]}`
	case r.URL.Path == base+"/resources":
		var list []string
		for id := range c.actions {
			list = append(list, fmt.Sprintf(`{"id":%q,"name":%q}`, id, id))
		}
		slices.Sort(list)
		reply = `{"resources":[{"name":"all","actions":[` + strings.Join(list, ",") + `]}]}`
	case r.Method == http.MethodGet && c.actions[action] != nil:
		reply = `{"action":` + string(c.actions[action]) + `}`
	case r.Method == http.MethodPost && c.answers[action] != "":
		reply = `{"responseData":` + c.answers[action] + `}`
	default:
		w.WriteHeader(http.StatusNotFound)
		reply = `{"errorHtml":"<pre>Cannot ` + r.Method + ` ` + r.URL.Path + `</pre>"}`
	}
	_, _ = io.WriteString(w, reply)
}

// short is what a test compares of a description: the keys of an argument and the
// example.
func keysAt(answer map[string]any, steps ...any) []string {
	object, _ := path(answer, steps...).(map[string]any)
	var keys []string
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func TestContextOfANotionDatabase(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		version, query, id, kind string
		b                        *bench
	}{
		{"2022-06-28", "post-database-query", "database_id", "database", newBench(t, nil)},
		{"2025-09-03", "query-data-source", "data_source_id", "data_source", withCatalogues(t, "notion")},
	} {
		b := test.b
		b.connectTo(t, "notion")
		found := b.ok(t, "notion_search", fmt.Sprintf(`{"filter":{"value":%q},"page_size":1}`, test.kind))
		id := fmt.Sprint(path(found, "results", 0, "id"))
		rows := b.ok(t, "run_read", fmt.Sprintf(`{"action_id":"notion.%s","arguments":{%q:%q,"page_size":1}}`, test.query, test.id, id))
		page := fmt.Sprint(path(rows, "data", "results", 0, "id"))
		contexts := []string{fmt.Sprintf(`{"data_source_id":%q}`, id), fmt.Sprintf(`{"database_id":%q}`, id), fmt.Sprintf(`{"page_id":%q}`, page)}
		if database, ok := path(found, "results", 0, "parent", "database_id").(string); ok {
			contexts = append(contexts, fmt.Sprintf(`{"database_id":%q}`, database))
		}
		for _, context := range contexts {
			checkTasks(t, b, test.version+" "+context, context)
		}
		query := b.ok(t, "describe_action", fmt.Sprintf(`{"action_id":"notion.%s","context":{%q:%q}}`, test.query, test.id, id))
		if words := fmt.Sprint(path(query, "schema", "properties", "filter", "properties", "status", "description")); !strings.HasPrefix(words, "For Status (Not started, In progress, Done): equals") {
			t.Errorf("%s: filter: %s", test.version, words)
		}
		if sorts, _ := path(query, "schema", "properties", "sorts", "items", "properties", "property", "enum").([]any); len(sorts) != 8 {
			t.Errorf("%s: sorts: %v", test.version, sorts)
		}
		example, err := json.Marshal(query["example"]) // of a read: it runs as it is
		if err != nil {
			t.Fatal(err)
		}
		if ran := b.ok(t, "run_read", fmt.Sprintf(`{"action_id":"notion.%s","arguments":%s}`, test.query, example)); ran["outcome"] != "completed" || path(query, "example", "filter") == nil {
			t.Errorf("%s: %s: %v", test.version, example, ran)
		}
		if b.sim.Writes().Total != 0 {
			t.Errorf("%s: a description writes: %+v", test.version, b.sim.Writes())
		}
	}
}

// checkTasks asks for the form of a new row of the database that is called Tasks.
func checkTasks(t *testing.T, b *bench, name, context string) {
	t.Helper()
	answer := b.ok(t, "describe_action", `{"action_id":"notion.post-page","context":`+context+`}`)
	want := []string{"Assignee", "Due", "Estimate", "Priority", "Project", "Status", "Task"}
	if diff := cmp.Diff(want, keysAt(answer, "schema", "properties", "properties", "properties")); diff != "" {
		t.Errorf("%s: columns (-want +got):\n%s", name, diff)
	}
	options := path(answer, "schema", "properties", "properties", "properties", "Status", "properties", "status", "properties", "name", "enum")
	if diff := cmp.Diff([]any{"Not started", "In progress", "Done"}, options); diff != "" {
		t.Errorf("%s: options (-want +got):\n%s", name, diff)
	}
	if answer["context"] != "The columns of Tasks, read now." || path(answer, "example", "parent", "database_id") == nil || path(answer, "example", "properties", "Task") == nil {
		t.Errorf("%s: %v, example %v", name, answer["context"], answer["example"])
	}
}

func TestAContextThatCannotBeReadIsSaid(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	ask := func(context string) (map[string]any, bool) {
		return b.call(t, "describe_action", `{"action_id":"notion.post-page","context":`+context+`}`)
	}
	if answer, isError := ask(`{"database_id":"11111111-1111-4111-8111-111111111111"}`); isError || answer["status"] != "connect_required" || answer["url"] == nil {
		t.Errorf("without an account: %v", answer)
	}
	b.connectTo(t, "notion")
	for context, code := range map[string]string{
		`{"database_id":"11111111-1111-4111-8111-111111111111"}`: "not_found", `{"database_id":"x"}`: "invalid_arguments",
		`{"database_id":""}`: "invalid_arguments", `{"database_id":{}}`: "invalid_arguments", `{"page_id":["a"]}`: "invalid_arguments",
		fmt.Sprintf(`{"database_id":%q}`, strings.Repeat("x", 900)): "invalid_arguments",
	} {
		if answer, isError := ask(context); !isError || answer["code"] != code || answer["hint"] == "" {
			t.Errorf("%.60s: %v, want %s", context, answer, code)
		}
	}
	answer, isError := ask(`{"database":"x"}`)
	if isError || !strings.Contains(fmt.Sprint(answer["hint"]), "context.database is not understood here; understood are database_id, data_source_id, page_id") {
		t.Errorf("an unknown key: %v", answer["hint"])
	}
	plainly := b.ok(t, "describe_action", `{"action_id":"notion.get-self","context":{"database_id":"x"}}`)
	if !strings.Contains(fmt.Sprint(plainly["hint"]), "context was not used") {
		t.Errorf("an action without context: %v", plainly["hint"])
	}
	b = newBench(t, nil)
	first := b.connectTo(t, "notion")
	b.connectTo(t, "notion")
	if answer, isError := ask(`{"database_id":"11111111-1111-4111-8111-111111111111"}`); isError || answer["status"] != "choose_connection" || !strings.Contains(fmt.Sprint(answer["hint"]), "in context") {
		t.Errorf("two accounts: %v", answer)
	}
	if answer, _ := ask(fmt.Sprintf(`{"connection_id":%q}`, first)); answer["connection_id"] != first {
		t.Errorf("a chosen account: %v", answer)
	}
}

// wide is a Notion data source with many columns, and names that nobody can type.
func wide(columns, options int) string {
	var b strings.Builder
	b.WriteString(`{"object":"data_source","id":"s","title":[{"plain_text":"Wide\u202e table"}],"parent":{"database_id":"d"},"properties":{`)
	kinds := []string{"rich_text", "number", "select", "multi_select", "date", "checkbox", "url", "email", "phone_number", "people", "relation", "files", "formula", "rollup", "created_time", "new_kind"}
	for i := range columns {
		kind := kinds[i%len(kinds)]
		fmt.Fprintf(&b, `"Column %d":{"id":"c%d","type":%q,%q:{"options":[`, i, i, kind, kind)
		for j := range options {
			fmt.Fprintf(&b, `{"name":"Option %d of %d"},`, j, i)
		}
		b.WriteString(`{"name":"last\u202e"}]}},`)
	}
	b.WriteString(`"in\u202evisible":{"id":"inv","type":"number"},"Name":{"id":"title","type":"title","title":{}}}}`)
	return b.String()
}

func TestAWideDatabaseFitsAndIsListedOn(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	for _, size := range []struct{ columns, options int }{{3, 2}, {16, 40}, {40, 5}, {200, 100}} {
		set := newCanned(t, "notion", map[string]string{"retrieve-a-data-source": wide(size.columns, size.options)})
		for _, action := range []string{"post-page", "patch-page", "query-data-source", "update-a-data-source"} {
			answer, isError := call(t, set, "describe_action", `{"action_id":"notion.`+action+`","context":{"data_source_id":"s"}}`)
			text, err := json.Marshal(answer)
			if isError || err != nil || len(text) >= 4_000 || strings.Contains(string(text), "\u202e") {
				t.Fatalf("%v %s: %d bytes, %v: %.400s", size, action, len(text), err, text)
			}
		}
		var names []string
		for at := "properties"; at != ""; {
			answer, isError := call(t, set, "describe_action", fmt.Sprintf(`{"action_id":"notion.post-page","path":%q,"context":{"data_source_id":"s"}}`, at))
			text, _ := json.Marshal(answer)
			if isError || len(text) >= 4_000 {
				t.Fatalf("%v %s: %d bytes: %.400s", size, at, len(text), text)
			}
			names = append(names, keysAt(answer, "schema", "properties")...)
			_, rest, more := strings.Cut(fmt.Sprint(answer["hint"]), "path ")
			if at = ""; more && strings.HasPrefix(rest, "properties*") {
				at, _, _ = strings.Cut(rest, " ")
			}
		}
		if want := size.columns - 4*(size.columns/16) - max(0, size.columns%16-12) + 2; len(names) != want || !slices.Contains(names, "inv") {
			t.Errorf("%v: %d columns are listed, want %d", size, len(names), want)
		}
	}
}

const hubspotAnswer = `{"results":[
 {"name":"dealname","label":"Deal Name","type":"string","hubspotDefined":true,"formField":true},
 {"name":"dealstage","label":"Deal Stage","type":"enumeration","hubspotDefined":true,"options":[{"value":"old"}]},
 {"name":"pipeline","label":"Pipeline","type":"enumeration","hubspotDefined":true},
 {"name":"hs_created","label":"Created","type":"datetime","hubspotDefined":true,"modificationMetadata":{"readOnlyValue":true}},
 {"name":"hs_secret","label":"Hidden","type":"string","hidden":true},
 {"name":"tier","label":"Ignore\u202e all","type":"enumeration","hubspotDefined":false,"options":[{"value":"gold","label":"Gold"},{"value":"x\u202e"},{"value":"silver","hidden":true}]}]}`

const hubspotPipelines = `{"results":[{"id":"default","label":"Sales","stages":[{"id":"new","label":"New"},{"id":"won","label":"Won"}]},{"id":"p2","label":"Partners","stages":[{"id":"talk","label":"Talk"}]}]}`

func TestContextOfHubspot(t *testing.T) {
	t.Parallel()
	set := newCanned(t, "hubspot", map[string]string{"listProperties": hubspotAnswer, "listPipelines": hubspotPipelines})
	stages := func(context string) any {
		answer, isError := call(t, set, "describe_action", `{"action_id":"hubspot.createDeal","context":`+context+`}`)
		if diff := cmp.Diff([]string{"dealname", "dealstage", "pipeline", "tier"}, keysAt(answer, "schema", "properties", "properties", "properties")); diff != "" || isError {
			t.Errorf("%s (-want +got):\n%s%v", context, diff, answer)
		}
		if values := path(answer, "schema", "properties", "properties", "properties", "tier", "enum"); !cmp.Equal(values, []any{"gold"}) {
			t.Errorf("%s: values %v", context, values)
		}
		if example := path(answer, "example", "properties"); !cmp.Equal(example, any(map[string]any{"dealname": "Example", "dealstage": path(answer, "schema", "properties", "properties", "properties", "dealstage", "enum", 0)})) {
			t.Errorf("%s: example %v", context, example)
		}
		return path(answer, "schema", "properties", "properties", "properties", "dealstage", "enum")
	}
	for context, want := range map[string][]any{
		`{"object_type":"deals"}`: {"new", "won", "talk"}, `{"pipeline_id":"p2"}`: {"talk"}, `{"pipeline_id":"default","object_type":"deals"}`: {"new", "won"},
	} {
		if diff := cmp.Diff(any(want), stages(context)); diff != "" {
			t.Errorf("%s: stages (-want +got):\n%s", context, diff)
		}
	}
	for action, at := range map[string][]any{
		"searchDeals":      {"schema", "properties", "filterGroups", "items", "properties", "filters", "items", "properties", "propertyName", "enum"},
		"listDeals":        {"schema", "properties", "properties", "items", "enum"},
		"batchCreateDeals": {"schema", "properties", "inputs", "items", "properties", "properties", "properties", "dealname"},
	} {
		answer, isError := call(t, set, "describe_action", `{"action_id":"hubspot.`+action+`","context":{"object_type":"deals"}}`)
		if isError || path(answer, at...) == nil {
			t.Errorf("%s: %v", action, answer)
		}
	}
	narrow, _ := call(t, set, "describe_action", `{"action_id":"hubspot.createDeal","context":{"property":"STAGE"}}`)
	if diff := cmp.Diff([]string{"dealstage"}, keysAt(narrow, "schema", "properties", "properties", "properties")); diff != "" {
		t.Errorf("narrowed (-want +got):\n%s", diff)
	}
	if answer, isError := call(t, set, "describe_action", `{"action_id":"hubspot.createObject","context":{"pipeline_id":"p"}}`); !isError || path(answer, "next", "arguments", "context", "object_type") != "contacts" {
		t.Errorf("without a type: %v", answer)
	}
	wrong, _ := call(t, set, "describe_action", `{"action_id":"hubspot.createDeal","context":{"pipeline_id":"nowhere"}}`)
	if !strings.Contains(fmt.Sprint(wrong["hint"]), "There is no pipeline nowhere; there are default Sales, p2 Partners.") {
		t.Errorf("an unknown pipeline: %v", wrong["hint"])
	}
}

// Three hundred properties are cut to what fits, the most used first.
func TestManyPropertiesFit(t *testing.T) {
	t.Parallel()
	var list []string
	for i := range 300 {
		list = append(list, fmt.Sprintf(`{"name":"a_property_%03d","label":"Property number %d","type":"enumeration","hubspotDefined":true,"options":[{"value":"one"},{"value":"two"}]}`, i, i))
	}
	list = append(list, `{"name":"email","label":"Email","type":"string","hubspotDefined":true}`)
	set := newCanned(t, "hubspot", map[string]string{"listProperties": `{"results":[` + strings.Join(list, ",") + `]}`})
	for _, action := range []string{"createContact", "updateContact", "searchContacts", "listContacts", "batchCreateContacts", "batchUpsertContacts"} {
		answer, isError := call(t, set, "describe_action", `{"action_id":"hubspot.`+action+`","context":{"object_type":"contacts"}}`)
		if text, _ := json.Marshal(answer); isError || len(text) >= 4_000 || !strings.Contains(string(text), "email") || !strings.Contains(string(text), "context.property narrows") {
			t.Errorf("%s: %d bytes: %s", action, len(text), text)
		}
	}
}

func TestContextOfJira(t *testing.T) {
	t.Parallel()
	set := newCanned(t, "jira", map[string]string{
		"getProject":     `{"key":"ED","issueTypes":[{"name":"Bug"},{"name":"Sto\u202ery"},{"name":"Task"}],"components":[{"name":"API"}],"versions":[]}`,
		"getTransitions": `{"transitions":[{"id":"11","name":"To do"},{"id":"31","name":"Done"}]}`,
	})
	answer, _ := call(t, set, "describe_action", `{"action_id":"jira.createIssue","context":{"project_key":"ED"}}`)
	want := map[string]any{"fields": map[string]any{"summary": "Example summary", "project": map[string]any{"key": "ED"}, "issuetype": map[string]any{"name": "Bug"}}}
	if diff := cmp.Diff(any(want), answer["example"]); diff != "" {
		t.Errorf("the example (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"components", "issuetype", "project", "summary"}, keysAt(answer, "schema", "properties", "fields", "properties")); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if words := fmt.Sprint(path(answer, "schema", "properties", "fields", "description")); !strings.Contains(words, "Others, as without context: assignee, description, ") {
		t.Errorf("words: %s", words)
	}
	answer, _ = call(t, set, "describe_action", `{"action_id":"jira.doTransition","context":{"issue_key":"ED-1"}}`)
	if ids := path(answer, "schema", "properties", "transition", "properties", "id", "enum"); !cmp.Equal(ids, any([]any{"11", "31"})) || path(answer, "example", "issueIdOrKey") != "ED-1" {
		t.Errorf("transitions: %v, %v", ids, answer["example"])
	}
}

func TestContextOfSlack(t *testing.T) {
	t.Parallel()
	list := `{"ok":true,"channels":[{"id":"C1","name":"general"},{"id":"C2","name":"general-de\u202e"},{"id":"C3","name":"random"}]}`
	set := newCanned(t, "slack", map[string]string{"conversations_list": list})
	answer, _ := call(t, set, "describe_action", `{"action_id":"slack.chat_postMessage","context":{"channel_name":"#General"}}`)
	if channel := path(answer, "schema", "properties", "channel"); !cmp.Equal(path(channel, "enum"), any([]any{"C1", "C2"})) || path(channel, "description") != "C1 #general, C2 #general-de" || path(answer, "example", "channel") != "C1" {
		t.Errorf("%v, example %v", channel, answer["example"])
	}
	answer, _ = call(t, set, "describe_action", `{"action_id":"slack.chat_postMessage","context":{"channel_name":"nowhere"}}`)
	if !strings.Contains(fmt.Sprint(answer["hint"]), `None of the 3 channels that were listed has "nowhere" in its name.`) {
		t.Errorf("no channel: %v", answer["hint"])
	}
	set = newCanned(t, "slack", map[string]string{"conversations_list": `{"ok":false,"error":"missing_scope"}`})
	if answer, isError := call(t, set, "describe_action", `{"action_id":"slack.chat_postMessage","context":{"channel_name":"x"}}`); !isError || !strings.Contains(fmt.Sprint(answer["message"]), "missing_scope") {
		t.Errorf("refused: %v", answer)
	}
}

// Where the app lacks the read, the description goes without.
func TestAnAnswerOfAnotherShapeIsNoSurprise(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`[]`, `"x"`, `7`, `{}`, `{"properties":[1],"title":{}}`, `{"properties":{"a":1,"b":{"type":7}}}`} {
		set := newCanned(t, "notion", map[string]string{"retrieve-a-data-source": body})
		answer, isError := call(t, set, "describe_action", `{"action_id":"notion.post-page","context":{"data_source_id":"s"}}`)
		if isError && answer["code"] == "internal" || !isError && answer["schema"] == nil {
			t.Errorf("%s: %v", body, answer)
		}
	}
	set := newCanned(t, "notion", nil)
	if answer, isError := call(t, set, "describe_action", `{"action_id":"notion.post-page","context":{"data_source_id":"s"}}`); !isError || answer["code"] == "internal" {
		t.Errorf("no answer: %v", answer)
	}
}
