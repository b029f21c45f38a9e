package alloy

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// maxWaiting bounds the calls that wait for a free place.
const maxWaiting = 200

// guard decides whether and when an attempt may go out. It belongs to a
// client, that is to one host.
type guard struct {
	quota    quota
	breakers *breakers
	pace     *pace
	limiter  adaptivelimiter.AdaptiveLimiter[any]
	waiting  atomic.Int32
	retries  failsafe.Executor[step]
}

// step is the end of one attempt, in the words of the retry policy.
type step struct {
	again bool
	wait  time.Duration
}

func newGuard(log *slog.Logger, perMinute float64) *guard {
	// At most a fifth of what is under way may be retries, but always three.
	allowance := budget.NewBuilder().WithMaxRate(0.2).WithMinConcurrency(3).Build()
	return &guard{
		breakers: newBreakers(log),
		pace:     newPace(perMinute),
		limiter:  adaptivelimiter.NewBuilder[any]().WithLimits(4, 200, 20).Build(),
		retries: failsafe.With(retrypolicy.NewBuilder[step]().
			HandleIf(func(s step, _ error) bool { return s.again }).
			WithMaxAttempts(maxAttempts).
			WithDelayFunc(func(e failsafe.ExecutionAttempt[step]) time.Duration { return e.LastResult().wait }).
			WithBudget(allowance).
			ReturnLastFailure().
			Build()),
	}
}

// enter lets an attempt pass, and returns what must be called at its end.
func (g *guard) enter(ctx context.Context, k *call, patience time.Duration) (leave func(*Error), refused *Error) {
	admission, wait, ok := g.breakers.admit(k)
	if !ok {
		return nil, &Error{
			Kind: KindUnavailable, Outcome: OutcomeNotSent, RetryAfter: wait,
			Message: "Alloy or this app has been failing, so calls are held back for a moment",
		}
	}
	began := time.Now()
	giveUp := func(e *Error) (func(*Error), *Error) {
		admission.end(&Error{Kind: KindCanceled}, 0, 0)
		return nil, e
	}
	if wait, err := g.pace.wait(ctx); err != nil {
		return giveUp(ended(err, "waiting for its turn"))
	} else if wait > 0 {
		return giveUp(&Error{Kind: KindRateLimited, Outcome: OutcomeNotSent, RetryAfter: wait, Message: "the configured rate of requests is used up", Fault: FaultOperator})
	}
	permit, ok := g.limiter.TryAcquirePermit()
	if !ok {
		defer g.waiting.Add(-1)
		if g.waiting.Add(1) > maxWaiting {
			return giveUp(&Error{Kind: KindUnavailable, Outcome: OutcomeNotSent, RetryAfter: time.Second, Message: "too many calls are waiting already"})
		}
		var err error
		if permit, err = g.limiter.AcquirePermit(ctx); err != nil {
			return giveUp(ended(err, "waiting for a free place"))
		}
		if err := ctx.Err(); err != nil { // the place came free at the very end
			permit.Drop()
			return giveUp(ended(err, "waiting for a free place"))
		}
	}
	return func(e *Error) {
		if e == nil || e.Status != 0 {
			permit.Record()
		} else {
			permit.Drop() // how long it took says nothing about how busy Alloy is
		}
		if e != nil && e.Status == 429 {
			g.pace.slow()
		}
		admission.end(e, time.Since(began), patience)
	}, nil
}

// ended is the error of a call whose context ended before it was sent.
func ended(err error, while string) *Error {
	e := &Error{Kind: KindUnavailable, Outcome: OutcomeNotSent, cause: err, outOfTime: true, Message: "the time for this call ran out while " + while}
	if errors.Is(err, context.Canceled) {
		e.Kind, e.Message = KindCanceled, "the call was canceled while "+while
	}
	return e
}
