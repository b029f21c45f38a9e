package tools

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

type runReadIn struct {
	ActionID     string         `json:"action_id" jsonschema_description:"From search_actions."`
	Arguments    map[string]any `json:"arguments,omitempty" jsonschema_description:"As describe_action shows."`
	ConnectionID string         `json:"connection_id,omitempty" jsonschema_description:"Which account, if there are several."`
	Fields       []string       `json:"fields,omitempty" jsonschema_description:"Paths to keep, e.g. results[].id."`
	MaxChars     int            `json:"max_chars,omitempty" jsonschema:"minimum=1000,maximum=40000" jsonschema_description:"Default 16000."`
}

type runOut struct {
	Outcome      string `json:"outcome"`
	RequestID    string `json:"request_id"`
	ConnectionID string `json:"connection_id,omitempty"`
	Data         any    `json:"data,omitempty"`
	cut
	Cuts []place `json:"cuts,omitempty"`
	notes
	// Duplicate says that an equal call was made before, whose outcome this is.
	Duplicate bool   `json:"duplicate,omitempty"`
	Hint      string `json:"hint,omitempty"`
	Next      *Next  `json:"next,omitempty"`
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
	if _, err := parseFields(in.Fields); err != nil {
		return nil, err
	}
	o, err := s.order(ctx, principal, user, catalog.Read, wanted{ActionID: in.ActionID, Arguments: in.Arguments})
	if err != nil {
		return nil, err
	}
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

// fill shapes a result: selected by fields, then cut.
func (out *runOut) fill(result alloy.ExecutionResult, fields *selection, maxChars int) error {
	var data any
	if err := unmarshal(result.Data, &data); err != nil {
		return fmt.Errorf("read the app's answer: %w", err)
	}
	kept, err := fields.keep(data)
	if err != nil {
		return &Error{Code: CodeInvalidArguments, Message: sentence(err.Error()), Hint: "Name paths that exist, or leave fields out."}
	}
	kept, places := shorten(kept, cmp.Or(maxChars, defaultMaxChars))
	out.Data = kept
	if len(places) > 0 {
		out.cut, out.Cuts = summary(places), shown(places)
		out.Hint = "cuts says where the answer was cut. " + selectHint(kept, places[0]) + "Ask for a smaller page"
		if maxChars < hardMaxChars {
			out.Hint += fmt.Sprintf(", or raise max_chars (at most %d)", hardMaxChars)
		}
		out.Hint += "."
	}
	return nil
}
