package schemas

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// What is beyond the arguments of an action goes into one object, and is sent.
func TestABodyOfManyPropertiesLosesNone(t *testing.T) {
	t.Parallel()
	var properties []string
	for i := range maxFields + 100 {
		properties = append(properties, fmt.Sprintf(`"p %d":{"type":"integer"}`, i))
	}
	last := fmt.Sprintf("p %d", maxFields+99)
	for name, more := range map[string]string{"open": "", "closed": `,"additionalProperties":false`} {
		s, err := FromAction(alloy.Action{ID: "a", Method: "post", RequestBody: json.RawMessage(
			`{"type":"object","required":["` + last + `"]` + more + `,"properties":{` + strings.Join(properties, ",") + `}}`)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Schema().Check(map[string]any{"p_1": 1}); err == nil {
			t.Errorf("%s: what is required may be left out", name)
		}
		checked, err := s.Schema().Check(map[string]any{"p_1": 1, "other_properties": map[string]any{last: "7"}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		parts, err := s.Split(checked.Args)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := parts.RequestBody.(map[string]any)
		if len(body) != 2 || fmt.Sprintf("%v %v", body["p 1"], body[last]) != "1 7" {
			t.Errorf("%s: %v is sent", name, body)
		}
		if _, err := s.Schema().Check(map[string]any{"other_properties": map[string]any{last: "x"}}); err == nil {
			t.Errorf("%s: a text is taken for a number", name)
		}
		if args, err := s.Example(); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if rest, _ := args["other_properties"].(map[string]any); rest[last] == nil {
			t.Errorf("%s: %v", name, args)
		}
	}
}

// Required names that nothing describes have no order of their own.
func TestTheSameActionIsCompiledTheSame(t *testing.T) {
	t.Parallel()
	action := alloy.Action{ID: "a", Method: "post", RequestBody: json.RawMessage(`{"type":"object","properties":{"a":{}},"required":["z","y","x","w","a.b","a-b"]}`)}
	first, err := FromAction(action)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := FromAction(action)
		if err != nil {
			t.Fatal(err)
		}
		if string(again.Schema().JSON()) != string(first.Schema().JSON()) {
			t.Fatalf("%s\n%s", first.Schema().JSON(), again.Schema().JSON())
		}
	}
}
