// Package memory is a [state.Store] in the memory of this process: for one person
// over stdio, and for tests. It forgets everything when the process ends.
package memory

import (
	"bytes"
	"container/heap"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// The bounds of a store that is given none.
const (
	defaultRecords = 100_000
	defaultBytes   = 256 << 20
)

// Store is a [state.Store] in memory. Time is that of [time.Now], monotonic: a
// change of the machine's clock does not move an expiry.
type Store struct {
	maxRecords int
	maxBytes   int

	mu      sync.Mutex // held for the rest
	records map[string]*record
	bytes   int      // of all keys and values
	expiry  expiries // of the records that expire
	closed  bool
}

var _ state.Store = (*Store)(nil)

// Option sets a bound of a [Store].
type Option func(*Store)

// MaxRecords bounds the number of records; the default is 100,000.
func MaxRecords(n int) Option { return func(s *Store) { s.maxRecords = n } }

// MaxBytes bounds the bytes of all keys and values together; the default is
// 256 MiB. What it costs to keep a record comes on top, some 200 bytes each.
func MaxBytes(n int) Option { return func(s *Store) { s.maxBytes = n } }

// New returns an empty store. It starts no goroutine: each change first removes
// what has expired.
func New(options ...Option) *Store {
	s := &Store{maxRecords: defaultRecords, maxBytes: defaultBytes, records: map[string]*record{}}
	for _, option := range options {
		option(s)
	}
	return s
}

// Get implements [state.Store].
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	r := s.records[key]
	if r == nil || r.expired(time.Now()) {
		return nil, state.ErrNotFound
	}
	return bytes.Clone(r.value), nil
}

// Put implements [state.Store].
func (s *Store) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.put(ctx, key, value, ttl, true)
}

// Add implements [state.Store].
func (s *Store) Add(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.put(ctx, key, value, ttl, false)
}

func (s *Store) put(ctx context.Context, key string, value []byte, ttl time.Duration, replace bool) error {
	if err := state.Check(key, value, ttl); err != nil {
		return err
	}
	unlock, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	now := time.Now()
	s.sweep(now)
	old := s.records[key]
	if old != nil && !replace {
		return state.ErrExists
	}
	r := &record{key: key, value: bytes.Clone(value), index: forever}
	if ttl > 0 {
		r.expires = now.Add(ttl)
	}
	if err := s.room(r, old); err != nil {
		return err
	}
	if old != nil {
		s.remove(old)
	}
	s.insert(r)
	return nil
}

// Take implements [state.Store].
func (s *Store) Take(ctx context.Context, key string) ([]byte, error) {
	unlock, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s.sweep(time.Now())
	r := s.records[key]
	if r == nil {
		return nil, state.ErrNotFound
	}
	s.remove(r)
	return r.value, nil
}

// Close implements [state.Store]. The records are forgotten.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.records, s.expiry, s.bytes = nil, nil, 0
	return nil
}

// enter locks the store, or says why a call may not go on.
func (s *Store) enter(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("use the state in memory: %w", err)
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, state.ErrClosed
	}
	return s.mu.Unlock, nil
}

// room says whether r fits in the place of old, which may be nil.
func (s *Store) room(r, old *record) error {
	records, size := len(s.records)+1, s.bytes+r.size()
	if old != nil {
		records, size = records-1, size-old.size()
	}
	if records <= s.maxRecords && size <= s.maxBytes {
		return nil
	}
	return fmt.Errorf("%w: memory holds %d records and %d bytes (at most %d and %d) that have not expired; try again later, or keep state elsewhere (STATE_URL)",
		state.ErrFull, len(s.records), s.bytes, s.maxRecords, s.maxBytes)
}

// sweep removes what has expired.
func (s *Store) sweep(now time.Time) {
	for len(s.expiry) > 0 && s.expiry[0].expired(now) {
		s.remove(s.expiry[0])
	}
}

func (s *Store) insert(r *record) {
	s.records[r.key] = r
	s.bytes += r.size()
	if !r.expires.IsZero() {
		heap.Push(&s.expiry, r)
	}
}

func (s *Store) remove(r *record) {
	delete(s.records, r.key)
	s.bytes -= r.size()
	if r.index != forever {
		heap.Remove(&s.expiry, r.index)
	}
}
