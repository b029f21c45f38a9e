package catalog

import (
	"context"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/kept"
)

// Details is an action in full, as it was when Alloy was last asked.
type Details struct {
	Action alloy.Action
	Effect Effect // the operator's, where there is one
	// Hash stands for everything that Alloy says of the action: it changes when
	// any of that does. 32 hexadecimal digits.
	Hash   string
	ReadAt time.Time
}

// EffectOf classifies an action by its details, the operator's overrides first.
func (c *Catalog) EffectOf(connectorID string, a alloy.Action) Effect {
	if found, ok := c.overrides.Of(connectorID, a.ID); ok {
		return found
	}
	return EffectOf(a)
}

// effectByName is what an action is shown to do while only its names are known.
func (c *Catalog) effectByName(connectorID string, a alloy.ActionSummary) (Effect, bool) {
	if found, ok := c.overrides.Of(connectorID, a.ID); ok {
		return found, false
	}
	return GuessEffect(a.ID, a.Name, a.Description), true
}

// EffectShown is what an action is shown to do: by its details where they are at
// hand, else as far as the operator or its names tell. Nothing may be run by it.
func (c *Catalog) EffectShown(connectorID string, a alloy.ActionSummary) Effect {
	if details, ok := c.Known(connectorID, a.ID); ok {
		return details.Effect
	}
	effect, _ := c.effectByName(connectorID, a)
	return effect
}

// Details returns an action in full. Whoever runs it decides by these.
func (c *Catalog) Details(ctx context.Context, connectorID, actionID string) (Details, error) {
	c.crew.busy.Add(1)
	defer c.crew.busy.Add(-1)
	return c.details(ctx, connectorID, actionID)
}

// Known returns an action's details if they are at hand. It asks nobody.
func (c *Catalog) Known(connectorID, actionID string) (Details, bool) {
	entry, ok := c.actions.GetEntryQuietly(actionKey{connectorID, actionID})
	return entry.Value, ok
}

func (c *Catalog) details(ctx context.Context, connectorID, actionID string) (Details, error) {
	key := actionKey{connectorID, actionID}
	if _, ok := c.actions.GetEntryQuietly(key); !ok {
		c.recall(ctx, connectorID)
	}
	return load(ctx, c.crew.life, c.actions, key, func(ctx context.Context) (Details, error) {
		action, err := c.source.Action(ctx, connectorID, actionID)
		if err != nil {
			return Details{}, c.noted(err)
		}
		details := c.detailsOf(connectorID, actionID, action, time.Now())
		c.learnDetails(ctx, connectorID, actionID, details)
		return details, nil
	})
}

func (c *Catalog) detailsOf(connectorID, actionID string, action alloy.Action, readAt time.Time) Details {
	asked := action
	asked.ID = actionID // what overrides and rules go by is the id that is run
	return Details{Action: action, Effect: c.EffectOf(connectorID, asked), Hash: hashOf(action), ReadAt: readAt}
}

// factOf is what a search needs of details, and what tells whether they changed.
func factOf(d Details) kept.Fact {
	return kept.Fact{Hash: d.Hash, Method: d.Action.Method, Path: d.Action.Path, Parameters: parametersOf(d.Action)}
}

// resave is the age from which details are written anew though they are the same,
// so that the file does not run out while they are in use.
const resave = 6 * time.Hour

// learnDetails notes what was read, and says when it differs from what was known.
func (c *Catalog) learnDetails(ctx context.Context, connectorID, actionID string, d Details) {
	before := c.sight.learnFact(connectorID, actionID, fact{Fact: factOf(d), effect: d.Effect, readAt: d.ReadAt})
	if before.Hash != "" && before.Hash != d.Hash {
		c.sight.note(Change{At: d.ReadAt, ConnectorID: connectorID, ActionID: actionID, OldHash: before.Hash, NewHash: d.Hash})
		c.log.WarnContext(ctx, "an action changed", "connector_id", connectorID, "action_id", actionID, "old_hash", before.Hash, "new_hash", d.Hash)
	}
	if before.Hash != d.Hash {
		c.mark(connectorID, namesChanged|actionsChanged)
	} else if d.ReadAt.Sub(before.readAt) > resave {
		c.mark(connectorID, actionsChanged)
	}
}
