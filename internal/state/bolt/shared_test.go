package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/statetest"
)

// It is alone: a child that another test starts has this one's files for the blink of
// an eye between fork and exec, with their locks, and the time of a bubble jumps over
// the wait for them.
func TestSharedContract(t *testing.T) { //nolint:paralleltest // see above
	statetest.Run(t, func(t *testing.T) state.Store {
		t.Helper()
		return NewShared(filepath.Join(t.TempDir(), "a", "shared.db"))
	})
}

// Two stores over one file are one store.
func TestSharedByTwo(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "shared.db")
	a, b := NewShared(path), NewShared(path)
	must(t, a.Add(ctx, "k", []byte("a's"), time.Hour))
	if err := b.Add(ctx, "k", []byte("b's"), time.Hour); !errors.Is(err, state.ErrExists) {
		t.Errorf("the second adds it too: %v", err)
	}
	if got, err := b.Take(ctx, "k"); err != nil || string(got) != "a's" {
		t.Errorf("took %q, %v", got, err)
	}
	if _, err := a.Get(ctx, "k"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("after the other took it: %v", err)
	}
}

// A file that somebody keeps open is waited for, and then named.
func TestSharedWaits(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shared.db")
	holder := mustOpen(t, path)
	go func() {
		<-time.After(2 * patience)
		_ = holder.Close()
	}()
	must(t, NewShared(path).Put(t.Context(), "k", nil, time.Hour))

	mustOpen(t, path)
	if err := NewShared(path).Put(t.Context(), "k", nil, time.Hour); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "busy") {
		t.Errorf("the error is %v", err)
	}
}

// A damaged file is an error of each call, and is left as it is.
func TestSharedDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shared.db")
	write(t, path, "text")
	if err := NewShared(path).Add(t.Context(), "k", nil, time.Hour); err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("the error is %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "text" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

// Records that expired go, however few changes one process makes.
func TestSharedSweeps(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "shared.db")
	for range 300 {
		must(t, NewShared(path).Put(ctx, state.Name("write", "a", time.Now().String()), make([]byte, 1<<10), time.Millisecond))
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Size() > 256<<10 {
		t.Errorf("the file has %d bytes", info.Size())
	}
}
