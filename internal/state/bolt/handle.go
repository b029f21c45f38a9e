package bolt

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// errInUse says that somebody else holds the file's lock.
var errInUse = errors.New("another alloy-mcp uses it; give this one its own STATE_URL or run one HTTP server")

// handle is an open file.
type handle struct {
	db   *bbolt.DB
	file *os.File // the one that db uses
}

// openHandle has bbolt open a file that exists, in one try. Read-only, bbolt looks
// at nothing but the two header pages, which have checksums.
func openHandle(path string, readOnly bool) (h handle, err error) {
	open := func(path string, flag int, mode os.FileMode) (*os.File, error) {
		var err error
		h.file, err = os.OpenFile(path, flag&^os.O_CREATE, mode)
		return h.file, err
	}
	err = guarded(func() (err error) {
		h.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:      time.Nanosecond,
			ReadOnly:     readOnly,
			FreelistType: bbolt.FreelistMapType,
			NoStatistics: true,
			OpenFile:     open,
		})
		return err
	})
	var cause syscall.Errno
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		err = errInUse
	case damaged(err):
		_ = h.close(true)
	case err != nil && readOnly && !errors.As(err, &cause):
		err = &damage{err} // not the system's but bbolt's own
	}
	return h, err
}

// close lets go of the file. After a panic bbolt may hold locks of its own for
// ever, so the file is closed under its hands. What bbolt has mapped keeps the
// file's lock, so that is taken off as well.
func (h handle) close(afterPanic bool) error {
	if afterPanic {
		return errors.Join(unlock(h.file), h.file.Close())
	}
	return guarded(h.db.Close)
}

// damage says that the file is not as it was written, so that nothing in it can be
// relied upon.
type damage struct{ cause error }

func (d *damage) Error() string {
	return fmt.Sprintf("it is damaged or not a state file (%v); restore a copy of it, or move it away to start with an empty one", d.cause)
}

func (d *damage) Unwrap() error { return d.cause }

func damaged(err error) bool {
	var d *damage
	return errors.As(err, &d)
}

// guarded calls into bbolt. It turns a panic into an error, and so it does with
// touching memory that is not there, as when the file was cut short under the map.
func guarded(call func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			line, _, _ := strings.Cut(fmt.Sprint(p), "\n")
			err = &damage{errors.New(line)}
		}
	}()
	return call()
}
