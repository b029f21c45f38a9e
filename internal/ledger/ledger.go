// Package ledger sees to it that a change is made at most once: it notes a change
// before it is sent and its outcome afterwards, so that whoever asks for the same
// change again gets the outcome instead of a second one.
package ledger

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// Outcome says what is known of a change.
type Outcome string

// The outcomes. Only NotSent and Rejected promise that nothing was changed; such
// a change may be asked for again at once, so the ledger keeps no record of it.
const (
	Running   Outcome = "running"
	Completed Outcome = "completed"
	Rejected  Outcome = "rejected"
	NotSent   Outcome = "not_sent"
	Unknown   Outcome = "unknown"
)

// How long a change is remembered: with a key of the caller's; without one, where
// it was made; and without one, where nobody knows.
const (
	keepKeyed   = 24 * time.Hour
	keepEqual   = time.Minute
	keepUnknown = 10 * time.Minute
	keepPointer = time.Hour // from a request id to its change
)

// maxAnswer bounds what is kept of an answer, in bytes.
const maxAnswer = 16 << 10

// ErrKeyReused says that the caller's key stands for another change already.
var ErrKeyReused = errors.New("this idempotency_key was used for another call")

// Write is one change as its caller asks for it.
type Write struct {
	Owner string // the principal
	// Key is the caller's own name of the change; empty means that equal changes
	// within a minute are the same one, whether the earlier one had a key or not.
	Key string
	// What identifies the action, the account and the arguments.
	What string
}

// Record is what is known of a change.
type Record struct {
	RequestID string          `json:"id"`
	Tool      string          `json:"tool"`
	What      string          `json:"what"`
	Began     time.Time       `json:"began"`
	Outcome   Outcome         `json:"outcome"`
	Answer    json.RawMessage `json:"answer,omitempty"` // nil where there is none, or too much of it
	// Process and Until tell whether a change that is under way may still end well:
	// its process knows, and renews Until as long as it works on it.
	Process string    `json:"process"`
	Until   time.Time `json:"until"`
}

// Ledger notes changes in a store. Its methods may be called from several
// goroutines, and those of equal stores from several processes.
type Ledger struct {
	store   state.Store
	process string
}

// New returns a ledger over store.
func New(store state.Store) *Ledger { return &Ledger{store: store, process: rand.Text()} }

// Lease is how long a claim is good for without being renewed: when its process is
// gone for so long, what became of the change is unknown.
const Lease = 30 * time.Second

// Claim is the right to make a change, and the duty to tell how it went. Its methods
// may be called from several goroutines.
type Claim struct {
	ledger *Ledger
	name   string
	equal  string // for those who have no key; empty where name is that

	mu       sync.Mutex
	record   Record
	finished bool
}

// Begin claims a change, which the caller has to renew within a Lease as long as it
// works on it. If the same change was claimed before, the claim is nil and the record
// tells what became of it. After an error nothing may be sent. A key that stands for
// another change is ErrKeyReused.
func (l *Ledger) Begin(ctx context.Context, w Write, requestID, tool string) (*Claim, Record, error) {
	now := time.Now()
	c := &Claim{
		ledger: l, name: w.name(),
		record: Record{RequestID: requestID, Tool: tool, What: w.What, Began: now, Outcome: Running, Process: l.process, Until: now.Add(Lease)},
	}
	if w.Key != "" {
		c.equal = Write{Owner: w.Owner, What: w.What}.name()
	}
	text, err := json.Marshal(c.record)
	if err != nil {
		return nil, Record{}, fmt.Errorf("note a change: %w", err)
	}
	if err := l.store.Put(ctx, pointer(w.Owner, requestID), []byte(c.name), keepPointer); err != nil {
		return nil, Record{}, fmt.Errorf("note a change: %w", err)
	}
	for range 3 { // a record may expire between the two looks
		err = l.store.Add(ctx, c.name, text, keepKeyed)
		if err == nil {
			return c.noted(ctx, text)
		}
		if !errors.Is(err, state.ErrExists) {
			break
		}
		var earlier Record
		if earlier, err = l.Look(ctx, w); !errors.Is(err, state.ErrNotFound) {
			return nil, earlier, err
		}
	}
	return nil, Record{}, fmt.Errorf("note a change: %w", err)
}

// noted is the claim, once those who have no key can see it too.
func (c *Claim) noted(ctx context.Context, text []byte) (*Claim, Record, error) {
	if c.equal == "" {
		return c, c.record, nil
	}
	// What an earlier one left there stays until this one is known to be made: if it
	// is not, the earlier one still counts.
	if err := c.ledger.store.Add(ctx, c.equal, text, keepKeyed); err != nil && !errors.Is(err, state.ErrExists) {
		return nil, Record{}, errors.Join(fmt.Errorf("note a change: %w", err), c.Finish(ctx, NotSent, nil))
	}
	return c, c.record, nil
}

// Renew tells that the change is still being worked on.
func (c *Claim) Renew(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.finished {
		return nil
	}
	c.record.Until = time.Now().Add(Lease)
	if c.equal != "" {
		others, err := c.othersEqual(ctx)
		if err != nil {
			return err
		}
		if others {
			return c.store(ctx, c.name, keepKeyed)
		}
	}
	return c.put(ctx, keepKeyed, keepKeyed)
}

// othersEqual reports whether those who have no key see another claim than this one.
func (c *Claim) othersEqual(ctx context.Context) (bool, error) {
	found, err := c.ledger.read(ctx, c.equal)
	if errors.Is(err, state.ErrNotFound) {
		return false, nil
	}
	return err == nil && found.RequestID != c.record.RequestID, err
}

// put stores the record, with how long for those who have the key and for others.
func (c *Claim) put(ctx context.Context, keyed, equal time.Duration) error {
	if c.equal == "" {
		return c.store(ctx, c.name, equal)
	}
	if err := c.store(ctx, c.equal, equal); err != nil {
		return err
	}
	return c.store(ctx, c.name, keyed)
}

func (c *Claim) store(ctx context.Context, name string, ttl time.Duration) error {
	text, err := json.Marshal(c.record)
	if err != nil {
		return fmt.Errorf("note an outcome: %w", err)
	}
	if err := c.ledger.store.Put(ctx, name, text, ttl); err != nil {
		return fmt.Errorf("note an outcome: %w", err)
	}
	return nil
}

// Look returns what became of a change that was begun before, or
// [state.ErrNotFound].
func (l *Ledger) Look(ctx context.Context, w Write) (Record, error) {
	found, err := l.read(ctx, w.name())
	if err == nil && found.What != w.What {
		err = ErrKeyReused
	}
	return found, err
}

// Find returns the change that was begun under a request id, or
// [state.ErrNotFound].
func (l *Ledger) Find(ctx context.Context, owner, requestID string) (Record, error) {
	name, err := l.store.Get(ctx, pointer(owner, requestID))
	if err != nil {
		return Record{}, fmt.Errorf("look up a change: %w", err)
	}
	found, err := l.read(ctx, string(name))
	if err == nil && found.RequestID != requestID {
		err = fmt.Errorf("look up a change: %w", state.ErrNotFound) // another one took its place
	}
	return found, err
}

// read returns a record; one that was left by a process that is gone, or gave up
// on it, is of an unknown outcome.
func (l *Ledger) read(ctx context.Context, name string) (Record, error) {
	text, err := l.store.Get(ctx, name)
	if err != nil {
		return Record{}, fmt.Errorf("look up a change: %w", err)
	}
	var found Record
	if err := json.Unmarshal(text, &found); err != nil {
		return Record{}, fmt.Errorf("look up a change: %w", err)
	}
	if found.Outcome == Running && time.Now().After(found.Until) {
		found.Outcome = Unknown
	}
	return found, nil
}

// Mine tells whether this process made the record.
func (l *Ledger) Mine(r Record) bool { return r.Process == l.process }

// Finish notes how the change went. One that changed nothing is forgotten, so that
// it can be asked for again. An error means that the outcome is noted nowhere.
func (c *Claim) Finish(ctx context.Context, outcome Outcome, answer json.RawMessage) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finished = true
	if outcome == NotSent || outcome == Rejected {
		return c.forget(ctx)
	}
	c.record.Outcome = outcome
	if len(answer) <= maxAnswer {
		c.record.Answer = answer
	}
	equal := keepEqual
	if outcome == Unknown {
		equal = keepUnknown
	}
	return c.put(ctx, keepKeyed, equal)
}

func (c *Claim) forget(ctx context.Context) error {
	if err := c.take(ctx, c.name); err != nil || c.equal == "" {
		return err
	}
	if others, err := c.othersEqual(ctx); err != nil || others {
		return err
	}
	return c.take(ctx, c.equal)
}

// take removes a record, which may be gone already.
func (c *Claim) take(ctx context.Context, name string) error {
	if _, err := c.ledger.store.Take(ctx, name); err != nil && !errors.Is(err, state.ErrNotFound) {
		return fmt.Errorf("note an outcome: %w", err)
	}
	return nil
}

func (w Write) name() string {
	if w.Key != "" {
		return state.Name("write", w.Owner, "key", w.Key)
	}
	return state.Name("write", w.Owner, "equal", w.What)
}

func pointer(owner, requestID string) string { return state.Name("written", owner, requestID) }
