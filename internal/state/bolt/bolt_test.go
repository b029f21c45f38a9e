package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/statetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	statetest.Run(t, func(t *testing.T) state.Store {
		t.Helper()
		return mustOpen(t, filepath.Join(t.TempDir(), "state.db"))
	})
}

func mustOpen(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRecordsOutliveTheStore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "state.db")
	s := mustOpen(t, path)
	must(t, s.Put(ctx, "forever", []byte("value"), 0))
	must(t, s.Put(ctx, "hour", []byte("value"), time.Hour))
	must(t, s.Put(ctx, "instant", []byte("value"), time.Millisecond))
	must(t, s.Put(ctx, "taken", []byte("value"), 0))
	if _, err := s.Take(ctx, "taken"); err != nil {
		t.Fatal(err)
	}
	must(t, s.Close())
	<-time.After(2 * time.Millisecond)

	s = mustOpen(t, path)
	for _, key := range []string{"forever", "hour"} {
		if got, err := s.Get(ctx, key); err != nil || string(got) != "value" {
			t.Errorf("%s is %q and %v after a restart", key, got, err)
		}
	}
	for _, key := range []string{"instant", "taken"} {
		if _, err := s.Get(ctx, key); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%s: %v after a restart", key, err)
		}
	}
}

func TestFileIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	top := t.TempDir()
	path := filepath.Join(top, "a", "b", "state.db")
	mustOpen(t, path)
	for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700, filepath.Join(top, "a"): 0o700} {
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", path, info.Mode().Perm(), want)
		}
	}
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
		t.Errorf("the directory holds %v and %v, want the file alone", names, err)
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		make func(t *testing.T, path string) string // returns the path to open
		want string
	}{
		"no path":            {func(*testing.T, string) string { return "" }, "STATE_URL=bolt:/"},
		"a directory":        {func(t *testing.T, path string) string { must(t, os.Mkdir(path, 0o700)); return path }, "it is a directory; a file is needed"},
		"a device":           {func(*testing.T, string) string { return os.DevNull }, "it is not a regular file"},
		"below a file":       {func(t *testing.T, path string) string { write(t, path, "text"); return filepath.Join(path, "state.db") }, "not a directory"},
		"an empty file":      {func(t *testing.T, path string) string { write(t, path, ""); return path }, "damaged or not a state file"},
		"a text":             {func(t *testing.T, path string) string { write(t, path, "text"); return path }, "damaged or not a state file"},
		"a long text":        {func(t *testing.T, path string) string { write(t, path, strings.Repeat("text", 1<<14)); return path }, "damaged or not a state file"},
		"zeros":              {func(t *testing.T, path string) string { write(t, path, strings.Repeat("\x00", 1<<15)); return path }, "damaged or not a state file"},
		"another program's":  {func(t *testing.T, path string) string { foreign(t, path, "keys"); return path }, "what alloy-mcp did not put there"},
		"another's and ours": {func(t *testing.T, path string) string { foreign(t, path, bucketName, "keys"); return path }, "what alloy-mcp did not put there"},
		"another's, empty":   {func(t *testing.T, path string) string { foreign(t, path); return path }, "0 sets of records instead of one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := test.make(t, filepath.Join(t.TempDir(), "x"))
			before, _ := os.ReadFile(path)
			_, err := Open(t.Context(), path)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			oneLine(t, err, path)
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o600))
}

// foreign makes a bbolt file with these buckets.
func foreign(t *testing.T, path string, buckets ...string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	must(t, err)
	for _, name := range buckets {
		must(t, db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte(name))
			return err
		}))
	}
	must(t, db.Close())
}

func oneLine(t *testing.T, err error, path string) {
	t.Helper()
	if text := err.Error(); strings.Contains(text, "\n") || len(text) > 500 || !strings.Contains(text, fmt.Sprintf("the state file %q: ", path)) {
		t.Errorf("want one line that names the file, got %q", text)
	}
}

// It is alone, as TestSharedContract is.
func TestFileInUse(t *testing.T) { //nolint:paralleltest // see there
	path := filepath.Join(t.TempDir(), "state.db")
	s := mustOpen(t, path)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := Open(t.Context(), path)
		if !errors.Is(err, errInUse) || !strings.HasSuffix(err.Error(), "another alloy-mcp uses it; give this one its own STATE_URL or run one HTTP server") {
			t.Errorf("error %v, want one that says what to do", err)
		}
		oneLine(t, err, path)
		if took := time.Since(began); took < patience || took > time.Second {
			t.Errorf("it took %s, want %s to 1 s", took, patience)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 120*time.Millisecond)
		defer cancel()
		began = time.Now()
		if _, err := Open(ctx, path); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 120*time.Millisecond {
			t.Errorf("error %v after %s, want the context's at its end", err, time.Since(began))
		}

		time.AfterFunc(500*time.Millisecond, func() { must(t, s.Close()) })
		began = time.Now()
		next, err := Open(t.Context(), path)
		if err != nil || time.Since(began) < 500*time.Millisecond {
			t.Fatalf("error %v after %s, want none once the file is free", err, time.Since(began))
		}
		must(t, next.Close())
	})
}

// Of several that start with no file, one has it, and none has another one. It is
// alone, as TestSharedContract is.
func TestFirstStartsAtOnce(t *testing.T) { //nolint:paralleltest // see there
	path := filepath.Join(t.TempDir(), "a", "state.db")
	synctest.Test(t, func(t *testing.T) {
		const starts = 8
		stores, errs := make([]*Store, starts), make([]error, starts)
		var running sync.WaitGroup
		for i := range starts {
			running.Go(func() { stores[i], errs[i] = Open(t.Context(), path) })
		}
		running.Wait()
		var first *Store
		for i, s := range stores {
			switch {
			case s == nil && !errors.Is(errs[i], errInUse):
				t.Errorf("start %d: %v", i, errs[i])
			case s != nil && first != nil:
				t.Errorf("start %d has the file as well", i)
			case s != nil:
				first = s
			}
		}
		must(t, first.Put(t.Context(), "k", []byte("value"), 0))
		must(t, first.Close())
	})
	if got, err := mustOpen(t, path).Get(t.Context(), "k"); err != nil || string(got) != "value" {
		t.Errorf("afterwards the record is %q and %v", got, err)
	}
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
		t.Errorf("the directory holds %v and %v, want the file alone", names, err)
	}
}

// A caller that waits for another's turn can give up.
func TestWaitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := mustOpen(t, filepath.Join(t.TempDir(), "state.db"))
		s.gate <- struct{}{} // as a call that does not end
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for name, call := range map[string]func() error{
			"get":  func() error { _, err := s.Get(ctx, "k"); return err },
			"put":  func() error { return s.Put(ctx, "k", nil, 0) },
			"add":  func() error { return s.Add(ctx, "k", nil, 0) },
			"take": func() error { _, err := s.Take(ctx, "k"); return err },
		} {
			if err := call(); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
		}
		s.leave()
		if _, err := s.Get(t.Context(), "k"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestExpiredRecordsDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const alive, total = 30, 400
		s := mustOpen(t, filepath.Join(t.TempDir(), "state.db"))
		var sizes [2]int64
		for i := range total {
			must(t, s.Add(t.Context(), state.Name("k", fmt.Sprint(i)), make([]byte, 2_000), alive*time.Second))
			<-time.After(time.Second)
			if i == total/2 || i == total-1 {
				info, err := os.Stat(s.path)
				must(t, err)
				sizes[i/(total-1)] = info.Size()
			}
		}
		records := 0
		must(t, s.handle.db.View(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(bucketName)).ForEach(func(_, _ []byte) error { records++; return nil })
		}))
		if records > alive*5/4 || sizes[1] > sizes[0] {
			t.Errorf("%d records of which at most %d are live; the file had %d bytes, then %d", records, alive, sizes[0], sizes[1])
		}
	})
}

func TestEveryChangeIsSynced(t *testing.T) {
	t.Parallel()
	db := mustOpen(t, filepath.Join(t.TempDir(), "state.db")).handle.db
	if db.NoSync || db.NoGrowSync || db.NoFreelistSync {
		t.Error("bbolt is told not to sync")
	}
}

func BenchmarkAddTake(b *testing.B) {
	s := mustOpen(b, filepath.Join(b.TempDir(), "state.db"))
	value := make([]byte, 400)
	for i := 0; b.Loop(); i++ {
		key := state.Name("k", fmt.Sprint(i))
		must(b, s.Add(b.Context(), key, value, time.Hour))
		if _, err := s.Take(b.Context(), key); err != nil {
			b.Fatal(err)
		}
	}
}
