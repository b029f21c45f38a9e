package tools

import (
	"context"
	"encoding/json"

	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

type disconnectIn struct {
	ConnectionID string `json:"connection_id"`
}

type disconnectOut struct {
	Connection connection `json:"connection"`
	Message    string     `json:"message"` // what Alloy has forgotten
	Revoke     string     `json:"revoke"`  // where the app itself still lists the access
}

// Disconnect deletes one of the caller's connections at Alloy. An id that is not
// the caller's gets the answer of one that does not exist. It is no tool:
// disconnecting is for people and for programs of theirs.
func (s *Set) Disconnect(ctx context.Context, connectionID string) Answer {
	arguments, err := json.Marshal(disconnectIn{ConnectionID: connectionID})
	if err != nil {
		return s.failed(ctx, s.disconnect.Name, err)
	}
	return s.perform(ctx, s.disconnect, arguments)
}

func disconnect() (definition, error) { return define(Tool{Name: "disconnect"}, runDisconnect) }

func runDisconnect(ctx context.Context, s *Set, in disconnectIn) (any, error) {
	user, err := s.user(ctx)
	if err != nil {
		return nil, err
	}
	account, err := s.config.Accounts.Disconnect(ctx, user, in.ConnectionID)
	if err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "account disconnected", "connector", account.ConnectorID)
	return disconnectOut{
		Connection: views([]accounts.Account{account})[0],
		Message:    "Alloy has forgotten the connection and its tokens.",
		Revoke:     connect.Revocation(account.ConnectorID),
	}, nil
}
