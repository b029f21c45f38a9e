package statetest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

const (
	ttl = 10 * time.Minute
	// tick is the smallest step of time that a store has to tell apart.
	tick = time.Millisecond
)

func testExpiry(t *testing.T, open func(t *testing.T) state.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, state.Store, func(time.Duration))
	}{
		{"at the exact instant", expireExactly},
		{"never", expireNever},
		{"put sets it anew", expireAnew},
		{"what has expired is not there", expireWholly},
		{"many", expireMany},
	} {
		t.Run(test.name, func(t *testing.T) {
			timed(t, open, func(t *testing.T, s state.Store, advance func(time.Duration)) {
				test.run(t, s, func(d time.Duration) {
					advance(d)
					// A change may be when a store removes what has expired.
					wantErr(t, "put", s.Put(t.Context(), "another", nil, 0), nil)
				})
			})
		})
	}
}

func expireExactly(t *testing.T, s state.Store, advance func(time.Duration)) {
	ctx := t.Context()
	wantErr(t, "put", s.Put(ctx, "put", []byte("value"), ttl), nil)
	wantErr(t, "add", s.Add(ctx, "add", []byte("value"), ttl), nil)
	wantErr(t, "add", s.Add(ctx, "taken", []byte("value"), ttl), nil)
	wantErr(t, "add", s.Add(ctx, "late", []byte("value"), ttl), nil)
	advance(ttl - tick)
	holds(t, s, "put", "value")
	holds(t, s, "add", "value")
	wantErr(t, "add before expiry", s.Add(ctx, "add", []byte("other"), ttl), state.ErrExists)
	takes(t, s, "taken", "value")
	advance(tick)
	absent(t, s, "put")
	absent(t, s, "add")
	wantErr(t, "take at expiry", second(s.Take(ctx, "late")), state.ErrNotFound)
	wantErr(t, "add at expiry", s.Add(ctx, "add", []byte("other"), ttl), nil)
	holds(t, s, "add", "other")
}

func expireNever(t *testing.T, s state.Store, advance func(time.Duration)) {
	const century, longest = 100 * 365 * 24 * time.Hour, time.Duration(math.MaxInt64)
	for key, ttl := range map[string]time.Duration{"none": 0, "longest": longest, "century": century} {
		wantErr(t, "put", s.Put(t.Context(), key, []byte("value"), ttl), nil)
	}
	advance(century - tick)
	for _, key := range []string{"none", "longest", "century"} {
		holds(t, s, key, "value")
		wantErr(t, "add over it", s.Add(t.Context(), key, nil, 0), state.ErrExists)
	}
	advance(tick)
	holds(t, s, "none", "value")
	holds(t, s, "longest", "value")
	absent(t, s, "century")
}

func expireAnew(t *testing.T, s state.Store, advance func(time.Duration)) {
	ctx := t.Context()
	for _, key := range []string{"longer", "shorter", "forever"} {
		wantErr(t, "add", s.Add(ctx, key, []byte("first"), ttl), nil)
	}
	wantErr(t, "add", s.Add(ctx, "limited", []byte("first"), 0), nil)
	advance(ttl / 2)
	for key, anew := range map[string]time.Duration{"longer": ttl, "shorter": ttl / 4, "forever": 0, "limited": ttl / 4} {
		wantErr(t, "put", s.Put(ctx, key, []byte("second"), anew), nil)
	}
	advance(ttl / 4)
	absent(t, s, "shorter")
	absent(t, s, "limited")
	advance(3*ttl/4 - tick)
	holds(t, s, "longer", "second")
	holds(t, s, "forever", "second")
	advance(tick)
	absent(t, s, "longer")
	holds(t, s, "forever", "second")
}

func expireWholly(t *testing.T, s state.Store, advance func(time.Duration)) {
	ctx := t.Context()
	wantErr(t, "add", s.Add(ctx, "k", []byte("old"), ttl), nil)
	advance(ttl)
	for _, err := range rush(func(int) error { return second(s.Take(ctx, "k")) }) {
		wantErr(t, "take of what has expired", err, state.ErrNotFound)
	}
	errs := rush(func(int) error { return s.Add(ctx, "k", []byte("new"), ttl) })
	winner(t, errs, state.ErrExists)
	advance(ttl - tick)
	takes(t, s, "k", "new")
}

// expireMany checks that removing what has expired removes nothing else.
func expireMany(t *testing.T, s state.Store, advance func(time.Duration)) {
	const n = 100
	ctx := t.Context()
	for i := range n {
		wantErr(t, "add", s.Add(ctx, fmt.Sprint("second ", i*37%n), []byte("value"), time.Duration(i*37%n+1)*time.Second), nil)
		wantErr(t, "add", s.Add(ctx, fmt.Sprint("forever ", i), []byte("value"), 0), nil)
	}
	for now := range n {
		for i := range n {
			if _, err := s.Get(ctx, fmt.Sprint("second ", i)); (err == nil) != (i >= now) {
				t.Fatalf("after %d s the record of %d s: %v", now, i+1, err)
			}
		}
		advance(time.Second)
	}
	for i := range n {
		holds(t, s, fmt.Sprint("forever ", i), "value")
	}
}
