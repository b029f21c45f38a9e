package kept

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

const separator = string(filepath.Separator)

// How often the size of everything is looked at, and how old a temporary file is
// when nobody can be writing it any more.
const (
	trimEvery = 10 * time.Minute
	abandoned = time.Hour
)

const temporary = ".writing-"

// SaveConnectors keeps the list of connectors.
func (s *Store) SaveConnectors(ctx context.Context, list []alloy.Connector, readAt time.Time) {
	s.save(ctx, ofApps, "", readAt, len(list), func(yield func(any) bool) {
		for _, c := range list {
			if !yield(lineOfApp(c)) {
				return
			}
		}
	})
}

// SaveNames keeps a connector's list of actions.
func (s *Store) SaveNames(ctx context.Context, c Connector) {
	s.save(ctx, ofNames, c.ID, c.ReadAt, len(c.Resources), func(yield func(any) bool) {
		for _, r := range c.Resources {
			if !yield(lineOfResource(r, c.Facts)) {
				return
			}
		}
	})
}

// SaveActions keeps the details of a connector's actions, in place of those that
// were kept before.
func (s *Store) SaveActions(ctx context.Context, connector string, list []Action) {
	s.save(ctx, ofActions, connector, time.Now(), len(list), func(yield func(any) bool) {
		for _, a := range list {
			if !yield(lineOfAction(a)) {
				return
			}
		}
	})
}

func (s *Store) save(ctx context.Context, k kind, connector string, readAt time.Time, count int, lines iter.Seq[any]) {
	p, ok := s.usable(ctx, k, connector)
	if !ok {
		return
	}
	p.head.ReadAt, p.head.Lines = readAt.UTC(), count
	if err := write(p, lines); err != nil {
		s.unkept(ctx, err)
		return
	}
	s.trim()
}

// write puts a file in place in one step, so that a reader sees the old one or
// the new one whole.
func write(p place, lines iter.Seq[any]) (err error) {
	file, err := os.CreateTemp(p.dir, temporary+"*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	err = fill(file, p.head, lines)
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", p.name, err)
	}
	return os.Rename(file.Name(), p.path())
}

func fill(file *os.File, first head, lines iter.Seq[any]) error {
	buffer := bufio.NewWriterSize(file, 64<<10)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(first); err != nil {
		return err
	}
	for line := range lines {
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return buffer.Flush()
}

// usable returns the place of a file in a directory that is ours alone, which is
// made where it is missing.
func (s *Store) usable(ctx context.Context, k kind, connector string) (place, bool) {
	p, ok := s.place(k, connector)
	if !ok {
		return place{}, false
	}
	s.mu.Lock()
	may, known := s.ready[p.dir]
	s.mu.Unlock()
	if known {
		return p, may
	}
	err := prepare(p.dir)
	if err != nil {
		s.unkept(ctx, err)
	}
	s.mu.Lock()
	s.ready[p.dir] = err == nil
	s.mu.Unlock()
	if err == nil {
		removeAbandoned(p.dir)
	}
	return p, err == nil
}

// prepare makes the directory and refuses one that somebody else could write to:
// they could tell this program that a deletion is a read.
func prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, d := range [...]string{filepath.Dir(dir), dir} {
		info, err := os.Lstat(d)
		switch {
		case err != nil:
			return err
		case !info.IsDir():
			return fmt.Errorf("%s is no directory", d)
		case !ours(info):
			return fmt.Errorf("%s can be changed by others: give it to the user that runs this and take the right to write from the rest", d)
		}
	}
	return nil
}

// removeAbandoned removes what a process left that was killed while it wrote.
func removeAbandoned(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), temporary) {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(dir, entry.Name())) // another process may have
		}
	}
}

// trim removes the files that were written longest ago until the rest fits.
func (s *Store) trim() {
	s.mu.Lock()
	due := time.Since(s.trimmed) >= trimEvery
	if due {
		s.trimmed = time.Now()
	}
	s.mu.Unlock()
	if due {
		trimTo(filepath.Join(s.root, "catalogue"), maxTotal)
	}
}

func trimTo(root string, limit int64) {
	type file struct {
		path    string
		size    int64
		written time.Time
	}
	var files []file
	var total int64
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error { // what cannot be read is not counted
		if err != nil || !entry.Type().IsRegular() || !strings.HasSuffix(entry.Name(), suffix) {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			files = append(files, file{path, info.Size(), info.ModTime()})
			total += info.Size()
		}
		return nil
	})
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(a.written.Compare(b.written), strings.Compare(a.path, b.path))
	})
	for _, f := range files {
		if total <= limit {
			return
		}
		_ = os.Remove(f.path) // another process may have
		total -= f.size
	}
}
