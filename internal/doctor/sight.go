package doctor

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// sight watches Alloy's answers as they come. It is safe for concurrent use; a
// nil sight watches nothing.
type sight struct {
	now func() time.Time

	mu   sync.Mutex
	all  []alloy.Observation
	date time.Time // the newest Date header
	at   time.Time // when it came, by this machine's clock
}

// maxSeen bounds what is kept.
const maxSeen = 500

// on returns a context whose answers are seen.
func (s *sight) on(ctx context.Context) context.Context {
	if s == nil {
		return ctx
	}
	return alloy.Observe(ctx, s.see)
}

func (s *sight) see(o alloy.Observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) < maxSeen {
		s.all = append(s.all, o)
	}
	if date, err := http.ParseTime(o.Header.Get("Date")); err == nil {
		s.date, s.at = date, s.now()
	}
}

// seen returns the answers so far.
func (s *sight) seen() []alloy.Observation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]alloy.Observation(nil), s.all...)
}

// skew returns how far this machine's clock is ahead of Alloy's; false where
// no answer told the time. A Date header has whole seconds and is as old as its
// way here, so a second or two mean nothing.
func (s *sight) skew() (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.date.IsZero() {
		return 0, false
	}
	return s.at.Sub(s.date), true
}
