package tools

import (
	"context"
	"errors"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// caller returns who calls and which Alloy user that is. Every user-scoped tool
// begins with it.
func (s *Set) caller(ctx context.Context) (Principal, alloy.UserID, error) {
	principal, ok := PrincipalFrom(ctx)
	if !ok {
		return Principal{}, alloy.UserID{}, &UserRequiredError{}
	}
	user, err := s.config.User(ctx, principal)
	return principal, user, err
}

func (s *Set) user(ctx context.Context) (alloy.UserID, error) {
	_, user, err := s.caller(ctx)
	return user, err
}

// run is one action that a tool wants to have executed.
type run struct {
	connectorID  string
	actionID     string
	connectionID string // as the caller named it; may be empty
	effect       alloy.Effect
	pathParams   map[string]any
	query        map[string]any
	headers      map[string]string
	body         any
}

// execute is the one door to an app: it finds the caller's user and connection,
// runs the action, and notes what the outcome says about the connection.
func (s *Set) execute(ctx context.Context, r run) (alloy.ExecutionResult, alloy.Credential, error) {
	user, err := s.user(ctx)
	if err != nil {
		return alloy.ExecutionResult{}, alloy.Credential{}, err
	}
	account, err := s.accounts.resolve(ctx, user, r.connectorID, r.connectionID)
	if err != nil {
		return alloy.ExecutionResult{}, alloy.Credential{}, err
	}
	result, err := s.executeAs(ctx, user, account, r)
	return result, account, err
}

func (s *Set) executeAs(ctx context.Context, user alloy.UserID, account alloy.Credential, r run) (alloy.ExecutionResult, error) {
	result, err := s.config.Alloy.As(user).Execute(ctx, alloy.Execution{
		ConnectorID: r.connectorID, ActionID: r.actionID, CredentialID: account.ID, Effect: r.effect,
		PathParams: r.pathParams, QueryParameters: r.query, AdditionalHeaders: r.headers, RequestBody: r.body,
	})
	if err == nil {
		s.accounts.used(account.ID, true, "")
		return result, nil
	}
	return result, s.explain(user, account, err)
}

// explain turns what the connection itself is the cause of into an answer that
// offers to connect again. A rejected API key says nothing about a connection.
func (s *Set) explain(user alloy.UserID, account alloy.Credential, err error) error {
	var failed *alloy.Error
	if !errors.As(err, &failed) {
		return err
	}
	switch {
	case failed.Kind == alloy.KindCredentialRevoked,
		failed.Kind == alloy.KindProvider && failed.Provider != nil && revoked(*failed.Provider):
		s.accounts.used(account.ID, false, "")
		s.accounts.forget(user, account.ConnectorID)
		return &stop{
			Status: "reconnect_required", ConnectorID: account.ConnectorID,
			Message: "The connection " + account.ID + " no longer works: the app or Alloy says that its access was revoked or has expired.",
			Hint:    "Call start_oauth, show the person its link, and wait with get_connection.",
			Next:    next("start_oauth", "connector_id", account.ConnectorID, "connection_id", account.ID),
		}
	case failed.Kind == alloy.KindCredentialNotFound:
		// Alloy listed it seconds ago: it was deleted since, or belongs
		// to another key.
		s.accounts.forget(user, account.ConnectorID)
		return &Error{
			Code: CodeNotFound, Message: "Alloy no longer knows the connection " + account.ID + " for this user.",
			Hint: "Show what is connected with get_connection; connect again with start_oauth if it is gone.",
			Next: next("get_connection", "connector_id", account.ConnectorID),
		}
	}
	return err
}

// revoked reports whether the app rejected the credential itself.
func revoked(p alloy.ProviderError) bool {
	switch p.Code {
	case "unauthorized", "invalid_auth", "token_revoked", "token_expired", "account_inactive":
		return true
	}
	return p.Status == 401
}
