package tools

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

type runReadIn struct {
	ActionID     string         `json:"action_id" jsonschema_description:"E.g. notion.retrieve-a-page."`
	Arguments    map[string]any `json:"arguments,omitempty" jsonschema_description:"The action's own."`
	ConnectionID string         `json:"connection_id,omitempty" jsonschema_description:"Which account, if there are several."`
	Fields       []string       `json:"fields,omitempty" jsonschema_description:"Paths to keep, e.g. results[].id."`
	MaxChars     int            `json:"max_chars,omitempty" jsonschema:"minimum=1000,maximum=40000" jsonschema_description:"Default 16000."`
}

type runOut struct {
	Outcome      string `json:"outcome"`
	ConnectionID string `json:"connection_id"`
	Data         any    `json:"data"`
	cut
	Cuts []place `json:"cuts,omitempty"`
	// Validated is false where the action's schema could not be checked in full.
	Validated *bool  `json:"validated,omitempty"`
	Hint      string `json:"hint,omitempty"`
}

func runRead() (definition, error) {
	return define(Tool{
		Name:        "run_read",
		Title:       "Run a read action",
		Description: "Runs an action whose effect is read, as next of another tool names it. Whatever is cut is counted; fields and the action's own paging get the rest.",
		Hints:       Hints{ReadOnly: true, Idempotent: true, OpenWorld: true},
	}, runRunRead)
}

func runRunRead(ctx context.Context, s *Set, in runReadIn) (any, error) {
	action, schema, err := s.action(ctx, in.ActionID)
	if err != nil {
		return nil, err
	}
	if effect := catalog.EffectOf(action); effect != catalog.Read {
		return nil, &Error{
			Code: CodeEffectMismatch, Message: fmt.Sprintf("%s is a %s action, and run_read runs only those that read.", in.ActionID, effect),
			Hint: "This server runs no such action yet; tell the person.",
		}
	}
	fields, err := parseFields(in.Fields)
	if err != nil {
		return nil, err
	}
	checked, err := schema.Schema().Check(in.Arguments)
	if err != nil {
		return nil, err
	}
	parts, err := schema.Split(checked.Args)
	if err != nil {
		return nil, err
	}
	connectorID, actionID, _ := strings.Cut(in.ActionID, ".")
	result, account, err := s.execute(ctx, run{
		connectorID: connectorID, actionID: actionID, connectionID: in.ConnectionID, effect: alloy.EffectRead,
		pathParams: parts.PathParams, query: parts.QueryParameters, body: parts.RequestBody,
		headers: withDefaults(parts.AdditionalHeaders, providerHeaders(connectorID, schema)),
	})
	if err != nil {
		return nil, err
	}
	out := runOut{Outcome: "completed", ConnectionID: account.ID}
	if !schema.Validated() {
		no := false
		out.Validated = &no
	}
	if err := out.fill(result, fields, in.MaxChars); err != nil {
		return nil, err
	}
	return out, nil
}

// providerHeaders are the headers that an action needs and nobody passes.
func providerHeaders(connectorID string, schema *schemas.ActionSchema) map[string]string {
	if connectorID == notion {
		return notionHeaders(schema)
	}
	return schema.HiddenHeaders()
}

func withDefaults(headers, defaults map[string]string) map[string]string {
	merged := make(map[string]string, len(headers)+len(defaults))
	maps.Copy(merged, defaults)
	maps.Copy(merged, headers)
	return merged
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
