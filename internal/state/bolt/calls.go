package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// Get implements [state.Store].
func (s *Store) Get(ctx context.Context, key string) (value []byte, err error) {
	err = s.call(ctx, "read", (*bbolt.DB).View, func(records *bbolt.Bucket, now time.Time) error {
		value, err = find(records, key, now)
		value = bytes.Clone(value) // it lies in the map
		return err
	})
	return value, err
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
	return s.call(ctx, "write", (*bbolt.DB).Update, func(records *bbolt.Bucket, now time.Time) error {
		if !replace {
			switch _, err := find(records, key, now); {
			case err == nil:
				return state.ErrExists
			case !errors.Is(err, state.ErrNotFound):
				return err
			}
		}
		if err := records.Put([]byte(key), encode([]byte(key), value, now, ttl)); err != nil {
			return err
		}
		return s.sweep(records, now)
	})
}

// Take implements [state.Store].
func (s *Store) Take(ctx context.Context, key string) (value []byte, err error) {
	err = s.call(ctx, "write", (*bbolt.DB).Update, func(records *bbolt.Bucket, now time.Time) error {
		found, err := find(records, key, now)
		if err != nil {
			return err
		}
		value = bytes.Clone(found)
		if err := records.Delete([]byte(key)); err != nil {
			return err
		}
		return s.sweep(records, now)
	})
	if err != nil {
		return nil, err // the record may still be there
	}
	return value, nil
}

// call runs fn in a transaction; an error undoes what it did. Whether the file was
// changed when the transaction itself fails, nobody knows but the disk.
func (s *Store) call(ctx context.Context, doing string, transact func(*bbolt.DB, func(*bbolt.Tx) error) error, fn func(*bbolt.Bucket, time.Time) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	err := guarded(func() error {
		return transact(s.handle.db, func(tx *bbolt.Tx) error {
			records := tx.Bucket([]byte(bucketName))
			if records == nil {
				return &damage{errors.New("its records are gone")}
			}
			return fn(records, time.Now())
		})
	})
	switch {
	case err == nil, errors.Is(err, state.ErrNotFound), errors.Is(err, state.ErrExists):
		return err
	case damaged(err):
		s.end = s.failed("use", err)
		return s.end
	case diskFull(err):
		err = fmt.Errorf("%w: the disk, or the share of it that alloy-mcp may use, is full (%w)", state.ErrFull, err)
	}
	return s.failed(doing, err)
}

// enter waits for the use of the file; leave gives it to the next.
func (s *Store) enter(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		select {
		case s.gate <- struct{}{}:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		return s.failed("wait for", err)
	}
	if s.end != nil {
		defer s.leave()
		return s.end
	}
	return nil
}

func (s *Store) leave() { <-s.gate }

// find returns the live record's value, which is a part of the map of the file.
func find(records *bbolt.Bucket, key string, now time.Time) ([]byte, error) {
	record := records.Get([]byte(key))
	if record == nil {
		return nil, state.ErrNotFound
	}
	value, expires, err := decode([]byte(key), record)
	if err != nil {
		return nil, &damage{err}
	}
	if !live(expires, now) {
		return nil, state.ErrNotFound
	}
	return value, nil
}

// sweepWidth is how many records each change looks at for expired ones. A change
// makes one record at most, so expired ones stay a small part of the file.
const sweepWidth = 16

// sweep removes some of the expired records, from where the last one ended. Their
// pages are used again; the file does not shrink.
func (s *Store) sweep(records *bbolt.Bucket, now time.Time) error {
	cursor := records.Cursor()
	var expired [][]byte
	key, record := cursor.Seek(s.next)
	for range sweepWidth {
		if key == nil {
			break
		}
		if !live(expiry(record), now) {
			if _, _, err := decode(key, record); err != nil {
				return &damage{err} // it may be anything but expired
			}
			expired = append(expired, bytes.Clone(key))
		}
		key, record = cursor.Next()
	}
	s.next = bytes.Clone(key)
	for _, key := range expired {
		if err := records.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// diskFull also looks at the text, because bbolt makes text of some causes.
func diskFull(err error) bool {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, cause) || strings.HasSuffix(err.Error(), cause.Error()) {
			return true
		}
	}
	return false
}
