package connect_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// guests are visitors whose token is their name with "-token" behind it.
type guests struct {
	mu      sync.Mutex
	revoked map[string]bool
}

func (g *guests) Login(_ context.Context, token string) (connect.Visitor, string, error) {
	name, ok := strings.CutSuffix(token, "-token")
	if !ok || !g.welcome(name) {
		return connect.Visitor{}, "", connect.ErrNotWelcome
	}
	return connect.Visitor{Principal: name, Name: name}, "proof of " + name, nil
}

func (g *guests) Welcome(_ context.Context, who connect.Visitor, proof string) bool {
	return proof == "proof of "+who.Name && g.welcome(who.Name)
}

func (g *guests) welcome(name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.revoked[name]
}

func (g *guests) revoke(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.revoked == nil {
		g.revoked = make(map[string]bool)
	}
	g.revoked[name] = true
}

// newHouse is a bench where people log in.
func newHouse(t *testing.T) (*bench, *guests) {
	t.Helper()
	people := &guests{}
	return newBench(t, func(c *connect.Config) { c.Visitors = people }), people
}

func (b *bench) enterAs(t *testing.T, name string) {
	t.Helper()
	if response, page := b.browse(t, http.MethodPost, b.pages.URL+"/connect/login", url.Values{"token": {name + "-token"}, "next": {"/connect"}}); response.StatusCode != http.StatusOK {
		t.Fatalf("%s cannot log in: %s\n%s", name, response.Status, page)
	}
}

func TestALinkWorksInItsOwnersBrowserOnly(t *testing.T) {
	t.Parallel()
	b, _ := newHouse(t)
	request := b.startAs(t, "notion", func(s *connect.Start) { s.Owner = "alice" })
	if response, page := b.browse(t, http.MethodGet, request.URL, nil); response.StatusCode != http.StatusUnauthorized || !strings.Contains(page, `name="token"`) {
		t.Fatalf("a stranger gets %s\n%s", response.Status, page)
	}
	b.enterAs(t, "bob")
	for _, form := range []url.Values{nil, {"choice": {"accept"}}, {"choice": {"decline"}}} {
		method := http.MethodGet
		if form != nil {
			method = http.MethodPost
		}
		if response, page := b.browse(t, method, request.URL, form); response.StatusCode != http.StatusForbidden || strings.Contains(page, "Continue") {
			t.Errorf("bob with %v gets %s", form, response.Status)
		}
	}
	if got, err := b.flow.Check(t.Context(), "alice", request.ID, 0); err != nil || got.Status != connect.Pending {
		t.Errorf("alice's request: %+v, %v", got, err)
	}
	b.browser = newBrowser(t)
	b.enterAs(t, "alice")
	if _, page := b.decide(t, request.URL, "approve"); !strings.Contains(page, "is connected") {
		t.Errorf("alice ends at\n%s", page)
	}
}

// Alice sends Alloy's own link, out of her address bar, to Bob. What he approves
// is deleted and never used, though it is in her list.
func TestAnAccountThatAnotherBrowserBringsIsDeleted(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{0, 3 * time.Second} {
		b, _ := newHouse(t)
		b.modes(t, func(m *simulator.Modes) { m.ListDelay = late })
		request := b.startAs(t, "notion", func(s *connect.Start) { s.Owner = "alice" })
		b.enterAs(t, "alice")
		stolen := b.goOn(t, request.URL)
		b.browser = newBrowser(t) // bob's
		response, page := b.browse(t, http.MethodPost, stolen.String(), url.Values{"decision": {"approve"}, "pages": {"all"}})
		if response.StatusCode != http.StatusForbidden || !strings.Contains(page, "another browser") {
			t.Errorf("bob ends at %s\n%s", response.Status, page)
		}
		if got, err := b.flow.Check(t.Context(), "alice", request.ID, 0); err != nil || got.Status != connect.Failed || got.CredentialID != "" {
			t.Errorf("alice's request: %+v, %v", got, err)
		}
		for deadline := time.Now().Add(time.Minute); ; {
			deleted := 0
			for _, entry := range b.sim.Journal() {
				if entry.Method == http.MethodDelete {
					deleted++
				}
			}
			if deleted > 0 && len(b.listed(t, "notion")) == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("late by %v: Alloy still lists %d", late, len(b.listed(t, "notion")))
			}
			<-time.After(100 * time.Millisecond)
		}
	}
}

// Where people log in, a new account that no callback announces is nobody's.
func TestAnAccountWithoutACallbackIsNotTaken(t *testing.T) {
	t.Parallel()
	b, _ := newHouse(t)
	request := b.startAs(t, "notion", func(s *connect.Start) { s.Owner = "alice" })
	b.enterAs(t, "alice")
	b.goOn(t, request.URL)
	if _, err := b.sim.AddCredential(b.sim.Production().UserID(), "notion"); err != nil {
		t.Fatal(err)
	}
	if got, err := b.flow.Check(t.Context(), "alice", request.ID, 10*time.Second); err != nil || got.Status != connect.Pending {
		t.Errorf("alice's request: %+v, %v", got, err)
	}
}

func TestLoggingIn(t *testing.T) {
	t.Parallel()
	b, people := newHouse(t)
	if response, page := b.browse(t, http.MethodPost, b.pages.URL+"/connect/login", url.Values{"token": {"wrong-canary"}}); response.StatusCode != http.StatusUnauthorized || strings.Contains(page, "wrong-canary") {
		t.Errorf("a wrong token: %s\n%s", response.Status, page)
	}
	for _, next := range []string{"https://evil.example", "//evil.example/connect", "/connect//evil.example", "/connect/../../x", "/mcp", `/connect\evil`, "/connectx", "/connect/amcp_TOKEN"} {
		b.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		response, _ := b.browse(t, http.MethodPost, b.pages.URL+"/connect/login", url.Values{"token": {"alice-token"}, "next": {next}})
		if got := response.Header.Get("Location"); got != "/connect" {
			t.Errorf("next %q leads to %q", next, got)
		}
		cookie := response.Header.Get("Set-Cookie")
		for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("the cookie %q lacks %s", cookie, want)
			}
		}
		if strings.Contains(cookie, "alice") {
			t.Errorf("the cookie tells who it is: %s", cookie)
		}
		b.browser.CheckRedirect = nil
	}
	if response, page := b.browse(t, http.MethodGet, b.pages.URL+"/connect", nil); response.StatusCode != http.StatusOK || !strings.Contains(page, "Log out") {
		t.Fatalf("logged in: %s", response.Status)
	}
	people.revoke("alice")
	if response, _ := b.browse(t, http.MethodGet, b.pages.URL+"/connect", nil); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("with a revoked token: %s", response.Status)
	}
	b.enterAs(t, "bob")
	if response, _ := b.browse(t, http.MethodPost, b.pages.URL+"/connect/logout", url.Values{}); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("after logging out: %s", response.Status)
	}
}

func TestAForeignAccountCannotBeDisconnected(t *testing.T) {
	t.Parallel()
	b, _ := newHouse(t)
	mallory, err := b.sim.AddUser("mallory", "")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := b.sim.AddCredential(mallory, "notion")
	if err != nil {
		t.Fatal(err)
	}
	b.enterAs(t, "alice")
	for _, id := range []string{foreign, "66aa66aa66aa66aa66aa66aa"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			response, page := b.browse(t, method, b.pages.URL+"/connect/account/"+id, url.Values{})
			if response.StatusCode != http.StatusNotFound || !strings.Contains(page, "There is no such connection") {
				t.Errorf("%s %s: %s", method, id, response.Status)
			}
		}
	}
	user, err := alloy.ParseUserID(mallory)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := b.alloy.As(user).Credentials(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("mallory has %d accounts, %v", len(list), err)
	}
}

// A restart in the middle forgets nothing that the store holds.
func TestAnotherProcessGoesOn(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	at := b.goOn(t, request.URL)
	b.flow.Close()
	second := b.newFlow(t, nil)
	handler, err := second.Pages()
	if err != nil {
		t.Fatal(err)
	}
	b.serve(handler)
	if _, page := b.browse(t, http.MethodPost, at.String(), url.Values{"decision": {"approve"}, "pages": {"all"}}); !strings.Contains(page, "is connected") {
		t.Errorf("ends at\n%s", page)
	}
	if got, err := second.Check(t.Context(), "local", request.ID, 0); err != nil || got.Status != connect.Connected {
		t.Errorf("%+v, %v", got, err)
	}
}

// Memory forgets: the page says so and nothing is connected.
func TestARequestThatIsForgottenSaysSo(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	forgotten := newBench(t, nil)
	response, page := b.browse(t, http.MethodGet, forgotten.pages.URL+"/connect/"+request.ID, nil)
	if response.StatusCode != http.StatusNotFound || !strings.Contains(page, "has ended since") {
		t.Errorf("%s\n%s", response.Status, page)
	}
}

// Reconnecting removes the account that no longer works, and no other.
func TestReconnectingReplaces(t *testing.T) {
	t.Parallel()
	for _, revoked := range []bool{true, false} {
		b := newBench(t, nil)
		old, err := b.sim.AddCredential(b.sim.Production().UserID(), "notion")
		if err != nil {
			t.Fatal(err)
		}
		if revoked {
			if err := b.sim.RevokeAtProvider(old); err != nil {
				t.Fatal(err)
			}
		}
		request := b.startAs(t, "notion", func(s *connect.Start) { s.Replaces = old })
		b.decide(t, request.URL, "approve")
		got := b.check(t, request.ID, 30*time.Second)
		list := b.listed(t, "notion")
		if want := 2; got.Status != connect.Connected || revoked && (len(list) != 1 || list[0].ID != got.CredentialID) || !revoked && len(list) != want {
			t.Errorf("revoked %v: %+v, Alloy lists %d", revoked, got, len(list))
		}
	}
}

func TestAKeyThatTheAppRejectsIsNotKept(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "jira")
	form := url.Values{}
	for name, value := range b.sim.ProviderData("jira") {
		form.Set(name, value.(string))
	}
	right := form.Get("password")
	form.Set("password", "wrong-canary")
	response, page := b.browse(t, http.MethodPost, request.URL, form)
	if response.StatusCode != http.StatusOK || !strings.Contains(page, "does not accept") || strings.Contains(page, "wrong-canary") {
		t.Errorf("%s\n%s", response.Status, page)
	}
	if !strings.Contains(page, `value="`+form.Get("domain")+`"`) {
		t.Error("what is no secret has to be typed again")
	}
	if list := b.listed(t, "jira"); len(list) != 0 {
		t.Errorf("Alloy keeps %d", len(list))
	}
	form.Set("password", right)
	if _, page := b.browse(t, http.MethodPost, request.URL, form); !strings.Contains(page, "is connected") {
		t.Errorf("with the right one:\n%s", page)
	}
}

// What a store of another owner holds is of no use: every fact is looked up by the
// owner of the request.
func TestOnlyLinkedAccountsOfAMadeUser(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	directory := accounts.New(accounts.Config{Alloy: b.alloy, Catalog: b.catalog, Store: b.store, OnlyLinked: func(alloy.UserID) bool { return true }})
	t.Cleanup(directory.Close)
	flow := b.newFlow(t, func(c *connect.Config) { c.Accounts = directory })
	handler, err := flow.Pages()
	if err != nil {
		t.Fatal(err)
	}
	b.serve(handler)
	b.flow = flow
	if _, err := b.sim.AddCredential(b.sim.Production().UserID(), "notion"); err != nil {
		t.Fatal(err)
	}
	if list, err := directory.All(t.Context(), b.user); err != nil || len(list) != 0 {
		t.Errorf("an account from elsewhere is used: %v, %v", list, err)
	}
	request := b.start(t, "notion")
	b.decide(t, request.URL, "approve")
	got := b.check(t, request.ID, 30*time.Second)
	if list, err := directory.All(t.Context(), b.user); err != nil || len(list) != 1 || list[0].ID != got.CredentialID || list[0].Status != accounts.Working {
		t.Errorf("after linking: %+v, %v", list, err)
	}
}
