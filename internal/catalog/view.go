package catalog

import (
	"context"
	"sync"
	"time"
)

// View keeps what somebody builds from the newest [Snapshot], such as an index.
type View[T any] struct {
	catalog *Catalog
	every   time.Duration
	build   func(Snapshot) T

	turn chan struct{} // taken by whoever builds the first

	mu       sync.Mutex
	value    T
	of       Snapshot // what value was built from
	builtAt  time.Time
	building bool
}

// NewView returns a view of c. build is called when something changed, at most
// once in every, and never twice at a time; its result must not change.
func NewView[T any](c *Catalog, every time.Duration, build func(Snapshot) T) *View[T] {
	return &View[T]{catalog: c, every: every, build: build, turn: make(chan struct{}, 1)}
}

// Get returns what was built and the snapshot that it was built from. The first
// call builds it, after [Catalog.Snapshot] has waited for the names; later ones
// return what there is, and have it built anew beside them when it is due.
func (v *View[T]) Get(ctx context.Context) (T, Snapshot) {
	newest := v.catalog.Snapshot(ctx)
	if value, of, ok := v.current(newest); ok {
		return value, of
	}
	v.turn <- struct{}{} // nobody has anything yet: one builds, the others wait for it
	defer func() { <-v.turn }()
	if value, of, ok := v.current(newest); ok {
		return value, of
	}
	return v.rebuild(newest)
}

// current returns what there is, unless there is nothing to search in it while
// there is now.
func (v *View[T]) current(newest Snapshot) (T, Snapshot, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.builtAt.IsZero() || len(v.of.Docs) == 0 && len(newest.Docs) > 0 {
		var none T
		return none, Snapshot{}, false
	}
	if newest.Version != v.of.Version && !v.building && time.Since(v.builtAt) >= v.every {
		v.building = true
		go v.rebuild(newest)
	}
	of := v.of
	of.Err = newest.Err
	return v.value, of, true
}

func (v *View[T]) rebuild(from Snapshot) (T, Snapshot) {
	value := v.build(from)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.building = false
	if from.Version >= v.of.Version {
		v.value, v.of, v.builtAt = value, from, time.Now()
	}
	return v.value, v.of
}
