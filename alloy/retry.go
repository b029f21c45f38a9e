package alloy

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"
)

// How often and how soon a call is sent again.
const (
	maxAttempts   = 3
	backoffBase   = 50 * time.Millisecond
	backoffLimits = time.Second // the base after a 429
	backoffCap    = 20 * time.Second
	// A write that was limited waits no longer than this: its caller waits too.
	maxWriteWait = 5 * time.Second
)

// attempts is the state of one call over its attempts.
type attempts struct {
	made       int
	unreadable int  // answers that could not be read
	uncertain  bool // an earlier attempt may have taken effect
}

// next decides what follows a failed attempt.
func (t *attempts) next(ctx context.Context, c *Client, k *call, e *Error) step {
	if t.made >= k.class.attempts() || ctx.Err() != nil || !t.repeatable(k, e) {
		return step{}
	}
	left := c.limits.total
	if deadline, has := ctx.Deadline(); has {
		left = time.Until(deadline)
	}
	wait, ok := t.wait(k, e, left)
	if !ok || !c.guard.quota.take() {
		return step{}
	}
	if e.Outcome != OutcomeNotSent {
		t.uncertain = t.uncertain || e.Outcome == OutcomeUnknown
	}
	c.log.LogAttrs(ctx, slog.LevelWarn, "sending again", slog.String("op", k.op), slog.Int("attempt", t.made+1),
		slog.String("reason", string(e.Kind)), slog.Int("status", e.Status), slog.Duration("wait", wait))
	return step{again: true, wait: wait}
}

// repeatable is the table of what may be sent again. What is not provably
// unprocessed is repeated only where that does no harm.
func (t *attempts) repeatable(k *call, e *Error) bool {
	switch {
	case e.final:
		return false
	case e.Outcome == OutcomeNotSent:
		return e.network
	case e.Status == http.StatusTooManyRequests:
		return k.class != classCreate
	case !k.class.idempotent():
		return false
	case e.Kind == KindUnreadable:
		t.unreadable++
		return t.unreadable == 1
	case e.Kind == KindProvider:
		return e.Provider != nil && (e.Provider.Status == http.StatusTooManyRequests || passingStatus(e.Provider.Status))
	case e.Kind != KindUnavailable:
		return false
	case e.network || e.broken:
		return true
	case e.Status == http.StatusInternalServerError:
		return k.class != classExecuteRead
	}
	return passingStatus(e.Status)
}

// passingStatus reports whether a status tells of trouble that often passes:
// gateways, restarts, Cloudflare's 52x.
func passingStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return status >= 520 && status <= 529
}

// wait returns how long to wait before the next attempt, and whether that
// leaves it time to be answered. A server that wants more than the longest backoff is
// not waited for: whoever called is told, and decides.
func (t *attempts) wait(k *call, e *Error, left time.Duration) (time.Duration, bool) {
	limited := e.Status == http.StatusTooManyRequests || e.Provider != nil && e.Provider.Status == http.StatusTooManyRequests
	if k.class == classWrite && e.Status == http.StatusTooManyRequests &&
		(e.RetryAfter == 0 || e.RetryAfter > min(maxWriteWait, left)) {
		return 0, false
	}
	wait := e.RetryAfter
	if wait == 0 {
		base := backoffBase
		if limited {
			base = backoffLimits
		}
		wait = rand.N(min(backoffCap, base<<(t.made-1))) //nolint:gosec // spreading load needs no secret randomness
	}
	return wait, wait <= backoffCap && wait+min(time.Second, left/4) <= left
}

// attempts is how often a call of the class is sent at most.
func (c class) attempts() int {
	if c == classExecuteRead {
		return 2
	}
	return maxAttempts
}

// gone reports whether a deletion is done: it is not found after an attempt
// that may have deleted it.
func (t *attempts) gone(k *call, e *Error) bool {
	return k.class == classDelete && t.uncertain && !e.noRoute &&
		(e.Kind == KindNotFound || e.Kind == KindCredentialNotFound || e.Kind == KindUnknownUser)
}

// interrupted is the error of a call whose context ended between two attempts.
func interrupted(err error, last *Error) *Error {
	e := *last
	e.cause = err
	e.Kind = KindUnavailable
	e.Message = "the time ran out before another attempt; the last one said: " + last.Message
	if errors.Is(err, context.Canceled) {
		e.Kind = KindCanceled
		e.Message = "the call was canceled before another attempt; the last one said: " + last.Message
	}
	return &e
}
