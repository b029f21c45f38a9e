package tools

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// action returns an action with its compiled schema.
func (s *Set) action(ctx context.Context, id string) (alloy.Action, *schemas.ActionSchema, error) {
	connectorID, actionID, ok := strings.Cut(id, ".")
	if !ok || connectorID == "" || actionID == "" {
		return alloy.Action{}, nil, &Error{
			Code: CodeUnknownAction, Message: fmt.Sprintf("%q is no action_id: it has the form connector.action.", clean(id, 80)),
			Hint: "Write it like notion.retrieve-a-page.",
		}
	}
	if _, err := s.connector(ctx, connectorID); err != nil {
		return alloy.Action{}, nil, err
	}
	action, err := s.config.Catalog.Action(ctx, connectorID, actionID)
	var failed *alloy.Error
	if errors.As(err, &failed) && (failed.Kind == alloy.KindNotFound || failed.Kind == alloy.KindRoute) {
		return alloy.Action{}, nil, &Error{
			Code: CodeUnknownAction, Message: fmt.Sprintf("%s has no action %q.", connectorID, clean(actionID, 80)),
			Hint: "Action ids are case-sensitive and differ between apps; do not guess them.",
		}
	}
	if err != nil {
		return alloy.Action{}, nil, err
	}
	schema, err := schemas.FromAction(action, schemas.Hide(versionHeader))
	return action, schema, err
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
