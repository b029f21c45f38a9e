package alloy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"
)

// answer is one HTTP answer, read whole.
type answer struct {
	status     int
	retryAfter time.Duration
	body       []byte // without a byte order mark, in valid UTF-8
	broken     error  // why the body is not complete, or not usable; nil otherwise
	done       func() // ends the use of body
	levels     int    // how deep body may be nested, where that is more than maxDepth
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// progress watches how far a request got. It decides whether a failed write
// may be repeated, so it errs towards "sent".
type progress struct {
	read         bool // a GET, which net/http would repeat by itself
	cancel       context.CancelCauseFunc
	wroteHeaders atomic.Bool
	wroteAll     atomic.Bool
	told         func() // that the headers are written; may be nil
}

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// net/http asks for a connection again where it can prove that the
		// server read nothing of the first try; what counts is the last try.
		// A GET it repeats without that proof: such repeats belong to the
		// retry layer, which counts them.
		GetConn: func(string) {
			if p.read && p.wroteAll.Load() {
				p.cancel(errConnectionLost)
				return
			}
			p.wroteHeaders.Store(false)
		},
		WroteHeaders: func() {
			p.wroteHeaders.Store(true)
			if p.told != nil {
				p.told()
			}
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) { p.wroteAll.Store(info.Err == nil) },
	}
}

// exchange sends one request and reads its answer. The error is nil as soon
// as a status line arrived.
func (c *Client) exchange(ctx context.Context, k *call, r *http.Request, secrets *scrubber) (*answer, *Error) {
	if !c.wires.hosts.permits(r.URL) {
		return nil, &Error{Kind: KindInvalidInput, Message: errHostRefused.Error(), Outcome: OutcomeNotSent, cause: errHostRefused}
	}
	outer := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if !k.class.changes() || k.class.idempotent() {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, c.limits.attempt, errAttemptTimeout)
		defer stop()
	}
	sent := progress{read: k.method == http.MethodGet, cancel: cancel, told: k.sent}
	resp, err := c.wire(k).RoundTrip(r.WithContext(httptrace.WithClientTrace(ctx, sent.trace())))
	if err != nil {
		e := networkFailure(outer, ctx, err, &sent)
		if errors.Is(e.cause, syscall.ECONNREFUSED) && isLoopback(c.base.Hostname()) && hostPort(r.URL) == hostPort(c.base) {
			e.Advice = adviceLocal
		}
		return nil, e
	}
	if k.upload == nil {
		c.http2.Store(resp.ProtoMajor == 2)
	}
	resp.Body = watchIdle(resp.Body, c.limits.bodyIdle, cancel)
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, retryAfter: parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())}
	body, done, err := c.intake.readBody(ctx, resp, c.limits.body)
	if err != nil {
		a.broken = brokenBody(outer, ctx, err)
	}
	a.body, a.done = cleanText(body), done
	observe(ctx, k, a, resp.Header, secrets)
	return a, nil
}

// wire chooses the transport: see wires.
func (c *Client) wire(k *call) http.RoundTripper {
	if k.class.changes() && !c.http2.Load() {
		return c.wires.single
	}
	return c.wires.shared
}

// Why an attempt was given up, so that it may be tried again.
var (
	errAttemptTimeout = errors.New("no answer in time")
	errConnectionLost = errors.New("the connection was lost before an answer came")
)

// networkFailure explains why no answer came. The context's error is
// preferred to the transport's: a canceled request shows as many things.
func networkFailure(outer, inner context.Context, err error, sent *progress) *Error {
	e := &Error{Kind: KindUnavailable, Outcome: OutcomeNotSent, network: true}
	if sent.wroteHeaders.Load() {
		e.Outcome = OutcomeUnknown
	}
	switch cause := context.Cause(inner); {
	case outer.Err() != nil:
		e.cause, e.network, e.outOfTime = outer.Err(), false, true
		e.Message = "the time for this call ran out"
		if errors.Is(outer.Err(), context.Canceled) {
			e.Kind, e.Message = KindCanceled, "the call was canceled"
		}
	case cause != nil && errors.Is(cause, errAttemptTimeout):
		e.cause, e.Message = context.DeadlineExceeded, "Alloy did not answer in time"
	case cause != nil && errors.Is(cause, errConnectionLost):
		e.cause, e.Message = cause, cause.Error()
	default:
		e.cause, e.Message, e.final = withoutURL(err), networkWords(err), hopeless(err)
	}
	return e
}

// hopeless reports whether the same request would meet the same end: a host
// that is not allowed, a certificate that is not valid.
func hopeless(err error) bool {
	var verification *tls.CertificateVerificationError
	return errors.Is(err, errHostRefused) || errors.As(err, &verification)
}

// withoutURL drops the wrapper that would print the whole URL, query included.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func networkWords(err error) string {
	var (
		dns       *net.DNSError
		handshake *tls.CertificateVerificationError
		op        *net.OpError
	)
	switch {
	case errors.Is(err, errHostRefused):
		return err.Error()
	case errors.As(err, &dns):
		return "the name " + dns.Name + " could not be resolved"
	case errors.As(err, &handshake):
		return "the server's certificate is not valid: " + oneLine(handshake.Err.Error(), maxHTML)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset"
	case errors.As(err, &op) && op.Op == "dial":
		return "no connection could be made: " + oneLine(op.Err.Error(), maxHTML)
	}
	return "the connection failed: " + oneLine(withoutURL(err).Error(), maxHTML)
}

// brokenBody prefers the context's error to the reader's.
func brokenBody(outer, inner context.Context, err error) error {
	switch cause := context.Cause(inner); {
	case errors.Is(err, errBodyTooLarge), errors.Is(err, errBodyEncoding):
		return err
	case outer.Err() != nil:
		return outer.Err()
	case cause != nil && errors.Is(cause, errBodyIdle), cause != nil && errors.Is(cause, errAttemptTimeout):
		return cause
	}
	return fmt.Errorf("the answer was cut short: %w", err)
}
