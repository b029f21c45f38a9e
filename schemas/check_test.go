package schemas_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

func TestCheckTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	search := compile(t, catalogueAction(t, "notion.post-search"), schemas.Hide("Notion-Version"))
	list := compile(t, catalogueAction(t, "hubspot.createList"))
	blog := compile(t, nasty()["an enum of 790 values"].action)
	shipment := compile(t, catalogueAction(t, "shippo.CreateShipment"))
	transaction := compile(t, catalogueAction(t, "shippo.CreateTransaction"))
	message := compile(t, catalogueAction(t, "slack.chat_postMessage"))
	const start = `{"objectTypeId":"0-1","processingType":"DYNAMIC","name":"x","filterBranch":`
	for _, row := range []struct {
		name   string
		schema *schemas.ActionSchema
		args   string
		want   []schemas.Problem
	}{
		{"an enum", search, `{"filter":{"value":"database"}}`, []schemas.Problem{
			{Path: "filter.value", Expected: `one of "page", "data_source"`, Got: "text of 8 characters"},
		}},
		{"a misspelt value", search, `{"filter":{"value":"pages"}}`, []schemas.Problem{
			{Path: "filter.value", Expected: `one of "page", "data_source"`, Got: "text of 5 characters", Nearest: "page"},
		}},
		{"a misspelt name", search, `{"qurey":"x"}`, []schemas.Problem{
			{Path: "qurey", Expected: "one of the names query, sort, filter, start_cursor, page_size", Got: "an unknown name", Nearest: "query"},
		}},
		{"another style of name", search, `{"pageSize":1}`, []schemas.Problem{
			{Path: "pageSize", Expected: "one of the names query, sort, filter, start_cursor, page_size", Got: "an unknown name", Nearest: "page_size"},
		}},
		{"a hidden header", search, `{"Notion-Version":"x"}`, []schemas.Problem{
			{Path: "Notion-Version", Expected: "one of the names query, sort, filter, start_cursor, page_size", Got: "an unknown name"},
		}},
		{"a token", message, `{"channel":"c","token":"xoxb-secret"}`, []schemas.Problem{
			{Path: "token", Expected: "no such argument: it is supplied with the connection", Got: "an unknown name"},
		}},
		{"a type", search, `{"page_size":"ten","query":["x"]}`, []schemas.Problem{
			{Path: "page_size", Expected: "an integer", Got: "text of 3 characters"},
			{Path: "query", Expected: "text", Got: "a list of 1"},
		}},
		{"what is missing", list, `{}`, []schemas.Problem{
			{Path: "objectTypeId", Expected: "text, it is required", Got: "nothing"},
			{Path: "processingType", Expected: "text, it is required", Got: "nothing"},
			{Path: "name", Expected: "text, it is required", Got: "nothing"},
		}},
		{"a form that does not exist", list, start + `{"filterBranchType":"ANDD","filterBranches":[],"filterBranchOperator":"x","filters":[]}}`, []schemas.Problem{
			{
				Path: "filterBranch.filterBranchType", Got: "text of 4 characters", Nearest: "AND",
				Expected: `one of "AND", "ASSOCIATION", "NOT_ALL", "NOT_ANY", "OR", "PROPERTY_ASSOCIATION", "RESTRICTED", "UNIFIED_EVENTS"`,
			},
		}},
		{"the form that is meant", list, start + `{"filterBranchType":"ASSOCIATION","filterBranches":[],"filterBranchOperator":"x","filters":[],"operator":"x"}}`, []schemas.Problem{
			{Path: "filterBranch.objectTypeId", Expected: "text, it is required", Got: "nothing"},
			{Path: "filterBranch.associationTypeId", Expected: "an integer, it is required", Got: "nothing"},
			{Path: "filterBranch.associationCategory", Expected: "text, it is required", Got: "nothing"},
		}},
		{"deep below what is shown", list, start + `{"filterBranchType":"OR","filterBranches":[{"filterBranchType":"AND","filterBranches":[],"filterBranchOperator":"x","filters":[{"filterType":"PROPERTY","property":"x","operation":{"operationType":"BOOL","operator":"IS","value":"yes","includeObjectsWithNoValueSet":false}}]}],"filterBranchOperator":"x","filters":[]}}`, []schemas.Problem{
			{Path: "filterBranch.filterBranches[0].filters[0].operation.value", Expected: "a boolean", Got: "text of 3 characters"},
		}},
		{"an enum that is not shown", blog, `{"lang":"v790"}`, nil},
		{"a type that neither form has", shipment, `{"address_from":7,"address_to":"x","parcels":["x"]}`, []schemas.Problem{
			{Path: "address_from", Expected: "text or an object; {country, name?, company?, street1?, street2?, city?, state?, zip?, phone?, email?, is_residential?, validate?}", Got: "an integer"},
		}},
		{"a pattern and a count", shipment, `{"address_from":{"country":"Germany"},"address_to":"x","parcels":[]}`, []schemas.Problem{
			{Path: "address_from.country", Expected: "text that matches ^[A-Z]{2}$", Got: "text of 7 characters"},
			{Path: "parcels", Expected: "at least 1 item", Got: "a list of 0"},
		}},
		{"neither form of a body", transaction, `{"carrier_account":"x","servicelevel_token":"y"}`, []schemas.Problem{
			{Path: "rate", Expected: "text, it is required", Got: "nothing"},
		}},
	} {
		_, err := row.schema.Schema().Check(parse(t, row.args))
		var got *schemas.Violations
		if !errors.As(err, &got) {
			t.Errorf("%s: got %v, want *Violations", row.name, err)
			continue
		}
		if strings.Contains(err.Error(), "xoxb") || len(err.Error()) > 2048 {
			t.Errorf("%s: %s", row.name, err)
		}
		if row.want == nil {
			if got.Problems[0].Path != "lang" || !strings.HasSuffix(got.Problems[0].Expected, " more") || got.Problems[0].Nearest == "" {
				t.Errorf("%s: %+v", row.name, got.Problems)
			}
			continue
		}
		if diff := cmp.Diff(row.want, got.Problems); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

func TestViolationsAreShort(t *testing.T) {
	t.Parallel()
	var props, args strings.Builder
	for i := range 300 {
		if i > 0 {
			props.WriteByte(',')
			args.WriteByte(',')
		}
		name := strings.Repeat("name", 12) + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		props.WriteString(`"` + name + `":{"type":"integer"}`)
		args.WriteString(`"` + name + `":"` + strings.Repeat("secret ", 50) + `","un` + name + `":1`)
	}
	s := compile(t, post(`{"type":"object","properties":{`+props.String()+`}}`))
	_, err := s.Schema().Check(parse(t, `{`+args.String()+`}`))
	var v *schemas.Violations
	if !errors.As(err, &v) {
		t.Fatal(err)
	}
	if len(v.Problems) != 10 || v.More < 200 {
		t.Errorf("%d problems and %d more", len(v.Problems), v.More)
	}
	if n := len(v.Error()); n > 2048 || strings.Contains(v.Error(), "secret") || strings.Contains(v.Error(), "\n") {
		t.Errorf("%d bytes: %s", n, v)
	}
	if !strings.HasSuffix(v.Error(), " more") {
		t.Errorf("what is left out is not counted: %s", v)
	}
}

func TestCheckPutsTypesRightWhereOneWayIsLeft(t *testing.T) {
	t.Parallel()
	s := compile(t, post(`{"type":"object","properties":{
		"i":{"type":"integer"},"n":{"type":"number"},"b":{"type":"boolean"},"s":{"type":"string"},"o":{"type":"object","properties":{"i":{"type":"integer"}}},
		"l":{"type":"array","items":{"type":"integer"}},"ls":{"type":"array","items":{"type":"string"}},"opt":{"type":"string"},"nul":{"type":["integer","null"]},
		"either":{"type":["string","integer"]},"any":{},"mixed":{"anyOf":[{"type":"string"},{"type":"object"}]},"e":{"type":"string","enum":["1","2"]},
		"blocks":{"type":"string","description":"A JSON-based array."},"icon":{"type":"string","format":"json"}}}`,
		param("query", "limit", `{"type":"integer"}`), param("header", "X-Count", `{"type":"integer"}`)))
	for _, row := range []struct {
		args, want string
		changes    string
	}{
		{`{"i":"5"}`, `{"i":5}`, "i: text read as an integer"},
		{`{"i":" 5 "}`, `{"i":5}`, "i: text read as an integer"},
		{`{"n":"-1.50"}`, `{"n":-1.50}`, "n: text read as a number"},
		{`{"b":"True"}`, `{"b":true}`, "b: text read as a boolean"},
		{`{"s":12345678901234567890}`, `{"s":"12345678901234567890"}`, "s: an integer read as text"},
		{`{"s":1503435956.000247}`, `{"s":"1503435956.000247"}`, "s: a number read as text"},
		{`{"s":true}`, `{"s":"true"}`, "s: a boolean read as text"},
		{`{"o":"{\"i\":\"7\"}"}`, `{"o":{"i":7}}`, "o: text read as an object; o.i: text read as an integer"},
		{`{"l":"[1,2]"}`, `{"l":[1,2]}`, "l: text read as a list"},
		{`{"l":3}`, `{"l":[3]}`, "l: an integer read as a list"},
		{`{"ls":"a"}`, `{"ls":["a"]}`, "ls: text read as a list"},
		{`{"opt":null}`, `{}`, "opt: null read as left out"},
		{`{"nul":null}`, `{"nul":null}`, ""},
		{`{"nul":"null"}`, `{"nul":null}`, "nul: text read as null"},
		{`{"either":"5"}`, `{"either":"5"}`, ""},
		{`{"any":"5"}`, `{"any":"5"}`, ""},
		{`{"any":5}`, `{"any":5}`, ""},
		{`{"any":"{\"a\":1}"}`, `{"any":{"a":1}}`, "any: JSON text read as object"},
		{`{"mixed":"{\"a\":1}"}`, `{"mixed":{"a":1}}`, "mixed: JSON text read as object"},
		{`{"mixed":"plain"}`, `{"mixed":"plain"}`, ""},
		{`{"e":1}`, `{"e":"1"}`, "e: an integer read as text"},
		{`{"blocks":[{"a":1.50}]}`, `{"blocks":"[{\"a\":1.50}]"}`, "blocks: a list read as text"},
		{`{"icon":{"emoji":"<x>"}}`, `{"icon":"{\"emoji\":\"<x>\"}"}`, "icon: an object read as text"},
		{`{"limit":"7","X-Count":"8"}`, `{"limit":7,"X_Count":8}`, "X-Count: the original name read as X_Count; X_Count: text read as an integer; limit: text read as an integer"},
	} {
		args := parse(t, row.args)
		before := asJSON(args)
		got, err := s.Schema().Check(args)
		if err != nil {
			t.Errorf("%s: %v", row.args, err)
			continue
		}
		var changes []string
		for _, c := range got.Coercions {
			changes = append(changes, c.String())
		}
		if want := asJSON(parse(t, row.want)); asJSON(got.Args) != want {
			t.Errorf("%s: got %s, want %s", row.args, asJSON(got.Args), want)
		}
		if diff := cmp.Diff(row.changes, strings.Join(changes, "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.args, diff)
		}
		if asJSON(args) != before {
			t.Errorf("%s: the arguments were changed", row.args)
		}
	}
	for _, bad := range []string{`{"i":"5.5"}`, `{"i":"five"}`, `{"i":true}`, `{"b":"yes"}`, `{"b":1}`, `{"l":"x"}`, `{"o":"[1]"}`, `{"o":"text"}`, `{"s":{"a":1}}`, `{"n":""}`} {
		if got, err := s.Schema().Check(parse(t, bad)); err == nil {
			t.Errorf("%s is accepted as %s", bad, asJSON(got.Args))
		}
	}
}

func TestCheckRefusesGoValuesThatJSONDoesNotHave(t *testing.T) {
	t.Parallel()
	s := compile(t, post(`{"type":"object","properties":{"a":{}}}`))
	for _, bad := range []any{make(chan int), struct{}{}, map[string]string{"a": "b"}, json.Number("1e999999999"), json.Number("x")} {
		if _, err := s.Schema().Check(map[string]any{"a": bad}); err == nil {
			t.Errorf("%T is accepted", bad)
		}
		if _, err := s.Split(map[string]any{"a": bad}); err == nil {
			t.Errorf("Split accepts %T", bad)
		}
	}
	for _, good := range []any{1, int64(2), 2.5, uint8(3), nil, "x", []any{1}} {
		if _, err := s.Schema().Check(map[string]any{"a": good}); err != nil {
			t.Errorf("%T is refused: %v", good, err)
		}
	}
}

func TestSplitRefusesUnsafePathValues(t *testing.T) {
	t.Parallel()
	a := alloy.Action{ID: "act", Method: "get", Path: "/v1/pages/{page_id}/{file}/{kind}", Parameters: []alloy.Parameter{
		{Name: "page_id", In: "path", Required: true, Schema: json.RawMessage(str)},
		{Name: "file", In: "path", Required: true, Schema: json.RawMessage(`{"type":"string","pattern":"^[a-z/]+$"}`)},
		{Name: "kind", In: "path", Required: true, Schema: json.RawMessage(`{"type":"string","enum":["a/b","c"]}`)},
	}}
	s := compile(t, a)
	split := func(id, file, kind any) error {
		_, err := s.Split(map[string]any{"page_id": id, "file": file, "kind": kind})
		return err
	}
	for _, bad := range []any{
		"../../users", "a/b", `a\b`, "a?b", "a#b", "a%2fb", "a%2Fb", "%2e%2e", "..", ".", "", "a\nb", "a\x00", "a\x7f", "a%00b", "%5c", "%3Fx", nil,
		[]any{"x"},
		map[string]any{"a": 1},
	} {
		if split(bad, "x", "c") == nil {
			t.Errorf("%q is let into the path", bad)
		}
	}
	for _, good := range []any{"b55c9c91-384d-452b-81db-d1ef79372b75", "a b", "ä", "a.b", "100%", json.Number("7"), true, "a:b@c;d=e"} {
		if err := split(good, "x", "c"); err != nil {
			t.Errorf("%q is refused: %v", good, err)
		}
	}
	if err := split("x", "dir/name", "a/b"); err != nil {
		t.Errorf("what the schema names is refused: %v", err)
	}
	if split("x", "dir/../name", "c") == nil || split("x", "x", "b/a") == nil {
		t.Error("what the schema does not name is let in")
	}
	_, err := s.Split(map[string]any{"page_id": "x", "kind": "c"})
	if err == nil || err.Error() != "the arguments do not fit: file: expected a value, it is a part of the path, got nothing" {
		t.Errorf("a missing part of the path: %v", err)
	}
}

func TestAPatternOfNamesTakesAnObject(t *testing.T) {
	t.Parallel()
	s := compile(t, catalogueAction(t, "hubspot.listEvents"))
	parts, err := s.Split(parse(t, `{"objectProperty_propname":{"email":"a@b.c"},"property_propname":{"hs_city":"x","hs_zip":"1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"objectProperty.email": "a@b.c", "property.hs_city": "x", "property.hs_zip": "1"}
	if diff := cmp.Diff(want, parts.QueryParameters); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	args, err := s.Join(parts)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parse(t, `{"objectProperty_propname":{"email":"a@b.c"},"property_propname":{"hs_city":"x","hs_zip":"1"}}`), args); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if _, err := s.Schema().Check(parse(t, `{"objectProperty_propname":"a@b.c"}`)); err == nil {
		t.Error("a name that is a pattern takes no single value")
	}
}

func TestJoinRefusesWhatTheActionDoesNotHave(t *testing.T) {
	t.Parallel()
	s := compile(t, catalogueAction(t, "notion.post-search"))
	for _, parts := range []schemas.Parts{
		{PathParams: map[string]any{"id": "x"}},
		{QueryParameters: map[string]any{"q": "x"}},
		{AdditionalHeaders: map[string]string{"X": "x"}},
		{RequestBody: map[string]any{"nothing": 1}},
		{RequestBody: []any{}},
	} {
		if args, err := s.Join(parts); err == nil {
			t.Errorf("%s became %s", asJSON(parts), asJSON(args))
		}
	}
}

// TestOneSchemaServesManyAtOnce is for the race detector.
func TestOneSchemaServesManyAtOnce(t *testing.T) {
	t.Parallel()
	s := compile(t, catalogueAction(t, "hubspot.createList"))
	issue := compile(t, catalogueAction(t, "jira.createIssue"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if _, err := s.Schema().Check(map[string]any{"filterBranch": map[string]any{"filterBranchType": "OR"}}); err == nil {
					t.Error("accepted")
				}
				args := map[string]any{"fields": map[string]any{"summary": "x", "customfield_1": "y", "project": map[string]any{"key": "AB"}}}
				if _, err := issue.Schema().Check(args); err != nil {
					t.Error(err)
				}
				if _, err := s.Part("filterBranch.filters[]", 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
