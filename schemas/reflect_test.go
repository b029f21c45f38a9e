package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

type toolInput struct {
	ConnectorID string         `json:"connector_id"          jsonschema_description:"E.g. notion, or \"slack\"."`
	Method      string         `json:"method,omitempty"      jsonschema:"enum=oauth2,enum=apiKey,enum=http" jsonschema_description:"If the app has several."`
	Wait        int            `json:"wait_seconds,omitzero" jsonschema:"minimum=0,maximum=45"`
	Fields      []string       `json:"fields,omitempty"      jsonschema_description:"Paths to keep, e.g. results[].id."`
	Arguments   map[string]any `json:"arguments,omitempty"   jsonschema_description:"As describe_action shows."`
	Next        *next          `json:"next,omitempty"        jsonschema_description:"What to call."`
	hidden      string
	Skipped     string `json:"-"`
}

type next struct {
	Tool string `json:"tool"`
	Then []next `json:"then,omitempty"`
}

func TestReflectWritesThePortableProfile(t *testing.T) {
	t.Parallel()
	s, err := schemas.Reflect[toolInput]()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"object","properties":{` +
		`"connector_id":{"type":"string","description":"E.g. notion, or \"slack\"."},` +
		`"method":{"type":"string","description":"If the app has several.","enum":["oauth2","apiKey","http"]},` +
		`"wait_seconds":{"type":"integer","description":"0 to 45."},` +
		`"fields":{"type":"array","description":"Paths to keep, e.g. results[].id.","items":{"type":"string"}},` +
		`"arguments":{"type":"object","description":"As describe_action shows."},` +
		`"next":{"type":"object","description":"What to call.","properties":{"tool":{"type":"string"},"then":{"type":"array","items":{"type":"object","description":"The same form again as next."}}},"required":["tool"]}` +
		`},"required":["connector_id"]}`
	if diff := cmp.Diff(want, string(s.JSON())); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, problem := range notPortable(s.JSON()) {
		t.Error(problem)
	}
	again, err := schemas.Reflect[*toolInput]()
	if err != nil || string(again.JSON()) != string(s.JSON()) {
		t.Errorf("a pointer type gives something else: %v", err)
	}
	var viaJSON any
	if err := json.Unmarshal([]byte(asJSON(map[string]any{"inputSchema": s})), &viaJSON); err != nil {
		t.Error(err)
	}
}

func TestReflectedSchemasAreClosed(t *testing.T) {
	t.Parallel()
	s, err := schemas.Reflect[toolInput]()
	if err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		`{}`:                                              "connector_id: expected text, it is required, got nothing",
		`{"connector_id":"x","conector":1}`:               "conector: expected one of the names connector_id, method, wait_seconds, fields, arguments, next, got an unknown name (nearest: connector_id)",
		`{"connector_id":"x","wait_seconds":46}`:          "wait_seconds: expected 0 to 45, got an integer",
		`{"connector_id":"x","method":"basic"}`:           `method: expected one of "oauth2", "apiKey", "http", got text of 5 characters`,
		`{"connector_id":"x","next":{"tol":"x"}}`:         "next.tool: expected text, it is required, got nothing; next.tol: expected one of the names tool, then, got an unknown name (nearest: tool)",
		`{"connector_id":"x","next":{"then":[{}]}}`:       "next.tool: expected text, it is required, got nothing; next.then[0].tool: expected text, it is required, got nothing",
		`{"connector_id":"x","arguments":"{\"a\":"}`:      "arguments: expected an object, got text of 5 characters",
		`{"connector_id":{"a":1},"fields":["x",{"a":1}]}`: "connector_id: expected text, got an object with 1 keys; fields[1]: expected text, got an object with 1 keys",
	} {
		_, err := s.Check(parse(t, args))
		if err == nil {
			t.Errorf("%s is accepted", args)
			continue
		}
		if diff := cmp.Diff("the arguments do not fit: "+want, err.Error()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", args, diff)
		}
	}
	got, err := s.Check(parse(t, `{"connector_id":7,"wait_seconds":"3","method":null,"arguments":"{\"a\":[1]}","next":{"tool":"x","then":[{"tool":"y"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var in toolInput
	if err := json.Unmarshal([]byte(asJSON(got.Args)), &in); err != nil {
		t.Fatal(err)
	}
	if in.ConnectorID != "7" || in.Wait != 3 || in.Next.Then[0].Tool != "y" || in.hidden != "" {
		t.Errorf("got %+v", in)
	}
}

func TestReflectRefusesWhatIsNoInput(t *testing.T) {
	t.Parallel()
	if _, err := schemas.Reflect[string](); err == nil {
		t.Error("a string is accepted")
	}
	type odd struct {
		A string `json:"a.b"`
	}
	if _, err := schemas.Reflect[odd](); err == nil || !strings.Contains(err.Error(), `"a.b"`) {
		t.Errorf("an odd name: %v", err)
	}
}
