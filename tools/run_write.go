package tools

import (
	"context"
	"crypto/rand"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
)

type runChangeIn struct {
	ActionID       string         `json:"action_id" jsonschema_description:"From search_actions."`
	Arguments      map[string]any `json:"arguments,omitempty" jsonschema_description:"As describe_action shows."`
	ConnectionID   string         `json:"connection_id,omitempty" jsonschema_description:"Which account, if there are several."`
	DryRun         bool           `json:"dry_run,omitempty" jsonschema_description:"Only show what would be sent."`
	IdempotencyKey string         `json:"idempotency_key,omitempty" jsonschema:"maxLength=255" jsonschema_description:"Calls with the same key run once."`
}

func (in runChangeIn) wanted() wanted {
	return wanted{ActionID: in.ActionID, Arguments: in.Arguments, ConnectionID: in.ConnectionID, IdempotencyKey: in.IdempotencyKey, DryRun: in.DryRun}
}

func runWrite() (definition, error) {
	return define(Tool{
		Name:        toolFor(catalog.Write),
		Title:       "Run a write action",
		Description: "Runs an action whose effect is write (creates or changes), at most once. If outcome is unknown, check before repeating.",
		Hints:       Hints{OpenWorld: true},
	}, func(ctx context.Context, s *Set, in runChangeIn) (any, error) {
		return s.runChange(ctx, catalog.Write, in)
	})
}

func runDestructive() (definition, error) {
	return define(Tool{
		Name:        toolFor(catalog.Destructive),
		Title:       "Run a destructive action",
		Description: "Runs an action whose effect is destructive (deletes, archives, cancels), at most once. The person may be asked first.",
		Hints:       Hints{Destructive: true, OpenWorld: true},
	}, func(ctx context.Context, s *Set, in runChangeIn) (any, error) {
		return s.runChange(ctx, catalog.Destructive, in)
	})
}

// begun is what came of asking for a change: a call, or another answer.
type begun struct {
	call   *call
	again  bool // an equal one was made before
	answer any
}

// runChange runs an action that changes something, or shows what it would send.
func (s *Set) runChange(ctx context.Context, effect catalog.Effect, in runChangeIn) (any, error) {
	b, err := s.beginChange(ctx, effect, in)
	if err != nil {
		return nil, &failedRun{err: err, outcome: ledger.NotSent, effect: effect}
	}
	if b.call == nil {
		return b.answer, nil
	}
	return s.await(ctx, b.call, view{again: b.again})
}

func (s *Set) beginChange(ctx context.Context, effect catalog.Effect, in runChangeIn) (begun, error) {
	principal, user, err := s.caller(ctx)
	if err != nil {
		return begun{}, err
	}
	o, err := s.order(ctx, principal, user, effect, in.wanted())
	if err != nil {
		return begun{}, err
	}
	if in.DryRun {
		answer, err := s.rehearse(ctx, o, in.ConnectionID)
		return begun{answer: answer}, err
	}
	if err := s.place(ctx, o, in.ConnectionID); err != nil {
		return begun{}, err
	}
	if s.asksFirst(o) {
		return s.askFirst(ctx, o)
	}
	id := rand.Text()
	c, err := s.change(ctx, o, id)
	return begun{call: c, again: err == nil && c.id != id}, err
}
