package tools

import (
	"context"
	"errors"

	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

// useOf is the account that a call would use, looked up without beginning to
// make one.
type useOf struct {
	ConnectionID string `json:"connection_id,omitempty"`
	// Status is what a call would be answered with first: connect_required,
	// reconnect_required or choose_connection.
	Status string `json:"status,omitempty"`
	// Connections are those to choose from, in short.
	Connections []connection `json:"connections,omitempty"`

	hint string
}

// maxChoices bounds how many accounts are named.
const maxChoices = 5

func (s *Set) useOf(ctx context.Context, d *description) useOf {
	connectorID := d.connector()
	user, err := s.user(ctx)
	if err != nil {
		return useOf{hint: "Which account it would use is not known: " + describe(err).Message}
	}
	named := d.connectionID
	if named == "" && d.effect == catalog.Read {
		named = ChosenFrom(ctx)
	}
	account, err := s.config.Accounts.Resolve(ctx, user, connectorID, named)
	var none *accounts.NoneError
	var many *accounts.SeveralError
	switch {
	case err == nil && account.Status == accounts.NeedsReconnect:
		return useOf{ConnectionID: account.ID, Status: "reconnect_required", hint: "The account no longer works: running it asks the person to connect it again."}
	case err == nil:
		return useOf{ConnectionID: account.ID}
	case errors.As(err, &none):
		return useOf{Status: "connect_required", hint: "No " + connectorID + " account is connected yet: running it asks the person to connect one."}
	case errors.As(err, &many):
		use := useOf{Status: "choose_connection", hint: "Several accounts are connected: pass the connection_id of the one that the person means."}
		for _, a := range many.Accounts[:min(len(many.Accounts), maxChoices)] {
			owner := clean(a.Owner, 60)
			if owner == "" {
				owner = clean(a.Name, 60)
			}
			use.Connections = append(use.Connections, connection{ConnectionID: a.ID, Owner: owner})
		}
		if len(many.Accounts) > maxChoices {
			use.hint += " get_connection lists all."
		}
		return use
	}
	return useOf{hint: "Which account it would use could not be looked up: " + shortened(describe(err).Message, 200)}
}
