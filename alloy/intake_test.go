package alloy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func (unread) Close() error { return nil }

func clientOf(t *testing.T, answer func(*http.Request) *http.Response) *Client {
	t.Helper()
	c, err := New(Config{Key: StaticKey(NewSecret(testKey)), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return answer(r), nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnAnswerThatSaysItIsTooLargeIsNotRead(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 500} {
		c := clientOf(t, func(*http.Request) *http.Response {
			return &http.Response{StatusCode: status, Header: http.Header{}, ContentLength: 8<<20 + 1, Body: unread{t}}
		})
		_, err := c.Connectors(t.Context())
		if status == 200 {
			wantKind(t, err, KindTooLarge)
		} else if err == nil {
			t.Errorf("%d is no error", status)
		}
	}
}

func TestAnAnswerIsReadWithoutSpareRoom(t *testing.T) { // not parallel: it measures memory
	const size = 6 << 20
	for name, length := range map[string]int64{"known length": size, "unknown length": -1} {
		resp := &http.Response{Header: http.Header{}, ContentLength: length, Body: io.NopCloser(bytes.NewReader(make([]byte, size)))}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		body, done, err := newIntake().readBody(t.Context(), resp, 8<<20)
		runtime.ReadMemStats(&after)
		done()
		if err != nil || len(body) != size {
			t.Fatal(name, len(body), err)
		}
		most := uint64(size + 64<<10)
		if length < 0 {
			most = 8<<20 + 5<<20 // the first megabyte grows to its size
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > most*raceMemory {
			t.Errorf("%s: %d KiB were allocated for %d", name, grown>>10, size>>10)
		}
	}
	for _, length := range []int64{-1, 2 << 20} {
		resp := &http.Response{Header: http.Header{}, ContentLength: length, Body: io.NopCloser(bytes.NewReader(make([]byte, 2<<20)))}
		body, done, err := newIntake().readBody(t.Context(), resp, 8<<20)
		if done(); err != nil || len(body) != 2<<20 || cap(body) > 3<<20 {
			t.Error(len(body), cap(body), err)
		}
	}
}

// crowd is the answers of many calls: it counts the large ones that are being
// read, and each takes a second.
type crowd struct {
	now, most atomic.Int32
}

func (w *crowd) answer(r *http.Request, size int, length int64) *http.Response {
	return &http.Response{
		StatusCode: 200, Header: http.Header{}, ContentLength: length,
		Body: &largeBody{crowd: w, ctx: r.Context(), left: size, known: length > 0},
	}
}

type largeBody struct {
	crowd   *crowd
	ctx     context.Context
	left    int
	read    int
	known   bool
	counted bool
}

func (b *largeBody) Read(p []byte) (int, error) {
	if !b.counted && (b.known || b.read > smallBody) {
		b.counted = true
		now := b.crowd.now.Add(1)
		for most := b.crowd.most.Load(); now > most && !b.crowd.most.CompareAndSwap(most, now); most = b.crowd.most.Load() {
		}
		select {
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		case <-time.After(9 * time.Second):
		}
	}
	if b.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, bytes.Repeat([]byte(" "), min(len(p), b.left)))
	b.left -= n
	b.read += n
	return n, nil
}

func (b *largeBody) Close() error {
	if b.counted {
		b.crowd.now.Add(-1)
	}
	return nil
}

func TestLargeAnswersWaitForEachOther(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]int64{"known length": 2 << 20, "unknown length": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var all crowd
				c := clientOf(t, func(r *http.Request) *http.Response { return all.answer(r, 2<<20, length) })
				e := search()
				e.Effect = EffectWrite // never sent again, so that a failure shows
				var calls sync.WaitGroup
				for range 12 {
					calls.Go(func() {
						got, err := c.As(mustUser(t)).Execute(t.Context(), e)
						// They wait for longer than a body may stop arriving.
						if err != nil || got.Unreadable || got.Truncated {
							t.Error(got, err)
						}
					})
				}
				calls.Wait()
				if most := all.most.Load(); most != largeReads {
					t.Errorf("%d large answers at once, want %d", most, largeReads)
				}
			})
		})
	}
}

func TestWaitingToReadEndsWithTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body, length := `{"connectors":[{"id":"notion"}]}`, int64(-1)
		c := clientOf(t, func(*http.Request) *http.Response {
			return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: length, Body: io.NopCloser(strings.NewReader(body))}
		})
		var leave []func()
		for range largeReads {
			free, err := c.intake.enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			leave = append(leave, free)
		}
		if got, err := c.Connectors(t.Context()); err != nil || len(got) != 1 {
			t.Error("a small answer waited:", got, err)
		}
		body += strings.Repeat(" ", 2<<20)
		for _, length = range []int64{-1, int64(len(body))} {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			began := time.Now()
			_, err := c.Connectors(ctx)
			cancel()
			if e := wantError(t, err, KindUnavailable); !errors.Is(e, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
				t.Errorf("after %s: %v", time.Since(began), err)
			}
		}
		for _, free := range leave {
			free()
		}
		for range 2 * largeReads { // every place is given back
			if got, err := c.Connectors(t.Context()); err != nil || len(got) != 1 {
				t.Error(got, err)
			}
		}
	})
}
