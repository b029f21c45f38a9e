package alloy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
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
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// progress watches how far a request got. It decides whether a failed write
// may be repeated, so it errs towards "sent".
type progress struct{ wroteHeaders atomic.Bool }

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// net/http asks for a connection again where it can prove that the
		// server read nothing of the first try; what counts is the last try.
		GetConn:      func(string) { p.wroteHeaders.Store(false) },
		WroteHeaders: func() { p.wroteHeaders.Store(true) },
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
	var sent progress
	resp, err := c.wire(k).RoundTrip(r.WithContext(httptrace.WithClientTrace(ctx, sent.trace())))
	if err != nil {
		return nil, networkFailure(outer, ctx, err, &sent)
	}
	c.http2.Store(resp.ProtoMajor == 2)
	resp.Body = watchIdle(resp.Body, c.limits.bodyIdle, cancel)
	defer resp.Body.Close() //nolint:errcheck // the body was read as far as it will be
	a := &answer{status: resp.StatusCode, retryAfter: parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())}
	body, err := readBody(resp, c.limits.body)
	if err != nil {
		a.broken = brokenBody(outer, ctx, err)
	}
	a.body = cleanText(body)
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

// errAttemptTimeout is the cause of a read that was given up to be tried again.
var errAttemptTimeout = errors.New("no answer in time")

// networkFailure explains why no answer came. The context's error is
// preferred to the transport's: a canceled request shows as many things.
func networkFailure(outer, inner context.Context, err error, sent *progress) *Error {
	e := &Error{Kind: KindUnavailable, Outcome: OutcomeNotSent}
	if sent.wroteHeaders.Load() {
		e.Outcome = OutcomeUnknown
	}
	switch cause := context.Cause(inner); {
	case outer.Err() != nil:
		e.cause = outer.Err()
		e.Message = "the time for this call ran out"
		if errors.Is(outer.Err(), context.Canceled) {
			e.Kind, e.Message = KindCanceled, "the call was canceled"
		}
	case cause != nil && errors.Is(cause, errAttemptTimeout):
		e.cause, e.Message = context.DeadlineExceeded, "Alloy did not answer in time"
	default:
		e.cause, e.Message = withoutURL(err), networkWords(err)
	}
	return e
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
		untrusted x509.UnknownAuthorityError
		wrongHost x509.HostnameError
		invalid   x509.CertificateInvalidError
		handshake *tls.CertificateVerificationError
		op        *net.OpError
	)
	switch {
	case errors.Is(err, errHostRefused):
		return err.Error()
	case errors.As(err, &dns):
		return "the name " + dns.Name + " could not be resolved"
	case errors.As(err, &untrusted), errors.As(err, &wrongHost), errors.As(err, &invalid), errors.As(err, &handshake):
		return "the server's certificate is not valid: " + withoutURL(err).Error()
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
