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
	errBodyTooLarge = errors.New("the answer is larger than this client reads")
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

// readBody reads a whole answer of at most limit bytes after decompression,
// so that a small compressed body cannot grow without bound. What was read
// comes back with the error, too.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	var r io.Reader = resp.Body
	switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		first := make([]byte, 1)
		if _, err := io.ReadFull(resp.Body, first); err != nil {
			if errors.Is(err, io.EOF) {
				return nil, nil // an empty body has no gzip header either
			}
			return nil, err
		}
		z, err := gzip.NewReader(io.MultiReader(bytes.NewReader(first), resp.Body))
		if err != nil {
			return nil, fmt.Errorf("the answer is not the gzip it claims to be: %w", err)
		}
		r = z
	default:
		return nil, errBodyEncoding
	}
	var b bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= 1<<20 {
		b.Grow(int(n) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if int64(b.Len()) > limit {
		b.Truncate(int(limit))
		return b.Bytes(), errBodyTooLarge
	}
	return b.Bytes(), err
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
