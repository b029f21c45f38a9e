package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// runTime is how long the work on one action may take, whoever still waits.
const runTime = 90 * time.Second

// read runs an order that changes nothing.
func (s *Set) read(ctx context.Context, o *order, id string) *call {
	attemptIn(ctx).tell()
	c := o.call(id)
	s.calls.add(c)
	s.work(ctx, c, o, func(ctx context.Context, outcome ledger.Outcome, result alloy.ExecutionResult, err error) {
		s.recordEnd(ctx, o, c.id, string(outcome), time.Since(c.began), err)
		c.finish(outcome, result.Data, err)
	})
	return c
}

// change runs an order that changes something, at most once: it is noted in the
// ledger before it is sent. If an equal one was made before, the call is that one and
// has another id.
func (s *Set) change(ctx context.Context, o *order, id string) (*call, error) {
	what, err := o.what()
	if err != nil {
		return nil, err
	}
	c := o.call(id)
	s.calls.add(c)
	claim, record, err := s.config.Ledger.Begin(ctx, o.write(what), id, o.tool)
	if claim == nil {
		s.calls.drop(c)
	}
	switch {
	case err != nil:
		return nil, notMadeBecause(err)
	case claim == nil:
		return s.earlier(ctx, o, record), nil
	}
	if err := s.config.Audit.Intent(ctx, o.record(ctx, id)); err != nil {
		s.calls.drop(c)
		return nil, errors.Join(err, claim.Finish(ctx, ledger.NotSent, nil))
	}
	attemptIn(ctx).tell()
	s.calls.working.Go(func() { s.renew(context.WithoutCancel(ctx), c, claim) })
	s.work(ctx, c, o, func(ctx context.Context, outcome ledger.Outcome, result alloy.ExecutionResult, err error) {
		if failed := claim.Finish(ctx, outcome, result.Data); failed != nil {
			// A repeated call is then told that nobody knows, which errs on the safe side.
			s.log.ErrorContext(ctx, "an outcome could not be noted", "action", o.actionID, "outcome", string(outcome), "error", failed)
		}
		s.recordEnd(ctx, o, c.id, string(outcome), time.Since(c.began), err)
		c.finish(outcome, result.Data, err)
	})
	return c, nil
}

// renew keeps a claim as long as its call is worked on.
func (s *Set) renew(ctx context.Context, c *call, claim *ledger.Claim) {
	tick := time.NewTicker(ledger.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-tick.C:
			if err := claim.Renew(ctx); err != nil {
				s.log.WarnContext(ctx, "a call that is under way could not be noted as such", "action", c.actionID, "error", err)
			}
		}
	}
}

// notMadeBecause explains an error of the ledger.
func notMadeBecause(err error) error {
	if errors.Is(err, ledger.ErrKeyReused) {
		return &Error{
			Code: CodeInvalidArguments, Message: "This idempotency_key was used for another call within the last 24 hours, so nothing was sent.",
			Hint: "Pass a new idempotency_key for a new change; for the outcome of the first call, repeat it unchanged.",
		}
	}
	return &notMade{err}
}

// notMade is why a change was not even tried: it could not be noted before.
type notMade struct{ err error }

func (e *notMade) Error() string { return e.err.Error() }
func (e *notMade) Unwrap() error { return e.err }

func (o *order) call(id string) *call {
	return &call{
		id: id, owner: o.principal.ID, tool: o.tool, actionID: o.actionID, connectionID: o.account.ID, effect: o.effect,
		began: time.Now(), done: make(chan struct{}), notes: o.notes,
	}
}

// work sends the order while others wait for the call, or do not any more.
func (s *Set) work(ctx context.Context, c *call, o *order, finish func(context.Context, ledger.Outcome, alloy.ExecutionResult, error)) {
	limit := runTime
	if o.allPages {
		limit = pagesTime + time.Minute // the last page has its own time
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), limit)
	c.begin(stop)
	s.calls.working.Go(func() {
		defer stop()
		defer s.calls.retire(c)
		var (
			outcome = ledger.Unknown
			result  alloy.ExecutionResult
			err     error
		)
		defer func() {
			if cause := recover(); cause != nil {
				outcome, err = ledger.Unknown, fmt.Errorf("the work on a call crashed: %v", cause)
				s.log.ErrorContext(ctx, "the work on a call crashed", "action", c.actionID, "cause", cause, "stack", string(debug.Stack()))
			}
			finish(context.WithoutCancel(ctx), outcome, result, err)
		}()
		if o.allPages {
			result, err = s.everyPage(ctx, c, o)
		} else {
			result, err = s.send(ctx, o.user, o.account, o.run(func() { c.sent.Store(true) }))
		}
		outcome = outcomeOf(err)
		switch {
		case err != nil:
			err = s.explain(ctx, o.principal, o.user, o.account, err)
		case result.Truncated:
			c.notes.Lost = "result_truncated"
		case result.Unreadable:
			c.notes.Lost = "result_unreadable"
		}
	})
}

// outcomeOf tells what is known of a change by the error of sending it.
func outcomeOf(err error) ledger.Outcome {
	var failed *alloy.Error
	switch {
	case err == nil:
		return ledger.Completed
	case !errors.As(err, &failed):
		return ledger.Unknown
	}
	switch failed.Outcome {
	case alloy.OutcomeNotSent:
		return ledger.NotSent
	case alloy.OutcomeRejected:
		return ledger.Rejected
	case alloy.OutcomeCompleted:
		return ledger.Completed
	case alloy.OutcomeUnknown:
	}
	return ledger.Unknown
}

// known returns the owner's call; nil where there is none, or nothing is known of
// it any more.
func (s *Set) known(ctx context.Context, owner, id string) *call {
	if c, ok := s.calls.find(owner, id); ok {
		return c
	}
	record, err := s.config.Ledger.Find(ctx, owner, id)
	if err != nil {
		if !errors.Is(err, state.ErrNotFound) {
			s.log.WarnContext(ctx, "a call could not be looked up", "error", err)
		}
		return nil
	}
	return s.recorded(owner, record)
}

// earlier is the call that a record is about: this process's own, or what the
// ledger still knows of it.
func (s *Set) earlier(ctx context.Context, o *order, record ledger.Record) *call {
	attemptIn(ctx).repeats(record.RequestID)
	if c, ok := s.calls.find(o.principal.ID, record.RequestID); ok {
		return c
	}
	return s.recorded(o.principal.ID, record)
}

// recorded makes a call of what the ledger knows.
func (s *Set) recorded(owner string, record ledger.Record) *call {
	c := &call{
		id: record.RequestID, owner: owner, tool: record.Tool, effect: catalog.Write, began: record.Began,
		done: make(chan struct{}),
	}
	outcome := record.Outcome
	switch {
	case outcome == ledger.Running && !s.config.Ledger.Mine(record):
		c.elsewhere = true
		return c
	case outcome == ledger.Running:
		outcome = ledger.Unknown // this one does not any more
	}
	var err error
	if outcome == ledger.Unknown {
		err = &Error{
			Code: CodeOutcomeUnknown, Message: "The server ended while it waited for the app's answer, or the answer was lost: nobody can know whether the change was made.",
		}
	}
	c.finish(outcome, record.Answer, err)
	c.ended = record.Began
	return c
}

// await waits for a call as long as its caller can wait, and answers. A call whose
// caller has gone is ended if that is still possible.
func (s *Set) await(ctx context.Context, c *call, view view) (any, error) {
	c.join()
	answer, err := s.awaitFor(ctx, c, untilAnswer(ctx), view)
	c.leave(errors.Is(ctx.Err(), context.Canceled))
	return answer, err
}

// awaitFor waits for a call, and answers with its result or that it is running.
func (s *Set) awaitFor(ctx context.Context, c *call, wait time.Duration, view view) (any, error) {
	if c.elsewhere {
		wait = 0
	}
	patience := time.NewTimer(wait)
	defer patience.Stop()
	select {
	case <-c.done:
		return s.present(c, view)
	case <-patience.C:
	case <-ctx.Done():
	}
	if c.isOver() {
		return s.present(c, view)
	}
	return &stop{
		Status: "running", RequestID: c.id, Outcome: string(ledger.Running), ConnectionID: c.connectionID,
		Message: fmt.Sprintf("%s has been running for %d s.", cmp.Or(c.actionID, "The call"), int(time.Since(c.began).Seconds())),
		Hint:    "Wait for the outcome with get_result. Do not make the call again.",
		Next:    waitForResult(c.id),
	}, nil
}

// failedRun is a run that did not go well, with what is known of its effect.
type failedRun struct {
	err       error
	outcome   ledger.Outcome
	effect    catalog.Effect
	requestID string
}

func (e *failedRun) Error() string { return e.err.Error() }
func (e *failedRun) Unwrap() error { return e.err }

// told adds to an answer what is known of the effect. A read has none.
func (e *failedRun) told(answer *Error) {
	answer.RequestID = e.requestID
	if e.effect == catalog.Read {
		return
	}
	answer.Outcome = string(e.outcome)
	if e.outcome == ledger.Unknown {
		answer.Code = CodeOutcomeUnknown
		answer.Hint = "Check first, with a read, whether the change was made. Only if it was not, make the call again with a new idempotency_key."
	}
}
