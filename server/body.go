package server

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// errTooLarge and errBusy are why a body is not read.
var (
	errTooLarge = errors.New("the message is too large")
	errBusy     = errors.New("too many bytes of unanswered messages")
)

// budget bounds the bytes held for messages that are not answered yet.
type budget struct {
	limit int64
	used  atomic.Int64
}

func (b *budget) take(n int64) bool {
	if b.used.Add(n) > b.limit {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.used.Add(-n) }

// readBody reads a whole body of at most limit bytes and returns how much of the
// budget it holds; the caller gives that back. Memory grows with what has
// arrived, never with what was announced.
func readBody(r *http.Request, limit int, b *budget) (body []byte, held int64, err error) {
	if r.ContentLength > int64(limit) {
		return nil, 0, errTooLarge
	}
	size := 4 << 10
	if r.ContentLength >= 0 && r.ContentLength < 64<<10 {
		size = int(r.ContentLength) + 1 // one more, to see the end without growing
	}
	if !b.take(int64(size)) {
		return nil, 0, errBusy
	}
	held = int64(size)
	body = make([]byte, 0, size)
	for {
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > limit:
			return nil, held, errTooLarge
		case errors.Is(err, io.EOF):
			return body, held, nil
		case err != nil:
			return nil, held, err
		}
		if len(body) == cap(body) {
			grow := min(cap(body), limit+1-cap(body))
			if !b.take(int64(grow)) {
				return nil, held, errBusy
			}
			held += int64(grow)
			larger := make([]byte, len(body), cap(body)+grow)
			copy(larger, body)
			body = larger
		}
	}
}
