package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const awkward = `{
 "createList":{"id":"createList","httpMethod":"post","path":"/lists","requestBody":{"type":"array","items":{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}}}},
 "createPage":{"id":"createPage","httpMethod":"post","path":"/pages/{id}","requestBody":{"type":"object","required":["parent"],"properties":{
   "parent":{"type":"object","properties":{"page_id":{"type":"string"},"kind":{"type":["string","null"],"enum":["a","",null]}}}}}},
 "listPages":{"id":"listPages","httpMethod":"get","path":"/pages","parameters":[{"name":"filter","in":"query","schema":{"type":"object","properties":{"state":{"type":"string"}}}}]}}`

func TestUnknownNamesInsideArgumentsAreNoted(t *testing.T) {
	t.Parallel()
	b := withApp(t, awkward)
	noted := func(tool, arguments, want string) map[string]any {
		t.Helper()
		answer := b.ok(t, tool, arguments)
		if diff := cmp.Diff([]any{want}, answer["unknown"]); diff != "" {
			t.Errorf("%s %s: %v (-want +got):\n%s", tool, arguments, answer, diff)
		}
		return answer
	}
	create := `{"action_id":"app.createPage","arguments":{"id":"1","parent":{"page_idd":"2"}}`
	answer := noted("run_write", create+`,"dry_run":true}`, "parent.page_idd (nearest: page_id)")
	if diff := cmp.Diff(map[string]any{"parent": map[string]any{"page_idd": "2"}}, path(answer, "would_send", "requestBody")); diff != "" {
		t.Errorf("it would not be sent (-want +got):\n%s", diff)
	}
	if !strings.Contains(fmt.Sprint(answer["hint"]), "check the spelling") {
		t.Errorf("hint: %v", answer["hint"])
	}
	noted("run_write", create+`}`, "parent.page_idd (nearest: page_id)")
	noted("run_read", `{"action_id":"app.listPages","arguments":{"filter":{"stat":"open"}}}`, "filter.stat (nearest: state)")
	right := b.ok(t, "run_write", `{"action_id":"app.createPage","arguments":{"id":"1","parent":{"page_id":"2"}},"dry_run":true}`)
	if _, noted := right["unknown"]; noted || strings.Contains(fmt.Sprint(right["hint"]), "spelling") {
		t.Errorf("nothing is misspelt: %v", right)
	}
}
