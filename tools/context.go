package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

// resolver turns an id of the account's own into the shape of some arguments, by
// reading the object live.
type resolver struct {
	connectorID string
	// keys are the ids that it understands, the first of them the usual one.
	keys []string
	// applies says whether an action has arguments that depend on them.
	applies func(d *description) bool
	resolve func(ctx context.Context, s *Set, d *description, ids map[string]string) (*special, error)
}

// connectionKey in a context chooses the account.
const connectionKey = "connection_id"

func resolvers() []resolver {
	return []resolver{notionColumns(), hubspotProperties(), jiraFields(), jiraTransitions(), slackChannels()}
}

// specialise reads what context names and keeps what that makes of the arguments.
// Ids that nothing is known to do with change nothing, and that is said.
func (s *Set) specialise(ctx context.Context, d *description, given map[string]any) error {
	chosen, err := idsOf(given, []string{connectionKey})
	if err != nil {
		return err
	}
	d.connectionID = chosen[connectionKey]
	understood := append(contextKeys(d), connectionKey)
	for _, r := range resolvers() {
		if r.connectorID != d.connector() || !r.applies(d) {
			continue
		}
		ids, err := idsOf(given, r.keys)
		if err != nil {
			return err
		}
		if len(ids) == 0 || d.special != nil {
			continue
		}
		if d.special, err = r.resolve(ctx, s, d, ids); err != nil {
			return d.unresolved(err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(understood, key) {
			d.notes = append(d.notes, understands(clean(key, 40), understood))
			break
		}
	}
	return nil
}

// contextKeys are what [Set.specialise] understands for an action.
func contextKeys(d *description) []string {
	var keys []string
	for _, r := range resolvers() {
		if r.connectorID == d.connector() && r.applies(d) {
			keys = append(keys, r.keys...)
		}
	}
	return keys
}

func understands(key string, keys []string) string {
	if len(keys) <= 1 {
		return "context was not used: no argument of this action is known to depend on an object of the account."
	}
	return fmt.Sprintf("context.%s is not understood here; understood are %s.", key, strings.Join(keys, ", "))
}

// unresolved says that it is the context that could not be read.
func (d *description) unresolved(err error) error {
	var answer *Error
	var halt *stop
	if errors.As(err, &halt) {
		return err
	}
	var many *accounts.SeveralError
	if errors.As(err, &many) {
		halt = several(many)
		halt.Hint = "Ask the person which one is meant and call again with its connection_id in context."
		return halt
	}
	answer = describe(err)
	if answer.Code == CodeInternal {
		return err
	}
	told := *answer
	told.Message = "The object that context names could not be read. " + told.Message
	told.Hint = sentences([]string{told.Hint, "Without context the action is described in general."})
	if told.Next == nil {
		told.Next = next("describe_action", "action_id", d.id)
	}
	return &told
}

// idsOf takes the ids that are understood out of a context.
func idsOf(given map[string]any, keys []string) (map[string]string, error) {
	ids := map[string]string{}
	for _, key := range keys {
		value, has := given[key]
		if !has {
			continue
		}
		switch v := value.(type) {
		case string:
			ids[key] = strings.TrimSpace(v)
		case json.Number:
			ids[key] = v.String()
		}
		if ids[key] == "" || len(ids[key]) > 200 {
			return nil, &Error{
				Code: CodeInvalidArguments, Message: fmt.Sprintf("context.%s must be an id: text that is neither empty nor longer than 200 characters.", key),
				Hint: "Pass the id as the app gives it.",
			}
		}
	}
	return ids, nil
}

// lookUp runs a read of the same connector for its answer. The first of the
// actions that the connector has is run.
func (s *Set) lookUp(ctx context.Context, d *description, args map[string]any, actionIDs ...string) (map[string]any, error) {
	connectorID := d.connector()
	actionID, err := s.firstOf(ctx, connectorID, actionIDs)
	if err != nil {
		return nil, err
	}
	action, schema, err := s.action(ctx, connectorID+"."+actionID)
	if err != nil {
		return nil, err
	}
	if s.effectOf(connectorID+"."+actionID, action) != catalog.Read {
		return nil, fmt.Errorf("%s.%s is no read", connectorID, actionID)
	}
	checked, err := schema.Schema().Check(args)
	if err != nil {
		return nil, err
	}
	parts, err := schema.Split(checked.Args)
	if err != nil {
		return nil, err
	}
	result, _, err := s.execute(ctx, run{
		connectorID: connectorID, actionID: actionID, connectionID: d.connectionID, effect: alloy.EffectRead,
		pathParams: parts.PathParams, query: parts.QueryParameters, body: parts.RequestBody,
		headers: withDefaults(parts.AdditionalHeaders, providerHeaders(connectorID, schema)), args: checked.Args, schema: schema,
	})
	if err != nil {
		return nil, err
	}
	var data map[string]any
	if err := unmarshal(result.Data, &data); err != nil {
		return nil, &Error{
			Code: CodeUpstreamError, Message: fmt.Sprintf("%s.%s answered with something that is no object.", connectorID, actionID), Hint: "Describe the action without context.",
		}
	}
	return data, nil
}

func (s *Set) firstOf(ctx context.Context, connectorID string, actionIDs []string) (string, error) {
	if len(actionIDs) == 1 {
		return actionIDs[0], nil
	}
	resources, err := s.config.Catalog.Resources(ctx, connectorID)
	if err != nil {
		return "", err
	}
	for _, id := range actionIDs {
		for _, r := range resources {
			if slices.ContainsFunc(r.Actions, func(a alloy.ActionSummary) bool { return a.ID == id }) {
				return id, nil
			}
		}
	}
	return "", &Error{
		Code: CodeUnknownAction, Message: fmt.Sprintf("%s has no action that reads this (looked for %s).", connectorID, strings.Join(actionIDs, ", ")),
		Hint: "Describe the action without context.",
	}
}

// textOf is a string of an app's answer, fit to be shown.
func textOf(v any, limit int) string {
	s, _ := v.(string)
	return clean(s, limit)
}

// objectsIn are the objects of a list in an app's answer.
func objectsIn(v any) []map[string]any {
	list, _ := v.([]any)
	var out []map[string]any
	for _, x := range list {
		if o, ok := x.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// keysOf lists the keys that the action's own schema has for an argument.
func (d *description) keysOf(name string) []string {
	part, err := d.schema.Part(name, maxPart)
	if err != nil {
		return nil
	}
	var object struct {
		Properties map[string]any `json:"properties"`
	}
	if json.Unmarshal(part, &object) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(object.Properties))
}

// takes says whether an action has an argument of this name.
func (d *description) takes(name string) bool {
	return slices.Contains(d.schema.Schema().Properties(), name)
}
