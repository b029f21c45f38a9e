package tools

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// lastLook is kept back of a call's time for the last look at Alloy's list.
const lastLook = 3 * time.Second

type getConnectionIn struct {
	ConnectionID string `json:"connection_id,omitempty" jsonschema_description:"One account."`
	ConnectorID  string `json:"connector_id,omitempty" jsonschema_description:"Accounts of one app."`
	RequestID    string `json:"request_id,omitempty" jsonschema_description:"From start_oauth."`
	WaitSeconds  int    `json:"wait_seconds,omitempty" jsonschema:"minimum=0,maximum=45" jsonschema_description:"0 to 45."`
	Verify       bool   `json:"verify,omitempty" jsonschema_description:"Test it with a harmless read."`
}

type getConnectionOut struct {
	Connections []connection `json:"connections,omitzero"`
	Request     *requestRow  `json:"request,omitempty"`
	Hint        string       `json:"hint,omitempty"`
	Next        *Next        `json:"next,omitempty" jsonschema:"-"`
}

type requestRow struct {
	RequestID string `json:"request_id,omitempty"`
	Status    string `json:"status,omitempty"`
	URL       string `json:"url,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

func getConnection() (definition, error) {
	tool, err := withOutput[getConnectionOut](Tool{
		Name:  "get_connection",
		Title: "Show connections",
		Description: "Shows connected accounts: whose, status, last check. Without arguments, all. " +
			"With request_id and wait_seconds, waits until the person has connected.",
		Hints: Hints{ReadOnly: true, Idempotent: true, OpenWorld: true},
	})
	if err != nil {
		return definition{Tool: tool}, err
	}
	return define(tool, runGetConnection)
}

func runGetConnection(ctx context.Context, s *Set, in getConnectionIn) (any, error) {
	principal, user, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	out := getConnectionOut{Connections: make([]connection, 0)}
	connectorID, connectionID := in.ConnectorID, in.ConnectionID
	request, err := s.pending(ctx, principal, in)
	if err != nil {
		return nil, err
	}
	if request != nil {
		out.describe(*request)
		connectorID = request.ConnectorID
		if request.Status == connect.Connected {
			s.config.Accounts.Forget(user, connectorID)
			if in.RequestID != "" {
				connectionID = request.CredentialID
			}
		}
	}
	var list []accounts.Account
	switch {
	case request != nil && in.RequestID != "" && request.Status != connect.Connected:
		return out, nil
	case connectorID != "":
		if _, err := s.connector(ctx, connectorID); err != nil {
			return nil, err
		}
		list, err = s.config.Accounts.Of(ctx, user, connectorID)
	default:
		list, err = s.config.Accounts.All(ctx, user)
	}
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(slices.Clone(list), func(a accounts.Account) bool { return !s.mayUse(ctx, a.ConnectorID).Allowed })
	if connectionID != "" {
		list = slices.DeleteFunc(list, func(a accounts.Account) bool { return a.ID != connectionID })
		if len(list) == 0 && request != nil {
			// Alloy stored it, and its list is late.
			list = []accounts.Account{{Credential: alloy.Credential{ID: connectionID, ConnectorID: connectorID}, Status: accounts.Unverified}}
		}
		if len(list) == 0 {
			return nil, noSuchConnection()
		}
	}
	untested := ""
	if in.Verify {
		if untested, err = s.verifyAll(ctx, principal, user, list); err != nil {
			return nil, err
		}
	}
	out.Connections = views(list)
	if out.Next == nil {
		out.advise(connectorID, out.Connections)
	}
	out.Hint = sentences([]string{out.Hint, untested})
	return out, nil
}

// pending looks up the request that the call is about, if it is about one.
func (s *Set) pending(ctx context.Context, principal Principal, in getConnectionIn) (*connect.Request, error) {
	wait := min(time.Duration(in.WaitSeconds)*time.Second, untilAnswer(ctx))
	switch {
	case in.RequestID != "":
		request, err := s.config.Connect.Check(ctx, principal.ID, in.RequestID, wait)
		if err != nil {
			return nil, err
		}
		return &request, nil
	case in.ConnectorID != "" && in.ConnectionID == "":
		request, err := s.config.Connect.CheckConnector(ctx, principal.ID, in.ConnectorID, wait)
		if errors.Is(err, connect.ErrUnknownRequest) {
			return nil, nil //nolint:nilnil // no request is a usual answer here
		}
		if err != nil {
			return nil, err
		}
		if request.Status != connect.Pending && request.Status != connect.Connected {
			return nil, nil //nolint:nilnil // it is over and was not asked for
		}
		return &request, nil
	}
	return nil, nil //nolint:nilnil // the call names no request
}

// untilAnswer is how long a call may still wait so that its answer leaves before
// its deadline, a look at Alloy's list included.
func untilAnswer(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return maxWait
	}
	return max(0, time.Until(deadline)-lastLook)
}

// describe says where a request stands and what to do about it.
func (out *getConnectionOut) describe(r connect.Request) {
	out.Request = &requestRow{RequestID: r.ID, Status: string(r.Status), Reason: r.Reason}
	again := next("start_oauth", "connector_id", r.ConnectorID)
	switch r.Status {
	case connect.Pending:
		out.Request.URL = r.URL
		out.Hint = "The person has not finished. Make sure that they have the link, then wait again."
		out.Next = waitFor(r.ID)
	case connect.Denied:
		out.Hint, out.Next = "The person or the app refused. Ask before you start again.", again
	case connect.Expired:
		out.Hint, out.Next = "The link was not used in time. Make a new one if it is still wanted.", again
	case connect.Failed:
		out.Hint, out.Next = "Nothing was connected. Ask the person what the browser shows, then make a new link.", again
	}
}

// advise says what usually comes next.
func (out *getConnectionOut) advise(connectorID string, list []connection) {
	switch {
	case len(list) == 0 && connectorID != "":
		out.Hint = "No " + connectorID + " account is connected."
		out.Next = next("start_oauth", "connector_id", connectorID)
	case len(list) == 0:
		out.Hint = "No account is connected."
		out.Next = next("list_connectors")
	case len(list) == 1 && list[0].Status == string(accounts.NeedsReconnect):
		out.Hint = "This account has to be connected again."
		out.Next = next("start_oauth", "connector_id", list[0].ConnectorID, "connection_id", list[0].ConnectionID)
	}
}

func noSuchConnection() *Error {
	return &Error{
		Code: CodeNotFound, Message: "This user has no connection with that connection_id.",
		Hint: "Show the connections with get_connection and use one of those.", Next: next("get_connection"),
	}
}

// maxVerified bounds the reads of one call.
const maxVerified = 10

// verifyAll tests accounts with a harmless read each, where the app has one. Only
// an error that is not the account's own ends the call. It tells why the first that may
// not be tested is not.
func (s *Set) verifyAll(ctx context.Context, principal Principal, user alloy.UserID, list []accounts.Account) (untested string, err error) {
	for i := range list[:min(len(list), maxVerified)] {
		verified, proof, err := s.config.Accounts.Verify(ctx, principal.ID, user, list[i])
		if err != nil {
			return "", err
		}
		if proof.Refused != nil && untested == "" {
			untested = "The reads that would test " + list[i].ConnectorID + " are refused, so it was not tested. " + describe(proof.Refused).Message
		}
		list[i] = verified
	}
	return untested, nil
}
