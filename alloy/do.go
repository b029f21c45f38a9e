package alloy

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// do makes one call: it encodes, sends, repeats what may be repeated, and
// hands a 2xx answer to decode, whose error fails the call. Every call of
// this package passes here.
func do[T any](ctx context.Context, c *Client, k *call, decode func(*answer) (T, *Error)) (T, error) {
	var zero T
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.limits.total)
		defer cancel()
	}
	payload, err := encodeBody(k.body)
	if err != nil {
		return zero, finish(&Error{
			Kind: KindInvalidInput, Outcome: OutcomeNotSent, cause: err,
			Message: "the arguments cannot be written as JSON: " + err.Error(),
		}, k, &scrubber{})
	}
	var secrets scrubber
	for _, secret := range k.secrets {
		secrets.know(secret)
	}
	var (
		value T
		last  *Error
		tries attempts
		then  step
	)
	_, interruption := c.guard.retries.WithContext(ctx).Get(func() (step, error) {
		tries.made++
		began := time.Now()
		value, last = attempt(ctx, c, k, payload, &secrets, decode)
		c.logAttempt(ctx, k, tries.made, last, time.Since(began))
		switch {
		case last == nil && tries.made == 1:
			c.guard.quota.give(quotaGain)
		case last == nil:
			c.guard.quota.give(quotaCost)
		case tries.gone(k, last):
			last = nil
		default:
			then = tries.next(ctx, c, k, last)
			return then, nil
		}
		return step{}, nil
	})
	if last == nil {
		return value, nil
	}
	if then.again && ctx.Err() != nil && errors.Is(interruption, ctx.Err()) {
		last = interrupted(ctx.Err(), last)
	}
	return zero, finish(last, k, &secrets)
}

func (c *Client) logAttempt(ctx context.Context, k *call, number int, e *Error, took time.Duration) {
	if !c.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{slog.String("op", k.op), slog.Int("attempt", number), slog.Duration("took", took)}
	if e != nil {
		attrs = append(attrs, slog.String("kind", string(e.Kind)), slog.Int("status", e.Status))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "attempt", attrs...)
}

// attempt sends the call once.
func attempt[T any](ctx context.Context, c *Client, k *call, payload []byte, secrets *scrubber, decode func(*answer) (T, *Error)) (T, *Error) {
	var zero T
	r, failure := c.build(ctx, k, payload, secrets)
	if failure != nil {
		return zero, failure
	}
	leave, failure := c.guard.enter(ctx, k, c.limits.attempt)
	if failure != nil {
		return zero, failure
	}
	value := zero
	a, failure := c.exchange(ctx, k, r, secrets)
	if failure == nil {
		defer a.done()
	}
	switch {
	case failure != nil:
	case a.ok():
		value, failure = decode(a)
	default:
		failure = refusal(k, a)
	}
	leave(failure)
	return value, failure
}

// build makes the request of one attempt. The key is asked for each time, so
// that a rotated one is used at once.
func (c *Client) build(ctx context.Context, k *call, payload []byte, secrets *scrubber) (*http.Request, *Error) {
	if k.upload != nil {
		return k.upload.request(ctx, c.agent), nil
	}
	key, failure := c.key(ctx)
	if failure != nil {
		return nil, failure
	}
	secrets.know(key)
	r, err := c.request(ctx, k, payload, key)
	if err != nil {
		return nil, &Error{Kind: KindInvalidInput, Outcome: OutcomeNotSent, Message: err.Error()}
	}
	return r, nil
}

// unreadable makes the error of a 2xx answer whose body cannot be used.
func unreadable(a *answer, err error) *Error {
	e := &Error{Kind: KindUnreadable, Status: a.status, Message: err.Error(), Outcome: OutcomeCompleted, cause: err}
	switch {
	case errors.Is(err, errBodyTooLarge), errors.Is(err, errBounds):
		e.Kind = KindTooLarge
	case errors.Is(err, context.Canceled):
		e.Kind, e.Message, e.outOfTime = KindCanceled, "the call was canceled while its answer arrived", true
	case errors.Is(err, context.DeadlineExceeded):
		e.Kind, e.Message, e.outOfTime = KindUnavailable, "the time for this call ran out while its answer arrived", true
	case errors.Is(err, errBodyIdle), errors.Is(err, errAttemptTimeout):
		e.Kind, e.broken = KindUnavailable, true
	}
	return e
}

// usable returns the top level of a 2xx answer, or what makes the answer
// unusable before its shape matters. The map is nil where the top level is not
// an object. An empty body is unusable: where one is right, callers do not ask.
func (a *answer) usable() (map[string]json.RawMessage, *Error) {
	switch {
	case a.broken != nil:
		return nil, unreadable(a, a.broken)
	case len(a.body) == 0:
		return nil, unreadable(a, errEmptyBody)
	}
	if err := checkJSONWithin(a.body, max(a.levels, maxDepth)); err != nil {
		if e := complaintIn(a, parseComplaint(a.body)); e != nil {
			return nil, e
		}
		return nil, unreadable(a, err)
	}
	var object map[string]json.RawMessage
	if !isObject(a.body) || json.Unmarshal(a.body, &object) != nil {
		return nil, nil
	}
	for _, name := range [...]string{"error", "errorHtml", "code", "message", "success"} {
		if object[name] != nil {
			return object, complaintIn(a, complaintOf(object))
		}
	}
	return object, nil
}

var errEmptyBody = errors.New("the answer is empty")
