package server

import (
	"net"
	"net/http"
	"sync"
)

// connections are the TCP connections of one HTTP server that are open.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]bool // true for those that the server waits for
	left int               // how many of these there are
	over chan struct{}     // closed when there are none
}

// track is the server's ConnState hook.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		if c.open == nil {
			c.open = map[net.Conn]bool{}
		}
		c.open[conn] = false
	case http.StateClosed, http.StateHijacked:
		awaited := c.open[conn]
		delete(c.open, conn)
		if !awaited {
			return
		}
		if c.left--; c.left == 0 {
			close(c.over)
		}
	case http.StateActive, http.StateIdle:
	}
}

// closed returns a channel that is closed when all connections of this moment
// are. A channel of an earlier moment no longer counts.
func (c *connections) closed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = make(chan struct{})
	for conn := range c.open {
		c.open[conn] = true
	}
	if c.left = len(c.open); c.left == 0 {
		close(c.over)
	}
	return c.over
}
