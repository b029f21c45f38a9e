package connect_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// load gives the simulated Alloy an app that has a key, and the fields of data.
func (b *bench) load(t *testing.T, id, name, data string) {
	t.Helper()
	catalog := fmt.Sprintf(`{"connector":{"id":%q,"name":%q},"metadata":[{"authenticationType":"apiKey","inputSchema":{
		"type":"object","properties":{"userId":{"type":"string"},"data":%s}}}],"resources":[],"actions":{}}`, id, name, data)
	if err := b.sim.LoadCatalog([]byte(catalog)); err != nil {
		t.Fatal(err)
	}
}

// Whatever an app calls its fields, both buttons mean what they say.
func TestFieldsMayHaveAnyName(t *testing.T) {
	t.Parallel()
	const data = `{"type":"object","required":["choice"],"properties":{
		"choice":{"type":"string"},"decline":{"type":"string"},"two words":{"type":"string"},"\"><script>alert(1)</script>":{"type":"string"}}}`
	for _, test := range []struct {
		query string
		form  url.Values
		want  connect.Status
	}{
		{"", url.Values{"choice": {"decline"}, "decline": {"yes"}}, connect.Connected},
		{"?decline", url.Values{"choice": {"accept"}}, connect.Denied},
	} {
		b := newBench(t, nil)
		b.load(t, "odd", "Odd", data)
		request := b.start(t, "odd")
		if _, page := b.browse(t, http.MethodGet, request.URL, nil); strings.Contains(page, "<script") || strings.Contains(page, `id="f-`) {
			t.Errorf("a field's name got into the page's own words:\n%s", page)
		}
		b.browse(t, http.MethodPost, request.URL+test.query, test.form)
		if got := b.check(t, request.ID, 0); got.Status != test.want {
			t.Errorf("%s %v: %+v, want %s", test.query, test.form, got, test.want)
		}
	}
}
