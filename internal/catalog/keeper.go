package catalog

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/kept"
)

// When files are written, and how old one may be to be of use.
const (
	saveAfter = 5 * time.Second // of the first change that is not kept yet
	maxAge    = 30 * 24 * time.Hour
	renew     = time.Hour // lists that did not change are written anew after this
)

// maxRecalled bounds the connectors of which it is noted that their file was read.
const maxRecalled = 2 * maxConnectors

// keeper knows what is not kept yet, and which files were read.
type keeper struct {
	mu       sync.Mutex
	read     bool // the names
	recalled map[string]*sync.Once
	pending  map[string]part // by connector; "" is the list of connectors
	saving   bool
}

// part is what of a connector changed.
type part uint8

const (
	namesChanged part = 1 << iota
	actionsChanged
)

// mark has a change written soon.
func (c *Catalog) mark(id string, what part) {
	if c.files == nil {
		return
	}
	c.keeper.mu.Lock()
	if c.keeper.pending == nil {
		c.keeper.pending = make(map[string]part)
	}
	c.keeper.pending[id] |= what
	start := !c.keeper.saving
	c.keeper.saving = true
	c.keeper.mu.Unlock()
	if !start {
		return
	}
	c.crew.mu.Lock()
	defer c.crew.mu.Unlock()
	c.crew.run(func() { c.saveSoon(c.crew.life) })
}

// saveSoon writes what changes until nothing does.
func (c *Catalog) saveSoon(ctx context.Context) {
	for sleep(ctx, saveAfter) == nil {
		c.flush(ctx)
		c.keeper.mu.Lock()
		if len(c.keeper.pending) == 0 {
			c.keeper.saving = false
			c.keeper.mu.Unlock()
			return
		}
		c.keeper.mu.Unlock()
	}
}

// flush writes what is not kept yet.
func (c *Catalog) flush(ctx context.Context) {
	if c.files == nil {
		return
	}
	c.keeper.mu.Lock()
	pending := c.keeper.pending
	c.keeper.pending = nil
	c.keeper.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(pending)) {
		if id == "" {
			if list, at := c.sight.connectors(); len(list) > 0 {
				c.files.SaveConnectors(ctx, list, at)
			}
			continue
		}
		names, ok := c.sight.export(id)
		if pending[id]&namesChanged != 0 && ok {
			c.files.SaveNames(ctx, names)
		}
		if pending[id]&actionsChanged != 0 {
			c.saveActions(ctx, id, names)
		}
	}
}

// saveActions keeps the details that are at hand of a connector's actions. Those
// that were kept before are at hand: they were recalled before the first was read.
func (c *Catalog) saveActions(ctx context.Context, id string, names kept.Connector) {
	var list []kept.Action
	for action := range names.Facts {
		if d, ok := c.Known(id, action); ok {
			d.Action.ID = action
			list = append(list, kept.Action{ReadAt: d.ReadAt, Action: d.Action})
		}
	}
	slices.SortFunc(list, func(a, b kept.Action) int { return compareIDs(a.Action, b.Action) })
	if len(list) > 0 {
		c.files.SaveActions(ctx, id, list)
	}
}

func compareIDs(a, b alloy.Action) int {
	switch {
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}

// ReadKept takes over what the last run kept of connectors and names, so that they
// are at hand without asking Alloy. It does so once.
func (c *Catalog) ReadKept(ctx context.Context) { c.readFiles(ctx) }

// readFiles takes over, once, what the last run kept of connectors and names.
func (c *Catalog) readFiles(ctx context.Context) {
	c.keeper.mu.Lock()
	read := c.keeper.read || c.files == nil
	c.keeper.read = true
	c.keeper.mu.Unlock()
	if read {
		return
	}
	now := time.Now()
	list, at := c.files.Connectors(ctx)
	if len(list) == 0 || now.Sub(at) > maxAge {
		return
	}
	c.sight.setConnectors(c.allowedOf(list), at)
	place(c.connectors, struct{}{}, list, now.Sub(at))
	actions := 0
	for _, one := range c.files.Names(ctx) {
		if now.Sub(one.ReadAt) > maxAge || !c.allowed(one.ID) {
			continue
		}
		c.sight.setNames(one.ID, one.Resources, one.ReadAt)
		c.sight.remember(one.ID, c.factsOf(one))
		place(c.resources, one.ID, one.Resources, now.Sub(one.ReadAt))
		for _, r := range one.Resources {
			actions += len(r.Actions)
		}
	}
	c.log.DebugContext(ctx, "catalogue read from files", "connectors", len(list), "actions", actions, "age", now.Sub(at).Round(time.Second).String())
}

// factsOf works out the effects anew, since the rules may be newer than the file.
func (c *Catalog) factsOf(one kept.Connector) map[string]fact {
	facts := make(map[string]fact, len(one.Facts))
	for _, r := range one.Resources {
		for _, a := range r.Actions {
			known, ok := one.Facts[a.ID]
			if !ok {
				continue
			}
			action := alloy.Action{ID: a.ID, DisplayName: a.Name, Description: a.Description, Method: known.Method, Path: known.Path}
			facts[a.ID] = fact{Fact: known, effect: c.EffectOf(one.ID, action), readAt: one.ReadAt}
		}
	}
	return facts
}

// recall puts the details that are kept of a connector's actions into the cache,
// once. Who needs one of them soon needs others.
func (c *Catalog) recall(ctx context.Context, connectorID string) {
	if c.files == nil {
		return
	}
	c.keeper.mu.Lock()
	once := c.keeper.recalled[connectorID]
	if once == nil && len(c.keeper.recalled) < maxRecalled {
		if c.keeper.recalled == nil {
			c.keeper.recalled = make(map[string]*sync.Once)
		}
		once = new(sync.Once)
		c.keeper.recalled[connectorID] = once
	}
	c.keeper.mu.Unlock()
	if once == nil {
		return
	}
	once.Do(func() {
		now := time.Now()
		for _, a := range c.files.Actions(ctx, connectorID) {
			if age := now.Sub(a.ReadAt); age < keepFor {
				d := c.detailsOf(connectorID, a.Action.ID, a.Action, a.ReadAt)
				place(c.actions, actionKey{connectorID, a.Action.ID}, d, age)
				c.sight.remember(connectorID, map[string]fact{a.Action.ID: {Fact: factOf(d), effect: d.Effect, readAt: d.ReadAt}})
			}
		}
	})
}

// learnConnectors takes over the list of connectors that Alloy told.
func (c *Catalog) learnConnectors(list []alloy.Connector, at time.Time) {
	_, before := c.sight.connectors()
	if c.sight.setConnectors(c.allowedOf(list), at) || at.Sub(before) > renew {
		c.mark("", namesChanged)
	}
}

func (c *Catalog) allowedOf(list []alloy.Connector) []alloy.Connector {
	var allowed []alloy.Connector
	for _, one := range list {
		if c.allowed(one.ID) {
			allowed = append(allowed, one)
		}
	}
	return allowed
}

// learnNames takes over a connector's list of actions that Alloy told.
func (c *Catalog) learnNames(ctx context.Context, id string, list []alloy.Resource, at time.Time) {
	hash, before, was := c.sight.setNames(id, list, at)
	switch {
	case before == "" && was.IsZero():
	case before != hash:
		c.sight.note(Change{At: at, ConnectorID: id, OldHash: before, NewHash: hash})
		c.log.InfoContext(ctx, "the actions of a connector changed", "connector_id", id, "old_hash", before, "new_hash", hash)
	case at.Sub(was) < renew:
		return
	}
	c.mark(id, namesChanged)
}
