package tools

import (
	"context"
	"errors"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/redact"
)

// rehearsal is the answer to a dry run: what would be sent to the app.
type rehearsal struct {
	DryRun       bool           `json:"dry_run"`
	Outcome      ledger.Outcome `json:"outcome"`
	ActionID     string         `json:"action_id"`
	Effect       string         `json:"effect"`
	ConnectionID string         `json:"connection_id,omitempty"`
	WouldSend    message        `json:"would_send"`
	notes
	// AsksFirst says that the person is asked before it is sent.
	AsksFirst bool   `json:"asks_first,omitempty"`
	Hint      string `json:"hint"`
	Next      *Next  `json:"next,omitempty"`
}

// message is a request to an app, in Alloy's words.
type message struct {
	Method            string            `json:"method,omitempty"`
	Path              string            `json:"path,omitempty"`
	PathParams        map[string]any    `json:"pathParams,omitempty"`
	QueryParameters   map[string]any    `json:"queryParameters,omitempty"`
	AdditionalHeaders map[string]string `json:"additionalHeaders,omitempty"`
	RequestBody       any               `json:"requestBody,omitempty"`
}

const hidden = "[redacted]"

// rehearse shows what the order would send. It needs no account, since nothing
// is sent; which one would be used is said where that is clear.
func (s *Set) rehearse(ctx context.Context, o *order, connectionID string) (any, error) {
	connectorID, _, _ := strings.Cut(o.actionID, ".")
	out := rehearsal{
		DryRun: true, Outcome: ledger.NotSent, ActionID: o.actionID, Effect: string(o.effect), notes: o.notes, AsksFirst: s.asksFirst(o),
		Hint: "Nothing was sent. To send it, make the same call without dry_run.",
	}
	if len(o.notes.Unknown) > 0 {
		out.Hint += " unknown lists keys that the schema does not have: check the spelling."
	}
	account, err := s.config.Accounts.Resolve(ctx, o.user, connectorID, connectionID)
	var (
		none *accounts.NoneError
		many *accounts.SeveralError
	)
	switch {
	case err == nil:
		out.ConnectionID = account.ID
	case errors.As(err, &none):
		out.Hint += " No " + connectorID + " account is connected yet; the call will ask the person to connect one."
		out.Next = next("start_oauth", "connector_id", connectorID)
	case errors.As(err, &many):
		out.Hint += " Several " + connectorID + " accounts are connected; the call has to name one with connection_id."
		out.Next = next("get_connection", "connector_id", connectorID)
	default:
		return nil, err
	}
	out.WouldSend = message{
		Method: strings.ToUpper(o.action.Method), Path: clean(o.action.Path, 400),
		PathParams: without(o.parts.PathParams), QueryParameters: without(o.parts.QueryParameters),
		AdditionalHeaders: make(map[string]string, len(o.parts.AdditionalHeaders)), RequestBody: withoutSecrets(o.parts.RequestBody, false),
	}
	for name, value := range o.parts.AdditionalHeaders {
		out.WouldSend.AdditionalHeaders[name], _ = withoutSecrets(value, secretName(name)).(string)
	}
	return out, nil
}

func without(object map[string]any) map[string]any {
	if object == nil {
		return nil
	}
	clean, _ := withoutSecrets(object, false).(map[string]any)
	return clean
}

// withoutSecrets is a copy of value in which is hidden what looks like a secret, or
// all text and numbers where value as a whole has the name of one.
func withoutSecrets(value any, secret bool) any {
	switch value := value.(type) {
	case map[string]any:
		clean := make(map[string]any, len(value))
		for name, inner := range value {
			clean[name] = withoutSecrets(inner, secret || secretName(name))
		}
		return clean
	case []any:
		clean := make([]any, len(value))
		for i, inner := range value {
			clean[i] = withoutSecrets(inner, secret)
		}
		return clean
	case string:
		if secret {
			return hidden
		}
		var forms *redact.Scrubber // which knows no values
		return forms.String(value)
	case bool, nil:
		return value
	}
	if secret {
		return hidden
	}
	return value
}

// secretName also takes for secrets what is none in a log.
func secretName(name string) bool {
	switch strings.ToLower(name) {
	case "pass", "auth", "credential", "credentials", "pin":
		return true
	}
	return redact.SecretName(name)
}
