package token

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Writers of several processes and a reader: no change is lost, nobody sees half
// a file. Every File has a lock of its own, as every process has.
func TestWritersLoseNothing(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	steady := add(t, f, "steady", "")
	const writers, rounds = 8, 6
	done := make(chan struct{})
	var reading, writing sync.WaitGroup
	reading.Go(func() {
		for {
			if _, err := Open(f.path).Verify(t.Context(), steady); err != nil {
				t.Errorf("while others write: %v", err)
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for w := range writers {
		writing.Go(func() {
			own := Open(f.path)
			for i := range rounds {
				name := fmt.Sprintf("w%d-%d", w, i)
				if _, _, err := own.Add(name, "", noon); err != nil {
					t.Errorf("add: %v", err)
				}
				if i%2 == 1 {
					continue
				}
				if _, err := own.Revoke(name); err != nil {
					t.Errorf("revoke: %v", err)
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	list, err := f.List()
	if err != nil || len(list) != 1+writers*rounds/2 {
		t.Errorf("%d tokens are left, want %d; %v", len(list), 1+writers*rounds/2, err)
	}
	onlyTheFile(t, f)
}

// Of several that want one name, one gets it.
func TestANameIsGivenOnce(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	var group sync.WaitGroup
	got := make(chan string, 8)
	for range cap(got) {
		group.Go(func() {
			bearer, _, err := Open(f.path).Add("alice", "", noon)
			if err == nil {
				got <- bearer
			} else if !errors.As(err, new(*ExistsError)) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	close(got)
	for bearer := range got {
		if _, err := f.Verify(t.Context(), bearer); err != nil {
			t.Errorf("somebody was told a token that does not count: %v", err)
		}
	}
}

// onlyTheFile fails where a temporary file was left behind.
func onlyTheFile(t *testing.T, f *File) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(f.path))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "tokens.json" && name != "tokens.json.lock" {
			t.Errorf("%s was left behind", name)
		}
	}
}

// fullDisk takes the first bytes and no more.
type fullDisk struct {
	temporary
	write, sync error
}

func (d fullDisk) Write(p []byte) (int, error) {
	if d.write == nil {
		return d.temporary.Write(p)
	}
	n, err := d.temporary.Write(p[:len(p)/2])
	return n, errors.Join(err, d.write)
}

func (d fullDisk) Sync() error { return errors.Join(d.temporary.Sync(), d.sync) }

func TestAFullDiskChangesNothing(t *testing.T) {
	t.Parallel()
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	for name, temp := range map[string]func(string) (temporary, error){
		"no room for the file": func(string) (temporary, error) { return nil, full },
		"no room for all of it": func(dir string) (temporary, error) {
			file, err := createTemp(dir)
			return fullDisk{temporary: file, write: full}, err
		},
		"told at the end": func(dir string) (temporary, error) {
			file, err := createTemp(dir)
			return fullDisk{temporary: file, sync: full}, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFile(t)
			bearer := add(t, f, "alice", "")
			before := read(t, f)
			f.temp = temp
			bob, _, err := f.Add("bob", "", noon)
			if !errors.Is(err, syscall.ENOSPC) || bob != "" || !strings.Contains(err.Error(), f.path+", which stays as it was") {
				t.Errorf("add: %q, %v", bob, err)
			}
			if _, err := f.Revoke("alice"); !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("revoke: %v", err)
			}
			if read(t, f) != before {
				t.Error("the file changed")
			}
			if _, err := f.Verify(t.Context(), bearer); err != nil {
				t.Errorf("verify: %v", err)
			}
			onlyTheFile(t, f)
		})
	}
}

func TestALinkIsFollowed(t *testing.T) {
	t.Parallel()
	f := newFile(t)
	alice := add(t, f, "alice", "")
	link := Open(filepath.Join(t.TempDir(), "link.json"))
	if err := os.Symlink(f.path, link.path); err != nil {
		t.Skip("no links here:", err)
	}
	bob := add(t, link, "bob", "")
	for _, file := range []*File{f, link} {
		for _, bearer := range []string{alice, bob} {
			if _, err := file.Verify(t.Context(), bearer); err != nil {
				t.Errorf("%s: %v", file.path, err)
			}
		}
	}
	if info, err := os.Lstat(link.path); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v", err)
	}
}
