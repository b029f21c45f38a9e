// Package statetest is the one test that every [state.Store] must pass.
package statetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// Clock is what else a store has whose time is not that of [time.Now], such as one
// over a server: Advance moves its time ahead. All others are tested inside of
// synctest bubbles where it matters, so they must not wait for a network.
type Clock interface{ Advance(d time.Duration) }

// Run tests the stores that open makes: each an empty one, which Run closes.
func Run(t *testing.T, open func(t *testing.T) state.Store) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, state.Store)
	}{
		{"get, put, add and take", testSemantics},
		{"values", testValues},
		{"keys", testKeys},
		{"limits", testLimits},
		{"copies", testCopies},
		{"canceled context", testCanceled},
		{"closed", testClosed},
		{"a secret", testKey},
		{"one taker", testTakers},
		{"one adder", testAdders},
		{"linearizable", testLinearizable},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, opened(t, open))
		})
	}
	t.Run("expiry", func(t *testing.T) { testExpiry(t, open) })
}

func opened(t *testing.T, open func(t *testing.T) state.Store) state.Store {
	t.Helper()
	s := open(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// timed runs test on an empty store and what lets its time pass.
func timed(t *testing.T, open func(t *testing.T) state.Store, test func(t *testing.T, s state.Store, advance func(time.Duration))) {
	t.Helper()
	s := opened(t, open)
	if clock, ok := s.(Clock); ok {
		test(t, s, clock.Advance)
		return
	}
	synctest.Test(t, func(t *testing.T) {
		test(t, opened(t, open), func(d time.Duration) { <-time.After(d) })
	})
}

func testSemantics(t *testing.T, s state.Store) {
	ctx := t.Context()
	absent(t, s, "k")
	wantErr(t, "take of nothing", second(s.Take(ctx, "k")), state.ErrNotFound)

	wantErr(t, "add", s.Add(ctx, "k", []byte("added"), 0), nil)
	holds(t, s, "k", "added")
	wantErr(t, "add over it", s.Add(ctx, "k", []byte("again"), 0), state.ErrExists)
	holds(t, s, "k", "added")
	wantErr(t, "put over it", s.Put(ctx, "k", []byte("put"), time.Hour), nil)
	holds(t, s, "k", "put")
	wantErr(t, "add over what was put", s.Add(ctx, "k", []byte("again"), time.Hour), state.ErrExists)

	wantErr(t, "put beside it", s.Put(ctx, "other", []byte("other"), 0), nil)
	takes(t, s, "k", "put")
	absent(t, s, "k")
	wantErr(t, "second take", second(s.Take(ctx, "k")), state.ErrNotFound)
	holds(t, s, "other", "other")
	wantErr(t, "add of what was taken", s.Add(ctx, "k", []byte("new"), 0), nil)
	holds(t, s, "k", "new")
}

func testValues(t *testing.T, s state.Store) {
	large := bytes.Repeat([]byte("0123456789abcde\x00"), state.MaxValue/16)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, value := range map[string][]byte{"nil": nil, "empty": {}, "zero": {0}, "every byte": every, "1 MiB": large} {
		wantErr(t, name+": add", s.Add(t.Context(), name, value, time.Hour), nil)
		holds(t, s, name, string(value))
		wantErr(t, name+": put", s.Put(t.Context(), name, value, time.Hour), nil)
		wantErr(t, name+": add over it", s.Add(t.Context(), name, value, 0), state.ErrExists)
		takes(t, s, name, string(value))
		absent(t, s, name)
	}
}

func testKeys(t *testing.T, s state.Store) {
	keys := []string{
		"a", "A", " a", "a ", "a\x00", "a\x00b", "a\r\nb", "\x00", "\x00\x00", "\xff", "\xff\xfe\xfd", "*", "a*", "{a}", "../a", "a/b", "a:b",
		"ä", "a\u0308", "'; --", "%00", strings.Repeat("k", state.MaxKey-1), strings.Repeat("k", state.MaxKey), state.Name("kind", "part"),
	}
	for _, key := range keys {
		wantErr(t, "add", s.Add(t.Context(), key, []byte("value of "+key), time.Hour), nil)
	}
	for _, key := range keys {
		holds(t, s, key, "value of "+key)
	}
	for _, key := range keys {
		takes(t, s, key, "value of "+key)
		absent(t, s, key)
	}
}

func testLimits(t *testing.T, s state.Store) {
	ctx := t.Context()
	for name, write := range map[string]func(context.Context, string, []byte, time.Duration) error{"put": s.Put, "add": s.Add} {
		for _, bad := range []struct {
			what, key string
			size      int
			ttl       time.Duration
		}{
			{"no key", "", 1, 0},
			{"a long key", strings.Repeat("k", state.MaxKey+1), 1, 0},
			{"a long value", "k", state.MaxValue + 1, 0},
			{"a negative ttl", "k", 1, -1},
		} {
			err := write(ctx, bad.key, make([]byte, bad.size), bad.ttl)
			if err == nil || errors.Is(err, state.ErrFull) || errors.Is(err, state.ErrExists) {
				t.Errorf("%s with %s: error %v, want one that says so", name, bad.what, err)
			}
			absent(t, s, bad.key)
			wantErr(t, "take with "+bad.what, second(s.Take(ctx, bad.key)), state.ErrNotFound)
		}
	}
}

func testCopies(t *testing.T, s state.Store) {
	ctx := t.Context()
	const size = 10_000 // so that a store may be tempted to hand out what it has
	want := strings.Repeat("v", size)
	for name, write := range map[string]func(context.Context, string, []byte, time.Duration) error{"put": s.Put, "add": s.Add} {
		value := []byte(want)
		wantErr(t, name, write(ctx, name, value, 0), nil)
		clear(value)
		holds(t, s, name, want)
		got, err := s.Get(ctx, name)
		wantErr(t, "get", err, nil)
		clear(got[:cap(got)])
		holds(t, s, name, want)

		got, err = s.Get(ctx, name)
		wantErr(t, "get", err, nil)
		taken, err := s.Take(ctx, name)
		wantErr(t, "take", err, nil)
		for range 5 {
			wantErr(t, "put after it", s.Put(ctx, name, make([]byte, size), 0), nil)
		}
		wantValue(t, "what was read before", got, nil, want)
		wantValue(t, "what was taken before", taken, nil, want)
	}
}

func testCanceled(t *testing.T, s state.Store) {
	wantErr(t, "put", s.Put(t.Context(), "k", []byte("value"), 0), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantErr(t, "get", second(s.Get(ctx, "k")), context.Canceled)
	wantErr(t, "put", s.Put(ctx, "k", []byte("late"), 0), context.Canceled)
	wantErr(t, "add", s.Add(ctx, "new", []byte("late"), 0), context.Canceled)
	wantErr(t, "take", second(s.Take(ctx, "k")), context.Canceled)
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	wantErr(t, "take past a deadline", second(s.Take(late, "k")), context.DeadlineExceeded)
	holds(t, s, "k", "value")
	absent(t, s, "new")
}

func testClosed(t *testing.T, s state.Store) {
	ctx := t.Context()
	wantErr(t, "put", s.Put(ctx, "k", []byte("value"), 0), nil)
	wantErr(t, "close", s.Close(), nil)
	wantErr(t, "get", second(s.Get(ctx, "k")), state.ErrClosed)
	wantErr(t, "put", s.Put(ctx, "k", nil, 0), state.ErrClosed)
	wantErr(t, "add", s.Add(ctx, "new", nil, 0), state.ErrClosed)
	wantErr(t, "take", second(s.Take(ctx, "k")), state.ErrClosed)
	wantErr(t, "second close", s.Close(), nil)
}

func testKey(t *testing.T, s state.Store) {
	key, err := state.Key(t.Context(), s, "sealing")
	if err != nil || len(key) != 32 || bytes.Equal(key, make([]byte, 32)) {
		t.Fatalf("the first call returned %d bytes and %v", len(key), err)
	}
	again, err := state.Key(t.Context(), s, "sealing")
	if err != nil || !bytes.Equal(again, key) {
		t.Errorf("the second call returned something else, and %v", err)
	}
	other, err := state.Key(t.Context(), s, "other")
	if err != nil || bytes.Equal(other, key) {
		t.Errorf("another name returned the same, and %v", err)
	}
}

func holds(t *testing.T, s state.Store, key, want string) {
	t.Helper()
	got, err := s.Get(t.Context(), key)
	wantValue(t, "get", got, err, want)
}

func takes(t *testing.T, s state.Store, key, want string) {
	t.Helper()
	got, err := s.Take(t.Context(), key)
	wantValue(t, "take", got, err, want)
}

func absent(t *testing.T, s state.Store, key string) {
	t.Helper()
	wantErr(t, "get of what is not there", second(s.Get(t.Context(), key)), state.ErrNotFound)
}

func wantValue(t *testing.T, what string, got []byte, err error, want string) {
	t.Helper()
	if err != nil || string(got) != want {
		t.Fatalf("%s: %d bytes (%.40q) and %v, want %d bytes (%.40q)", what, len(got), got, err, len(want), want)
	}
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: error %v, want %v", what, got, want)
	}
}

func second(_ []byte, err error) error { return err }
