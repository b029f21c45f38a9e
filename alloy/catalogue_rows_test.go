package alloy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// "" is the name of a parameter; a row without a name is none.
func TestAParameterWhoseNameIsEmpty(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"action":{"id":"a","httpMethod":"get","path":"/x","parameters":[
		{"name":"","in":"query","required":true,"schema":{"type":"string"}},
		{"name":"","in":"header"},
		{"in":"query"},
		{"name":null,"in":"query"}]}}`))
	action, err := f.client.Action(t.Context(), "c", "a")
	if err != nil {
		t.Fatal(err)
	}
	var got [][2]string
	for _, p := range action.Parameters {
		got = append(got, [2]string{p.In, p.Name})
	}
	if diff := cmp.Diff([][2]string{{"query", ""}}, got); diff != "" {
		t.Error(diff)
	}
}

// What is no parameter costs none of the others.
func TestARowThatIsNoParameter(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"action":{"id":"a","httpMethod":"get","path":"/x","parameters":[
		"q",null,{"name":"id","in":"Path","required":true},[1],{"name":5,"in":"query"}]}}`))
	action, err := f.client.Action(t.Context(), "c", "a")
	if err != nil || len(action.Parameters) != 2 || action.Parameters[0].Name != "id" || action.Parameters[0].In != "path" || action.Parameters[1].Name != "5" {
		t.Errorf("%v, %v", action.Parameters, err)
	}
}

// The body of a form has its schema where OpenAPI has that of JSON.
func TestTheSchemaOfAForm(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"multipart/form-data", "application/x-www-form-urlencoded", "application/json; charset=utf-8"} {
		f := newFake(t).reply(answerWith(200, `{"action":{"id":"a","httpMethod":"post","path":"/x","requestBody":{"required":true,"content":{
			"text/plain":{},"`+kind+`":{"schema":{"type":"object"}}}}}}`))
		action, err := f.client.Action(t.Context(), "c", "a")
		if err != nil || string(action.RequestBody) != `{"type":"object"}` {
			t.Errorf("%s: %s, %v", kind, action.RequestBody, err)
		}
	}
}

// OpenAPI 2 writes the type of a parameter beside its name.
func TestAParameterThatIsItsOwnSchema(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"action":{"id":"a","httpMethod":"get","path":"/x","parameters":[
		{"name":"n","in":"query","required":true,"type":"integer","maximum":9},{"name":"s","in":"query","type":"x","schema":{"type":"string"}},{"name":"u","in":"query"}]}}`))
	action, err := f.client.Action(t.Context(), "c", "a")
	if err != nil || len(action.Parameters) != 3 {
		t.Fatalf("%v, %v", action.Parameters, err)
	}
	var got []string
	for _, p := range action.Parameters {
		got = append(got, string(p.Schema))
	}
	want := []string{`{"name":"n","in":"query","required":true,"type":"integer","maximum":9}`, `{"type":"string"}`, ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
