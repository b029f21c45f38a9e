package tools_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// bench is a set of tools over a simulated Alloy.
type bench struct {
	sim *simulator.Simulator
	set *tools.Set
}

func newBench(t *testing.T, change func(*wiring)) *bench {
	t.Helper()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	set := newSet(t, sim, sim.APIKey(), sim.Production().UserID(), change)
	return &bench{sim: sim, set: set}
}

// newSet puts a set together over any Alloy-shaped handler.
func newSet(t *testing.T, upstream http.Handler, key, user string, change func(*wiring)) *tools.Set {
	t.Helper()
	server := httptest.NewServer(upstream)
	t.Cleanup(server.Close)
	client, err := alloy.New(alloy.Config{BaseURL: server.URL, Key: alloy.StaticKey(alloy.NewSecret(key))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	cat := catalog.New(client)
	t.Cleanup(cat.Close)
	config := wiring{Config: tools.Config{Alloy: client, Catalog: cat, User: tools.NewStaticUser(client, user).Resolve}}
	if change != nil {
		change(&config)
	}
	return config.set(t)
}

// wiring is a set before it is put together.
type wiring struct {
	tools.Config

	Pins  accounts.Pins
	Store state.Store        // nil is memory
	seen  func(tools.Config) // the whole, before the set is made
}

func (w wiring) set(t *testing.T) *tools.Set {
	t.Helper()
	var store state.Store = memory.New()
	if w.Store != nil {
		store = w.Store
	}
	w.Accounts = accounts.New(accounts.Config{Alloy: w.Alloy, Catalog: w.Catalog, Store: store, Pins: w.Pins})
	t.Cleanup(w.Accounts.Close)
	w.Ledger, w.Approvals = ledger.New(store), approve.New(store)
	w.Connect = connect.New(connect.Config{
		Approvals: w.Approvals,
		Alloy:     w.Alloy, Catalog: w.Catalog, Accounts: w.Accounts, Store: store, Origin: connect.PublicURL("http://localhost:3000"), Person: tools.Local,
	})
	t.Cleanup(w.Connect.Close)
	if w.seen != nil {
		w.seen(w.Config)
	}
	set, err := tools.New(w.Config)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// call runs a tool as the local person and decodes its answer.
func (b *bench) call(t *testing.T, tool, arguments string) (map[string]any, bool) {
	t.Helper()
	return call(t, b.set, tool, arguments)
}

func call(t *testing.T, set *tools.Set, tool, arguments string) (map[string]any, bool) {
	t.Helper()
	ctx := tools.WithPrincipal(context.WithoutCancel(t.Context()), tools.Principal{ID: tools.Local})
	answer := set.Call(ctx, tool, json.RawMessage(arguments))
	var value map[string]any
	if err := json.Unmarshal(answer.JSON, &value); err != nil {
		t.Fatalf("%s answers no object: %v\n%s", tool, err, answer.JSON)
	}
	return value, answer.IsError
}

// ok is call for what must succeed.
func (b *bench) ok(t *testing.T, tool, arguments string) map[string]any {
	t.Helper()
	value, isError := b.call(t, tool, arguments)
	if isError {
		t.Fatalf("%s %s fails: %v", tool, arguments, value)
	}
	return value
}

// connectTo gives the user an account without going through a browser.
func (b *bench) connectTo(t *testing.T, connector string) string {
	t.Helper()
	id, err := b.sim.AddCredential(b.sim.Production().UserID(), connector)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// lastExecution is the newest request that ran an action.
func lastExecution(t *testing.T, sim *simulator.Simulator) simulator.Entry {
	t.Helper()
	for _, entry := range slices.Backward(sim.Journal()) {
		if entry.CredentialID != "" {
			return entry
		}
	}
	t.Fatal("nothing was executed")
	return simulator.Entry{}
}

// path walks into an answer: path(v, "results", 0, "title").
func path(value any, steps ...any) any {
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// answer is the JSON of an answer as it is.
func (b *bench) answer(t *testing.T, tool, arguments string) string {
	t.Helper()
	ctx := tools.WithPrincipal(context.WithoutCancel(t.Context()), tools.Principal{ID: tools.Local})
	return string(b.set.Call(ctx, tool, json.RawMessage(arguments)).JSON)
}

func (b *bench) fault(t *testing.T, f simulator.Fault) {
	t.Helper()
	if err := b.sim.SetFault(f); err != nil {
		t.Fatal(err)
	}
}
