// Package state keeps the few small records that have to outlive a request:
// connection requests, one-time values, who started which call. The back ends are
// its sub-packages; statetest holds the one test that all of them must pass.
package state

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What a [Store] answers besides trouble of its own. They may come wrapped: test
// with [errors.Is].
var (
	// ErrNotFound says that there is no live record under the key.
	ErrNotFound = errors.New("no such record")
	// ErrExists says that there is a live record under the key.
	ErrExists = errors.New("there is such a record already")
	// ErrFull says that there is no room for another record. Nothing was dropped
	// to make some.
	ErrFull = errors.New("no room for another record")
	// ErrClosed says that the store was closed before.
	ErrClosed = errors.New("the store is closed")
)

// The largest record that every [Store] takes, in bytes, and refuses beyond.
const (
	MaxKey   = 1 << 10
	MaxValue = 1 << 20
)

// Store keeps small records that expire.
//
// Its methods may be called from several goroutines, and, where the store is
// shared, from several processes. Each of them happens at once or not at all, at
// some instant between its call and its return: whoever calls later sees it.
//
// A record is live from the call that stored it until its time to live (ttl) has
// passed, and from that very instant on it is as if it had never been there. A
// store may count in whole milliseconds, so use no ttl below a few of them. A
// record is never dropped before its time; a store without room answers
// [ErrFull].
//
// A key is any string of 1 to [MaxKey] bytes, a value any bytes up to [MaxValue];
// nil and empty values are the same. Values are copied on the way in and out.
// Keys may turn up in file listings and monitoring tools: build them by [Name].
//
// A context that ends while a call waits ends the call with its error, for
// [errors.Is]. After ErrNotFound, ErrExists or ErrClosed, and where the context had
// ended before the call, nothing was changed. Any other error leaves it open
// whether a change was made; if it was, it was made whole. A back end does not
// repeat Add or Take by itself when an answer got lost: it could meet its own doing
// and report it as somebody else's.
//
// A change that was acknowledged (nil error) survives what its back end promises
// to survive: nothing (memory), the end of the process and of the machine (bolt).
//
// One command of Redis each does the same: GET, SET PX, SET NX PX, GETDEL.
type Store interface {
	// Get returns the live record's value, or ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Put stores a record in place of any other under this key; the other's ttl is
	// gone with it. A ttl of 0 means that the record does not expire; below 0 it is
	// an error.
	Put(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Add does what Put does where no live record has the key, and else returns
	// ErrExists. Of several callers that add under one key, exactly one succeeds.
	Add(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Take returns the live record's value and removes the record, or returns
	// ErrNotFound. Of several callers, exactly one gets it.
	Take(ctx context.Context, key string) ([]byte, error)
	// Close waits for the calls under way and lets go of what the store holds. All
	// later calls return ErrClosed, but for Close itself, which returns nil.
	Close() error
}

// Check tells whether a [Store] takes such a record. Back ends ask it first in Put
// and Add, so that all refuse the same. The error names neither key nor value.
func Check(key string, value []byte, ttl time.Duration) error {
	switch {
	case key == "":
		return errors.New("a record needs a key")
	case len(key) > MaxKey:
		return fmt.Errorf("a key has at most %d bytes, this one %d", MaxKey, len(key))
	case len(value) > MaxValue:
		return fmt.Errorf("a value has at most %d bytes, this one %d", MaxValue, len(value))
	case ttl < 0:
		return fmt.Errorf("the time to live must not be negative, this one is %s", ttl)
	}
	return nil
}
