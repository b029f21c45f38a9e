package server

import (
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// outboxSize is how many notifications a call may be ahead of its client; the
// library drops what does not fit.
const outboxSize = 100

// outbox carries the notifications of one request to its own client, in order
// and before the answer. It costs nothing until the first one is sent. Its zero
// value needs emit.
type outbox struct {
	emit func(mcp.JSONRPCNotification)

	mu      sync.Mutex
	queue   chan mcp.JSONRPCNotification
	flushes chan chan struct{}
	done    chan struct{}
	closed  bool
}

// channel is where the library puts notifications.
func (o *outbox) channel() chan<- mcp.JSONRPCNotification {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.queue == nil {
		o.queue = make(chan mcp.JSONRPCNotification, outboxSize)
		if !o.closed { // else the request is over: the queue fills and nobody reads
			o.flushes = make(chan chan struct{})
			o.done = make(chan struct{})
			go o.run(o.queue, o.flushes, o.done)
		}
	}
	return o.queue
}

func (o *outbox) run(queue <-chan mcp.JSONRPCNotification, flushes <-chan chan struct{}, done chan struct{}) {
	defer close(done)
	for {
		select {
		case n := <-queue:
			o.emit(n)
		case flushed, more := <-flushes:
			for len(queue) > 0 {
				o.emit(<-queue)
			}
			if !more {
				return
			}
			close(flushed)
		}
	}
}

// flush returns when everything sent so far has been emitted.
func (o *outbox) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.flushes == nil || o.closed {
		return
	}
	flushed := make(chan struct{})
	o.flushes <- flushed
	<-flushed
}

// close flushes and ends the outbox; what is sent later is dropped.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	o.closed = true
	if o.flushes != nil {
		close(o.flushes)
		<-o.done
	}
}
