package server

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// G6: a body has a limit, which holds before anything is decoded.

func TestBareBodyIsUnlimited(t *testing.T) {
	t.Parallel()
	c := newCaller(t, serveWeb(t, mcpserver.NewStreamableHTTPServer(newBare(), mcpserver.WithStateLess(true))))
	if status, _ := c.post(padded(5 << 20)); status != http.StatusOK {
		t.Errorf("a body of 5 MiB now gets %d", status)
	}
}

// padded is a ping of a given size.
func padded(size int) string {
	const frame = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"pad":""}}`
	return strings.Replace(frame, `""`, `"`+strings.Repeat("x", size-len(frame))+`"`, 1)
}

func TestBodyHasLimit(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{})
	c := newCaller(t, serveOdd(t, s)+"/mcp")
	for name, test := range map[string]struct {
		size    int
		chunked bool
		want    int
	}{
		"at the limit":            {4 << 20, false, http.StatusOK},
		"above it, announced":     {4<<20 + 1, false, http.StatusRequestEntityTooLarge},
		"above it, not announced": {4<<20 + 1, true, http.StatusRequestEntityTooLarge},
		"far above it, in chunks": {64 << 20, true, http.StatusRequestEntityTooLarge},
		"at the limit, in chunks": {4 << 20, true, http.StatusOK},
		"almost nothing":          {100, true, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			var body io.Reader = strings.NewReader(padded(test.size))
			if test.chunked {
				body = io.MultiReader(body)
			}
			response, err := c.try(t.Context(), http.MethodPost, body)
			if err != nil {
				// The answer may be lost when the server closes on a body it does not read.
				if test.want == http.StatusRequestEntityTooLarge && test.size > 5<<20 {
					return
				}
				t.Fatal(err)
			}
			if status, _ := read(t, response); status != test.want {
				t.Errorf("status %d, want %d", status, test.want)
			}
		})
	}
	if used := s.buffered.used.Load(); used != 0 {
		t.Errorf("%d bytes of the budget were not given back", used)
	}
}

// G7: a line has a limit, and the next one is read as if nothing had been.

func TestBareLineIsUnlimited(t *testing.T) {
	t.Parallel()
	p := startPipe(t, func(in io.Reader, out io.Writer) error {
		return mcpserver.NewStdioServer(newBare()).Listen(t.Context(), in, out)
	})
	p.send(padded(5 << 20))
	if line := p.next(); !strings.Contains(line, `"result"`) {
		t.Errorf("a line of 5 MiB is now answered with %.100s", line)
	}
}

func TestLineHasLimit(t *testing.T) {
	t.Parallel()
	p := startStdio(t, newTest(t, Config{}))
	p.send(padded(4<<20+3), `{"jsonrpc":"2.0","id":2,"method":"ping"}`)
	if line := p.next(); !strings.Contains(line, `"error"`) || !strings.Contains(line, `"id":1,`) || !strings.Contains(line, "larger than") {
		t.Errorf("a line above the limit got %.300s", line)
	}
	if line := p.next(); line != `{"jsonrpc":"2.0","id":2,"result":{}}` {
		t.Errorf("the line after it got %.300s", line)
	}
	p.send(padded(4 << 20))
	if line := p.next(); !strings.Contains(line, `"result"`) {
		t.Errorf("a line at the limit got %.300s", line)
	}
}

// G8: the end of input does not end what was asked for.

func TestBareEndOfInputLosesCalls(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	bare := newBare()
	bare.AddTool(mcp.NewTool("block"), block.handler)
	p := startPipe(t, func(in io.Reader, out io.Writer) error {
		return mcpserver.NewStdioServer(bare).Listen(t.Context(), in, out)
	})
	p.send(call(1, "block", `{}`))
	waitFor(t, "the call begins", block.began)
	lines, _ := p.end()
	if len(lines) > 0 && !strings.Contains(lines[0], "cancelled") {
		t.Errorf("the library now answers calls after the end of input: %v", lines)
	}
}

func TestEndOfInputWaitsForAnswers(t *testing.T) {
	t.Parallel()
	block := newBlocker()
	p := startStdio(t, newTest(t, Config{Tools: fakeTools{block.tool()}, Limits: Limits{EndOfInput: patience}}))
	for id := range 150 { // more than run at once
		p.send(call(id, "block", `{}`))
	}
	waitFor(t, "a call begins", block.began)
	time.AfterFunc(100*time.Millisecond, func() { close(block.release) })
	lines, err := p.end()
	if err != nil || len(lines) != 150 {
		t.Fatalf("%d answers and error %v, want 150 and none", len(lines), err)
	}
	for _, line := range lines {
		if !strings.Contains(line, "released") {
			t.Errorf("a call was not finished: %s", line)
		}
	}
}
