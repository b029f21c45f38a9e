package catalog

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// How the work in the background goes about.
const (
	namesAtOnce   = 8
	detailsAtOnce = 4
	passEvery     = 5 * time.Second  // at most, and only while somebody searches
	detailsRate   = 10               // requests a second
	maxPreferred  = 100              // connectors
	maxTries      = 5                // of one action
	againAfter    = 10 * time.Minute // where some details could not be read
	yieldFor      = 50 * time.Millisecond
	maxYield      = 5 * time.Second
)

// crew is the work in the background. Nothing of it runs before it is needed.
type crew struct {
	life context.Context // ends with Close
	end  context.CancelFunc
	busy atomic.Int32 // requests for details that somebody waits for

	mu        sync.Mutex
	work      sync.WaitGroup
	closed    bool
	settled   chan struct{} // closed once the names were read as far as they could
	deadline  time.Time     // until when somebody waits for that
	passing   bool
	passed    time.Time // when the last pass ended
	preferred []string
	detailing bool
	done      map[string]round // by connector, the last time its details were read
}

// round is one reading of a connector's details.
type round struct {
	names string // their hash
	ended time.Time
}

// run starts work unless the catalogue is closed.
func (w *crew) run(f func()) {
	if !w.closed {
		w.work.Go(f)
	}
}

// close ends the work and waits for it, but not for long.
func (w *crew) close(patience time.Duration) {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.end()
	ended := make(chan struct{})
	go func() {
		w.work.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(patience):
	}
}

// begin starts a pass over the names if one is due, and returns what tells that
// the first one ended and how long it is worth waiting for.
func (c *Catalog) begin() (settled <-chan struct{}, left time.Duration) {
	w := &c.crew
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.settled == nil {
		w.settled, w.deadline = make(chan struct{}), now.Add(patience)
	}
	if !w.passing && !w.closed && (w.passed.IsZero() || now.Sub(w.passed) >= passEvery) {
		w.passing = true
		w.run(func() { c.pass(w.life) })
	}
	return w.settled, w.deadline.Sub(now)
}

// settle tells those who wait for the names that there is something.
func (w *crew) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.settled:
	default:
		close(w.settled)
	}
}

// pass reads the names of all connectors that are not fresh.
func (c *Catalog) pass(ctx context.Context) {
	defer func() {
		c.crew.settle()
		c.crew.mu.Lock()
		c.crew.passing, c.crew.passed = false, time.Now()
		c.crew.mu.Unlock()
		c.detail()
	}()
	c.readFiles(ctx)
	if _, known, all := c.sight.due(time.Now()); all > 0 && 2*known >= all {
		c.crew.settle() // a search can begin; the rest is read beside it
	}
	if _, err := c.Connectors(ctx); err != nil {
		c.sight.setError(err)
		c.log.DebugContext(ctx, "the connectors could not be listed", "error", err)
		return
	}
	due, _, _ := c.sight.due(time.Now())
	c.crew.mu.Lock()
	preferred := slices.Clone(c.crew.preferred)
	c.crew.mu.Unlock()
	slices.SortStableFunc(due, func(a, b string) int { return last(preferred, a) - last(preferred, b) })
	var group errgroup.Group
	group.SetLimit(namesAtOnce)
	for _, id := range due {
		if c.pause.wait(ctx) != nil {
			break
		}
		group.Go(func() error {
			c.readNames(ctx, id)
			return nil
		})
	}
	_ = group.Wait() // its functions return no errors
}

// last sorts those that are not in a list behind those that are.
func last(list []string, id string) int {
	if slices.Contains(list, id) {
		return 0
	}
	return 1
}

// readNames reads a connector's names anew, whatever is known.
func (c *Catalog) readNames(ctx context.Context, id string) {
	if ctx.Err() != nil {
		return
	}
	select {
	case result := <-c.resources.Refresh(ctx, id, loaderOf[string](c.crew.life, c.fetchResources(id))):
		if result.Err != nil {
			c.sight.failed(id, time.Now())
			c.log.DebugContext(ctx, "the actions of a connector could not be listed", "connector_id", id, "error", result.Err)
		}
	case <-ctx.Done():
	}
}

// Prefer says which connectors somebody has connected: the details of their
// actions are read in the background, a few at a time, and no more than fit.
func (c *Catalog) Prefer(connectorIDs ...string) {
	w := &c.crew
	w.mu.Lock()
	for _, id := range connectorIDs {
		if len(w.preferred) < maxPreferred && c.allowed(id) && !slices.Contains(w.preferred, id) {
			w.preferred = append(w.preferred, id)
		}
	}
	started := !w.passed.IsZero() && !w.passing // else the end of the pass does it
	w.mu.Unlock()
	if started {
		c.detail()
	}
}

// detail starts to read details if there is anything to read.
func (c *Catalog) detail() {
	w := &c.crew
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.detailing || w.closed || len(w.preferred) == 0 {
		return
	}
	w.detailing = true
	w.run(func() {
		defer func() {
			w.mu.Lock()
			w.detailing = false
			w.mu.Unlock()
		}()
		c.readDetails(w.life)
	})
}

// readDetails reads the details of the connectors that are preferred.
func (c *Catalog) readDetails(ctx context.Context) {
	limiter := rate.NewLimiter(detailsRate, detailsAtOnce)
	for {
		id, actions, hash := c.nextDetailed(ctx)
		if id == "" {
			return
		}
		var group errgroup.Group
		group.SetLimit(detailsAtOnce)
		full := false
		for _, action := range actions {
			if full = c.actions.WeightedSize() > maxDetails*3/4; full || limiter.Wait(ctx) != nil {
				break
			}
			group.Go(func() error {
				c.readDetail(ctx, id, action)
				return nil
			})
		}
		_ = group.Wait() // its functions return no errors
		if ctx.Err() != nil {
			return
		}
		if full {
			c.log.DebugContext(ctx, "no more details are read ahead: those there are fill their share of memory", "connector_id", id)
		}
		c.crew.mu.Lock()
		c.crew.done[id] = round{hash, time.Now()}
		c.crew.mu.Unlock()
	}
}

// nextDetailed returns the first connector of those preferred with actions of
// which only the names are known, and which were not tried of late.
func (c *Catalog) nextDetailed(ctx context.Context) (id string, actions []string, hash string) {
	w := &c.crew
	w.mu.Lock()
	preferred := slices.Clone(w.preferred)
	if w.done == nil {
		w.done = make(map[string]round)
	}
	w.mu.Unlock()
	for _, id := range preferred {
		hash := c.sight.namesHash(id)
		w.mu.Lock()
		last := w.done[id]
		w.mu.Unlock()
		if hash == "" || last.names == hash && time.Since(last.ended) < againAfter {
			continue
		}
		c.recall(ctx, id)
		if actions := c.sight.undetailed(id); len(actions) > 0 {
			return id, actions, hash
		}
	}
	return "", nil, ""
}

// readDetail reads one action when nobody needs the way, and waits where Alloy
// asks for it.
func (c *Catalog) readDetail(ctx context.Context, connectorID, actionID string) {
	for range maxTries {
		c.yield(ctx)
		if c.pause.wait(ctx) != nil {
			return
		}
		_, err := c.details(ctx, connectorID, actionID)
		after, trouble := isTrouble(err)
		if !trouble {
			return // read, or nothing that waiting would mend
		}
		c.pause.start(after)
	}
}

// yield waits while somebody waits for an answer of their own.
func (c *Catalog) yield(ctx context.Context) {
	for range maxYield / yieldFor {
		if c.crew.busy.Load() == 0 || sleep(ctx, yieldFor) != nil {
			return
		}
	}
}
