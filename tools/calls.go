package tools

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
)

// How long the result of a run is kept for its caller, and how much of results:
// in all, and of one caller.
const (
	keepResult      = 15 * time.Minute
	maxResults      = 64 << 20
	maxOwnResults   = 24 << 20
	maxResultsCount = 4_096
)

// call is a run of an action, under way or ended.
type call struct {
	id, owner    string
	tool         string
	actionID     string
	connectionID string
	effect       catalog.Effect
	began        time.Time

	verbatim  bool          // its data is shown with what tells nothing
	elsewhere bool          // another process works on it, or it is being begun, so nothing below changes
	sent      atomic.Bool   // nobody can stop a change any more
	done      chan struct{} // closed once the rest is set

	ended   time.Time
	outcome ledger.Outcome
	data    json.RawMessage // what the app answered; nil where that is lost
	notes   notes
	pages   *pages // nil where they were not followed
	err     error

	mu            sync.Mutex
	stop          context.CancelFunc      // ends the work; nil before it begins
	abandoned     bool                    // before it began
	waiting       int                     // callers that wait for it
	continuations map[string]continuation // by cursor
}

// begin says what ends the work. If nobody waits for it any more, that is at once.
func (c *call) begin(stop context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop = stop; c.abandoned {
		stop()
	}
}

// join counts a caller that waits for the call, until it leaves.
func (c *call) join() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting++
}

// leave ends the wait of a caller. If it hung up and was the last, the call is
// abandoned.
func (c *call) leave(hungUp bool) {
	c.mu.Lock()
	c.waiting--
	last := c.waiting == 0
	c.mu.Unlock()
	if hungUp && last {
		c.abandon()
	}
}

// notes are what an answer says beside the data.
type notes struct {
	Validated *bool    `json:"validated,omitempty"` // false where the schema could not be checked in full
	Coerced   []string `json:"coerced,omitempty"`   // arguments whose type was put right
	Unknown   []string `json:"unknown,omitempty"`   // keys inside arguments that the schema does not have, sent as they are
	Lost      string   `json:"lost,omitempty"`      // why there is no data: result_truncated or result_unreadable
}

func (c *call) isOver() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// abandon ends a call that nobody waits for any more, but for a change that may
// have reached the app.
func (c *call) abandon() {
	if c.effect != catalog.Read && c.sent.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.abandoned = true; c.stop != nil {
		c.stop()
	}
}

// finish makes the outcome known.
func (c *call) finish(outcome ledger.Outcome, data json.RawMessage, err error) {
	c.ended, c.outcome, c.data, c.err = time.Now(), outcome, data, err
	close(c.done)
}

// calls are what this process works on and what it has just ended.
type calls struct {
	mu      sync.Mutex
	byID    map[string]*call
	opening map[string]bool // ids of approved ones that are being begun
	ended   []*call         // oldest first
	working sync.WaitGroup
}

// beginning notes that a call is being begun, until what it returns is called.
func (s *calls) beginning(id string) (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opening == nil {
		s.opening = make(map[string]bool)
	}
	s.opening[id] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.opening, id)
	}
}

func (s *calls) begins(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opening[id]
}

// add makes a call known. Exactly one finish must follow, and then retire.
func (s *calls) add(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = make(map[string]*call)
	}
	s.byID[c.id] = c
}

// drop forgets a call at once.
func (s *calls) drop(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, c.id)
}

// retire keeps an ended call for a while, as far as there is room.
func (s *calls) retire(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, c)
	s.tidy(time.Now())
}

// find returns the owner's call; false where there is none, or not any more.
func (s *calls) find(owner, id string) (*call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tidy(time.Now())
	c, ok := s.byID[id]
	return c, ok && c.owner == owner
}

// abandon ends every call that can be ended.
func (s *calls) abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.byID {
		c.abandon()
	}
}

// tidy forgets what is too old, and the oldest of what is too much.
func (s *calls) tidy(now time.Time) {
	total, own := 0, make(map[string]int)
	for _, c := range s.ended {
		total += len(c.data)
		own[c.owner] += len(c.data)
	}
	count := len(s.ended)
	s.ended = slices.DeleteFunc(s.ended, func(c *call) bool {
		size := len(c.data)
		if now.Sub(c.ended) < keepResult && total <= maxResults && own[c.owner] <= maxOwnResults && count <= maxResultsCount {
			return false
		}
		total, own[c.owner], count = total-size, own[c.owner]-size, count-1
		delete(s.byID, c.id)
		return true
	})
}
