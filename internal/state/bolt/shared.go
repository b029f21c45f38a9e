package bolt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// sharedPatience is how long a call waits for the other processes.
const sharedPatience = 5 * time.Second

// Shared is a [state.Store] in a file that several processes use in turn, such as
// those that one person's editors start: each call opens the file, verifies all of
// it as [Open] does, and lets go of it. That is for few and small records.
type Shared struct {
	path   string
	gate   chan struct{} // holds a token while a call has the use of what follows
	closed bool
}

var _ state.Store = (*Shared)(nil)

// NewShared returns the store in the file at path, which the first call makes where
// there is none. Every call may fail as Open does.
func NewShared(path string) *Shared { return &Shared{path: path, gate: make(chan struct{}, 1)} }

// Get implements [state.Store].
func (s *Shared) Get(ctx context.Context, key string) (value []byte, err error) {
	err = s.use(ctx, key, func(file *Store) error {
		value, err = file.Get(ctx, key)
		return err
	})
	return value, err
}

// Put implements [state.Store].
func (s *Shared) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.use(ctx, key, func(file *Store) error { return file.Put(ctx, key, value, ttl) })
}

// Add implements [state.Store].
func (s *Shared) Add(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.use(ctx, key, func(file *Store) error { return file.Add(ctx, key, value, ttl) })
}

// Take implements [state.Store].
func (s *Shared) Take(ctx context.Context, key string) (value []byte, err error) {
	err = s.use(ctx, key, func(file *Store) error {
		value, err = file.Take(ctx, key)
		return err
	})
	return value, err
}

// Close implements [state.Store].
func (s *Shared) Close() error {
	s.gate <- struct{}{}
	defer func() { <-s.gate }()
	s.closed = true
	return nil
}

// use opens the file for one call.
func (s *Shared) use(ctx context.Context, key string, call func(*Store) error) error {
	select {
	case s.gate <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for the file %q: %w", s.path, ctx.Err())
	}
	defer func() { <-s.gate }()
	if s.closed {
		return state.ErrClosed
	}
	file, err := openWithin(ctx, s.path, sharedPatience)
	if errors.Is(err, errInUse) {
		return fmt.Errorf("other processes of alloy-mcp have kept the file %q busy for %s", s.path, sharedPatience)
	}
	if err != nil {
		return err
	}
	// Where each process does little, a sweep from the first record on would always
	// meet the same ones. Keys that Name made are anywhere.
	file.next = []byte(key)
	err = call(file)
	if closing := file.Close(); closing != nil {
		return errors.Join(err, closing)
	}
	return err
}
