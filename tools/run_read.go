package tools

import (
	"context"
	"crypto/rand"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/shape"
)

type runReadIn struct {
	ActionID     string         `json:"action_id" jsonschema_description:"From search_actions."`
	Arguments    map[string]any `json:"arguments,omitempty" jsonschema_description:"As describe_action shows."`
	ConnectionID string         `json:"connection_id,omitempty" jsonschema_description:"Which account, if there are several."`
	Fields       []string       `json:"fields,omitempty" jsonschema_description:"Paths to keep, e.g. results[].id."`
	MaxChars     int            `json:"max_chars,omitempty" jsonschema:"minimum=1000,maximum=40000" jsonschema_description:"Default 16000."`
	AllPages     bool           `json:"all_pages,omitempty" jsonschema_description:"Follow pages, within limits."`
}

func runRead() (definition, error) {
	return define(Tool{
		Name:        "run_read",
		Title:       "Run a read action",
		Description: "Runs an action whose effect is read. Whatever is cut is counted; get_result has the rest.",
		Hints:       Hints{ReadOnly: true, Idempotent: true, OpenWorld: true},
	}, runRunRead)
}

func runRunRead(ctx context.Context, s *Set, in runReadIn) (any, error) {
	principal, user, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.order(ctx, principal, user, catalog.Read, wanted{ActionID: in.ActionID, Arguments: in.Arguments, ConnectionID: in.ConnectionID})
	if err != nil {
		return nil, err
	}
	if _, err := shape.ParseFields(in.Fields); err != nil {
		return nil, err
	}
	o.allPages = in.AllPages
	if err := s.place(ctx, o, in.ConnectionID); err != nil {
		return nil, err
	}
	shown := view{fields: in.Fields, maxChars: in.MaxChars}
	if !s.asksFirst(o) {
		return s.await(ctx, s.read(ctx, o, rand.Text()), shown)
	}
	b, err := s.askFirst(ctx, o)
	if err != nil || b.call == nil {
		return b.answer, err
	}
	return s.await(ctx, b.call, shown)
}
