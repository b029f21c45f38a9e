package tools

import (
	"context"
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
	Status       string `json:"status,omitempty"`
	RequestID    string `json:"request_id,omitempty"`
	URL          string `json:"url,omitempty"`
	ExpiresAt    string `json:"expires_at,omitempty"`
	ConnectionID string `json:"connection_id,omitempty"`
	Reason       string `json:"reason,omitempty"`
	Hint         string `json:"hint,omitempty"`
	Next         *Next  `json:"next,omitempty" jsonschema:"-"`

	link *Link
}

func (out startOAuthOut) asks() question { return question{link: out.link} }

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
	if id := ResumeFrom(ctx); id != "" {
		request, err := s.config.Connect.Check(ctx, principal.ID, id, untilAnswer(ctx))
		if err != nil {
			return nil, err
		}
		s.config.Accounts.Forget(user, request.ConnectorID)
		return started(request), nil
	}
	if _, err := s.connector(ctx, in.ConnectorID); err != nil {
		return nil, err
	}
	if in.ConnectionID != "" {
		if _, err := s.config.Accounts.Resolve(ctx, user, in.ConnectorID, in.ConnectionID); err != nil {
			return nil, err
		}
	}
	request, err := s.start(ctx, principal, user, in.ConnectorID, alloy.AuthType(in.Method), in.ConnectionID)
	if err != nil {
		return nil, err
	}
	return started(request), nil
}

func started(r connect.Request) startOAuthOut {
	out := startOAuthOut{Status: string(r.Status), RequestID: r.ID, Reason: r.Reason}
	switch r.Status {
	case connect.Pending:
		out.URL, out.ExpiresAt = r.URL, timestamp(r.ExpiresAt)
		out.Hint = "Show this link to the person now. Then wait with get_connection; repeat it while the status is pending."
		out.Next = waitFor(r.ID)
		out.link = linkTo(r, "Connect your "+r.ConnectorID+" account.")
	case connect.Connected:
		out.ConnectionID = r.CredentialID
		out.Hint = "The account is connected; go on with what it is for."
	default:
		out.Hint = "Nothing was connected. Ask the person before you begin again."
		out.Next = next("start_oauth", "connector_id", r.ConnectorID)
	}
	return out
}

// maxWait is the longest a call waits for a person: clients give up after 60 s.
const maxWait = 45 * time.Second
