package simulator_test

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

const landing = "http://127.0.0.1:3000/callback/nonce"

// link begins OAuth and returns the link's path and query under the test's server.
func (b *bench) link(connectorID, redirectURI string) string {
	b.t.Helper()
	got := b.do("POST", "/connectors/"+connectorID+"/credentials", map[string]any{
		"userId": b.UserID(), "authenticationType": "oauth2", "redirectUri": redirectURI,
	})
	link, _ := got.at("oauthUrl").(string)
	path, found := strings.CutPrefix(link, b.url)
	if got.status != 200 || len(got.data()) != 1 || !found {
		b.t.Fatalf("begin: %d %s", got.status, got.body)
	}
	return path
}

// press sends the form of the consent page, as a browser does.
func (b *bench) press(link, form string) answer {
	b.t.Helper()
	return b.send("POST", link, header{"Content-Type": "application/x-www-form-urlencoded"}, form)
}

func TestLinkHasTheParametersAndTheTokenObserved(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	link := b.link("notion", landing)
	path, query, _ := strings.Cut(link, "?")
	q, err := url.ParseQuery(query)
	if err != nil || path != "/api/strategy/connector/notion/authorize" || len(q) != 3 {
		t.Fatalf("link %q: %v", link, err)
	}
	if q.Get("userId") != b.UserID() || q.Get("redirectUri") != landing {
		t.Errorf("query %v", q)
	}
	parts := strings.Split(q.Get("token"), ".")
	if len(parts) != 3 {
		t.Fatalf("token has %d parts", len(parts))
	}
	claims := map[string]any{}
	for i, part := range parts[:2] {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			t.Fatalf("part %d: %v", i, err)
		}
		if err := json.Unmarshal(raw, &claims); err != nil {
			t.Fatalf("part %d: %v", i, err)
		}
	}
	now := float64(b.clock.now().Unix())
	want := map[string]any{"alg": "HS256", "typ": "JWT", "user": map[string]any{"_id": b.UserID()}, "iat": now, "exp": now + 3600}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("token (-want +got):\n%s", diff)
	}
}

func TestApproveMakesANewCredentialEveryTime(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	link := b.link("notion", landing)
	page := b.send("GET", link, nil, nil)
	for _, part := range []string{`method="post"`, `value="approve"`, `value="deny"`, "Robin Example", "Connect Notion?"} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the page lacks %s:\n%s", part, page.body)
		}
	}
	if page.status != 200 || strings.Contains(page.body, "<script") || page.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("page %d %v", page.status, page.header)
	}
	if got := b.do("GET", "/connectors/notion/credentials", nil); got.body != `{"credentials":[]}` {
		t.Errorf("before Approve: %s", got.body)
	}
	form := formTarget(t, link, page.body)
	for range 3 {
		if got := b.press(form, "pages=all&decision=approve"); got.status != 302 || got.header.Get("Location") != landing || got.body != "" {
			t.Fatalf("approve: %d %v %s", got.status, got.header, got.body)
		}
		b.clock.pass(time.Minute)
	}
	var names []any
	list, _ := b.do("GET", "/connectors/notion/credentials", nil).at("credentials").([]any)
	for _, row := range list {
		names = append(names, walk(row, "name"))
	}
	if diff := cmp.Diff([]any{"Robin Example's Notion", "Robin Example's Notion (2)", "Robin Example's Notion (3)"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	want := map[string]any{
		"credentialId": walk(list, 0, "credentialId"), "name": "Robin Example's Notion", "type": "notion-oauth2",
		"createdAt": "2025-11-21T10:00:00.000Z", "updatedAt": "2025-11-21T10:00:00.000Z",
	}
	if diff := cmp.Diff(want, walk(list, 0)); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if n := b.Writes().ByAction["credentials.oauth"]; n != 3 {
		t.Errorf("%d approvals were counted", n)
	}
	if got := b.run("notion", "get-self", walk(list, 2, "credentialId").(string), nil); got.at("responseData", "type") != "bot" {
		t.Errorf("the third credential does not work: %s", got.body)
	}
}

// formTarget is where a browser at the address at sends the form of a page.
func formTarget(t *testing.T, at, page string) string {
	t.Helper()
	_, rest, _ := strings.Cut(page, `action="`)
	action, _, _ := strings.Cut(rest, `"`)
	here, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	there, err := here.Parse(html.UnescapeString(action))
	if err != nil {
		t.Fatal(err)
	}
	return there.String()
}

func TestLinkDiesAfterOneHour(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	link := b.link("notion", landing)
	b.clock.pass(time.Hour - time.Second)
	if got := b.send("GET", link, nil, nil); got.status != 200 {
		t.Errorf("a second before: %d", got.status)
	}
	b.clock.pass(time.Second)
	for _, got := range []answer{b.send("GET", link, nil, nil), b.press(link, "decision=approve")} {
		if got.status != 400 || !strings.Contains(got.body, "expired") || got.header.Get("Location") != "" {
			t.Errorf("after an hour: %d %s", got.status, got.body)
		}
	}
	if n := b.Writes().Total; n != 0 {
		t.Errorf("%d writes were counted", n)
	}
}

func TestForgedLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	other, err := b.AddUser("other@example.com", "Other")
	if err != nil {
		t.Fatal(err)
	}
	link := b.link("notion", landing)
	for name, forged := range map[string]string{
		"another user":         strings.Replace(link, b.UserID(), other, 1),
		"another signature":    link[:len(link)-8] + "AAAAAAAA",
		"no token":             link[:strings.Index(link, "&token=")],
		"an unknown connector": strings.Replace(link, "/notion/", "/nothing/", 1),
		"no OAuth there":       strings.Replace(link, "/notion/", "/shippo/", 1),
		"a script to land on":  strings.Replace(link, url.QueryEscape(landing), "javascript%3Aalert(1)", 1),
	} {
		if got := b.press(forged, "decision=approve"); got.status != 400 || got.header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for _, form := range []string{"", "decision=maybe", "%zz"} {
		if got := b.press(link, form); got.status != 400 {
			t.Errorf("form %q: %d", form, got.status)
		}
	}
	if got := b.do("DELETE", "/users/"+b.UserID(), nil); got.status != 200 {
		t.Fatal(got.body)
	}
	if got := b.send("GET", link, nil, nil); got.status != 400 {
		t.Errorf("for a deleted user: %d", got.status)
	}
	if n := b.Writes().ByAction["credentials.oauth"]; n != 0 {
		t.Errorf("%d credentials were made", n)
	}
}

func TestDenyMakesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	link := b.link("notion", landing+"?keep=1")
	for mode, want := range map[simulator.Denied]string{
		simulator.DeniedRedirect: landing, simulator.DeniedPage: "", simulator.DeniedQuery: landing + "?error=access_denied",
	} {
		set(t, b, simulator.Modes{Denied: mode})
		got := b.press(link, "decision=deny")
		if got.header.Get("Location") != want || (want == "" && got.status != 403) || (want != "" && got.status != 302) {
			t.Errorf("%q: %d %v", mode, got.status, got.header)
		}
	}
	if got := b.do("GET", "/connectors/notion/credentials", nil); got.body != `{"credentials":[]}` {
		t.Errorf("left: %s", got.body)
	}
}

func TestRedirectQueryFollowsTheModes(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	link := b.link("notion", landing+"?keep=1")
	for _, test := range []struct {
		modes simulator.Modes
		want  string
	}{
		{simulator.Modes{}, landing},
		{simulator.Modes{KeepRedirectQuery: true}, landing + "?keep=1"},
		{simulator.Modes{KeepRedirectQuery: true, RedirectQuery: "ok=yes"}, landing + "?keep=1&ok=yes"},
		{simulator.Modes{RedirectQuery: "ok=yes"}, landing + "?ok=yes"},
	} {
		set(t, b, test.modes)
		if got := b.press(link, "decision=approve").header.Get("Location"); got != test.want {
			t.Errorf("%+v: %s, want %s", test.modes, got, test.want)
		}
	}
}

func TestCredentialAppearsAfterTheDelay(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{Modes: simulator.Modes{ListDelay: 3 * time.Second}})
	twin := newBench(t, simulator.Config{}) // of the same seed: its ids are those of b
	twin.press(twin.link("notion", landing), "decision=approve")
	id, _ := twin.do("GET", "/connectors/notion/credentials", nil).at("credentials", 0, "credentialId").(string)
	b.press(b.link("notion", landing), "decision=approve")
	b.clock.pass(2 * time.Second)
	if got := b.do("GET", "/users/"+b.UserID()+"/credentials", nil); got.body != `{"data":[]}` {
		t.Errorf("after 2 s: %s", got.body)
	}
	if got := b.run("notion", "get-self", id, nil); got.at("error", "message") != "Credential not found" {
		t.Errorf("used after 2 s: %s", got.body)
	}
	b.clock.pass(time.Second)
	if got := b.do("GET", "/connectors/notion/credentials", nil); got.at("credentials", 0, "credentialId") != id {
		t.Errorf("after 3 s: %s", got.body)
	}
}

func TestNothingSharedCanBeChosenOnThePage(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	b.press(b.link("notion", landing), "decision=approve&pages=none")
	id, _ := b.do("GET", "/connectors/notion/credentials", nil).at("credentials", 0, "credentialId").(string)
	search := func() []any {
		list, _ := b.run("notion", "post-search", id, nil).at("responseData", "results").([]any)
		return list
	}
	if n := len(search()); n != 0 {
		t.Errorf("search found %d objects", n)
	}
	if err := b.ShareEverything(id); err != nil {
		t.Fatal(err)
	}
	if n := len(search()); n != 100 {
		t.Errorf("after sharing, search found %d objects", n)
	}
}

func TestNamesAreEscapedOnThePage(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	load(t, b, `{"connector":{"id":"x","name":"<script>alert(1)</script>"},"metadata":[{"authenticationType":"oauth2"}],"resources":[],"actions":{}}`)
	b.do("PUT", "/users/"+b.UserID(), map[string]any{"fullName": "<img src=x>"})
	page := b.send("GET", b.link("x", landing), nil, nil)
	if page.status != 200 || strings.Contains(page.body, "<script") || strings.Contains(page.body, "<img") || strings.Contains(page.body, "Pages to share") {
		t.Errorf("page %d:\n%s", page.status, page.body)
	}
}
