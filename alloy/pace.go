package alloy

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How the pace follows a server that says "too many": it halves at once and
// comes back slowly.
const (
	paceCut      = 0.5
	paceStep     = 0.05 // of the configured rate, every paceInterval
	paceInterval = 10 * time.Second
	paceFloor    = 0.05 // of the configured rate
)

// pace keeps requests to a rate. Nil means as fast as they come.
type pace struct {
	full    rate.Limit
	limiter *rate.Limiter

	mu      sync.Mutex
	changed time.Time
}

// newPace makes a pace of so many requests a minute, a tenth of them at once.
func newPace(perMinute float64) *pace {
	if perMinute <= 0 {
		return nil
	}
	full := rate.Limit(perMinute / 60)
	return &pace{full: full, limiter: rate.NewLimiter(full, max(1, int(perMinute/10)))}
}

// wait waits for the next turn. Where that would take longer than the context
// has, it returns at once how long it would.
func (p *pace) wait(ctx context.Context) (time.Duration, error) {
	if p == nil {
		return 0, nil
	}
	p.recover(time.Now())
	turn := p.limiter.Reserve()
	delay := turn.Delay()
	if delay == 0 {
		return 0, nil
	}
	if deadline, has := ctx.Deadline(); has && time.Until(deadline) < delay {
		turn.Cancel()
		return delay, nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return 0, nil
	case <-ctx.Done():
		turn.Cancel()
		return 0, ctx.Err()
	}
}

// slow cuts the rate after a 429.
func (p *pace) slow() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed = time.Now()
	p.limiter.SetLimit(max(p.limiter.Limit()*paceCut, p.full*paceFloor))
}

func (p *pace) recover(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	steps := now.Sub(p.changed) / paceInterval
	if p.changed.IsZero() || steps < 1 {
		return
	}
	p.changed = p.changed.Add(steps * paceInterval)
	limit := min(p.full, p.limiter.Limit()+p.full*rate.Limit(paceStep*float64(steps)))
	p.limiter.SetLimit(limit)
	if limit == p.full {
		p.changed = time.Time{}
	}
}
