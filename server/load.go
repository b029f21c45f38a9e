package server

import "sync"

// maxWaiting is how many requests of one link are held at once, running or not.
const maxWaiting = 1000

// load holds a link's input back while too much of it is unanswered. A request
// larger than the whole limit is let in alone.
type load struct {
	limit int64

	mu    sync.Mutex
	room  sync.Cond
	bytes int64
	count int
	ended bool
	empty chan struct{} // closed when the link ended and everything is answered
}

func newLoad(limit int64) *load {
	l := &load{limit: limit, empty: make(chan struct{})}
	l.room.L = &l.mu
	return l
}

// enter waits for room; false means that the link ended.
func (l *load) enter(size int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.ended && l.count > 0 && (l.count >= maxWaiting || l.bytes+int64(size) > l.limit) {
		l.room.Wait()
	}
	if l.ended {
		return false
	}
	l.count++
	l.bytes += int64(size)
	return true
}

func (l *load) leave(size int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	l.bytes -= int64(size)
	l.room.Signal()
	if l.ended && l.count == 0 {
		close(l.empty)
	}
}

// end lets nothing more in. The channel is closed once everything is answered.
func (l *load) end() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ended = true
		l.room.Broadcast()
		if l.count == 0 {
			close(l.empty)
		}
	}
	return l.empty
}
