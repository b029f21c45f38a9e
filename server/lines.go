package server

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// errLineTooLong reports a line above the limit; what came back with it is the
// line's beginning, and the next read starts behind it.
var errLineTooLong = errors.New("the line is too long")

// lineReader splits input into lines of bounded length.
type lineReader struct {
	in    *bufio.Reader
	limit int
	begun bool
}

func newLineReader(in io.Reader, limit int) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(in, 64<<10), limit: limit}
}

// next returns the next line that is not blank, without its end and owned by the
// caller. A last line without an end counts. After the input it returns io.EOF.
func (l *lineReader) next() ([]byte, error) {
	for {
		line, err := l.read()
		if !l.begun {
			l.begun = true
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // written by some shells
		}
		line = bytes.TrimSpace(line)
		switch {
		case errors.Is(err, errLineTooLong):
			return line, err
		case len(line) > 0:
			return line, nil // an error comes again with the next read
		case err != nil:
			return nil, err
		}
	}
}

func (l *lineReader) read() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		if len(line)+len(part) > l.limit+2 { // room for a line end
			line = append(line, part[:max(0, l.limit-len(line))]...)
			return line, l.skip(err)
		}
		if line == nil && !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.Clone(part), err
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// skip moves to the end of a line that is too long; err is how its last part ended.
func (l *lineReader) skip(err error) error {
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = l.in.ReadSlice('\n')
	}
	return errLineTooLong // an end of input comes again with the next read
}
