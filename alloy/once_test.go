package alloy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// moment is where a request meets its end.
type moment int

const (
	allWell moment = iota
	refusedDial
	closedUnread
	closedInHeaders
	closedAfterBody
	doneThenClosed
	doneThenHalfHeaders
	doneThenHalfBody
	doneThenGarbage
	doneThenEmpty
	doneThen500
	doneThenSilence
	undone500
	undone502
	undone503
	undone429
	undone400
	undone425
	silence
	doneThenIdleClosed // all well, and the kept-alive connection is closed
	moments
)

// faultyAlloy is a server on in-memory connections that counts what it did.
type faultyAlloy struct {
	mu       sync.Mutex
	script   []moment
	received int // whole requests
	effects  int
}

func (s *faultyAlloy) begin(script []moment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script, s.received, s.effects = script, 0, 0
}

func (s *faultyAlloy) counts() (received, effects int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received, s.effects
}

// next takes the next moment of the script; after its end all is well.
func (s *faultyAlloy) next() moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.script) == 0 {
		return allWell
	}
	m := s.script[0]
	s.script = s.script[1:]
	return m
}

func (s *faultyAlloy) peek() moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.script) == 0 {
		return allWell
	}
	return s.script[0]
}

func (s *faultyAlloy) count(effect bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received++
	if effect {
		s.effects++
	}
}

func (s *faultyAlloy) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.peek() == refusedDial {
		s.next()
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	near, far := net.Pipe()
	go s.serve(far)
	return near, nil
}

func (s *faultyAlloy) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	for {
		if s.peek() == closedUnread {
			s.next()
			return
		}
		if _, err := r.Peek(1); err != nil {
			return
		}
		m := s.next()
		if m == closedInHeaders || m == refusedDial || m == closedUnread {
			return
		}
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		s.count(m == allWell || m >= doneThenClosed && m <= doneThenSilence || m == doneThenIdleClosed)
		if !answerMoment(conn, m) {
			return
		}
	}
}

const goodBody = `{"connectors":[],"responseData":{},"oauthUrl":"https://api.runalloy.com/x","credentialId":"` + testCred + `","success":true}`

// answerMoment writes the answer, and reports whether the connection goes on.
func answerMoment(conn net.Conn, m moment) bool {
	reply := func(status int, body, extra string) bool {
		_, err := fmt.Fprintf(conn, "HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n%s", status, len(body), extra, body)
		return err == nil
	}
	half := func(text string) bool {
		_, _ = io.WriteString(conn, text)
		return false
	}
	switch m {
	case allWell:
		return reply(200, goodBody, "")
	case doneThenIdleClosed:
		reply(200, goodBody, "")
		return false
	case doneThenHalfHeaders:
		return half("HTTP/1.1 200 OK\r\nContent-Le")
	case doneThenHalfBody:
		return half("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + goodBody)
	case doneThenGarbage:
		return reply(200, `{"responseData":`, "")
	case doneThenEmpty:
		return reply(200, "", "")
	case doneThen500, undone500:
		return reply(500, "", "")
	case undone502:
		return reply(502, "<html><body>Bad Gateway</body></html>", "")
	case undone503:
		return reply(503, "", "Retry-After: 1\r\n")
	case undone429:
		return reply(429, "", "Retry-After: 1\r\n")
	case undone400:
		return reply(400, `{"message":"bad"}`, "")
	case undone425:
		return reply(425, "", "")
	case doneThenSilence, silence:
		_, _ = conn.Read(make([]byte, 1)) // until the client gives up
	}
	return false
}

// pipedClient is a client with its real transports over the fake network.
func pipedClient(fail func(...any), s *faultyAlloy) *Client {
	c, err := New(Config{Key: StaticKey(NewSecret(testKey)), BaseURL: "http://127.0.0.1:1"})
	if err != nil {
		fail(err)
	}
	for _, rt := range []http.RoundTripper{c.wires.shared, c.wires.single} {
		rt.(*http.Transport).DialContext = s.dial
	}
	return c
}

// schedule is one call and what happens to it.
type schedule struct {
	class    string
	script   []moment
	canceled time.Duration // negative: never
}

// TestAWriteHappensAtMostOnce draws schedules of faults and cancellations, and
// holds what the client says against what the server did.
func TestAWriteHappensAtMostOnce(t *testing.T) {
	t.Parallel()
	classes := []string{"read", "execute read", "write", "put", "create", "link", "delete"}
	rapid.Check(t, func(rt *rapid.T) {
		schedules := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) schedule {
			one := schedule{class: rapid.SampledFrom(classes).Draw(rt, "class"), canceled: -1}
			for range rapid.IntRange(0, 4).Draw(rt, "faults") {
				one.script = append(one.script, moment(rapid.IntRange(0, int(moments)-1).Draw(rt, "moment")))
			}
			if rapid.IntRange(0, 3).Draw(rt, "cancel") == 3 {
				one.canceled = time.Duration(rapid.IntRange(0, 1500).Draw(rt, "after ms")) * time.Millisecond
			}
			return one
		}), 1, 12).Draw(rt, "schedules")
		var lies []string
		synctest.Test(t, func(t *testing.T) {
			s := &faultyAlloy{}
			c := pipedClient(t.Fatal, s)
			calls := theCalls(t, c)
			for _, one := range schedules {
				if lie := one.run(t.Context(), calls[one.class], s); lie != "" {
					lies = append(lies, lie)
				}
				time.Sleep(time.Minute) // breakers forget
			}
			c.CloseIdleConnections()
		})
		if len(lies) > 0 {
			rt.Fatal(lies)
		}
	})
}

// run makes the call, and returns what is untrue about its answer.
func (one schedule) run(ctx context.Context, do func(context.Context) error, s *faultyAlloy) string {
	s.begin(one.script)
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	if one.canceled >= 0 {
		time.AfterFunc(one.canceled, cancel)
	}
	err := do(ctx)
	cancel()
	synctest.Wait() // the server may still be at work
	received, effects := s.counts()
	s.begin(nil)
	return untruth(one.class, err, received, effects)
}

func untruth(class string, err error, received, effects int) string {
	var e *Error
	write := class == "write" || class == "put" || class == "create" || class == "link"
	switch {
	case received > maxAttempts:
		return fmt.Sprintf("%s: the server received %d requests (%v)", class, received, err)
	case err == nil && effects == 0:
		return fmt.Sprintf("%s: said done, and nothing was", class)
	case err != nil && !errors.As(err, &e):
		return fmt.Sprintf("%s: not an *Error: %v", class, err)
	case write && effects > 1:
		return fmt.Sprintf("%s: done %d times (%v)", class, effects, err)
	case err == nil || class == "read" || class == "execute read":
	case e.Outcome == OutcomeCompleted && effects == 0:
		return fmt.Sprintf("%s: said completed, and nothing was done: %v", class, err)
	case write && (e.Outcome == OutcomeNotSent || e.Outcome == OutcomeRejected) && effects > 0:
		return fmt.Sprintf("%s: said %s, and it was done: %v", class, e.Outcome, err)
	case e.Outcome == "":
		return fmt.Sprintf("%s: no outcome: %v", class, err)
	}
	return ""
}
