package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// action returns an action with its compiled schema. An id that does not exist is
// answered with those that look like it.
func (s *Set) action(ctx context.Context, id string) (alloy.Action, *schemas.ActionSchema, error) {
	connectorID, actionID, ok := strings.Cut(id, ".")
	if !ok || connectorID == "" || actionID == "" {
		return alloy.Action{}, nil, noActionID(id)
	}
	if _, err := s.connector(ctx, connectorID); err != nil {
		return alloy.Action{}, nil, s.elsewhere(ctx, err, actionID)
	}
	action, err := s.config.Catalog.Action(ctx, connectorID, actionID)
	var failed *alloy.Error
	if errors.As(err, &failed) && (failed.Kind == alloy.KindNotFound || failed.Kind == alloy.KindRoute) {
		return alloy.Action{}, nil, s.unknownAction(ctx, connectorID, actionID)
	}
	if err != nil {
		return alloy.Action{}, nil, err
	}
	schema, err := compileAction(action)
	return action, schema, err
}

// compileAction compiles an action as callers see it.
func compileAction(action alloy.Action) (*schemas.ActionSchema, error) {
	return schemas.FromAction(action, schemas.Hide(versionHeader))
}

// effectOf is what running an action does, as the operator says or else by its
// details.
func (s *Set) effectOf(id string, action alloy.Action) catalog.Effect {
	connectorID, _, _ := strings.Cut(id, ".")
	return s.config.Catalog.EffectOf(connectorID, action)
}

func noActionID(id string) error {
	answer := &Error{
		Code: CodeUnknownAction, Message: fmt.Sprintf("%q is no action_id: it has the form connector.action.", clean(id, 80)),
		Hint: "Write it like notion.retrieve-a-page.",
	}
	if words := asWords(id); words != "" {
		answer.Next = next("search_actions", "query", words)
	}
	return answer
}

// unknownAction names the actions of a connector that look like the one that was
// asked for.
func (s *Set) unknownAction(ctx context.Context, connectorID, actionID string) error {
	near, _ := s.nearestActions(ctx, connectorID, actionID)
	answer := &Error{
		Code: CodeUnknownAction, Message: fmt.Sprintf("%s has no action %q.", connectorID, clean(actionID, 80)),
		Hint: "Action ids are case-sensitive and differ between apps; do not guess them.",
	}
	if words := asWords(actionID); words != "" {
		answer.Next = next("search_actions", "query", words, "connector_id", connectorID)
	}
	if len(near) > 0 {
		answer.Message += " Did you mean " + strings.Join(near, ", ") + "?"
		answer.Next = next("describe_action", "action_id", near[0])
	}
	return answer
}

// elsewhere helps where the connector is unknown: one that differs in its spelling
// may have the action.
func (s *Set) elsewhere(ctx context.Context, err error, actionID string) error {
	var unknown *catalog.UnknownConnectorError
	if !errors.As(err, &unknown) {
		return err
	}
	for _, connectorID := range unknown.Nearest {
		near, sure := s.nearestActions(ctx, connectorID, actionID)
		meant := sure || strings.EqualFold(connectorID, unknown.ID)
		if len(near) == 0 || !meant {
			continue
		}
		return &Error{
			Code:    CodeUnknownAction,
			Message: fmt.Sprintf("There is no connector %q. Did you mean %s?", clean(unknown.ID, 80), near[0]),
			Hint:    "Ids are case-sensitive; write them exactly.",
			Next:    next("describe_action", "action_id", near[0]),
		}
	}
	return err
}

// nearestActions returns whole ids of actions that the caller may know of. What cannot be listed for now has none:
// the question was about one action only.
func (s *Set) nearestActions(ctx context.Context, connectorID, actionID string) (ids []string, sure bool) {
	resources, err := s.config.Catalog.Resources(ctx, connectorID)
	if err != nil {
		return nil, false
	}
	near, sure := catalog.NearestActions(actionID, resources)
	for _, id := range near {
		whole := connectorID + "." + id
		effect := s.config.Catalog.EffectShown(connectorID, alloy.ActionSummary{ID: id})
		if clean(whole, 200) == whole && s.maySee(ctx, whole, effect) == nil {
			ids = append(ids, whole)
		}
	}
	return ids, sure && len(ids) > 0
}

// asWords makes a query of an id.
func asWords(id string) string {
	return clean(strings.Map(func(r rune) rune {
		if strings.ContainsRune("._-/#:", r) {
			return ' '
		}
		return r
	}, id), 80)
}
