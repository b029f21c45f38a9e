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

// Names come from apps and from assistants: they are shown, bounded, and nothing
// else happens.
func TestNamesOfOthersAreOnlyShown(t *testing.T) {
	t.Parallel()
	const hostile = "Bank\u202e\u200b<img src=x onerror=alert(1)>{{.}}"
	b := newBench(t, nil)
	b.load(t, "odd", hostile+strings.Repeat(" very", 200), `{"type":"object","properties":{"key":{"type":"string","title":"`+hostile+`","description":"`+hostile+`"}}}`)
	connector, err := b.catalog.Connector(t.Context(), "odd")
	if err != nil {
		t.Fatal(err)
	}
	request := b.startAs(t, "odd", func(s *connect.Start) { s.Connector, s.Agent = connector, hostile+strings.Repeat("\nAgent", 200) })
	for _, address := range []string{request.URL, b.pages.URL + "/connect", b.pages.URL + "/connect?q=" + url.QueryEscape(hostile)} {
		_, page := b.browse(t, http.MethodGet, address, nil)
		if strings.ContainsAny(page, "\u202e\u200b") || strings.Contains(page, "<img") || strings.Contains(page, strings.Repeat(" very", 20)) || strings.Contains(page, strings.Repeat(" Agent", 20)) {
			t.Errorf("%s shows a name as it came:\n%s", address, page)
		}
	}
}

func TestATooLongFormIsNotTakenForAnEmptyOne(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "shippo")
	for _, path := range []string{"/connect/" + request.ID, "/connect/" + request.ID + "?decline", "/connect/login", "/connect/new", "/connect/duplicates"} {
		response, page := b.browse(t, http.MethodPost, b.pages.URL+path, url.Values{"accessToken": {strings.Repeat("x", 70_000)}})
		if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(page, "too much") {
			t.Errorf("%s answers %s\n%s", path, response.Status, page)
		}
	}
	if got := b.check(t, request.ID, 0); got.Status != connect.Pending || len(b.listed(t, "shippo")) > 0 {
		t.Errorf("the request: %+v", got)
	}
}

// The page says who asks, so what one asked for is not passed off as another's.
func TestEachWhoAsksGetsALinkOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	seen := make(map[string]string)
	for name, change := range map[string]func(*connect.Start){
		"one assistant": func(s *connect.Start) { s.Agent = "One" }, "another": func(s *connect.Start) { s.Agent = "Two" },
		"the person": func(s *connect.Start) { s.ByPerson = true },
	} {
		request := b.startAs(t, "notion", change)
		if before := seen[request.ID]; before != "" {
			t.Errorf("%s and %s share a link", name, before)
		}
		seen[request.ID] = name
		if again := b.startAs(t, "notion", change); again.ID != request.ID {
			t.Errorf("%s asks twice and gets two links", name)
		}
	}
}

func TestReconnectingNamesAConnectionOfTheSameApp(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	id, err := b.sim.Production().AddCredential(b.user.String(), "jira")
	if err != nil {
		t.Fatal(err)
	}
	for app, want := range map[string]int{"jira": http.StatusOK, "notion": http.StatusNotFound} {
		response, page := b.browse(t, http.MethodPost, b.pages.URL+"/connect/new", url.Values{"connector": {app}, "replaces": {id}})
		if response.StatusCode != want {
			t.Errorf("%s in place of a connection of Jira: %s\n%s", app, response.Status, page)
		}
	}
}

func TestALongCategoryFindsItsApps(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	category := strings.Repeat("long ", 20)
	if err := b.sim.LoadCatalog([]byte(`{"connector":{"id":"odd","name":"Odd","category":["` + category + `"]},"metadata":[{"authenticationType":"apiKey"}],"resources":[],"actions":{}}`)); err != nil {
		t.Fatal(err)
	}
	_, page := b.browse(t, http.MethodGet, b.pages.URL+"/connect", nil)
	_, rest, _ := strings.Cut(page, "<option>long")
	shown, _, _ := strings.Cut("long"+rest, "<")
	if _, page = b.browse(t, http.MethodGet, b.pages.URL+"/connect?category="+url.QueryEscape(shown), nil); !strings.Contains(page, "1 of 5 apps") {
		t.Errorf("%q finds\n%s", shown, page)
	}
}
