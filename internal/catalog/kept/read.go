package kept

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Connectors returns the list of connectors as it was last saved, and when Alloy
// told it; nil where there is none.
func (s *Store) Connectors(ctx context.Context) ([]alloy.Connector, time.Time) {
	p, ok := s.usable(ctx, ofApps, "")
	if !ok {
		return nil, time.Time{}
	}
	var list []alloy.Connector
	first, err := scan(p, func(line []byte) error {
		var app appLine
		if err := decode(line, &app); err != nil {
			return err
		}
		if app.ID != "" && len(app.ID) <= maxID {
			list = append(list, app.connector())
		}
		return nil
	})
	if err != nil {
		s.notRead(ctx, p.path(), err)
		return nil, time.Time{}
	}
	return list, first.ReadAt
}

// Names returns the lists of actions of all connectors.
func (s *Store) Names(ctx context.Context) []Connector {
	p, ok := s.usable(ctx, ofNames, "")
	if !ok {
		return nil
	}
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		s.notRead(ctx, p.dir, err)
		return nil
	}
	var all []Connector
	var size int64
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), "."+string(ofNames)+suffix) {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // removed since
		}
		if size += info.Size(); size > maxFile || len(all) == maxFiles || ctx.Err() != nil {
			break
		}
		p.name = entry.Name()
		connector, err := readNames(p)
		if err != nil {
			s.notRead(ctx, p.path(), err)
			continue
		}
		all = append(all, connector)
	}
	return all
}

func readNames(p place) (Connector, error) {
	c := Connector{Facts: make(map[string]Fact)}
	actions := 0
	first, err := scan(p, func(line []byte) error {
		var resource resourceLine
		if err := decode(line, &resource); err != nil {
			return err
		}
		if actions += len(resource.Actions); actions > maxActions {
			return errors.New("it lists too many actions")
		}
		c.Resources = append(c.Resources, resource.resource(c.Facts))
		return nil
	})
	if err != nil {
		return Connector{}, err
	}
	if first.Connector == "" || len(first.Connector) > maxID || !strings.HasSuffix(p.name, "-"+digest(12, first.Connector)+"."+string(ofNames)+suffix) {
		return Connector{}, errors.New("its connector is not that of its name")
	}
	c.ID, c.ReadAt = first.Connector, first.ReadAt
	return c, nil
}

// Actions returns the details that are kept of a connector's actions. What a file
// says before it breaks off is used.
func (s *Store) Actions(ctx context.Context, connector string) []Action {
	p, ok := s.usable(ctx, ofActions, connector)
	if !ok {
		return nil
	}
	var list []Action
	_, err := scan(p, func(line []byte) error {
		var action actionLine
		if err := decode(line, &action); err != nil {
			return err
		}
		if action.ID == "" || len(action.ID) > maxID {
			return errors.New("an action has no usable id")
		}
		if len(list) == maxActions {
			return errors.New("it holds too many actions")
		}
		list = append(list, action.action())
		return nil
	})
	if err != nil {
		s.notRead(ctx, p.path(), err)
	}
	return list
}

// notRead logs why a file is not used; that there is none is no reason.
func (s *Store) notRead(ctx context.Context, path string, err error) {
	if !errors.Is(err, os.ErrNotExist) {
		s.ignored(ctx, path, err)
	}
}

// scan reads a file, checks whose it is and hands out the lines after the first.
func scan(p place, each func([]byte) error) (head, error) {
	file, err := open(p.path())
	if err != nil {
		return head{}, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	lines := bufio.NewReaderSize(io.LimitReader(file, maxFile), 64<<10)
	text, err := readLine(lines)
	if err != nil {
		return head{}, fmt.Errorf("it has no first line: %w", err)
	}
	var first head
	if err := decode(text, &first); err != nil {
		return head{}, err
	}
	want := p.head
	want.ReadAt, want.Lines = first.ReadAt, first.Lines
	if want.Connector == "" {
		want.Connector = first.Connector // checked against the name of the file
	}
	switch {
	case first.Format != format:
		return head{}, fmt.Errorf("it is of format %d, this is %d", first.Format, format)
	case first != want:
		return head{}, errors.New("it belongs to another key, address or version")
	case first.ReadAt.After(time.Now().Add(time.Hour)):
		return head{}, errors.New("it is from the future")
	}
	for n := range first.Lines {
		text, err := readLine(lines)
		if err != nil {
			return first, fmt.Errorf("it breaks off after %d of %d lines: %w", n, first.Lines, err)
		}
		if err := each(text); err != nil {
			return first, err
		}
	}
	return first, nil
}

// open opens a regular file of bounded size: not a pipe, which would block, nor
// what a link leads to.
func open(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("it has %d bytes, more than %d", info.Size(), maxFile)
	}
	return os.Open(filepath.Clean(path))
}

// readLine returns the next line, which must end and is bounded.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, errors.New("a line is too long")
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err // mostly io.EOF
		}
	}
}
