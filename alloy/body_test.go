package alloy

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func zipped(t *testing.T, write func(io.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	write(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGzipIsReadAndABombIsNot(t *testing.T) { // not parallel: it measures memory
	good := zipped(t, func(w io.Writer) { _, _ = io.WriteString(w, `{"connectors":[{"id":"notion"}]}`) })
	// A gzip stream may have many members, so one makes a bomb of any size.
	bomb := bytes.Repeat(zipped(t, func(w io.Writer) { _, _ = w.Write(make([]byte, 1<<20)) }), 256)
	if len(bomb) > 1<<20 {
		t.Fatal("the bomb is too large to be one")
	}
	for _, test := range []struct {
		name, encoding string
		body           []byte
		kind           Kind
	}{
		{"gzip", "gzip", good, ""},
		{"x-gzip", "X-GZIP", good, ""},
		{"bomb", "gzip", bomb, KindTooLarge},
		{"cut", "gzip", good[:len(good)-6], KindUnreadable},
		{"not gzip", "gzip", []byte(okConnectors), KindUnreadable},
		{"empty", "gzip", nil, KindUnreadable},
		{"unknown encoding", "br", good, KindUnreadable},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t).reply(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Accept-Encoding") != "gzip" {
					t.Errorf("Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
				}
				w.Header().Set("Content-Encoding", test.encoding)
				_, _ = w.Write(test.body)
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, err := f.client.Connectors(t.Context())
			runtime.ReadMemStats(&after)
			if test.kind == "" {
				if err != nil || len(got) != 1 {
					t.Error(got, err)
				}
				return
			}
			wantKind(t, err, test.kind)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 120<<20 {
				t.Errorf("%d MiB were allocated", grown>>20)
			}
		})
	}
}

func TestBodiesBeyondTheBoundsAreRefused(t *testing.T) {
	t.Parallel()
	list := func(rows string) string { return `{"connectors":[` + rows + `]}` }
	nested := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for _, test := range []struct {
		name, body string
		kind       Kind
	}{
		{"62 deep in 2", list(`{"id":"x","more":` + nested(maxDepth-3) + `}`), ""},
		{"one too deep", list(`{"id":"x","more":` + nested(maxDepth-2) + `}`), KindTooLarge},
		{"10,000 deep", strings.Repeat("[", 10000) + strings.Repeat("]", 10000), KindTooLarge},
		{"brackets in a text", list(`{"id":"x","name":"` + strings.Repeat("[{", 5000) + `"}`), ""},
		{"escaped quotes", list(`{"id":"x","name":"\\\"` + strings.Repeat("[", 100) + `"}`), ""},
		{"many values", list(`{"id":"x","more":[` + strings.Repeat("1,", maxTokens) + `1]}`), KindTooLarge},
		{"long key", list(`{"id":"x","` + strings.Repeat("k", maxKey+1) + `" : 1}`), KindTooLarge},
		{"long text", list(`{"id":"x","name":"` + strings.Repeat("k", 100*maxKey) + `"}`), ""},
		{"9 MiB", `{"connectors":[],"x":"` + strings.Repeat("a", 9<<20) + `"}`, KindTooLarge},
		{"lone surrogate and NUL", list(`{"id":"x","name":"\ud800 \u0000"}`), ""},
		{"bad UTF-8", list("{\"id\":\"x\",\"name\":\"\xc3\x28\"}"), ""},
		{"duplicate keys", `{"connectors":{},"connectors":[{"id":"x"}]}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, test.body))
			got, err := f.client.Connectors(t.Context())
			if test.kind != "" {
				wantKind(t, err, test.kind)
			} else if err != nil || len(got) != 1 || got[0].ID != "x" {
				t.Error(got, err)
			}
		})
	}
}

func TestASlowBodyEndsInTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		every time.Duration // between two bytes
		class string
		want  time.Duration
		kind  Kind
		tries int
	}{
		{"a read that stalls", time.Hour, "read", 30 * time.Second, KindUnavailable, 3},
		{"a read that drips", time.Second, "read", 60 * time.Second, KindUnavailable, 3},
		{"a write that stalls", time.Hour, "write", 10 * time.Second, "", 1},
		{"a write that drips", time.Second, "write", 80 * time.Second, "", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c, err := New(Config{Key: StaticKey(NewSecret(testKey)), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					tries++
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: &drip{ctx: r.Context(), every: test.every}}, nil
				})})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 80*time.Second)
				defer cancel()
				err = theCalls(t, c)[test.class](ctx)
				if took := time.Since(began); took < test.want || took > test.want+time.Second {
					t.Errorf("took %s, want %s", took, test.want)
				}
				if tries != test.tries {
					t.Errorf("%d requests, want %d", tries, test.tries)
				}
				if test.kind == "" && err != nil {
					t.Error(err)
				} else if test.kind != "" {
					wantKind(t, err, test.kind)
				}
			})
		})
	}
}

// drip is a body that yields one byte at a time until its request is given up.
type drip struct {
	ctx   context.Context
	every time.Duration
}

func (d *drip) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(d.every):
		p[0] = ' '
		return 1, nil
	}
}

func (d *drip) Close() error { return nil }

// rawServer answers each connection with bytes, or resets it.
func rawServer(t *testing.T, serve func(*net.TCPConn)) *Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn.(*net.TCPConn))
		}
	}()
	c, err := New(Config{BaseURL: "http://" + l.Addr().String(), Key: StaticKey(NewSecret(testKey))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

func TestRealConnectionsThatBreak(t *testing.T) {
	t.Parallel()
	readAll := func(conn *net.TCPConn) {
		b := make([]byte, 64<<10)
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute)) // the client may be slow to send or to close
		for read := ""; !strings.HasSuffix(read, "}"); {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			read += string(b[:n])
		}
	}
	answer := func(text string) func(*net.TCPConn) {
		return func(conn *net.TCPConn) {
			readAll(conn)
			_, _ = io.WriteString(conn, text)
			_ = conn.CloseWrite()
			readAll(conn)
			_ = conn.Close()
		}
	}
	for _, test := range []struct {
		name    string
		serve   func(*net.TCPConn)
		outcome Outcome // "" means the result says what is missing
	}{
		{"reset after the request", func(conn *net.TCPConn) { readAll(conn); reset(conn) }, OutcomeUnknown},
		{"closed after the request", func(conn *net.TCPConn) { readAll(conn); _ = conn.Close() }, OutcomeUnknown},
		{"half a status line", answer("HTTP/1."), OutcomeUnknown},
		{"not HTTP", answer("SSH-2.0-OpenSSH\r\n"), OutcomeUnknown},
		{"half a body", answer("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), ""},
		{"reset in the body", func(conn *net.TCPConn) {
			readAll(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
			reset(conn)
		}, ""},
		{"broken chunks", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var conns atomic.Int32
			c := rawServer(t, func(conn *net.TCPConn) { conns.Add(1); test.serve(conn) })
			e := search()
			e.Effect = EffectWrite
			got, err := c.As(mustUser(t)).Execute(t.Context(), e)
			switch {
			case test.outcome != "":
				if failed := wantError(t, err, KindUnavailable); failed.Outcome != test.outcome || failed.Retryable {
					t.Errorf("%+v", failed)
				}
			case err != nil || !got.Unreadable:
				// A reset may overtake the status line: then nothing is known.
				if failed := asError(err); test.name != "reset in the body" || failed == nil || failed.Outcome != OutcomeUnknown {
					t.Errorf("%+v, %v", got, err)
				}
			}
			if conns.Load() != 1 {
				t.Errorf("%d connections, want 1", conns.Load())
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		// A port that was free a moment ago may be somebody's; the first one is nobody's.
		c, err := New(Config{BaseURL: "http://127.0.0.1:1", Key: StaticKey(NewSecret(testKey))})
		if err != nil {
			t.Fatal(err)
		}
		e := search()
		e.Effect = EffectWrite
		_, err = c.As(mustUser(t)).Execute(t.Context(), e)
		if failed := wantError(t, err, KindUnavailable); failed.Outcome != OutcomeNotSent || !failed.Retryable || !strings.Contains(failed.Message, "refused") {
			t.Errorf("%+v", failed)
		}
	})
}

func TestCheckJSONAgreesWithTheParser(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{}`, `[]`, `1`, `"a"`, `null`, `{"a":[1,{"b":"c"}]}`, `{"a":1,}`, `{`, `]`, `"`, `"\`, ``, `{"a" 1}`, `tru`} {
		if got, want := checkJSON([]byte(text)) == nil, json.Valid([]byte(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	if err := checkJSON([]byte(strings.Repeat("]", 1000) + strings.Repeat("[", 1000))); err == nil {
		t.Error("accepted")
	}
}

func BenchmarkExecute(b *testing.B) {
	body := fmt.Sprintf(`{"executionId":"66cc","responseData":{"object":"list","results":[%s{}]}}`, strings.Repeat(`{"object":"page","id":"p","properties":{"a":{"type":"title","title":[{"plain_text":"x"}]}}},`, 20))
	c, err := New(Config{Key: StaticKey(NewSecret(testKey)), Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
	})})
	if err != nil {
		b.Fatal(err)
	}
	u := c.As(mustUser(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := u.Execute(b.Context(), search()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Config{Key: StaticKey(NewSecret(testKey))}); err != nil {
			b.Fatal(err)
		}
	}
}
