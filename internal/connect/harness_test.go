package connect_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
)

// bench is a flow over a simulated Alloy, with its pages served, and a browser.
type bench struct {
	sim     *simulator.Simulator
	flow    *connect.Flow
	user    alloy.UserID
	alloy   *alloy.Client
	catalog *catalog.Catalog
	store   state.Store
	pages   *httptest.Server
	handler atomic.Pointer[http.Handler]
	browser *http.Client
	owner   string   // whose requests check looks at
	lent    *url.URL // Alloy's own link, in somebody else's hands
}

func newBench(t *testing.T, change func(*connect.Config)) *bench {
	t.Helper()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(sim)
	t.Cleanup(upstream.Close)
	b := &bench{sim: sim, store: memory.New(), browser: newBrowser(t), owner: "local"}
	if b.alloy, err = alloy.New(alloy.Config{BaseURL: upstream.URL, Key: alloy.StaticKey(alloy.NewSecret(sim.APIKey()))}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.alloy.CloseIdleConnections)
	if b.user, err = alloy.ParseUserID(sim.Production().UserID()); err != nil {
		t.Fatal(err)
	}
	b.catalog = catalog.New(b.alloy)
	t.Cleanup(b.catalog.Close)
	b.pages = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*b.handler.Load()).ServeHTTP(w, r) }))
	t.Cleanup(b.pages.Close)
	b.flow = b.newFlow(t, change)
	handler, err := b.flow.Pages()
	if err != nil {
		t.Fatal(err)
	}
	b.serve(handler)
	return b
}

// serve makes handler answer at the address of the pages.
func (b *bench) serve(handler http.Handler) { b.handler.Store(&handler) }

// newFlow makes another process over the same Alloy and store.
func (b *bench) newFlow(t *testing.T, change func(*connect.Config)) *connect.Flow {
	t.Helper()
	config := connect.Config{
		Alloy: b.alloy, Catalog: b.catalog, Store: b.store, Origin: connect.PublicURL(b.pages.URL), Person: "local",
		User: func(context.Context, string) (alloy.UserID, error) { return b.user, nil },
	}
	if change != nil {
		change(&config)
	}
	if config.Accounts == nil {
		config.Accounts = accounts.New(accounts.Config{Alloy: b.alloy, Catalog: b.catalog, Store: config.Store})
		t.Cleanup(config.Accounts.Close)
	}
	flow := connect.New(config)
	t.Cleanup(flow.Close)
	return flow
}

// newBrowser keeps cookies, as a person's does.
func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func (b *bench) start(t *testing.T, connectorID string) connect.Request {
	t.Helper()
	return b.startAs(t, connectorID, func(*connect.Start) {})
}

func (b *bench) startAs(t *testing.T, connectorID string, change func(*connect.Start)) connect.Request {
	t.Helper()
	methods, err := b.alloy.CredentialMetadata(t.Context(), connectorID)
	if err != nil {
		t.Fatal(err)
	}
	start := connect.Start{
		Owner: "local", User: b.user, Connector: alloy.Connector{ID: connectorID, Name: connectorID}, Method: methods[0],
	}
	change(&start)
	request, err := b.flow.Start(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// decide opens the link as a browser would, goes on, and presses a button of the
// app's consent page.
func (b *bench) decide(t *testing.T, link, decision string) (int, string) {
	t.Helper()
	at := b.goOn(t, link)
	after, body := b.browse(t, http.MethodPost, at.String(), url.Values{"decision": {decision}, "pages": {"all"}})
	return after.StatusCode, body
}

// goOn opens the link and presses Continue; it returns where that leads.
func (b *bench) goOn(t *testing.T, link string) *url.URL {
	t.Helper()
	if ours, page := b.browse(t, http.MethodGet, link, nil); ours.StatusCode != http.StatusOK || !strings.Contains(page, `<button type="submit">`) {
		t.Fatalf("our page answers %s\n%s", ours.Status, page)
	}
	consent, page := b.browse(t, http.MethodPost, link, url.Values{})
	if consent.StatusCode != http.StatusOK {
		t.Fatalf("the consent page answers %s\n%s", consent.Status, page)
	}
	return consent.Request.URL
}

func (b *bench) browse(t *testing.T, method, address string, form url.Values) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.browser.Do(request)
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
	request, err := b.flow.Check(t.Context(), b.owner, id, wait)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func (b *bench) modes(t *testing.T, change func(*simulator.Modes)) {
	t.Helper()
	modes := b.sim.Modes()
	change(&modes)
	if err := b.sim.SetModes(modes); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) listed(t *testing.T, connectorID string) []alloy.Credential {
	t.Helper()
	list, err := b.alloy.As(b.user).ConnectorCredentials(t.Context(), connectorID)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// shift moves a time that is kept of a request: kind is the fact, field the key in
// it, "" for a fact that is a time itself.
func (b *bench) shift(t *testing.T, kind, id, field string, by time.Duration) {
	t.Helper()
	key := state.Name(kind, id)
	text, err := b.store.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("the fact %s: %v", kind, err)
	}
	fact := map[string]any{}
	if field == "" {
		text = []byte(`{"":` + string(text) + `}`)
	}
	if err := json.Unmarshal(text, &fact); err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339Nano, fact[field].(string))
	if err != nil {
		t.Fatal(err)
	}
	fact[field] = at.Add(by)
	var moved any = fact
	if field == "" {
		moved = fact[""]
	}
	if text, err = json.Marshal(moved); err != nil {
		t.Fatal(err)
	}
	if err := b.store.Put(t.Context(), key, text, time.Hour); err != nil {
		t.Fatal(err)
	}
}
