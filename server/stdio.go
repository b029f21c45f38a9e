package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// linkBuffer is how many bytes of unanswered requests one link holds before it
// stops reading.
const linkBuffer = 64 << 20

// ErrOutput ends [Server.ServeStdio] when the client no longer reads.
var ErrOutput = errors.New("the client no longer reads")

// ServeStdio serves one client, the person at the keyboard ([tools.Local]), with
// one JSON message a line. Nothing but messages is written to out.
//
// It returns nil when in has ended and what was read is answered, or ctx has
// ended and the running calls are answered; both wait for a bounded time, see
// [Limits], and then end the contexts of calls, so that they answer. Where the
// client no longer reads, running calls get the time that they get at the end of
// input, since a change is best not cut off, and no call begins. A read of in that blocks when ctx ends stays behind until in ends.
func (s *Server) ServeStdio(ctx context.Context, in io.Reader, out io.Writer) error {
	failed := make(chan error, 1)
	l, cancelCalls, cancelStreams := s.newLink(tools.WithTransport(context.WithoutCancel(ctx), "stdio"), tools.Principal{ID: tools.Local}, lineSender(out, failed))
	defer cancelCalls()
	defer cancelStreams()
	defer l.end()
	l.mayAsk = true

	read := make(chan error, 1)
	go func() { read <- l.readLines(newLineReader(in, s.limits.Message)) }()

	var ended error
	wait := s.limits.EndOfInput
	select {
	case ended = <-read:
	case ended = <-failed:
	case <-ctx.Done():
		wait = s.limits.drainCalls()
	}
	cancelStreams()
	unanswered := l.finish(wait, cancelCalls)
	select {
	case err := <-failed:
		return err
	default:
		return errors.Join(ended, unanswered)
	}
}

// lineSender writes one frame a line and reports the first failure.
func lineSender(out io.Writer, failed chan<- error) func([]byte) error {
	var mu sync.Mutex
	var broken error
	return func(frame []byte) error {
		line := append(frame, '\n')
		mu.Lock()
		defer mu.Unlock()
		if broken != nil {
			return broken
		}
		if _, err := out.Write(line); err != nil {
			broken = fmt.Errorf("%w: %w", ErrOutput, err)
			failed <- broken
			return broken
		}
		return nil
	}
}

// readLines accepts messages until the input ends.
func (l *link) readLines(lines *lineReader) error {
	for {
		line, err := lines.next()
		switch {
		case errors.Is(err, errLineTooLong):
			message, _ := scan(line) // for the id, which mostly comes early
			l.reply(errorFrame(message.id, mcp.INVALID_REQUEST, tooLarge(lines.limit), nil))
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", ErrInput, err)
		default:
			l.accept(line)
		}
	}
}

// errUnanswered is how a link ends whose client took no answer in time.
var errUnanswered = errors.New("requests were left without an answer")

// finish waits for the running requests, then ends those that are left, which
// they answer.
func (l *link) finish(wait time.Duration, cancel context.CancelFunc) error {
	over := l.end()
	patience := time.NewTimer(wait)
	defer patience.Stop()
	select {
	case <-over:
		return nil
	case <-patience.C:
	}
	l.server.log.WarnContext(l.calls, "ended calls that took too long after the end of input or a stop")
	cancel()
	patience.Reset(2 * grace) // calls answer their cancellation
	select {
	case <-over:
		return nil
	case <-patience.C:
		return errUnanswered
	}
}
