package tools

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

type startOAuthIn struct {
	ConnectorID  string `json:"connector_id" jsonschema_description:"E.g. notion."`
	Method       string `json:"method,omitempty" jsonschema:"enum=oauth2,enum=apiKey,enum=http" jsonschema_description:"If the app has several."`
	ConnectionID string `json:"connection_id,omitempty" jsonschema_description:"To reconnect this one."`
}

type startOAuthOut struct {
	Status    string `json:"status,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	URL       string `json:"url,omitempty"`
	ExpiresAt string `json:"expires_at,omitempty"`
	Hint      string `json:"hint,omitempty"`
	Next      *Next  `json:"next,omitempty" jsonschema:"-"`
}

func startOAuth() (definition, error) {
	tool, err := withOutput[startOAuthOut](Tool{
		Name:  "start_oauth",
		Title: "Connect an account",
		Description: "Starts connecting an account by any method, API keys and passwords too. Returns a link and a request_id. " +
			"Show the link to the person before you wait with get_connection. Never ask for a secret in the chat.",
		Hints: Hints{OpenWorld: true},
	})
	if err != nil {
		return definition{Tool: tool}, err
	}
	return define(tool, runStartOAuth)
}

func runStartOAuth(ctx context.Context, s *Set, in startOAuthIn) (any, error) {
	principal, user, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	connector, err := s.config.Catalog.Connector(ctx, in.ConnectorID)
	if err != nil {
		return nil, err
	}
	if in.ConnectionID != "" {
		if _, err := s.accounts.resolve(ctx, user, connector.ID, in.ConnectionID); err != nil {
			return nil, err
		}
	}
	method, err := s.method(ctx, connector.ID, in.Method)
	if err != nil {
		return nil, err
	}
	request, err := s.config.Connect.Start(ctx, connect.Start{Owner: principal.ID, User: user, Connector: connector, Method: method})
	if err != nil {
		return nil, err
	}
	return startOAuthOut{
		Status: string(request.Status), RequestID: request.ID, URL: request.URL, ExpiresAt: timestamp(request.ExpiresAt),
		Hint: "Show this link to the person now. Then wait with get_connection; repeat it while the status is pending.",
		Next: next("get_connection", "request_id", request.ID, "wait_seconds", int(maxWait/time.Second)),
	}, nil
}

// method picks the way to connect: the one asked for, else the only one, else
// OAuth, which asks the person for the least. What the connector does not offer
// is refused here, since Alloy would only answer that it is not found.
func (s *Set) method(ctx context.Context, connectorID, asked string) (alloy.AuthMethod, error) {
	methods, err := s.config.Catalog.Methods(ctx, connectorID)
	if err != nil {
		return alloy.AuthMethod{}, err
	}
	want := alloy.AuthType(asked)
	if asked == "" && len(methods) > 0 {
		want = methods[0].Type
		if slices.ContainsFunc(methods, func(m alloy.AuthMethod) bool { return m.Type == alloy.AuthOAuth2 }) {
			want = alloy.AuthOAuth2
		}
	}
	i := slices.IndexFunc(methods, func(m alloy.AuthMethod) bool { return m.Type == want })
	if len(methods) == 0 {
		return alloy.AuthMethod{}, &Error{
			Code: CodeNotPermitted, Message: "Alloy states no way to connect " + connectorID + ".", Hint: "Tell the person; support@runalloy.com can help.",
		}
	}
	if i < 0 {
		return alloy.AuthMethod{}, &Error{
			Code: CodeInvalidArguments, Message: connectorID + " cannot be connected by " + asked + "; it offers: " + offered(methods) + ".",
			Hint: "Leave method out, or name one of those.", Next: next("start_oauth", "connector_id", connectorID),
		}
	}
	if methods[i].AuthConfigRequired && !s.config.Connect.HasAuthConfig(connectorID) {
		return alloy.AuthMethod{}, &Error{
			Code: CodeNotPermitted, Message: "Alloy has no OAuth app of its own for " + connectorID + ", so it needs yours.",
			Hint: "Whoever runs the server makes an Auth Config in Alloy's dashboard and sets ALLOY_AUTH_CONFIGS=" + connectorID + "=<its id>.",
		}
	}
	return methods[i], nil
}

func offered(methods []alloy.AuthMethod) string {
	if len(methods) == 0 {
		return "nothing"
	}
	var names []string
	for _, m := range methods {
		names = append(names, string(m.Type))
	}
	return strings.Join(slices.Compact(names), ", ")
}
