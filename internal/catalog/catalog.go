// Package catalog is a bounded, expiring view of what Alloy offers: connectors,
// how each is connected, and its actions. Equal questions that are under way at
// the same time are asked once.
package catalog

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/effect"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/kept"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// Source is where the catalogue comes from: an [alloy.Client].
type Source interface {
	Connectors(ctx context.Context) ([]alloy.Connector, error)
	Resources(ctx context.Context, connectorID string) ([]alloy.Resource, error)
	Action(ctx context.Context, connectorID, actionID string) (alloy.Action, error)
	CredentialMetadata(ctx context.Context, connectorID string) ([]alloy.AuthMethod, error)
}

// Catalog caches a [Source] and gathers what can be searched. Its methods may be
// called from several goroutines. It asks nothing and reads no file before
// somebody asks it.
type Catalog struct {
	source    Source
	log       *slog.Logger
	only      []string // connectors; empty is all
	named     sync.Once
	overrides effect.Overrides
	files     *kept.Store // nil keeps nothing

	connectors cache[struct{}, []alloy.Connector]
	methods    cache[string, []alloy.AuthMethod]
	resources  cache[string, []alloy.Resource]
	actions    cache[actionKey, Details]

	sight  sight
	crew   crew
	keeper keeper
	pause  pause
}

// Option sets what a [Catalog] need not have.
type Option func(*Catalog)

// LogTo is where the catalogue says what it did; without it nowhere.
func LogTo(log *slog.Logger) Option { return func(c *Catalog) { c.log = log } }

// Allow limits what is gathered for a search to these connectors. It is no guard: who
// may run what is decided where it is run. The log says once which of them Alloy does
// not have.
func Allow(connectorIDs ...string) Option {
	return func(c *Catalog) { c.only = connectorIDs }
}

// Correct has an operator's effects come before those that are worked out.
func Correct(overrides effect.Overrides) Option {
	return func(c *Catalog) { c.overrides = overrides }
}

// KeepIn keeps what was gathered in files, for the next start.
func KeepIn(files *kept.Store) Option { return func(c *Catalog) { c.files = files } }

// New returns an empty catalogue over source.
func New(source Source, options ...Option) *Catalog {
	c := &Catalog{
		source:     source,
		log:        slog.New(slog.DiscardHandler),
		connectors: newCache[struct{}, []alloy.Connector](1),
		methods:    newCache[string, []alloy.AuthMethod](maxConnectors),
		resources:  newWeighed[string](maxNames, weightOfResources),
		actions:    newWeighed[actionKey](maxDetails, weightOfDetails),
	}
	for _, option := range options {
		option(c)
	}
	c.sight.effect = c.effectByName
	c.crew.life, c.crew.end = context.WithCancel(context.Background())
	return c
}

// closing is how long work under way may take to notice that it is to end.
const closing = 3 * time.Second

// Close ends the work in the background, writes what is to be kept, and ends the
// caches' own goroutines. What is cached stays readable.
func (c *Catalog) Close() {
	c.crew.close(closing)
	c.flush(context.Background())
	c.connectors.StopAllGoroutines()
	c.methods.StopAllGoroutines()
	c.resources.StopAllGoroutines()
	c.actions.StopAllGoroutines()
}

// Connectors returns all connectors in Alloy's order. The slice is shared: do
// not change it.
func (c *Catalog) Connectors(ctx context.Context) ([]alloy.Connector, error) {
	return load(ctx, c.crew.life, c.connectors, struct{}{}, c.fetchConnectors)
}

func (c *Catalog) fetchConnectors(ctx context.Context) ([]alloy.Connector, error) {
	list, err := c.source.Connectors(ctx)
	// An id that is no short line of visible text cannot be named by anybody.
	list = slices.DeleteFunc(list, func(a alloy.Connector) bool { return plain.Line(a.ID, maxIDLength) != a.ID })
	if err == nil {
		c.named.Do(func() { c.tellUnknown(ctx, list) })
		c.learnConnectors(list, time.Now())
	}
	return list, c.noted(err)
}

func (c *Catalog) allowed(connectorID string) bool {
	return len(c.only) == 0 || slices.Contains(c.only, connectorID)
}

// tellUnknown warns of connectors that may be used and do not exist: whoever wrote the
// name believes that it is allowed.
func (c *Catalog) tellUnknown(ctx context.Context, all []alloy.Connector) {
	for _, id := range c.only {
		if !slices.ContainsFunc(all, func(a alloy.Connector) bool { return a.ID == id }) {
			c.log.WarnContext(ctx, "ALLOY_CONNECTORS names a connector that Alloy does not have", "connector_id", id, "nearest", nearestConnectors(id, all))
		}
	}
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
	return load(ctx, c.crew.life, c.methods, connectorID, func(ctx context.Context) ([]alloy.AuthMethod, error) {
		return c.source.CredentialMetadata(ctx, connectorID)
	})
}

// Resources returns the connector's actions, in groups.
func (c *Catalog) Resources(ctx context.Context, connectorID string) ([]alloy.Resource, error) {
	return load(ctx, c.crew.life, c.resources, connectorID, c.fetchResources(connectorID))
}

func (c *Catalog) fetchResources(connectorID string) func(context.Context) ([]alloy.Resource, error) {
	return func(ctx context.Context) ([]alloy.Resource, error) {
		list, err := c.source.Resources(ctx, connectorID)
		if err == nil {
			c.learnNames(ctx, connectorID, list, time.Now())
		}
		return list, c.noted(err)
	}
}

// Action returns the details of one action.
func (c *Catalog) Action(ctx context.Context, connectorID, actionID string) (alloy.Action, error) {
	details, err := c.Details(ctx, connectorID, actionID)
	return details.Action, err
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
