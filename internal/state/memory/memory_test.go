package memory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
	"github.com/alloy-mcp/alloy-mcp/internal/state/statetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	statetest.Run(t, func(*testing.T) state.Store { return memory.New() })
}

func TestFullOfRecords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := memory.New(memory.MaxRecords(3))
		must(t, s.Add(ctx, "forever", []byte("value"), 0))
		must(t, s.Put(ctx, "hour", []byte("value"), time.Hour))
		must(t, s.Put(ctx, "minute", []byte("value"), time.Minute))

		full(t, s.Add(ctx, "new", nil, 0))
		full(t, s.Put(ctx, "new", nil, 0))
		if err := s.Add(ctx, "hour", nil, 0); !errors.Is(err, state.ErrExists) {
			t.Errorf("add over a live record: %v", err)
		}
		must(t, s.Put(ctx, "hour", []byte("replaced"), time.Hour))
		for key, want := range map[string]string{"forever": "value", "hour": "replaced", "minute": "value"} {
			if got, err := s.Get(ctx, key); err != nil || string(got) != want {
				t.Errorf("%s is %q and %v once the store is full", key, got, err)
			}
		}

		<-time.After(time.Minute)
		must(t, s.Add(ctx, "new", nil, 0))
		full(t, s.Add(ctx, "newer", nil, 0))
		if _, err := s.Take(ctx, "forever"); err != nil {
			t.Error(err)
		}
		must(t, s.Add(ctx, "newer", nil, 0))
	})
}

func TestFullOfBytes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := memory.New(memory.MaxBytes(100))
	must(t, s.Put(ctx, "key", make([]byte, 97), 0))
	full(t, s.Put(ctx, "k", nil, 0))
	full(t, s.Put(ctx, "key", make([]byte, 98), 0))
	if got, err := s.Get(ctx, "key"); err != nil || len(got) != 97 {
		t.Errorf("the record that was not replaced has %d bytes and %v", len(got), err)
	}
	must(t, s.Put(ctx, "key", make([]byte, 96), 0))
	must(t, s.Put(ctx, "k", nil, 0))
	full(t, s.Put(ctx, "l", nil, 0))
	for _, key := range []string{"key", "k"} {
		if _, err := s.Take(ctx, key); err != nil {
			t.Error(err)
		}
	}
	must(t, s.Put(ctx, "key", make([]byte, 97), 0))
}

func TestDefaultBoundIs100000(t *testing.T) {
	t.Parallel()
	s := memory.New()
	for i := range 100_000 {
		must(t, s.Add(t.Context(), fmt.Sprint(i), nil, time.Hour))
	}
	full(t, s.Add(t.Context(), "one more", nil, time.Hour))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func full(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, state.ErrFull) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "STATE_URL") {
		t.Fatalf("error %v, want ErrFull in one line that says what to do", err)
	}
}

func BenchmarkPutTake(b *testing.B) {
	s := memory.New()
	value := make([]byte, 400)
	for i := 0; b.Loop(); i++ {
		key := fmt.Sprint(i)
		if err := s.Add(b.Context(), key, value, time.Hour); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Take(b.Context(), key); err != nil {
			b.Fatal(err)
		}
	}
}
