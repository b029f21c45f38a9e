package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

// How long Open tries to get hold of the file, and the pause between two tries. It
// gives a predecessor that is about to end the time to do so.
const (
	patience = 900 * time.Millisecond
	pause    = 50 * time.Millisecond
)

// Open opens the file at path, or makes it (0600) and the directories that it
// needs (0700); the access rights of what exists stay as they are. It reads the
// whole file and fails where anything in it is not as it was written. Where another
// process uses the file, it fails within a second.
func Open(ctx context.Context, path string) (*Store, error) { return openWithin(ctx, path, patience) }

func openWithin(ctx context.Context, path string, patience time.Duration) (*Store, error) {
	s := &Store{path: path, gate: make(chan struct{}, 1)}
	err := prepare(path)
	if err == nil {
		s.handle, err = openPatiently(ctx, path, patience)
	}
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		err = fmt.Errorf("%w; the user that runs alloy-mcp must be able to read and write it", err)
	}
	return nil, s.failed("open", err)
}

// prepare makes the file where there is none, and checks that it can be ours.
func prepare(path string) error {
	if path == "" {
		return errors.New("it has no path; name one, as in STATE_URL=bolt:/var/lib/alloy-mcp/state.db")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := makeDirectory(filepath.Dir(path)); err != nil {
			return err
		}
		return create(path)
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a directory; a file is needed")
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file, which is needed")
	case info.Size() == 0: // of which bbolt would make a new one
		return &damage{errors.New("it is empty")}
	}
	return nil
}

// makeDirectory makes a directory and those above it that are missing, for the
// owner alone, so that they are still there after a power cut.
func makeDirectory(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	above := filepath.Dir(path)
	if err := makeDirectory(above); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDirectory(above)
}

// create makes an empty state file that appears under its name whole or not at
// all. So a file that is empty or half made is always one that was damaged, and is
// never taken for a new one. A file that appeared in the meantime is left alone.
func create(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	name := file.Name()
	defer func() { _ = os.Remove(name) }()
	if err := file.Close(); err != nil {
		return err
	}
	h, err := openHandle(name, false)
	if err != nil {
		return err
	}
	err = guarded(func() error {
		return h.db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte(bucketName))
			return err
		})
	})
	if err := errors.Join(err, h.close(damaged(err))); err != nil {
		return err
	}
	// A rename would replace a file that another process has made and opened by now.
	if err := os.Link(name, path); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("give the new file its name (on a file system without hard links, choose another place): %w", err)
	}
	return syncDirectory(filepath.Dir(path))
}

func openPatiently(ctx context.Context, path string, patience time.Duration) (handle, error) {
	for began := time.Now(); ; {
		if err := ctx.Err(); err != nil {
			return handle{}, err
		}
		h, err := openVerified(path)
		if !errors.Is(err, errInUse) || time.Since(began) >= patience {
			return h, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// openVerified opens the file in one try. First it reads the file under a lock
// that only keeps writers out: bbolt must not get to write what was not verified.
func openVerified(path string) (handle, error) {
	h, err := openHandle(path, true)
	if err != nil {
		return handle{}, err
	}
	err = guarded(func() error { return verify(h.file) })
	if err := errors.Join(err, h.close(false)); err != nil {
		return handle{}, err
	}
	return openHandle(path, false)
}
