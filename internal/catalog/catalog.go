// Package catalog is a bounded, expiring view of what Alloy offers: connectors,
// how each is connected, and its actions. Equal questions that are under way at
// the same time are asked once.
package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// How long an answer counts as fresh, how long a stale one is served while it is
// fetched anew, and how long one fetch may take whoever waits for it.
const (
	freshFor = 10 * time.Minute
	keepFor  = 24 * time.Hour
	loadTime = 30 * time.Second
)

// Bounds on what is kept.
const (
	maxActions    = 2_000
	maxConnectors = 1_000
)

// Source is where the catalogue comes from: an [alloy.Client].
type Source interface {
	Connectors(ctx context.Context) ([]alloy.Connector, error)
	Resources(ctx context.Context, connectorID string) ([]alloy.Resource, error)
	Action(ctx context.Context, connectorID, actionID string) (alloy.Action, error)
	CredentialMetadata(ctx context.Context, connectorID string) ([]alloy.AuthMethod, error)
}

// Catalog caches a [Source]. Its methods may be called from several goroutines.
type Catalog struct {
	source     Source
	connectors *otter.Cache[struct{}, []alloy.Connector]
	methods    *otter.Cache[string, []alloy.AuthMethod]
	resources  *otter.Cache[string, []alloy.Resource]
	actions    *otter.Cache[actionKey, alloy.Action]
}

type actionKey struct{ connector, action string }

// New returns an empty catalogue over source.
func New(source Source) *Catalog {
	return &Catalog{
		source:     source,
		connectors: newCache[struct{}, []alloy.Connector](1),
		methods:    newCache[string, []alloy.AuthMethod](maxConnectors),
		resources:  newCache[string, []alloy.Resource](maxConnectors),
		actions:    newCache[actionKey, alloy.Action](maxActions),
	}
}

// Close ends the caches' own goroutines. What is cached stays readable.
func (c *Catalog) Close() {
	c.connectors.StopAllGoroutines()
	c.methods.StopAllGoroutines()
	c.resources.StopAllGoroutines()
	c.actions.StopAllGoroutines()
}

func newCache[K comparable, V any](size int) *otter.Cache[K, V] {
	return otter.Must(&otter.Options[K, V]{
		MaximumSize:       size,
		ExpiryCalculator:  otter.ExpiryWriting[K, V](keepFor),
		RefreshCalculator: otter.RefreshWriting[K, V](freshFor),
		Logger:            &otter.NoopLogger{},
	})
}

// load asks the cache for key. A caller waits no longer than its context lets
// it; the fetch that it started goes on, because others may be waiting for it.
func load[K comparable, V any](ctx context.Context, cache *otter.Cache[K, V], key K, fetch func(context.Context) (V, error)) (V, error) {
	loader := otter.LoaderFunc[K, V](func(ctx context.Context, _ K) (V, error) {
		ctx, cancel := context.WithTimeout(ctx, loadTime)
		defer cancel()
		return fetch(ctx)
	})
	detached := context.WithoutCancel(ctx)
	if _, ok := cache.GetIfPresent(key); ok {
		return cache.Get(detached, key, loader) // at hand; fetched anew beside it if it is stale
	}
	type outcome struct {
		value V
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := cache.Get(detached, key, loader)
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// Connectors returns all connectors in Alloy's order. The slice is shared: do
// not change it.
func (c *Catalog) Connectors(ctx context.Context) ([]alloy.Connector, error) {
	return load(ctx, c.connectors, struct{}{}, c.source.Connectors)
}

// Connector returns the connector with exactly this id, or an
// [*UnknownConnectorError] that names the nearest ones.
func (c *Catalog) Connector(ctx context.Context, id string) (alloy.Connector, error) {
	all, err := c.Connectors(ctx)
	if err != nil {
		return alloy.Connector{}, err
	}
	for _, connector := range all {
		if connector.ID == id {
			return connector, nil
		}
	}
	return alloy.Connector{}, &UnknownConnectorError{ID: id[:min(len(id), maxShownID)], Nearest: nearestConnectors(id, all)}
}

// Methods returns how the connector can be connected, one entry a method.
func (c *Catalog) Methods(ctx context.Context, connectorID string) ([]alloy.AuthMethod, error) {
	return load(ctx, c.methods, connectorID, func(ctx context.Context) ([]alloy.AuthMethod, error) {
		return c.source.CredentialMetadata(ctx, connectorID)
	})
}

// Resources returns the connector's actions, in groups.
func (c *Catalog) Resources(ctx context.Context, connectorID string) ([]alloy.Resource, error) {
	return load(ctx, c.resources, connectorID, func(ctx context.Context) ([]alloy.Resource, error) {
		return c.source.Resources(ctx, connectorID)
	})
}

// Action returns the details of one action.
func (c *Catalog) Action(ctx context.Context, connectorID, actionID string) (alloy.Action, error) {
	return load(ctx, c.actions, actionKey{connectorID, actionID}, func(ctx context.Context) (alloy.Action, error) {
		return c.source.Action(ctx, connectorID, actionID)
	})
}

// maxShownID bounds what an error repeats of an id.
const maxShownID = 80

// UnknownConnectorError says that Alloy lists no connector of this id for the
// API key in use.
type UnknownConnectorError struct {
	ID      string   // at most its first 80 bytes
	Nearest []string // ids that look like it, best first, at most three
}

// Error names the id and, where there are any, those that look like it.
func (e *UnknownConnectorError) Error() string {
	if len(e.Nearest) == 0 {
		return fmt.Sprintf("there is no connector %q", e.ID)
	}
	return fmt.Sprintf("there is no connector %q; did you mean %s?", e.ID, strings.Join(e.Nearest, ", "))
}
