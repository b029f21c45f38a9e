// Package audit writes the audit log: lines of JSON that say who did what to which
// account, and how it ended. A read, a refusal and an attempt that came to nothing
// being sent are one line; a change is two of one request id, its intent before
// anything is sent and its outcome.
//
// No line holds a secret, an argument's value or anything of a result: arguments
// and idempotency keys appear as hashes.
package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// Record is what is known of a call. Empty fields are left out of the line; texts
// are cleaned of what cannot be seen and cut where they are too long.
type Record struct {
	RequestID    string // the same in the intent and the outcome
	Principal    string
	AlloyUser    string // the Alloy user's id
	ConnectorID  string
	ActionID     string
	ConnectionID string // the id of Alloy's credential
	Effect       string // as package policy names it
	Decision     string // as policy.Decision.Outcome says
	Rule         string // what decided, as policy.Decision.Rule says

	ArgumentsHash      string // of [HashArguments]
	IdempotencyKeyHash string // of [HashKey]

	Outcome   string        // completed, rejected, not_sent or unknown; dry_run or duplicate
	ErrorCode string        // of the answer, or its status where the person has to act; empty for success
	Duration  time.Duration // of a read or an outcome
	Confirm   string        // how the person agreed, such as "elicit"

	Transport string // stdio, http, sse, rest or command
	Agent     string // the client's name, as it says itself
}

// Config is what a [Log] needs.
type Config struct {
	// Path is the file that lines are added to. It is created for its owner alone.
	// "-" writes to Stderr instead.
	Path   string
	Stderr io.Writer
	// Required makes [Log.Intent] fail where the line cannot be written, and each
	// intent reach the disk before it returns.
	Required bool
	// Environment and Fingerprint name, in every line, the environment and the API
	// key in use. Fingerprint is asked for each line; it may be nil.
	Environment string
	Fingerprint func() string
	// Scrub removes known secrets from a line, which stays JSON; nil removes none.
	Scrub  func([]byte) []byte
	Logger *slog.Logger // is told when lines are lost; nil discards
}

// Log is an audit log. Its methods may be called from several goroutines, and
// several processes may write to one file. A nil Log records nothing.
type Log struct {
	config Config
	log    *slog.Logger

	mu     sync.Mutex
	sink   sink
	lost   int       // lines since the last one that was written
	warned time.Time // when that was last told
}

// sink takes whole lines.
type sink interface {
	write(line []byte, durable bool) error
	close() error
}

// Open opens the log, so that a path that cannot be written is told at the start.
// Errors do not name the path.
func Open(config Config) (*Log, error) {
	l := &Log{config: config, log: config.Logger}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if config.Path == "-" {
		l.sink = stream{config.Stderr}
		return l, nil
	}
	f := &file{path: config.Path, durable: config.Required}
	if err := f.look(); err != nil {
		return nil, err
	}
	l.sink = f
	return l, nil
}

// Close closes the file. What is recorded afterwards is lost.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.sink.close()
	l.sink = closed{}
	return err
}

// Read records a read that was answered, well or not.
func (l *Log) Read(ctx context.Context, r Record) { _ = l.record(ctx, "read", r, false) }

// Refused records a call that was not let through.
func (l *Log) Refused(ctx context.Context, r Record) { _ = l.record(ctx, "refused", r, false) }

// NotSent records an attempt for which nothing was sent, though no rule refused it.
func (l *Log) NotSent(ctx context.Context, r Record) { _ = l.record(ctx, "not_sent", r, false) }

// Intent records that a change is about to be sent. An error means that it must
// not be: it wraps [ErrUnrecorded]. Only a log that is required returns one.
func (l *Log) Intent(ctx context.Context, r Record) error {
	err := l.record(ctx, "intent", r, true)
	if err == nil || !l.config.Required {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnrecorded, err)
}

// Outcome records how a change ended.
func (l *Log) Outcome(ctx context.Context, r Record) { _ = l.record(ctx, "outcome", r, false) }

// ErrUnrecorded says that a change must not be made because it could not be
// recorded.
var ErrUnrecorded = errors.New("the audit log cannot be written, and AUDIT_REQUIRED is set")

func (l *Log) record(ctx context.Context, event string, r Record, durable bool) error {
	if l == nil {
		return nil
	}
	text, err := l.encode(event, r)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		err = l.sink.write(text, durable && l.config.Required)
	}
	l.tell(ctx, err)
	return err
}

// quiet is how long nothing is said of more lines that are lost.
const quiet = time.Minute

// tell logs that lines are lost, and that they no longer are.
func (l *Log) tell(ctx context.Context, err error) {
	if err == nil {
		if l.lost > 0 {
			l.log.InfoContext(ctx, "the audit log is written again", "lost_lines", l.lost)
		}
		l.lost, l.warned = 0, time.Time{}
		return
	}
	l.lost++
	if now := time.Now(); l.warned.IsZero() || now.Sub(l.warned) >= quiet {
		l.warned = now
		l.log.WarnContext(ctx, "the audit log cannot be written", "path", l.config.Path, "error", err, "lost_lines", l.lost, "changes_refused", l.config.Required)
	}
}
