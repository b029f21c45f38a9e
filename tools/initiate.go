package tools

import (
	"context"
	"encoding/json"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

type initiateIn struct {
	ConnectorID string `json:"connector_id"`
	ReturnTo    string `json:"return_to,omitempty"`
}

type initiateOut struct {
	RequestID string `json:"request_id"`
	URL       string `json:"url"`
	ExpiresAt string `json:"expires_at"`
}

// Initiate begins linking an account for a program that sends its person to the
// link and wants them back: arguments are connector_id and return_to, one of the
// flow's addresses or empty. It is no tool, since a model has nowhere to return to.
func (s *Set) Initiate(ctx context.Context, arguments json.RawMessage) Answer {
	return s.perform(ctx, s.initiate, arguments)
}

func initiate() (definition, error) { return define(Tool{Name: "initiate"}, runInitiate) }

func runInitiate(ctx context.Context, s *Set, in initiateIn) (any, error) {
	principal, user, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	connector, err := s.connector(ctx, in.ConnectorID)
	if err != nil {
		return nil, err
	}
	how, err := s.config.Connect.Method(ctx, connector.ID, "")
	if err != nil {
		return nil, err
	}
	request, err := s.config.Connect.Start(ctx, connect.Start{
		Owner: principal.ID, User: user, Connector: connector, Method: how, Agent: AgentFrom(ctx), ReturnTo: in.ReturnTo,
	})
	if err != nil {
		return nil, err
	}
	return initiateOut{RequestID: request.ID, URL: request.URL, ExpiresAt: timestamp(request.ExpiresAt)}, nil
}
