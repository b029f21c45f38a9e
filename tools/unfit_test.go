package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

func TestArgumentsThatDoNotFitLeadToTheDescription(t *testing.T) {
	t.Parallel()
	b := withApp(t, awkward)
	for _, test := range []struct{ actionID, arguments, message, hint string }{
		{"app.createPage", `{"id":"a/b","parent":{}}`, "The arguments do not fit: id: expected a value without / ? # or their escapes, got text of 3 characters.", "describe_action shows"},
		{"app.createPage", `{"id":"a","paren":{}}`, "nearest: parent", "describe_action shows"},
		{"app.createList", `[{"id":1}]`, "arguments: expected an object, got a list of 1", `{"body":[...]}`},
		{"app.createList", `"[{\"id\":1}]"`, "arguments: expected an object, got text", `{"body":[...]}`},
	} {
		answer, isError := b.call(t, "run_write", `{"action_id":"`+test.actionID+`","arguments":`+test.arguments+`}`)
		want := map[string]any{"tool": "describe_action", "arguments": map[string]any{"action_id": test.actionID}}
		if diff := cmp.Diff(want, answer["next"]); !isError || answer["code"] != string(tools.CodeInvalidArguments) || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", test.arguments, answer, diff)
		}
		if !strings.Contains(fmt.Sprint(answer["message"]), test.message) || !strings.Contains(fmt.Sprint(answer["hint"]), test.hint) {
			t.Errorf("%s: %v", test.arguments, answer)
		}
	}
	b.ok(t, "run_write", `{"action_id":"app.createList","arguments":{"body":[{"id":1}]},"dry_run":true}`)
	if answer, _ := b.call(t, "run_write", `{"action_id":"app.createPage","arguments":7}`); answer["next"] != nil {
		t.Errorf("no list: %v", answer)
	}
}
