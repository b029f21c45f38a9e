package alloy

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// What can be wrong with the bytes of a body.
var (
	errBodyTooLarge = errors.New("the answer is larger than the 8 MiB that this client reads")
	errBodyIdle     = errors.New("the answer stopped arriving")
	errBodyEncoding = errors.New("the answer is compressed in a way this client does not know")
)

// setBody gives r a body that can be sent again: net/http repeats a request
// by itself where it can prove that the server read none of it.
func setBody(r *http.Request, payload []byte) {
	r.ContentLength = int64(len(payload))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(payload)), nil }
	r.Body = io.NopCloser(bytes.NewReader(payload))
}

// What a body may take. Most answers are small and read at once; the large ones
// of parallel calls would add up without a bound.
const (
	smallBody  = 1 << 20
	largeReads = 4 // of a client at once, each up to the limit of a body
)

// intake bounds the memory that large answers take over all calls of a client.
type intake struct {
	places chan struct{}
}

func newIntake() *intake { return &intake{places: make(chan struct{}, largeReads)} }

// enter waits for one of the places of large answers.
func (in *intake) enter(ctx context.Context) (leave func(), err error) {
	select {
	case in.places <- struct{}{}:
		return func() { <-in.places }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// readBody reads a whole answer of at most limit bytes after decompression,
// so that a small compressed body cannot grow without bound. One that says at
// once that it is larger is not read. What was read comes back with the error,
// too. The answer may be used until done is called, which is never nil.
func (in *intake) readBody(ctx context.Context, resp *http.Response, limit int64) (body []byte, done func(), err error) {
	done = func() {}
	r, plain, err := decompressed(resp)
	if r == nil || err != nil {
		return nil, done, err
	}
	size := int64(-1)
	if plain {
		size = resp.ContentLength
	}
	if size > limit {
		return nil, done, errBodyTooLarge
	}
	var b bytes.Buffer
	if size <= smallBody {
		b.Grow(int(max(size, 0)) + bytes.MinRead)
		if _, err = b.ReadFrom(io.LimitReader(r, min(smallBody, limit)+1)); err != nil || b.Len() <= smallBody && int64(b.Len()) <= limit {
			return b.Bytes(), done, err
		}
	}
	if int64(b.Len()) <= limit { // there is, or may be, more
		resume := pauseIdle(resp.Body)
		leave, err := in.enter(ctx)
		if err != nil {
			return b.Bytes(), done, err
		}
		done = leave
		resume()
		if size < 0 {
			size = limit
		}
		// Room for all of it at once: a buffer that grows holds its old bytes, too.
		b.Grow(int(size) + 1 - b.Len() + bytes.MinRead)
		_, err = b.ReadFrom(io.LimitReader(r, limit+1-int64(b.Len())))
		if int64(b.Len()) <= limit {
			return fitted(b.Bytes()), done, err
		}
	}
	b.Truncate(int(limit))
	return b.Bytes(), done, errBodyTooLarge
}

// fitted copies bytes out of room that is much too large for them.
func fitted(b []byte) []byte {
	if len(b) < cap(b)/2 {
		return bytes.Clone(b)
	}
	return b
}

// decompressed returns the reader of a body, nil for an empty one, and whether
// it is plain, so that Content-Length counts what comes out.
func decompressed(resp *http.Response) (r io.Reader, plain bool, err error) {
	switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		return resp.Body, true, nil
	case "gzip", "x-gzip":
		first := make([]byte, 1)
		if _, err := io.ReadFull(resp.Body, first); err != nil {
			if errors.Is(err, io.EOF) {
				return nil, false, nil // an empty body has no gzip header either
			}
			return nil, false, err
		}
		z, err := gzip.NewReader(io.MultiReader(bytes.NewReader(first), resp.Body))
		if err != nil {
			return nil, false, fmt.Errorf("the answer is not the gzip it claims to be: %w", err)
		}
		return z, false, nil
	}
	return nil, false, errBodyEncoding
}

// watchIdle makes reads of body fail when nothing arrives for the given time:
// it cancels the request, which is what unblocks a read.
func watchIdle(body io.ReadCloser, idle time.Duration, cancel context.CancelCauseFunc) io.ReadCloser {
	return &idleBody{ReadCloser: body, idle: idle, timer: time.AfterFunc(idle, func() { cancel(errBodyIdle) })}
}

type idleBody struct {
	io.ReadCloser
	idle  time.Duration
	timer *time.Timer
}

func (b *idleBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.timer.Reset(b.idle)
	return n, err
}

// pauseIdle stops the watch over a body while nobody reads it, until resume.
func pauseIdle(body io.Reader) (resume func()) {
	b, watched := body.(*idleBody)
	if !watched {
		return func() {}
	}
	b.timer.Stop()
	return func() { b.timer.Reset(b.idle) }
}

func (b *idleBody) Close() error {
	b.timer.Stop()
	return b.ReadCloser.Close()
}

// cleanText removes a byte order mark and repairs UTF-8, which servers behind
// proxies get wrong now and then.
func cleanText(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	return bytes.TrimSpace(b)
}
