package alloy

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

type connectorRow struct {
	ID          looseText
	ConnectorID looseText `json:"connectorId"`
	Name        looseText
	Icon        looseText
	IconURL     looseText `json:"iconUrl"`
	Group       looseList
	Category    looseList
}

func (r *connectorRow) connector() (Connector, bool) {
	c := Connector{
		ID: firstOf(r.ID, r.ConnectorID), Name: string(r.Name), IconURL: firstOf(r.Icon, r.IconURL),
		Groups: r.Group, Categories: r.Category,
	}
	return c, c.ID != ""
}

// Connectors lists every connector that the API key may use; Alloy does not
// page this list (observed).
func (c *Client) Connectors(ctx context.Context) ([]Connector, error) {
	k := &call{op: "list connectors", method: http.MethodGet, path: []string{"connectors"}}
	return do(ctx, c, k, func(a *answer) ([]Connector, *Error) {
		rows, failure := a.list("connectors", "data", "")
		if failure != nil {
			return nil, failure
		}
		return decodeRows(c, a, k.op, rows, (*connectorRow).connector)
	})
}

// Connector returns one connector. The endpoint is named in the official guide
// without an example; where it does not exist the list is searched.
func (c *Client) Connector(ctx context.Context, connectorID string) (Connector, error) {
	k := &call{op: "read connector " + label(connectorID), method: http.MethodGet, path: []string{"connectors", connectorID}}
	connector, err := do(ctx, c, k, func(a *answer) (Connector, *Error) {
		raw, failure := a.one(has("id", "connectorId"), "connector", "data", "")
		if failure != nil {
			return Connector{}, failure
		}
		var row connectorRow
		if json.Unmarshal(raw, &row) == nil {
			if connector, ok := row.connector(); ok {
				return connector, nil
			}
		}
		return Connector{}, strangeEnvelope(a, nil, "a connector with an id")
	})
	if !statusIs(err, http.StatusNotFound, http.StatusMethodNotAllowed) {
		return connector, err
	}
	all, listErr := c.Connectors(ctx)
	if listErr != nil {
		return Connector{}, listErr
	}
	for _, one := range all {
		if one.ID == connectorID {
			return one, nil
		}
	}
	return Connector{}, finish(&Error{
		Kind: KindNotFound, Outcome: OutcomeRejected, Message: "there is no connector " + label(connectorID) + " for this API key",
	}, k, &scrubber{})
}

type actionSummaryRow struct {
	ID          looseText
	Name        looseText
	DisplayName looseText `json:"displayName"`
	Title       looseText
	Description looseText
}

func (r *actionSummaryRow) summary() (ActionSummary, bool) {
	s := ActionSummary{ID: string(r.ID), Name: firstOf(r.Name, r.DisplayName, r.Title), Description: string(r.Description)}
	return s, s.ID != ""
}

type resourceRow struct {
	Name        looseText
	DisplayName looseText `json:"displayName"`
	Description looseText
	Actions     []actionSummaryRow
}

func (r *resourceRow) resource() (Resource, bool) {
	out := Resource{Name: firstOf(r.Name, r.DisplayName), Description: string(r.Description), Actions: []ActionSummary{}}
	for i := range r.Actions {
		if s, ok := r.Actions[i].summary(); ok {
			out.Actions = append(out.Actions, s)
		}
	}
	return out, len(r.Actions) == 0 && out.Name != "" || len(out.Actions) > 0
}

// Resources lists a connector's actions, grouped by resource. Where Alloy has
// none, the list …/actions is tried (a guess, named in one third-party text)
// and returned as one resource without a name.
func (c *Client) Resources(ctx context.Context, connectorID string) ([]Resource, error) {
	k := &call{
		op: "list resources of " + label(connectorID), method: http.MethodGet,
		path: []string{"connectors", connectorID, "resources"}, connector: connectorID,
	}
	resources, err := do(ctx, c, k, func(a *answer) ([]Resource, *Error) {
		rows, failure := a.list("resources", "data")
		if failure != nil {
			return nil, failure
		}
		return decodeRows(c, a, k.op, rows, (*resourceRow).resource)
	})
	if err == nil && len(resources) > 0 || err != nil && !statusIs(err, http.StatusNotFound) {
		return resources, err
	}
	if actions, actionsErr := c.actions(ctx, connectorID); actionsErr == nil && len(actions) > 0 {
		return []Resource{{Actions: actions}}, nil
	}
	return resources, err
}

func (c *Client) actions(ctx context.Context, connectorID string) ([]ActionSummary, error) {
	k := &call{
		op: "list actions of " + label(connectorID), method: http.MethodGet,
		path: []string{"connectors", connectorID, "actions"}, connector: connectorID,
	}
	return do(ctx, c, k, func(a *answer) ([]ActionSummary, *Error) {
		rows, failure := a.list("actions", "data")
		if failure != nil {
			return nil, failure
		}
		return decodeRows(c, a, k.op, rows, (*actionSummaryRow).summary)
	})
}

type actionRow struct {
	ID                    looseText
	DisplayName           looseText `json:"displayName"`
	Name                  looseText
	Description           looseText
	HTTPMethod            looseText `json:"httpMethod"`
	Path                  looseText
	Parameters            json.RawMessage
	RequestBody           json.RawMessage `json:"requestBody"`
	InputSchema           json.RawMessage `json:"inputSchema"`
	Schema                json.RawMessage
	SampleSuccessResponse json.RawMessage `json:"sampleSuccessResponse"`
}

type parameterRow struct {
	Name        *looseText // nil: there is none, which "" is not
	In          looseText
	Required    looseText
	Description looseText
	Type        looseText
	Schema      json.RawMessage
}

func (r *actionRow) action(id string) Action {
	a := Action{
		ID: string(r.ID), DisplayName: firstOf(r.DisplayName, r.Name), Description: string(r.Description),
		Method: string(bytes.ToLower([]byte(r.HTTPMethod))), Path: string(r.Path),
		SampleSuccessResponse: value(r.SampleSuccessResponse),
	}
	if a.ID == "" {
		a.ID = id
	}
	var rows []json.RawMessage
	if json.Unmarshal(r.Parameters, &rows) != nil {
		rows = nil
	}
	var inBody json.RawMessage
	for _, row := range rows {
		var p parameterRow
		if !isObject(row) || json.Unmarshal(row, &p) != nil {
			continue // the others are good
		}
		p.In = looseText(strings.ToLower(string(p.In)))
		if p.In == "body" {
			inBody = p.Schema
			continue
		}
		if p.Name == nil || *p.Name == "" && p.In != "query" && p.In != "path" { // no header is called so
			continue
		}
		if value(p.Schema) == nil && p.Type != "" { // OpenAPI 2 has no other schema than the row (guess)
			p.Schema = row
		}
		a.Parameters = append(a.Parameters, Parameter{
			Name: string(*p.Name), In: string(p.In), Required: p.Required == "true",
			Description: string(p.Description), Schema: value(p.Schema),
		})
	}
	a.RequestBody = bodySchema(r, inBody)
	return a
}

// bodySchema finds the schema of the body. Officially requestBody is the
// schema itself; the other places are those of OpenAPI and of older answers,
// in the order of the most tolerant reader that was observed.
func bodySchema(r *actionRow, inBody json.RawMessage) json.RawMessage {
	var wrapped struct {
		Properties json.RawMessage
		Content    map[string]struct{ Schema json.RawMessage }
		Schema     json.RawMessage
	}
	if isObject(r.RequestBody) && json.Unmarshal(r.RequestBody, &wrapped) == nil {
		switch {
		case isObject(wrapped.Properties):
			return r.RequestBody
		case isObject(wrapped.Content["application/json"].Schema):
			return wrapped.Content["application/json"].Schema
		case isObject(wrapped.Schema):
			return wrapped.Schema
		}
		for _, kind := range slices.Sorted(maps.Keys(wrapped.Content)) { // a form's, say
			if schema := wrapped.Content[kind].Schema; isObject(schema) {
				return schema
			}
		}
		return r.RequestBody
	}
	for _, raw := range [...]json.RawMessage{r.InputSchema, r.Schema, inBody} {
		if isObject(raw) {
			return raw
		}
	}
	return nil
}

// Action returns one action in full.
func (c *Client) Action(ctx context.Context, connectorID, actionID string) (Action, error) {
	k := &call{
		op: "read action " + label(connectorID) + "." + label(actionID), method: http.MethodGet,
		path: []string{"connectors", connectorID, "actions", actionID}, connector: connectorID,
	}
	return do(ctx, c, k, func(a *answer) (Action, *Error) {
		a.levels = maxActionDepth
		raw, failure := a.one(has("id", "httpMethod"), "action", "data", "")
		if failure != nil {
			return Action{}, failure
		}
		var row actionRow
		if err := json.Unmarshal(raw, &row); err != nil {
			return Action{}, unreadable(a, err)
		}
		return row.action(actionID), nil
	})
}

// value returns nil for a missing or null JSON value.
func value(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return raw
}

// label makes an id fit for a message.
func label(id string) string {
	if id = oneLine(id, 60); id == "" {
		return `""`
	}
	return id
}
