package tools_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// counter counts what goes through one client.
type counter struct{ requests atomic.Int64 }

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	return http.DefaultTransport.RoundTrip(r)
}

// Tools, pages and the catalogue share one client: Alloy sees no request that
// did not go through it.
func TestAllRequestsToAlloyGoThroughOneClient(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(sim)
	t.Cleanup(upstream.Close)
	var count counter
	client, err := alloy.New(alloy.Config{BaseURL: upstream.URL, Key: alloy.StaticKey(alloy.NewSecret(sim.APIKey())), Transport: &count})
	if err != nil {
		t.Fatal(err)
	}
	set := newSet(t, sim, sim.APIKey(), sim.Production().UserID(), func(c *wiring) {
		c.Alloy, c.Catalog = client, catalog.New(client)
		t.Cleanup(c.Catalog.Close)
		c.User = tools.NewStaticUser(client, sim.Production().UserID()).Resolve
	})
	b := &bench{sim: sim, set: set}
	id := b.connectTo(t, "notion")
	for _, call := range everyCall() {
		args := call.args
		if call.tool == "get_tokens" {
			args = `{"connection_id":"` + id + `"}`
		}
		b.call(t, call.tool, args)
	}
	if seen, sent := len(sim.Journal()), int(count.requests.Load()); seen != sent || sent < 10 {
		t.Errorf("Alloy saw %d requests, the client sent %d", seen, sent)
	}
}

// Every request that acts for a user says for whom, with the version and the key.
func TestEveryUserScopedRequestNamesUserVersionAndKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	id := b.connectTo(t, "notion")
	for _, call := range everyCall() {
		args := call.args
		if call.tool == "get_tokens" {
			args = `{"connection_id":"` + id + `"}`
		}
		b.ok(t, call.tool, args)
	}
	scoped := 0
	for _, entry := range b.sim.Journal() {
		if entry.Headers["X-Api-Version"] != "2025-09" || entry.Headers["Authorization"] == "" {
			t.Errorf("%s %s: version %q, key %q", entry.Method, entry.Path, entry.Headers["X-Api-Version"], entry.Headers["Authorization"])
		}
		if entry.UserID == "" {
			continue
		}
		scoped++
		if entry.UserID != b.sim.Production().UserID() {
			t.Errorf("%s %s was sent for %s", entry.Method, entry.Path, entry.UserID)
		}
	}
	if scoped < 5 {
		t.Errorf("only %d requests name a user", scoped)
	}
}
