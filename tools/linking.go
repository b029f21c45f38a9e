package tools

import (
	"context"
	"errors"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// need is an account that a call cannot go on without.
type need struct {
	status      string // connect_required or reconnect_required
	connectorID string
	message     string
	replaces    string // the connection that no longer works
}

// connectFirst begins to make the account that a call needs, and ends the call
// with the link for its person. Where no link can be made, the answer says so by
// the error of trying.
func (s *Set) connectFirst(ctx context.Context, principal Principal, user alloy.UserID, n need) error {
	if s.config.NoLinks {
		halt := &stop{
			Status: n.status, ConnectorID: n.connectorID, Message: n.message,
			Hint: "Call start_oauth, show the person its link, and wait with get_connection.",
			Next: next("start_oauth", "connector_id", n.connectorID),
		}
		if n.replaces != "" {
			halt.Next.Arguments["connection_id"] = n.replaces
		}
		return halt
	}
	request, err := s.start(ctx, principal, user, n.connectorID, "", n.replaces)
	var not *connect.MethodError
	if errors.As(err, &not) {
		return &stop{
			Status: n.status, ConnectorID: n.connectorID, Message: n.message + " " + sentence(not.Error()), Hint: not.Hint(),
		}
	}
	if err != nil {
		return err
	}
	return &stop{
		Status: n.status, ConnectorID: n.connectorID, Message: n.message,
		RequestID: request.ID, URL: request.URL, ExpiresAt: timestamp(request.ExpiresAt),
		Hint:     "Show the person this link now. Then wait with get_connection, and make this call again once they have connected.",
		Next:     waitFor(request.ID),
		question: question{link: linkTo(request, n.message)},
	}
}

// start begins linking an account of a connector.
func (s *Set) start(ctx context.Context, principal Principal, user alloy.UserID, connectorID string, method alloy.AuthType, replaces string) (connect.Request, error) {
	connector, err := s.connector(ctx, connectorID)
	if err != nil {
		return connect.Request{}, err
	}
	how, err := s.config.Connect.Method(ctx, connector.ID, method)
	if err != nil {
		return connect.Request{}, err
	}
	return s.config.Connect.Start(ctx, connect.Start{
		Owner: principal.ID, User: user, Connector: connector, Method: how, Agent: AgentFrom(ctx), Replaces: replaces,
	})
}

func linkTo(request connect.Request, message string) *Link {
	return &Link{RequestID: request.ID, URL: request.URL, ConnectorID: request.ConnectorID, Message: message}
}

func waitFor(requestID string) *Next {
	return next("get_connection", "request_id", requestID, "wait_seconds", int(maxWait/time.Second))
}

// resume waits for the account that a call stopped for. It returns nil once the
// call can go on.
func (s *Set) resume(ctx context.Context, requestID string) error {
	principal, user, err := s.caller(ctx)
	if err != nil {
		return err
	}
	request, err := s.config.Connect.Check(ctx, principal.ID, requestID, untilAnswer(ctx))
	if err != nil {
		return err
	}
	s.config.Accounts.Forget(user, request.ConnectorID)
	if request.Status == connect.Connected {
		return nil
	}
	if _, err := s.config.Accounts.Resolve(ctx, user, request.ConnectorID, ""); err == nil {
		return nil // another account of the app came meanwhile, and it will do
	}
	halt := &stop{Status: "connect_required", ConnectorID: request.ConnectorID, RequestID: request.ID}
	switch request.Status {
	case connect.Pending:
		halt.URL, halt.ExpiresAt = request.URL, timestamp(request.ExpiresAt)
		halt.Message = "The person has not finished connecting " + request.ConnectorID + "."
		halt.Hint = "Make sure that they have the link, wait with get_connection, and make this call again."
		halt.Next = waitFor(request.ID)
		halt.link = linkTo(request, halt.Message)
	default:
		halt.Message = "No " + request.ConnectorID + " account was connected: the request is " + string(request.Status) + "."
		if request.Reason != "" {
			halt.Message += " " + sentence(request.Reason)
		}
		halt.Hint = "Ask the person before you begin again."
		halt.Next = next("start_oauth", "connector_id", request.ConnectorID)
	}
	return halt
}

// several asks which account is meant.
func several(e *accounts.SeveralError) *stop {
	halt := &stop{
		Status: "choose_connection", ConnectorID: e.ConnectorID,
		Message:     "Several " + e.ConnectorID + " accounts are connected.",
		Connections: views(e.Accounts),
		Hint:        "Ask the person which one is meant and call again with its connection_id.",
		question:    question{choice: &Choice{Message: "Several " + e.ConnectorID + " accounts are connected. Which one is meant?"}},
	}
	for _, a := range e.Accounts {
		halt.choice.Options = append(halt.choice.Options, Option{ConnectionID: a.ID, Label: whose(a)})
	}
	return halt
}

// whose names an account so that a person can tell it from others.
func whose(a accounts.Account) string {
	name := clean(a.Owner, 80)
	if name == "" {
		name = clean(a.Name, 80)
	}
	if name == "" {
		name = a.ConnectorID
	}
	if created := timestamp(a.CreatedAt); created != "" {
		name += ", connected " + created[:len("2006-01-02")]
	}
	return name + ", " + a.ID
}

// connection is an account as tools show it.
type connection struct {
	ConnectionID string `json:"connection_id,omitempty"`
	ConnectorID  string `json:"connector_id,omitempty"`
	Name         string `json:"name,omitempty"`
	Owner        string `json:"owner,omitempty"`
	Status       string `json:"status,omitempty"`
	CreatedAt    string `json:"created_at,omitempty"`
	VerifiedAt   string `json:"verified_at,omitempty"`
}

func views(list []accounts.Account) []connection {
	shown := make([]connection, len(list))
	for i, a := range list {
		shown[i] = connection{
			ConnectionID: a.ID, ConnectorID: a.ConnectorID, Name: clean(a.Name, 120), Owner: clean(a.Owner, 120),
			Status: string(a.Status), CreatedAt: timestamp(a.CreatedAt), VerifiedAt: timestamp(a.VerifiedAt),
		}
	}
	return shown
}

// timestamp renders t in UTC to the second, and nothing for the zero time.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
