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
