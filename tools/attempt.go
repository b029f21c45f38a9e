package tools

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/audit"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
)

// attempt is one try to run an action, for the audit log. It ends in one line, or in the
// two lines of a change: those of the work that it began, or else that of
// [Set.conclude].
type attempt struct {
	actionID  string // as the caller wrote it, where that can be read
	order     *order // nil before the action is looked at
	outcome   string // how it ended where that is no error; empty is not_sent
	requestID string
	told      bool     // its lines are written, or will be when the work ends
	outer     *attempt // this one is a part of it
}

// Outcomes of attempts for which nothing is sent although nothing went wrong.
const (
	outcomeDryRun    = "dry_run"
	outcomeDuplicate = "duplicate" // answered with what came of an equal call
)

type attemptKey struct{}

// begin returns a context that carries a new attempt, a part of the one in ctx if there
// is one.
func begin(ctx context.Context) (context.Context, *attempt) {
	outer, _ := ctx.Value(attemptKey{}).(*attempt)
	a := &attempt{outer: outer}
	return context.WithValue(ctx, attemptKey{}, a), a
}

// detached is ctx without its attempt, for what others begin at the same time.
func detached(ctx context.Context) context.Context {
	return context.WithValue(ctx, attemptKey{}, nil)
}

// attemptIn is the attempt in ctx; where there is none, one that nobody concludes.
func attemptIn(ctx context.Context) *attempt {
	if a, _ := ctx.Value(attemptKey{}).(*attempt); a != nil {
		return a
	}
	return &attempt{}
}

// tell says that somebody else writes the lines of the attempt.
func (a *attempt) tell() {
	for ; a != nil; a = a.outer {
		a.told = true
	}
}

// repeats says that the attempt is answered with what came of another.
func (a *attempt) repeats(requestID string) { a.outcome, a.requestID = outcomeDuplicate, requestID }

// conclude writes the line of an attempt that came to nothing being sent.
func (s *Set) conclude(ctx context.Context, a *attempt, answer any, err error) {
	if a.told {
		return
	}
	a.tell()
	r := a.record(ctx)
	var halt *stop
	switch answer := answer.(type) {
	case rehearsal:
		a.outcome = outcomeDryRun
	case *stop:
		err = answer
	}
	if errors.As(err, &halt) {
		r.RequestID = cmp.Or(r.RequestID, halt.RequestID)
	}
	var refused *refusedByPolicy
	if errors.As(err, &refused) {
		r.Decision, r.Rule = refused.decision.Outcome(), refused.decision.Rule
	}
	if err != nil {
		r.ErrorCode = string(codeOf(err))
	}
	if r.ErrorCode == string(CodeRefusedByPolicy) {
		s.config.Audit.Refused(ctx, r)
		return
	}
	r.Outcome = cmp.Or(a.outcome, string(ledger.NotSent))
	s.config.Audit.NotSent(ctx, r)
}

func (a *attempt) record(ctx context.Context) audit.Record {
	if a.order != nil {
		return a.order.record(ctx, a.requestID)
	}
	principal, _ := PrincipalFrom(ctx)
	connector, action, _ := strings.Cut(a.actionID, ".")
	return audit.Record{Principal: principal.ID, ConnectorID: connector, ActionID: action, Agent: AgentFrom(ctx), Transport: TransportFrom(ctx)}
}

// declined records that the person refused a call. Where a client said so, that is the
// end of its attempt.
func (s *Set) declined(ctx context.Context, request approve.Request) {
	attemptIn(ctx).tell()
	connector, action, _ := strings.Cut(request.ActionID, ".")
	s.config.Audit.NotSent(ctx, audit.Record{
		RequestID: request.ID, Principal: request.Owner, AlloyUser: request.User, ConnectorID: connector, ActionID: action,
		Effect: request.Effect, Outcome: string(ledger.NotSent), ErrorCode: string(approve.Denied),
		Agent: request.Agent, Transport: request.Transport,
	})
}

// aim is the action that a tool runs, where it is the tool that says so.
func (d definition) aim() string {
	if d.Name == "notion_search" {
		return notion + "." + searchAction
	}
	return d.ActionID
}

// effect is what the tool's action does, where it has one.
func (d definition) effect() catalog.Effect {
	switch {
	case d.Hints.ReadOnly:
		return catalog.Read
	case d.Hints.Destructive:
		return catalog.Destructive
	}
	return catalog.Write
}

// runs reports whether calls of a tool are attempts to run an action.
func (d definition) runs() bool { return d.aim() != "" || strings.HasPrefix(d.Name, "run_") }
