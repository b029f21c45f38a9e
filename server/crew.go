package server

import "sync"

// keepIdle is how many workers without work a crew keeps: their stacks have
// grown to what a call needs, which a new goroutine has to do first.
const keepIdle = 32

// crew runs jobs on at most size goroutines at once, the rest in order.
type crew struct {
	size int

	mu      sync.Mutex
	workers int
	idle    int
	waiting []func()
	handed  chan func() // to idle workers; never full
	ended   bool
}

func newCrew(size int) *crew {
	return &crew{size: size, handed: make(chan func(), keepIdle)}
}

// run starts a job, or queues it.
func (c *crew) run(job func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		go job()
	case c.idle > 0:
		c.idle--
		c.handed <- job
	case c.workers < c.size:
		c.workers++
		go c.work(job)
	default:
		c.waiting = append(c.waiting, job)
	}
}

func (c *crew) work(job func()) {
	for ok := true; ok; {
		job()
		if job, ok = c.next(); ok && job == nil {
			job, ok = <-c.handed
		}
	}
}

// next is a waiting job; nil where a worker shall wait for one, false where it
// shall end.
func (c *crew) next() (func(), bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) > 0 {
		job := c.waiting[0]
		c.waiting[0] = nil
		c.waiting = c.waiting[1:]
		return job, true
	}
	if c.ended || c.idle == keepIdle {
		c.workers--
		return nil, false
	}
	c.idle++
	return nil, true
}

// end lets the workers go, each after its job.
func (c *crew) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.ended = true
		close(c.handed)
	}
}
