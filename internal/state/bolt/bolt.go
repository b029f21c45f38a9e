// Package bolt is a [state.Store] in one file, for one HTTP process whose state
// must survive a restart, a kill and a power cut. Each change that was
// acknowledged is on the disk.
//
// The file is one of bbolt's. bbolt trusts what it reads: a damaged page makes it
// panic, touch memory that is not there, or call itself for ever. Three things keep
// that away from the program. The whole file is verified before bbolt may use it
// (verify.go), each record carries a checksum (record.go), and a panic in a call
// ends the use of the file, not the process (handle.go).
package bolt

import (
	"errors"
	"fmt"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// bucketName is the one bucket of the file.
const bucketName = "records"

// Store is a [state.Store] in a file. One call uses the file at a time, whether it
// reads or writes: what a panic leaves locked inside of bbolt then has nobody
// waiting for it.
//
// Time is the machine's clock: when it is set back, records live as much longer.
type Store struct {
	path   string
	gate   chan struct{} // holds a token while a call has the use of what follows
	handle handle
	end    error  // why handle is not to be used any more: closed, or damaged
	next   []byte // the key at which the next sweep goes on
}

var _ state.Store = (*Store)(nil)

// Close implements [state.Store].
func (s *Store) Close() error {
	s.gate <- struct{}{}
	defer s.leave()
	end := s.end
	if errors.Is(end, state.ErrClosed) {
		return nil
	}
	s.end = state.ErrClosed
	if err := s.handle.close(end != nil); err != nil {
		return s.failed("close", err)
	}
	return nil
}

// failed says what was being done to which file.
func (s *Store) failed(doing string, err error) error {
	return fmt.Errorf("%s the state file %q: %w", doing, s.path, err)
}
