package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// What is piped in is answered before the program ends: alloy-mcp < requests.
func TestRequestsFromAFileAreAnswered(t *testing.T) {
	t.Parallel()
	slow := fakeTool{name: "slow", run: func(ctx context.Context, _ json.RawMessage) tools.Answer {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
		return tools.Answer{JSON: json.RawMessage(`{"done":true}`)}
	}}
	var requests strings.Builder
	requests.WriteString("\xef\xbb\xbf" + initialize + "\r\n\r\n  \n" + `{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
	for id := 1; id <= 420; id++ {
		requests.WriteString(call(id, "slow", `{}`) + "\n")
	}
	requests.WriteString(`{"jsonrpc":"2.0","id":421,"method":"subscriptions/listen","params":{` + modernMeta + `,"notifications":{"toolsListChanged":true}}}` + "\n")
	requests.WriteString(`{"jsonrpc":"2.0","id":422,"method":"tools/list"}`) // no line end
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := newListening(t, Config{Tools: fakeTools{slow}}).ServeStdio(t.Context(), strings.NewReader(requests.String()), &out); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %v: a subscription must not hold the end back", took)
		}
	})
	ids := map[int]int{}
	for line := range strings.Lines(out.String()) {
		var frame struct {
			ID     *int            `json:"id"`
			Result json.RawMessage `json:"result"`
			Method string          `json:"method"`
		}
		if err := json.Unmarshal([]byte(line), &frame); err != nil {
			t.Fatalf("not a message: %q", line)
		}
		if frame.ID != nil && frame.Result != nil {
			ids[*frame.ID]++
		}
	}
	for id := range 423 {
		if ids[id] != 1 {
			t.Errorf("request %d was answered %d times", id, ids[id])
		}
	}
}

func TestMalformedLinesAreAnsweredAndSkipped(t *testing.T) {
	t.Parallel()
	p := startStdio(t, newTest(t, Config{}))
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":5,"method":"ping"`,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`,
		`garbage`,
		`{"jsonrpc":"2.0","id":5,"method":"ping","METHOD":"tools/list"}`,
		"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"\xff\"}",
	} {
		p.send(line)
		if got := p.next(); !strings.Contains(got, `"error"`) {
			t.Errorf("%s: %s", line, got)
		}
		p.send(`{"jsonrpc":"2.0","id":6,"method":"ping"}`)
		if got := p.next(); got != `{"jsonrpc":"2.0","id":6,"result":{}}` {
			t.Errorf("after %s: %s", line, got)
		}
	}
}

func TestStdioRunsHundredCallsAtOnce(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	p := startStdio(t, newTest(t, Config{Tools: fakeTools{block.tool()}}))
	for id := range 130 {
		p.send(call(id, "block", `{}`))
	}
	for range 100 {
		waitFor(t, "a call begins", block.began)
	}
	p.send(`{"jsonrpc":"2.0","id":"ping","method":"ping"}`) // not held up by waiting calls
	if line := p.next(); !strings.Contains(line, `"id":"ping"`) {
		t.Errorf("got %s", line)
	}
	select {
	case <-block.began:
		t.Error("more than a hundred calls run")
	case <-time.After(50 * time.Millisecond):
	}
	p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}}`)
	if line := p.next(); !strings.Contains(line, "cancelled") {
		t.Errorf("got %s", line)
	}
	waitFor(t, "the next call begins", block.began)
	close(block.release)
	if lines, err := p.end(); len(lines) != 129 || err != nil {
		t.Errorf("%d more answers, %v", len(lines), err)
	}
}

// Two servers in one process do not share a client, as the library's do.
func TestStdioServersAreApart(t *testing.T) {
	t.Parallel()
	s := newListening(t, Config{})
	notify(s.mcp)
	first, second := startStdio(t, s), startStdio(t, s)
	for _, p := range []*pipe{first, second} {
		p.send(initialize)
		p.next()
	}
	first.send(call(1, "notify", `{}`))
	for range perCall + 1 {
		first.next()
	}
	if line, ok := second.tryNext(50 * time.Millisecond); ok {
		t.Errorf("the other client got %s", line)
	}
	block := newBlocker()
	shared := newTest(t, Config{Tools: fakeTools{block.tool()}})
	third, fourth := startStdio(t, shared), startStdio(t, shared)
	third.send(call(1, "block", `{}`))
	waitFor(t, "the call begins", block.began)
	fourth.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	if line, ok := third.tryNext(50 * time.Millisecond); ok {
		t.Errorf("cancelled by another client: %s", line)
	}
	close(block.release)
	third.next()
}

func TestStopOnStdioFinishesCalls(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	s := newTest(t, Config{Tools: fakeTools{block.tool()}})
	ctx, stop := context.WithCancel(t.Context())
	p := startPipe(t, func(in io.Reader, out io.Writer) error { return s.ServeStdio(ctx, in, out) })
	p.send(call(1, "block", `{}`))
	waitFor(t, "the call begins", block.began)
	stop()
	if line, ok := p.tryNext(50 * time.Millisecond); ok {
		t.Errorf("ended by the stop: %s", line)
	}
	close(block.release)
	if line := p.next(); !strings.Contains(line, "released") {
		t.Errorf("got %s", line)
	}
	if err := <-p.done; err != nil {
		t.Error(err)
	}
}

func TestStopOnStdioTellsCallsToAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		block := newBlocker()
		s := newTest(t, Config{Tools: fakeTools{block.tool()}})
		in, write := io.Pipe()
		defer func() { _ = write.Close() }()
		ctx, stop := context.WithCancel(t.Context())
		var out bytes.Buffer
		done := make(chan error, 1)
		go func() { done <- s.ServeStdio(ctx, in, &out) }()
		if _, err := io.WriteString(write, call(1, "block", `{}`)+"\n"); err != nil {
			t.Fatal(err)
		}
		<-block.began
		began := time.Now()
		stop()
		if err := <-done; err != nil || !strings.Contains(out.String(), "cancelled") {
			t.Errorf("ended with %v after %s", err, out.String())
		}
		if took := time.Since(began); took != 23*time.Second { // of the 25 s of Limits.Drain
			t.Errorf("took %v", took)
		}
	})
}

// A client that goes away does not cut a running change off; what waits behind
// it does not begin.
func TestCallsFinishWhenNobodyReads(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	ended := make(chan string, 2)
	watched := fakeTool{name: "block", run: func(ctx context.Context, _ json.RawMessage) tools.Answer {
		answer := block.tool().run(ctx, nil)
		ended <- string(answer.JSON)
		return answer
	}}
	s := newTest(t, Config{Tools: fakeTools{watched}, Limits: Limits{Workers: 1}})
	in, write := io.Pipe()
	defer func() { _ = write.Close() }()
	done := make(chan error, 1)
	go func() { done <- s.ServeStdio(t.Context(), in, failingWriter{errors.New("broken")}) }()
	if _, err := io.WriteString(write, call(1, "block", `{}`)+"\n"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the call begins", block.began)
	if _, err := io.WriteString(write, call(2, "block", `{}`)+"\n"+`{"jsonrpc":"2.0","id":3,"method":"ping"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		t.Errorf("ended before the call: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	close(block.release)
	if err := <-done; !errors.Is(err, ErrOutput) {
		t.Errorf("ended with %v", err)
	}
	if got := <-ended; !strings.Contains(got, "released") {
		t.Errorf("the call: %s", got)
	}
	select {
	case <-block.began:
		t.Error("a call began although nobody reads")
	default:
	}
}

// What is not answered in time after the end of input is cancelled, not waited for.
func TestEndOfInputWaitIsBounded(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]time.Duration{"default": 0, "own": 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := newTest(t, Config{Tools: fakeTools{newBlocker().tool()}, Limits: Limits{EndOfInput: limit}})
			var out bytes.Buffer
			began := time.Now()
			if err := s.ServeStdio(t.Context(), strings.NewReader(call(1, "block", `{}`)), &out); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != or(limit, 10*time.Second) {
				t.Errorf("%s: took %v", name, took)
			}
			if !strings.Contains(out.String(), "cancelled") {
				t.Errorf("%s: the call was not told: %s", name, out.String())
			}
		})
	}
}

func TestBrokenPipesEndServing(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	s := newTest(t, Config{})
	if err := s.ServeStdio(t.Context(), iotest.ErrReader(broken), io.Discard); !errors.Is(err, ErrInput) || !errors.Is(err, broken) {
		t.Errorf("input: %v", err)
	}
	in, write := io.Pipe()
	defer func() { _ = write.Close() }()
	go func() { _, _ = io.WriteString(write, `{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n") }()
	if err := s.ServeStdio(t.Context(), in, failingWriter{broken}); !errors.Is(err, ErrOutput) || !errors.Is(err, broken) {
		t.Errorf("output: %v", err)
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

// A client cannot make the server hold more than a bounded part of its input.
func TestLoadIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoad(100)
		if !l.enter(1000) {
			t.Error("a large request is not let in alone")
		}
		entered := make(chan bool)
		go func() { entered <- l.enter(1) }()
		synctest.Wait()
		select {
		case <-entered:
			t.Fatal("let in above the limit")
		default:
		}
		l.leave(1000)
		if !<-entered {
			t.Error("not let in when there is room")
		}
		for range maxWaiting - 1 {
			l.enter(0)
		}
		go func() { entered <- l.enter(0) }()
		synctest.Wait()
		empty := l.end()
		if <-entered {
			t.Error("let in after the end")
		}
		select {
		case <-empty:
			t.Error("empty too early")
		default:
		}
		l.leave(1)
		for range maxWaiting - 1 {
			l.leave(0)
		}
		<-empty
		l.end() // twice is once
	})
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nbb\r\n\n  ccc  \nlonger than the limit\nend"), 8, 3)
	f.Add([]byte("\xef\xbb\xbf{}\n"), 16, 1)
	f.Add([]byte(strings.Repeat("x", 200)), 1, 64)
	f.Fuzz(func(t *testing.T, input []byte, limit, chunk int) {
		limit, chunk = 1+abs(limit)%4096, 1+abs(chunk)%512
		lines := newLineReader(&chunked{input, chunk}, limit)
		var want []string
		for i, line := range strings.SplitAfter(string(input), "\n") {
			whole := line
			if i == 0 {
				line = strings.TrimPrefix(line, "\xef\xbb\xbf")
			}
			line = string(bytes.TrimSpace([]byte(line)))
			switch {
			case len(whole) > limit+2:
				want = append(want, "too long")
			case line != "":
				want = append(want, line)
			}
		}
		var got []string
		for {
			line, err := lines.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if errors.Is(err, errLineTooLong) {
				if len(line) > limit {
					t.Fatalf("%d bytes of a line above the limit %d", len(line), limit)
				}
				line = []byte("too long")
			} else if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(line))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("limit %d: got %q, want %q", limit, got, want)
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}

// chunked is input that comes in pieces.
type chunked struct {
	rest []byte
	size int
}

func (c *chunked) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.rest[:min(c.size, len(c.rest))])
	c.rest = c.rest[n:]
	return n, nil
}
