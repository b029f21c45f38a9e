package server

import "sync"

// streamCaps counts what each principal, or each session, holds open.
type streamCaps struct {
	limit int
	mu    sync.Mutex
	open  map[string]int
}

// take counts one more, unless the owner has as many as it may.
func (c *streamCaps) take(owner string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[owner] >= c.limit {
		return false
	}
	if c.open == nil {
		c.open = map[string]int{}
	}
	c.open[owner]++
	return true
}

func (c *streamCaps) give(owner string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[owner]--; c.open[owner] <= 0 {
		delete(c.open, owner)
	}
}
