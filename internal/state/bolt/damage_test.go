package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// sample is a file, closed, and the records in it.
type sample struct {
	file    []byte
	records map[string]string
}

// newSample makes a file with n records, and with as many free pages as it has
// been changed, that values of up to size bytes fill.
func newSample(t testing.TB, n, size int) sample {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	s := mustOpen(t, path)
	records := map[string]string{}
	for i := range n {
		key, value := state.Name("k", fmt.Sprint(i)), string(bytes.Repeat([]byte{byte(i)}, i*size/n))
		must(t, s.Put(t.Context(), key, []byte(value), 0))
		records[key] = value
		if i%5 == 4 {
			if _, err := s.Take(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			delete(records, key)
		}
	}
	must(t, s.Close())
	file, err := os.ReadFile(path)
	must(t, err)
	return sample{file, records}
}

// useDamaged opens and uses a damaged copy of the sample. Each record must be as it
// was, or its loss must be told.
func (m sample) useDamaged(t *testing.T, file []byte) (refused bool) {
	t.Helper()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "state.db")
	must(t, os.WriteFile(path, file, 0o600))
	s, err := Open(ctx, path)
	if err != nil {
		oneLine(t, err, path)
		if !damaged(err) {
			t.Errorf("error %v, want one that tells the damage", err)
		}
		return true
	}
	defer func() { _ = s.Close() }()
	for key, want := range m.records {
		got, err := s.Get(ctx, key)
		if errors.Is(err, state.ErrNotFound) || err == nil && string(got) != want {
			t.Errorf("a record was lost in silence: %d bytes and %v, want %d bytes", len(got), err, len(want))
		}
	}
	for key, want := range m.records {
		if got, err := s.Take(ctx, key); errors.Is(err, state.ErrNotFound) || err == nil && string(got) != want {
			t.Errorf("a record was lost in silence: %d bytes and %v, want %d bytes", len(got), err, len(want))
		}
		break
	}
	if err := s.Put(ctx, "new", make([]byte, 10_000), time.Hour); err != nil {
		oneLine(t, err, path)
	}
	return false
}

func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	for name, m := range map[string]sample{
		"no records": newSample(t, 0, 1),
		"inline":     newSample(t, 6, 100),
		"one leaf":   newSample(t, 20, 200),
		"branches":   newSample(t, 200, 6_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if m.useDamaged(t, m.file) {
				t.Fatal("the file is refused as it is")
			}
			random := rand.New(rand.NewPCG(seed, 0))
			refused := 0
			const each = 12
			for _, harm := range harms() {
				for range each {
					if m.useDamaged(t, harm.do(random, bytes.Clone(m.file))) {
						refused++
					}
					if t.Failed() {
						t.Fatalf("%s, seed %d", harm.name, seed)
					}
				}
			}
			if total := each * len(harms()); refused < total/10 {
				t.Errorf("of %d files %d were refused, so the test tests little", total, refused)
			}
		})
	}
}

type harm struct {
	name string
	do   func(*rand.Rand, []byte) []byte
}

func harms() []harm {
	pageSize := os.Getpagesize()
	page := func(r *rand.Rand, file []byte) []byte { return file[r.IntN(len(file)/pageSize)*pageSize:][:pageSize] }
	// at is somewhere at the start of a page, because the rest may be slack
	at := func(r *rand.Rand, file []byte) int {
		return r.IntN(len(file)/pageSize)*pageSize + r.IntN(r.IntN(400)+1)
	}
	return []harm{
		{"a bit", func(r *rand.Rand, file []byte) []byte {
			file[at(r, file)] ^= 1 << r.IntN(8)
			return file
		}},
		{"a byte", func(r *rand.Rand, file []byte) []byte {
			file[at(r, file)] = byte(r.Uint32())
			return file
		}},
		{"a byte of ones", func(r *rand.Rand, file []byte) []byte {
			file[at(r, file)] = 0xFF
			return file
		}},
		{"a few bytes", func(r *rand.Rand, file []byte) []byte {
			for at := at(r, file); at < len(file) && r.IntN(20) > 0; at++ {
				file[at] = byte(r.Uint32())
			}
			return file
		}},
		{"zeros", func(r *rand.Rand, file []byte) []byte {
			clear(page(r, file))
			return file
		}},
		{"ones", func(r *rand.Rand, file []byte) []byte {
			copy(page(r, file), bytes.Repeat([]byte{0xFF}, pageSize))
			return file
		}},
		{"one page over another", func(r *rand.Rand, file []byte) []byte {
			copy(page(r, file), page(r, file))
			return file
		}},
		{"zeros from here on", func(r *rand.Rand, file []byte) []byte {
			clear(file[r.IntN(len(file)):])
			return file
		}},
		{"cut", func(r *rand.Rand, file []byte) []byte { return file[:r.IntN(len(file))] }},
	}
}

// FuzzDamage lets the fuzzer find harm.
func FuzzDamage(f *testing.F) {
	m := newSample(f, 60, 2_000)
	f.Add(uint(0), []byte{1}, uint(4096), []byte{2})
	f.Add(uint(16+40), []byte{3}, uint(4096+16+40), []byte{4})
	f.Add(uint(2*4096+10), []byte{0xFF, 0xFF}, uint(2*4096+16), []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Add(uint(8202), []byte{0}, uint(8208), []byte{'0'}) // no elements, and no trace of one at its place
	f.Fuzz(func(t *testing.T, at1 uint, bytes1 []byte, at2 uint, bytes2 []byte) {
		file := bytes.Clone(m.file)
		copy(file[at1%uint(len(file)):], bytes1)
		copy(file[at2%uint(len(file)):], bytes2)
		m.useDamaged(t, file)
	})
}

// Damage that comes about while the file is in use ends the use of the file, not
// the process.
func TestDamageInUse(t *testing.T) {
	t.Parallel()
	m := newSample(t, 200, 6_000)
	for name, harm := range map[string]func(path string) error{
		"cut":       func(path string) error { return os.Truncate(path, 2*int64(os.Getpagesize())) },
		"cut short": func(path string) error { return os.Truncate(path, 100) },
		"emptied":   func(path string) error { return os.Truncate(path, 0) },
		"zeros":     func(path string) error { return overwrite(path, 2*int64(os.Getpagesize()), 0) },
		"all zeros": func(path string) error { return overwrite(path, 0, 0) },
		"ones":      func(path string) error { return overwrite(path, 2*int64(os.Getpagesize()), 0xFF) },
	} {
		for _, first := range []string{"get", "put", "add", "take"} {
			t.Run(name+", then "+first, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "state.db")
				must(t, os.WriteFile(path, m.file, 0o600))
				s := mustOpen(t, path)
				must(t, harm(path))
				lost := false
				for _, call := range []string{first, "get", "put", "add", "take", "get"} {
					for key, want := range m.records {
						err := use(t, s, call, key, want)
						if lost = lost || err != nil; lost && !damaged(err) {
							t.Fatalf("%s: error %v, want one that tells the damage, and so from the first on", call, err)
						}
						if err != nil {
							oneLine(t, err, path)
						}
					}
				}
				if !lost {
					t.Error("the damage was not noticed")
				}
				must(t, s.Close())
				if _, err := Open(t.Context(), path); !damaged(err) {
					t.Errorf("open afterwards: %v, want the damage", err)
				}
			})
		}
	}
}

func use(t *testing.T, s *Store, call, key, want string) error {
	t.Helper()
	got, err := []byte(want), error(nil)
	switch call {
	case "get":
		got, err = s.Get(t.Context(), key)
	case "take":
		got, err = s.Take(t.Context(), key)
	case "put":
		err = s.Put(t.Context(), key, []byte(want), 0)
	case "add":
		if err = s.Add(t.Context(), key, []byte(want), 0); err == nil {
			t.Fatal("add: a record was lost in silence")
		}
		if errors.Is(err, state.ErrExists) {
			err = nil
		}
	}
	if errors.Is(err, state.ErrNotFound) || err == nil && string(got) != want {
		t.Fatalf("%s: a record was lost in silence: %d bytes and %v, want %d bytes", call, len(got), err, len(want))
	}
	return err
}

func overwrite(path string, from int64, with byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(bytes.Repeat([]byte{with}, int(info.Size()-from)), from)
	return errors.Join(err, file.Close())
}

// A record whose expiry was damaged may be anything but expired.
func TestSweepRemovesNothingDamaged(t *testing.T) {
	t.Parallel()
	s := mustOpen(t, filepath.Join(t.TempDir(), "state.db"))
	key := []byte("k")
	record := encode(key, []byte("value"), time.Now(), time.Hour)
	record[1+2] ^= 0xFF // ages ago, or ages ahead
	record[1] = 0x80
	update := func(fn func(records *bbolt.Bucket) error) {
		must(t, s.handle.db.Update(func(tx *bbolt.Tx) error { return fn(tx.Bucket([]byte(bucketName))) }))
	}
	update(func(records *bbolt.Bucket) error { return records.Put(key, record) })
	if err := s.Put(t.Context(), "other", nil, 0); !damaged(err) {
		t.Errorf("error %v, want one that tells the damage", err)
	}
	update(func(records *bbolt.Bucket) error {
		if !bytes.Equal(records.Get(key), record) {
			t.Error("the record is gone")
		}
		return nil
	})
}
