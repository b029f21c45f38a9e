package tools

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// Confirm says how the person is asked before a destructive action.
type Confirm string

// The ways to ask. A code that a model can repeat would be no consent, so there is
// none.
const (
	ConfirmElicit Confirm = "elicit" // by the client where it can, else on a page
	ConfirmPage   Confirm = "page"   // on a page of ours
	ConfirmClient Confirm = "client" // the client asks before it calls run_destructive
	ConfirmOff    Confirm = "off"    // nobody is asked
)

// asksFirst tells whether the person has to approve the order. ConfirmOff is about
// what is asked without a rule: a rule that says so is asked about even then.
func (s *Set) asksFirst(o *order) bool {
	destructive := o.effect == catalog.Destructive
	switch s.config.Confirm {
	case ConfirmClient:
		return o.decision.Confirm && !destructive
	case ConfirmOff:
		return o.decision.Confirm
	case ConfirmElicit, ConfirmPage:
	}
	return o.decision.Confirm || destructive
}

// settled is how long an equal call gets the outcome of an approved one that has
// ended, or the person's no, and not a new question.
const settled = time.Minute

// askFirst returns the call that the person approved, or asks them.
func (s *Set) askFirst(ctx context.Context, o *order) (begun, error) {
	what, err := o.what()
	if err != nil {
		return begun{}, err
	}
	if b, err := s.madeBefore(ctx, o, what); err != nil || b.call != nil {
		return b, err
	}
	decided := false // in this very call
	for range 2 {
		request, status, err := s.config.Approvals.Ask(ctx, s.request(ctx, o, what))
		if err != nil {
			return begun{}, &notMade{err}
		}
		if status == approve.Pending {
			if request, status, err = s.decide(ctx, request); err != nil {
				return begun{}, &notMade{err}
			}
			decided = status == approve.Approved
		}
		switch status {
		case approve.Approved:
			if c := s.approvedCall(ctx, request); c != nil && (!c.isOver() || time.Since(c.ended) < settled) {
				if attemptIn(ctx).repeats(c.id); decided {
					attemptIn(ctx).tell()
				}
				return begun{call: c}, nil
			} // else it was made a while ago, or the server ended before it was made
		case approve.Pending, approve.Denied, approve.Expired:
			if status == approve.Denied && time.Since(request.Decided) > settled {
				break // people may change their minds
			}
			answer, err := s.unapproved(ctx, request, status)
			return begun{answer: answer}, err
		}
		if err := s.config.Approvals.Forget(ctx, request); err != nil {
			return begun{}, &notMade{err}
		}
	}
	return begun{}, &notMade{errors.New("an approval was neither given nor asked for")}
}

// madeBefore is an equal change that the ledger knows: made perhaps long ago under the
// same key, or without being asked about. Its call is nil where there is none.
func (s *Set) madeBefore(ctx context.Context, o *order, what string) (begun, error) {
	if o.effect == catalog.Read {
		return begun{}, nil
	}
	record, err := s.config.Ledger.Look(ctx, o.write(what))
	switch {
	case errors.Is(err, state.ErrNotFound):
		return begun{}, nil
	case err != nil:
		return begun{}, notMadeBecause(err)
	}
	asked, _, err := s.config.Approvals.Same(ctx, o.principal.ID, o.question(what))
	return begun{call: s.earlier(ctx, o, record), again: err != nil || asked.ID != record.RequestID}, nil
}

// heldCall is a call that waits for its person's word.
type heldCall struct {
	runChangeIn

	AllPages bool `json:"all_pages,omitempty"`
}

// question identifies what the person is asked: an equal change under another key is
// one more, and all pages are more than one.
func (o *order) question(what string) string {
	if o.key == "" && !o.allPages {
		return what
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%t", what, o.key, o.allPages))
	return hex.EncodeToString(sum[:])
}

// request is what the person is asked.
func (s *Set) request(ctx context.Context, o *order, what string) approve.Request {
	connectorID, _, _ := strings.Cut(o.actionID, ".")
	app := connectorID
	if connector, err := s.config.Catalog.Connector(ctx, connectorID); err == nil && connector.Name != "" {
		app = plain.Description(connector.Name, 80)
	}
	call, _ := json.Marshal(heldCall{ // of what was decoded from JSON before
		runChangeIn: runChangeIn{ActionID: o.actionID, Arguments: o.args, ConnectionID: o.account.ID, IdempotencyKey: o.key}, AllPages: o.allPages,
	})
	return approve.Request{
		Owner: o.principal.ID, User: o.user.String(), What: o.question(what), Tool: o.tool, Call: call,
		ActionID: o.actionID, Title: plain.Description(o.action.DisplayName, 120), App: app, Effect: string(o.effect), Account: whose(o.account), Agent: AgentFrom(ctx), Transport: TransportFrom(ctx),
		Reason: o.decision.Reason, Arguments: indented(without(o.args)),
	}
}

// indented is value as JSON for people.
func indented(value any) string {
	text, err := marshal(value)
	var b bytes.Buffer
	if err != nil || json.Indent(&b, text, "", "  ") != nil {
		return "(cannot be shown)" // what was decoded from JSON can be
	}
	return b.String()
}

// decide notes what the client says that its person decided, if it says so.
func (s *Set) decide(ctx context.Context, request approve.Request) (approve.Request, approve.Status, error) {
	id, approved := DecisionFrom(ctx)
	if id != request.ID {
		return request, approve.Pending, nil
	}
	return s.config.Approvals.Decide(ctx, request.Owner, id, approved)
}

// confirmationRequired is the status of a call that waits for its person's word.
const confirmationRequired = "confirmation_required"

// unapproved tells where a request stands that was not approved.
func (s *Set) unapproved(ctx context.Context, request approve.Request, status approve.Status) (any, error) {
	halt := &stop{Status: string(status), RequestID: request.ID}
	switch status {
	case approve.Denied:
		halt.Message = "The person was asked and declined: " + request.ActionID + " was not run."
		halt.Hint = "Do not ask again unless they want it."
		return halt, nil
	case approve.Expired:
		halt.Message = "The person did not answer in time: " + request.ActionID + " was not run."
		halt.Hint = "Make the call again to ask anew, if they still want it."
		return halt, nil
	case approve.Approved:
		halt.Status, halt.Outcome = string(approve.Expired), string(ledger.NotSent)
		halt.Message = "The person approved it, but the server ended before it was sent: " + request.ActionID + " was not run."
		halt.Hint = "Make the call again; the person is asked again."
		return halt, nil
	case approve.Pending:
	}
	halt.Status = confirmationRequired
	halt.Message = fmt.Sprintf("%s is %s, so the person has to approve it first.", request.ActionID, request.Effect)
	if request.Reason != "" {
		halt.Message = "The person has to approve " + request.ActionID + " first. " + sentence(request.Reason)
	}
	halt.ExpiresAt = timestamp(request.Expires)
	halt.Hint = "Tell the person what will be done and show them the link. Approving there runs it; wait for the outcome with get_result."
	halt.Next = waitForResult(request.ID)
	if text, fits := asked(request); s.config.NoLinks || fits && s.config.Confirm != ConfirmPage {
		halt.approval = &Approval{RequestID: request.ID, Message: text}
	}
	if s.config.NoLinks {
		halt.Hint, halt.Next = "The person at the keyboard is asked, or approves it beforehand with --yes.", nil // nobody else can be
		return halt, nil
	}
	var err error
	halt.URL, err = s.config.Connect.ConfirmURL(ctx, request.ID)
	return halt, err
}

func waitForResult(requestID string) *Next {
	return next("get_result", "request_id", requestID, "wait_seconds", int(maxWait/time.Second))
}

// maxAsked bounds the arguments in a question of a client's, in bytes. Longer ones
// are shown by the page, where there is room for all of them.
const maxAsked = 1_500

// asked is what a client shows its person. Of a model's words it has the arguments
// only, with nothing hidden in them.
func asked(request approve.Request) (text string, fits bool) {
	text = fmt.Sprintf("Run %s in %s?", request.ActionID, request.App)
	if request.Title != "" {
		text = fmt.Sprintf("%s (%s): run it in %s?", request.Title, request.ActionID, request.App)
	}
	arguments := plain.Visible(request.Arguments)
	if len(arguments) > len("{}") {
		text += "\nArguments: " + arguments
	}
	return fmt.Sprintf("%s\nAccount: %s\nIts effect is %s.", text, request.Account, request.Effect), len(arguments) <= maxAsked
}

// approved makes a call that its person approved. The page or the client that said
// so does not wait for it.
func (s *Set) approved(ctx context.Context, request approve.Request) {
	defer s.calls.beginning(request.ID)()
	ctx = WithAgent(WithPrincipal(context.WithoutCancel(ctx), Principal{ID: request.Owner}), request.Agent)
	ctx, a := begin(detached(WithTransport(ctx, request.Transport)))
	a.actionID, a.requestID = request.ActionID, request.ID
	_, err := s.make(ctx, request)
	s.conclude(ctx, a, nil, err)
	if err != nil {
		c := &call{
			id: request.ID, owner: request.Owner, tool: request.Tool, actionID: request.ActionID, effect: catalog.Effect(request.Effect),
			began: time.Now(), done: make(chan struct{}),
		}
		c.finish(ledger.NotSent, nil, err)
		s.calls.add(c)
		s.calls.retire(c)
	}
}

// make begins an approved call under the id of its request.
func (s *Set) make(ctx context.Context, request approve.Request) (*call, error) {
	var in heldCall
	if err := unmarshal(request.Call, &in); err != nil {
		return nil, fmt.Errorf("read the approved call: %w", err)
	}
	user, err := alloy.ParseUserID(request.User)
	if err != nil {
		return nil, err
	}
	o, err := s.order(ctx, Principal{ID: request.Owner}, user, catalog.Effect(request.Effect), in.wanted())
	if err != nil {
		return nil, err
	}
	connectorID, _, _ := strings.Cut(o.actionID, ".")
	if o.account, err = s.config.Accounts.Resolve(ctx, user, connectorID, in.ConnectionID); err != nil {
		return nil, err
	}
	o.allPages = in.AllPages
	if what, err := o.what(); err != nil || o.question(what) != request.What {
		return nil, &Error{
			Code: CodeInvalidArguments, Message: "The action changed between the question and the approval, so the call is no longer the one that was approved.",
			Hint: "Look at it with describe_action and call again.", Next: next("describe_action", "action_id", o.actionID),
		}
	}
	if o.key == "" {
		o.key = "approval " + request.ID // it is approved once, so it is made once
	}
	o.confirmed = "person"
	if o.effect == catalog.Read {
		return s.read(ctx, o, request.ID), nil
	}
	return s.change(ctx, o, request.ID)
}

// approvedCall is the call of an approved request, nil where nobody made it. Whoever
// approved it just now is given a moment to begin; what is being begun, which may take
// Alloy a while, counts as running.
func (s *Set) approvedCall(ctx context.Context, request approve.Request) *call {
	for range 10 {
		begins := s.calls.begins(request.ID)
		if c := s.known(ctx, request.Owner, request.ID); c != nil {
			return c
		}
		if begins {
			return &call{
				id: request.ID, owner: request.Owner, tool: request.Tool, actionID: request.ActionID, effect: catalog.Effect(request.Effect),
				began: request.Decided, elsewhere: true,
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(beginning / 10):
		}
	}
	return nil
}

// beginning is how long an approved call may take to be begun.
const beginning = 2 * time.Second
