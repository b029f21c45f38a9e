package server

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

const eventStream = "text/event-stream"

// exchange is the answer to one HTTP request, as the library writes it
// (mcpserver.HTTPResponseWriter) and as this package adds to it: notifications,
// comments on idle streams, a deadline on every write.
//
// The library writes either one JSON body or a stream. Where a notification came
// first the response is a stream already, and the JSON body becomes its last
// event.
type exchange struct {
	outbox
	w       http.ResponseWriter
	header  http.Header  // as the library sets it, while a notification may be written
	flusher http.Flusher // nil where the response cannot stream
	control *http.ResponseController
	limits  *Limits
	// said has what takes the place of an error that the library writes; nil has nothing.
	said *said
	// stop ends what writes here, once the client stopped reading.
	stop context.CancelFunc

	mu     sync.Mutex
	opened bool // the header is out
	stream bool // and said event stream
	event  bool // the library's next write is a JSON body for an open stream
	ended  bool
	beat   *time.Timer
}

func newExchange(w http.ResponseWriter, limits *Limits, stop context.CancelFunc) *exchange {
	e := &exchange{w: w, header: http.Header{}, control: http.NewResponseController(w), limits: limits, stop: stop}
	e.flusher, _ = w.(http.Flusher)
	e.emit = e.notify
	return e
}

// Header is the header of the response, to be set before the first write.
func (e *exchange) Header() http.Header { return e.header }

// CanStream reports whether notifications can be sent before the answer.
func (e *exchange) CanStream() bool { return e.flusher != nil }

// WriteHeader begins the response.
func (e *exchange) WriteHeader(status int) {
	streams := e.header.Get("Content-Type") == eventStream
	if !streams {
		e.flush()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.ended:
	case streams:
		e.open()
	case e.stream:
		e.event = true
	case !e.opened:
		e.opened = true
		maps.Copy(e.w.Header(), e.header)
		e.extend()
		if fault := e.said.fault(); fault != nil {
			status = fault.status()
		}
		e.w.WriteHeader(status)
	}
}

// Write adds to the response; the library writes one body or one event at a time.
func (e *exchange) Write(p []byte) (int, error) {
	if e.streaming() {
		e.flush()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return 0, http.ErrHandlerTimeout
	}
	if e.said.fault() != nil {
		return len(p), e.write(append(e.said.frame(), '\n'))
	}
	if e.event {
		e.event = false
		return len(p), e.writeEvent(bytes.TrimRight(p, "\n"))
	}
	return len(p), e.write(p)
}

// answer writes the last message: as JSON, or where the response has become a
// stream as its last event.
func (e *exchange) answer(frame []byte) {
	e.flush()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stream {
		_ = e.writeEvent(frame) // the client may be gone
		return
	}
	e.opened = true
	header := e.w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	_ = e.write(append(frame, '\n')) // the client may be gone
}

// Flush sends what was written.
func (e *exchange) Flush() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.flusher != nil && e.opened && !e.ended {
		e.flusher.Flush()
	}
}

func (e *exchange) streaming() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stream
}

// notify sends a notification of the request's own.
func (e *exchange) notify(n mcp.JSONRPCNotification) {
	if data, err := json.Marshal(n); err == nil {
		_ = e.sendEvent(data) // a failed write ends the request through stop
	}
}

// sendEvent writes one message to the stream, which it opens.
func (e *exchange) sendEvent(frame []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended || e.flusher == nil || e.opened && !e.stream {
		return http.ErrNotSupported
	}
	e.open()
	err := e.writeEvent(frame)
	e.flusher.Flush()
	return err
}

// open makes the response a stream. Callers hold mu.
func (e *exchange) open() {
	if e.opened {
		return
	}
	e.opened, e.stream = true, true
	header := e.w.Header()
	header.Set("Content-Type", eventStream)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	header.Del("Content-Length")
	e.extend()
	e.w.WriteHeader(http.StatusOK)
	e.beat = time.AfterFunc(e.limits.Heartbeat, e.comment)
}

// comment keeps proxies from closing an idle stream and finds clients that are gone.
func (e *exchange) comment() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return
	}
	if e.write([]byte(":\n\n")) == nil {
		e.flusher.Flush()
		e.beat.Reset(e.limits.Heartbeat)
	}
}

// writeEvent writes one message to the stream. Callers hold mu.
func (e *exchange) writeEvent(message []byte) error {
	event := make([]byte, 0, len(message)+24)
	event = append(event, "event: message\ndata: "...)
	event = append(append(event, message...), '\n', '\n')
	return e.write(event)
}

// write gives the client a bounded time to take p. Callers hold mu.
func (e *exchange) write(p []byte) error {
	e.extend()
	_, err := e.w.Write(p) //nolint:gosec // JSON or an event stream, never shown as HTML
	if err != nil && e.stop != nil {
		e.stop()
	}
	return err
}

func (e *exchange) extend() {
	_ = e.control.SetWriteDeadline(time.Now().Add(e.limits.Stall)) // not every writer has one
}

// finish ends the exchange before its handler returns: nothing may be written after.
func (e *exchange) finish() {
	e.close()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	if e.beat != nil {
		e.beat.Stop()
	}
}
