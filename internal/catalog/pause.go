package catalog

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// How long the work in the background waits after Alloy said that it is too much.
const (
	minPause = 15 * time.Second
	maxPause = 5 * time.Minute
)

// pause stops the work in the background while Alloy asks for it. Each time in a
// row it stops for longer.
type pause struct {
	mu    sync.Mutex
	until time.Time
	step  time.Duration
}

func (p *pause) start(after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	after = min(after, maxPause)
	if !now.Before(p.until) { // else it is the same trouble, told by another request
		p.step = min(max(2*p.step, minPause), maxPause)
		after = max(after, p.step)
	}
	if until := now.Add(after); until.After(p.until) {
		p.until = until
	}
}

// over notes that Alloy answers again.
func (p *pause) over() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !time.Now().Before(p.until) {
		p.step = 0
	}
}

// wait returns when there is no pause, or with ctx's error.
func (p *pause) wait(ctx context.Context) error {
	for {
		p.mu.Lock()
		left := time.Until(p.until)
		p.mu.Unlock()
		if left <= 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, left); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// noted pauses the work in the background where Alloy says that there are too
// many requests, whoever sent them, and returns err.
func (c *Catalog) noted(err error) error {
	var failure *alloy.Error
	switch {
	case err == nil:
		c.pause.over()
	case errors.As(err, &failure) && failure.Kind == alloy.KindRateLimited:
		c.pause.start(failure.RetryAfter)
	}
	return err
}

// isTrouble reports whether an error says that Alloy cannot serve anybody now,
// so that more requests are of no use.
func isTrouble(err error) (after time.Duration, yes bool) {
	var failure *alloy.Error
	if !errors.As(err, &failure) {
		return 0, false
	}
	switch failure.Kind {
	case alloy.KindRateLimited, alloy.KindUnavailable, alloy.KindUnauthorized, alloy.KindForbidden:
		return failure.RetryAfter, true
	default:
		return 0, false
	}
}
