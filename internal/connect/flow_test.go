package connect_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// bench is a flow over a simulated Alloy, with its pages served.
type bench struct {
	sim   *simulator.Simulator
	flow  *connect.Flow
	user  alloy.UserID
	alloy *alloy.Client
	pages *httptest.Server
}

func newBench(t *testing.T, change func(*connect.Config)) *bench {
	t.Helper()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(sim)
	t.Cleanup(upstream.Close)
	client, err := alloy.New(alloy.Config{BaseURL: upstream.URL, Key: alloy.StaticKey(alloy.NewSecret(sim.APIKey()))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	user, err := alloy.ParseUserID(sim.Production().UserID())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{sim: sim, user: user, alloy: client}
	var handler http.Handler
	b.pages = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(b.pages.Close)
	config := connect.Config{Alloy: client, Origin: connect.PublicURL(b.pages.URL)}
	if change != nil {
		change(&config)
	}
	b.flow = connect.New(config)
	if handler, err = b.flow.Pages(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) start(t *testing.T, connectorID string) connect.Request {
	t.Helper()
	methods, err := b.alloy.CredentialMetadata(t.Context(), connectorID)
	if err != nil {
		t.Fatal(err)
	}
	request, err := b.flow.Start(t.Context(), connect.Start{
		Owner: "local", User: b.user, Connector: alloy.Connector{ID: connectorID, Name: connectorID}, Method: methods[0],
	})
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// decide opens the link as a browser would and presses a button of the consent page.
func (b *bench) decide(t *testing.T, link, decision string) (int, string) {
	t.Helper()
	consent, at := b.browse(t, http.MethodGet, link, nil)
	if consent.StatusCode != http.StatusOK {
		t.Fatalf("the consent page answers %s", consent.Status)
	}
	action := *at
	after, body := b.browseBody(t, http.MethodPost, action.String(), url.Values{"decision": {decision}, "pages": {"all"}})
	return after.StatusCode, body
}

func (b *bench) browse(t *testing.T, method, address string, form url.Values) (*http.Response, *url.URL) {
	t.Helper()
	response, _ := b.browseBody(t, method, address, form)
	return response, response.Request.URL
}

func (b *bench) browseBody(t *testing.T, method, address string, form url.Values) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.pages.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func (b *bench) check(t *testing.T, id string, wait time.Duration) connect.Request {
	t.Helper()
	request, err := b.flow.Check(t.Context(), "local", id, wait)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestAnApprovedLinkConnects(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	if request.Status != connect.Pending || !strings.HasPrefix(request.URL, b.pages.URL+"/connect/") {
		t.Fatalf("started as %+v", request)
	}
	if got := b.check(t, request.ID, 0); got.Status != connect.Pending {
		t.Fatalf("before anybody clicked: %s", got.Status)
	}
	status, page := b.decide(t, request.URL, "approve")
	if status != http.StatusOK || !strings.Contains(page, "is connected") {
		t.Errorf("the last page: %d\n%s", status, page)
	}
	got := b.check(t, request.ID, 0)
	if got.Status != connect.Connected || got.CredentialID == "" {
		t.Fatalf("after the approval: %+v", got)
	}
	list, err := b.alloy.As(b.user).ConnectorCredentials(t.Context(), "notion")
	if err != nil || len(list) != 1 || list[0].ID != got.CredentialID {
		t.Errorf("Alloy lists %+v, error %v; the request says %s", list, err, got.CredentialID)
	}
}

func TestTheLinkRevealsNothingOfAlloys(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	if strings.Contains(request.URL, "token=") || strings.Contains(request.URL, "strategy") {
		t.Errorf("the link is Alloy's: %s", request.URL)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(request.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusSeeOther || !strings.Contains(response.Header.Get("Location"), "token=") {
		t.Errorf("the page answers %s to %q", response.Status, response.Header.Get("Location"))
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "same-origin"} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestALateCredentialIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	modes := b.sim.Modes()
	modes.ListDelay = 4 * time.Second
	if err := b.sim.SetModes(modes); err != nil {
		t.Fatal(err)
	}
	request := b.start(t, "notion")
	_, page := b.decide(t, request.URL, "approve")
	if strings.Contains(page, "is connected") {
		t.Error("the page says connected before Alloy lists anything")
	}
	if got := b.check(t, request.ID, 20*time.Second); got.Status != connect.Connected {
		t.Errorf("after the delay: %+v", got)
	}
}

func TestDenying(t *testing.T) {
	t.Parallel()
	t.Run("reported in the redirect", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, nil)
		modes := b.sim.Modes()
		modes.Denied = simulator.DeniedQuery
		if err := b.sim.SetModes(modes); err != nil {
			t.Fatal(err)
		}
		request := b.start(t, "notion")
		b.decide(t, request.URL, "deny")
		if got := b.check(t, request.ID, 0); got.Status != connect.Denied || got.Reason == "" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a bare redirect is no success", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, nil)
		request := b.start(t, "notion")
		if _, page := b.decide(t, request.URL, "deny"); strings.Contains(page, "is connected") {
			t.Error("the page says connected")
		}
		if got := b.check(t, request.ID, 0); got.Status != connect.Pending {
			t.Errorf("right after: %s, want pending while a credential may still come", got.Status)
		}
	})
}

func TestOnlyTheOwnerSeesARequest(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	for _, id := range []string{request.ID, "nobody-made-this", ""} {
		if _, err := b.flow.Check(t.Context(), "mallory", id, 0); !errors.Is(err, connect.ErrUnknownRequest) {
			t.Errorf("mallory asks for %q: %v, want ErrUnknownRequest", id, err)
		}
	}
	if _, err := b.flow.CheckConnector(t.Context(), "mallory", "notion", 0); !errors.Is(err, connect.ErrUnknownRequest) {
		t.Errorf("mallory asks for notion: %v", err)
	}
}

func TestACallbackWorksOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	consent, at := b.browse(t, http.MethodGet, request.URL, nil)
	_ = consent
	callback := at.Query().Get("redirectUri")
	if !strings.HasPrefix(callback, b.pages.URL+"/oauth/callback/") {
		t.Fatalf("the redirect URI is %q", callback)
	}
	for i, want := range []int{http.StatusOK, http.StatusNotFound} {
		if got, _ := b.browse(t, http.MethodGet, callback, nil); got.StatusCode != want {
			t.Errorf("visit %d answers %d, want %d", i+1, got.StatusCode, want)
		}
	}
	if got := b.check(t, request.ID, 0); got.Status == connect.Connected {
		t.Error("visiting the callback alone connected something")
	}
}

func TestTwoRequestsShareNoCredential(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	first, second := b.start(t, "notion"), b.start(t, "notion")
	b.decide(t, second.URL, "approve")
	if got := b.check(t, second.ID, 0); got.Status != connect.Connected {
		t.Fatalf("the approved one: %+v", got)
	}
	if got := b.check(t, first.ID, 0); got.Status != connect.Pending {
		t.Errorf("the other one took the credential: %+v", got)
	}
}

func TestUnknownAndBrokenLinks(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for _, path := range []string{"/connect/x", "/connect/", "/connect/../etc", "/oauth/callback/x", "/oauth/callback", "/else"} {
		response, page := b.browseBody(t, http.MethodGet, b.pages.URL+path, nil)
		if response.StatusCode != http.StatusNotFound || !strings.Contains(page, "<h1>") {
			t.Errorf("%s answers %s\n%.200s", path, response.Status, page)
		}
	}
}

func TestTheRedirectURICanBeReplaced(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, configured string
		want             func(base, got string) bool
	}{
		{"none", "", func(base, got string) bool { return strings.HasPrefix(got, base+"/oauth/callback/") }},
		{"not ours is sent unchanged", "https://app.example/back", func(_, got string) bool { return got == "https://app.example/back" }},
		{"not ours though local", "http://localhost:1/oauth/callback", func(_, got string) bool { return got == "http://localhost:1/oauth/callback" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(c *connect.Config) { c.RedirectURI = test.configured })
			request := b.start(t, "notion")
			_, at := b.browse(t, http.MethodGet, request.URL, nil)
			if got := at.Query().Get("redirectUri"); !test.want(b.pages.URL, got) {
				t.Errorf("the redirect URI is %q", got)
			}
		})
	}
}

// A wait that is cut short says where the request stands, not that something failed.
func TestAWaitThatIsCutShortIsNoFailure(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	got, err := b.flow.Check(ctx, "local", request.ID, 30*time.Second)
	if err != nil || got.Status != connect.Pending {
		t.Errorf("got %+v, error %v, want pending", got, err)
	}
}
