package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// file is a sink that follows its path: where another file stands there, or none,
// because somebody renamed or deleted the old one, it is opened anew. Whoever
// rotates logs needs to tell nobody.
type file struct {
	path    string
	durable bool // lines have to survive a crash of the machine

	open *os.File
	info os.FileInfo // of open, when it was opened
	size int64       // of open, when it was last looked at
}

// write writes a line with one call, so that lines of several processes do not mix.
func (f *file) write(text []byte, durable bool) error {
	if err := f.look(); err != nil {
		return err
	}
	if f.torn() {
		text = append([]byte{'\n'}, text...)
	}
	if _, err := f.open.Write(text); err != nil {
		return reason(err)
	}
	if durable && f.info.Mode().IsRegular() {
		if err := f.open.Sync(); err != nil {
			return fmt.Errorf("bring it to the disk: %w", reason(err))
		}
	}
	return nil
}

// torn reports whether the last line was cut off, as a full disk does it: then only
// that one is lost, whichever process wrote it. A line that another process is just
// writing can look the same; it grows.
func (f *file) torn() bool {
	const looks, between = 3, 2 * time.Millisecond
	for range looks {
		if !f.endsInside() {
			return false
		}
		before := f.size
		<-time.After(between)
		info, err := f.open.Stat()
		if err != nil || info.Size() == before {
			return true
		}
		f.size = info.Size()
	}
	return false
}

// endsInside reports whether the file ends without a line break.
func (f *file) endsInside() bool {
	if !f.info.Mode().IsRegular() || f.size == 0 {
		return false
	}
	last := []byte{'\n'}
	_, err := f.open.ReadAt(last, f.size-1)
	return err == nil && last[0] != '\n'
}

// look opens the file unless it is the open one.
func (f *file) look() error {
	info, err := os.Stat(f.path)
	if err == nil && f.open != nil && os.SameFile(info, f.info) {
		f.size = info.Size()
		return nil
	}
	if f.open != nil {
		_ = f.open.Close() // it is another file by now, and every line was written
		f.open = nil
	}
	if err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		return errors.New("it is a pipe, which would stop everything while nobody reads it: name a file, or - for standard error")
	}
	const flags = os.O_APPEND | os.O_CREATE
	opened, err := os.OpenFile(f.path, flags|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		opened, err = os.OpenFile(f.path, flags|os.O_WRONLY, 0o600) // it may be for adding alone
	}
	if err != nil {
		return reason(err)
	}
	if f.info, err = opened.Stat(); err != nil {
		return errors.Join(reason(err), opened.Close())
	}
	f.open, f.size = opened, f.info.Size()
	if f.durable {
		f.keepName()
	}
	return nil
}

// keepName makes a new file's name survive a crash. Some file systems cannot; then
// there is nothing to do about it.
func (f *file) keepName() {
	folder, err := os.Open(filepath.Dir(f.path))
	if err != nil {
		return
	}
	_ = folder.Sync()
	_ = folder.Close()
}

func (f *file) close() error {
	if f.open == nil {
		return nil
	}
	err := f.open.Close()
	f.open = nil
	if err != nil {
		return reason(err)
	}
	return nil
}

// reason is err without the path, which is not for everybody who reads the error.
func reason(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// stream is a sink that is already open and stays so.
type stream struct{ to io.Writer }

func (s stream) write(text []byte, _ bool) error {
	if _, err := s.to.Write(text); err != nil {
		return reason(err)
	}
	return nil
}

func (stream) close() error { return nil }

// closed is a sink after its end.
type closed struct{}

func (closed) write([]byte, bool) error { return errors.New("it is closed") }
func (closed) close() error             { return nil }
