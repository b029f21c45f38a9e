package server

import "sync"

// streamCaps counts what each principal holds open.
type streamCaps struct {
	limit int
	mu    sync.Mutex
	open  map[string]int
}

// take counts one more, unless the principal has as many as it may.
func (c *streamCaps) take(principal string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[principal] >= c.limit {
		return false
	}
	if c.open == nil {
		c.open = map[string]int{}
	}
	c.open[principal]++
	return true
}

func (c *streamCaps) give(principal string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[principal]--; c.open[principal] <= 0 {
		delete(c.open, principal)
	}
}
