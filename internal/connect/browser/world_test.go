package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
	"github.com/alloy-mcp/alloy-mcp/server"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// world is a server of ours with its pages, and the Alloy it talks to.
type world struct {
	sim      *simulator.Simulator
	alloy    *alloy.Client
	alloyURL string
	catalog  *catalog.Catalog
	accounts *accounts.Directory
	store    state.Store
	flow     *connect.Flow
	approved atomic.Int32 // calls
	asked    *approve.Requests
	site     string // where our pages are: http://localhost:…

	mu    sync.Mutex
	users map[string]alloy.UserID // by principal
}

// local is the principal where there is one person.
const local = tools.Local

func newWorld(t *testing.T, change func(*connect.Config)) *world {
	t.Helper()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(sim)
	t.Cleanup(upstream.Close)
	w := &world{sim: sim, alloyURL: upstream.URL, store: memory.New(), users: make(map[string]alloy.UserID)}
	if w.alloy, err = alloy.New(alloy.Config{BaseURL: upstream.URL, Key: alloy.StaticKey(alloy.NewSecret(sim.APIKey()))}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.alloy.CloseIdleConnections)
	if w.users[local], err = alloy.ParseUserID(sim.Production().UserID()); err != nil {
		t.Fatal(err)
	}
	w.catalog = catalog.New(w.alloy)
	t.Cleanup(w.catalog.Close)
	w.serve(t, change)
	return w
}

// serve puts the flow's pages behind the server's own handler.
func (w *world) serve(t *testing.T, change func(*connect.Config)) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.site = fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	w.asked = approve.New(w.store)
	w.asked.Run(func(context.Context, approve.Request) { w.approved.Add(1) })
	config := connect.Config{
		Approvals: w.asked,
		Alloy:     w.alloy, Catalog: w.catalog, Store: w.store, Origin: connect.PublicURL(w.site), Person: local, User: w.user,
	}
	directory := accounts.Config{Alloy: w.alloy, Catalog: w.catalog, Store: w.store}
	if change != nil {
		change(&config)
	}
	if config.Visitors != nil {
		for principal := range names {
			w.addUser(t, principal)
		}
		directory.OnlyLinked = func(alloy.UserID) bool { return true }
	}
	w.accounts = accounts.New(directory)
	t.Cleanup(w.accounts.Close)
	config.Accounts = w.accounts
	w.flow = connect.New(config)
	t.Cleanup(w.flow.Close)
	pages, err := w.flow.Pages()
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(server.Config{Tools: noTools{}, Pages: pages})
	if err != nil {
		t.Fatal(err)
	}
	site := &httptest.Server{Listener: listener, Config: &http.Server{Handler: srv.Handler(), ReadHeaderTimeout: 5 * time.Second}}
	site.Start()
	t.Cleanup(site.Close)
}

// noTools is what the server offers to agents here.
type noTools struct{}

func (noTools) Tools() []tools.Tool { return nil }

func (noTools) Call(context.Context, string, json.RawMessage) tools.Answer { return tools.Answer{} }

func (w *world) user(_ context.Context, principal string) (alloy.UserID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	user, ok := w.users[principal]
	if !ok {
		return alloy.UserID{}, fmt.Errorf("%s has no Alloy user", principal)
	}
	return user, nil
}

// addUser gives a principal an Alloy user of its own.
func (w *world) addUser(t *testing.T, principal string) {
	t.Helper()
	id, err := w.sim.Production().AddUser(principal+"@example.com", principal)
	if err != nil {
		t.Fatal(err)
	}
	user, err := alloy.ParseUserID(id)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users[principal] = user
}

// start begins a request as an assistant of the principal does.
func (w *world) start(t *testing.T, principal, connectorID string) connect.Request {
	t.Helper()
	connector, err := w.catalog.Connector(t.Context(), connectorID)
	if err != nil {
		t.Fatal(err)
	}
	method, err := w.flow.Method(t.Context(), connectorID, "")
	if err != nil {
		t.Fatal(err)
	}
	user, err := w.user(t.Context(), principal)
	if err != nil {
		t.Fatal(err)
	}
	request, err := w.flow.Start(t.Context(), connect.Start{
		Owner: principal, User: user, Connector: connector, Method: method, Agent: "Claude Desktop",
	})
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// status is what the assistant of the principal sees.
func (w *world) status(t *testing.T, principal string, request connect.Request) connect.Request {
	t.Helper()
	now, err := w.flow.Check(t.Context(), principal, request.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// listed is what Alloy holds for a principal's user, usable or not.
func (w *world) listed(t *testing.T, principal, connectorID string) []alloy.Credential {
	t.Helper()
	user, err := w.user(t.Context(), principal)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.alloy.As(user).ConnectorCredentials(t.Context(), connectorID)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// add makes a credential at Alloy as if it had been there before.
func (w *world) add(t *testing.T, principal, connectorID string) string {
	t.Helper()
	user, err := w.user(t.Context(), principal)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.sim.Production().AddCredential(user.String(), connectorID)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) modes(t *testing.T, change func(*simulator.Modes)) {
	t.Helper()
	modes := w.sim.Modes()
	change(&modes)
	if err := w.sim.SetModes(modes); err != nil {
		t.Fatal(err)
	}
}

// shift moves a time that is kept of a request, as if it lay elsewhen: kind is
// the fact, field the key in it, "" for a fact that is a time itself.
func (w *world) shift(t *testing.T, kind, id, field string, by time.Duration) {
	t.Helper()
	w.change(t, kind, id, func(fact map[string]any) {
		at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(fact[field]))
		if err != nil {
			t.Fatal(err)
		}
		fact[field] = at.Add(by)
	})
}

// change rewrites a fact of a request. One that is no object is under the key "".
func (w *world) change(t *testing.T, kind, id string, change func(map[string]any)) {
	t.Helper()
	key := state.Name(kind, id)
	text, err := w.store.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("the fact %s: %v", kind, err)
	}
	fact := map[string]any{}
	bare := text[0] != '{'
	if bare {
		text = []byte(`{"":` + string(text) + `}`)
	}
	if err := json.Unmarshal(text, &fact); err != nil {
		t.Fatal(err)
	}
	change(fact)
	var changed any = fact
	if bare {
		changed = fact[""]
	}
	if text, err = json.Marshal(changed); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Put(t.Context(), key, text, time.Hour); err != nil {
		t.Fatal(err)
	}
}
