package cli

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	// redirectTime is how long a browser may take from one page to the next: it
	// is on its way to our last page when the account is connected already.
	redirectTime = 500 * time.Millisecond
	// farewell bounds the wait for it.
	farewell = 5 * time.Second
)

// visits counts requests for pages, so that a command which serves them itself
// does not end under a browser that is being sent from one to the next.
type visits struct {
	pages http.Handler

	mu   sync.Mutex
	open int
	last time.Time // when the last one was answered; zero before that
}

// ServeHTTP serves a page.
func (v *visits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.count(1)
	defer v.count(-1)
	v.pages.ServeHTTP(w, r)
}

func (v *visits) count(by int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.open += by
	v.last = time.Now()
}

// finish returns when no browser is on its way any more, or when ctx ends. Where
// none came there is nothing to wait for.
func (v *visits) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	poll := time.NewTicker(redirectTime / 10)
	defer poll.Stop()
	for !v.over() {
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		}
	}
}

func (v *visits) over() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.open == 0 && time.Since(v.last) >= redirectTime
}
