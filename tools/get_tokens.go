package tools

import (
	"context"
)

type getTokensIn struct {
	ConnectionID string `json:"connection_id" jsonschema_description:"From get_connection."`
}

type getTokensOut struct {
	ConnectionID string `json:"connection_id,omitempty"`
	ConnectorID  string `json:"connector_id,omitempty"`
	Type         string `json:"type,omitempty"`
	ManagedBy    string `json:"managed_by,omitempty"`
	ExpiresAt    string `json:"expires_at,omitempty"`
	UpdatedAt    string `json:"updated_at,omitempty"`
	Note         string `json:"note,omitempty"`
}

func getTokens() (definition, error) {
	tool, err := withOutput[getTokensOut](Tool{
		Name:  "get_tokens",
		Title: "About a connection's tokens",
		Description: "Tells what is known about a connection's tokens: kind, who renews them, expiry. " +
			"It never returns a token: Alloy keeps them, and the other tools act through connection_id.",
		Hints: Hints{ReadOnly: true, Idempotent: true, OpenWorld: true},
	})
	if err != nil {
		return definition{Tool: tool}, err
	}
	return define(tool, runGetTokens)
}

func runGetTokens(ctx context.Context, s *Set, in getTokensIn) (any, error) {
	_, user, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	account, err := s.config.Accounts.Find(ctx, user, in.ConnectionID)
	if err != nil {
		return nil, err
	}
	if d := s.mayUse(ctx, account.ConnectorID); !d.Allowed {
		return nil, &refusedByPolicy{d}
	}
	return getTokensOut{
		ConnectionID: account.ID, ConnectorID: account.ConnectorID, Type: unknownIfEmpty(string(account.AuthType)),
		ManagedBy: "alloy", ExpiresAt: unknownIfEmpty(timestamp(account.ExpiresAt)), UpdatedAt: timestamp(account.UpdatedAt),
		Note: "Alloy keeps the tokens of this connection and renews them; it does not hand them out to anybody. " +
			"To act in the app, pass this connection_id to the other tools.",
	}, nil
}

func unknownIfEmpty(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
