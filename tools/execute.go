package tools

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/schemas"
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
	args         map[string]any        // for the policy and the record
	schema       *schemas.ActionSchema // of args; nil where they have one name each
	// sent is called when the request may have reached the app; nil is not called.
	sent func()
}

// execute runs a read for a tool of its own: it finds the caller's user and
// connection. Where there is no connection, or none that works, it begins to make
// one.
func (s *Set) execute(ctx context.Context, r run) (result alloy.ExecutionResult, account accounts.Account, err error) {
	ctx, a := begin(ctx)
	defer func() { s.conclude(ctx, a, nil, err) }()
	principal, user, err := s.caller(ctx)
	if err != nil {
		return alloy.ExecutionResult{}, accounts.Account{}, err
	}
	o := &order{principal: principal, user: user, effect: catalog.Read, actionID: r.connectorID + "." + r.actionID, args: r.args, schema: r.schema}
	a.order = o
	if err := s.unasked(o); err != nil {
		return alloy.ExecutionResult{}, accounts.Account{}, err
	}
	if o.account, err = s.account(ctx, principal, user, r); err != nil {
		return alloy.ExecutionResult{}, o.account, err
	}
	a.tell()
	began := time.Now()
	result, err = s.send(ctx, user, o.account, r)
	outcome := outcomeOf(err)
	if err != nil {
		err = s.explain(ctx, principal, user, o.account, err)
	}
	s.recordEnd(ctx, o, rand.Text(), string(outcome), time.Since(began), err)
	return result, o.account, err
}

// unasked decides whether a read may be made that nobody asked for by its name.
func (s *Set) unasked(o *order) error {
	if err := s.guard(o); err != nil {
		return err
	}
	if !s.asksFirst(o) {
		return nil
	}
	return &Error{
		Code: CodeRefusedByPolicy, Message: "The person has to approve this first. " + sentence(o.decision.Reason),
		Hint: "Run " + o.actionID + " with run_read, which asks them.", Next: next("describe_action", "action_id", o.actionID),
	}
}

// tests decides about a read that tests an account, and records it.
func (s *Set) tests(ctx context.Context, r accounts.Read) (made func(error), refused error) {
	ctx, a := begin(detached(ctx))
	o := &order{
		principal: Principal{ID: r.Principal}, user: r.User, effect: catalog.Read, actionID: r.ConnectorID + "." + r.ActionID, args: r.QueryParameters,
		account: accounts.Account{Credential: alloy.Credential{ID: r.CredentialID, ConnectorID: r.ConnectorID}},
	}
	a.order = o
	if err := s.unasked(o); err != nil {
		s.conclude(ctx, a, nil, err)
		return nil, err
	}
	began := time.Now()
	return func(err error) { s.recordEnd(ctx, o, rand.Text(), string(outcomeOf(err)), time.Since(began), err) }, nil
}

// account finds the connection that a run is made with.
func (s *Set) account(ctx context.Context, principal Principal, user alloy.UserID, r run) (accounts.Account, error) {
	if r.connectionID == "" && r.effect == alloy.EffectRead {
		r.connectionID = ChosenFrom(ctx)
	}
	account, err := s.config.Accounts.Resolve(ctx, user, r.connectorID, r.connectionID)
	var none *accounts.NoneError
	if errors.As(err, &none) {
		return account, s.connectFirst(ctx, principal, user, need{
			status: "connect_required", connectorID: r.connectorID, message: "No " + r.connectorID + " account is connected yet.",
		})
	}
	var many *accounts.SeveralError
	if errors.As(err, &many) && r.effect != alloy.EffectRead {
		halt := several(many)
		halt.choice = nil // a change is made in the account that the call itself names
		return account, halt
	}
	if err == nil && account.Status == accounts.NeedsReconnect && r.effect != alloy.EffectRead {
		err = s.reconnectFirst(ctx, principal, user, account)
	}
	return account, err
}

// send is the one door to an app. It notes what the outcome says about the
// connection.
func (s *Set) send(ctx context.Context, user alloy.UserID, account accounts.Account, r run) (alloy.ExecutionResult, error) {
	result, err := s.config.Alloy.As(user).Execute(ctx, alloy.Execution{
		ConnectorID: r.connectorID, ActionID: r.actionID, CredentialID: account.ID, Effect: r.effect,
		PathParams: r.pathParams, QueryParameters: r.query, AdditionalHeaders: r.headers, RequestBody: r.body, Sent: r.sent,
	})
	if err == nil {
		s.config.Accounts.Worked(ctx, user, account.ID, "")
	}
	return result, err
}

// explain turns what the connection itself is the cause of into an answer that
// offers to connect again. A rejected API key says nothing about a connection.
func (s *Set) explain(ctx context.Context, principal Principal, user alloy.UserID, account accounts.Account, err error) error {
	if accounts.RejectsAccount(err) {
		s.config.Accounts.Failed(ctx, user, account.ID)
		s.config.Accounts.Forget(user, account.ConnectorID)
		return s.reconnectFirst(ctx, principal, user, account)
	}
	var failed *alloy.Error
	if errors.As(err, &failed) && failed.Kind == alloy.KindCredentialNotFound {
		// Alloy listed it seconds ago: it was deleted since, or belongs
		// to another key.
		s.config.Accounts.Forget(user, account.ConnectorID)
		return &Error{
			Code: CodeNotFound, Message: "Alloy no longer knows the connection " + account.ID + " for this user.",
			Hint: "Show what is connected with get_connection; connect again with start_oauth if it is gone.",
			Next: next("get_connection", "connector_id", account.ConnectorID),
		}
	}
	return err
}

func (s *Set) reconnectFirst(ctx context.Context, principal Principal, user alloy.UserID, account accounts.Account) error {
	return s.connectFirst(ctx, principal, user, need{
		status: "reconnect_required", connectorID: account.ConnectorID, replaces: account.ID,
		message: "The connection " + account.ID + " no longer works: the app or Alloy says that its access was revoked or has expired.",
	})
}
