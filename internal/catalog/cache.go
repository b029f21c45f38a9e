package catalog

import (
	"context"
	"math"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// How long an answer counts as fresh, how long a stale one is served while it is
// fetched anew, and how long one fetch may take whoever waits for it.
const (
	freshFor = 10 * time.Minute
	keepFor  = 24 * time.Hour
	loadTime = 30 * time.Second
)

// Bounds on what is kept in memory.
const (
	maxConnectors = 1_000
	maxNames      = 48 << 20 // bytes of lists of actions
	maxDetails    = 64 << 20 // bytes of actions' details
)

// entryWeight is what an entry costs beside its texts, in bytes, roughly.
const entryWeight = 512

type actionKey struct{ connector, action string }

// cache is what is used of an otter.Cache. As a field of an exported type the cache
// itself would be compiled anew, with all that it is made of, in every package that
// uses the type.
type cache[K comparable, V any] interface {
	Get(context.Context, K, otter.Loader[K, V]) (V, error)
	GetIfPresent(K) (V, bool)
	GetEntryQuietly(K) (otter.Entry[K, V], bool)
	Refresh(context.Context, K, otter.Loader[K, V]) <-chan otter.RefreshResult[K, V]
	SetIfAbsent(K, V) (V, bool)
	SetExpiresAfter(K, time.Duration)
	SetRefreshableAfter(K, time.Duration)
	WeightedSize() uint64
	StopAllGoroutines() bool
}

func newCache[K comparable, V any](size int) *otter.Cache[K, V] {
	return otter.Must(&otter.Options[K, V]{
		MaximumSize:       size,
		ExpiryCalculator:  otter.ExpiryWriting[K, V](keepFor),
		RefreshCalculator: otter.RefreshWriting[K, V](freshFor),
		Logger:            &otter.NoopLogger{},
	})
}

func newWeighed[K comparable, V any](weight uint64, weigh func(V) int) *otter.Cache[K, V] {
	return otter.Must(&otter.Options[K, V]{
		MaximumWeight:     weight,
		Weigher:           func(_ K, v V) uint32 { return uint32(min(weigh(v), math.MaxUint32)) }, //nolint:gosec // it is bounded
		ExpiryCalculator:  otter.ExpiryWriting[K, V](keepFor),
		RefreshCalculator: otter.RefreshWriting[K, V](freshFor),
		Logger:            &otter.NoopLogger{},
	})
}

func weightOfResources(list []alloy.Resource) int {
	weight := entryWeight
	for _, r := range list {
		weight += 64 + len(r.Name) + len(r.Description)
		for _, a := range r.Actions {
			weight += 64 + len(a.ID) + len(a.Name) + len(a.Description)
		}
	}
	return weight
}

func weightOfDetails(d Details) int {
	a := d.Action
	weight := entryWeight + len(a.ID) + len(a.DisplayName) + len(a.Description) + len(a.Path) + len(a.RequestBody) + len(a.SampleSuccessResponse)
	for _, p := range a.Parameters {
		weight += 128 + len(p.Name) + len(p.Description) + len(p.Schema)
	}
	return weight
}

// load asks the cache for key. A caller waits no longer than its context lets
// it; the fetch that it started goes on while life does, because others may be
// waiting for it.
func load[K comparable, V any](ctx, life context.Context, cached cache[K, V], key K, fetch func(context.Context) (V, error)) (V, error) {
	loader := loaderOf[K](life, fetch)
	detached := context.WithoutCancel(ctx)
	if _, ok := cached.GetIfPresent(key); ok {
		return cached.Get(detached, key, loader) // at hand; fetched anew beside it if it is stale
	}
	type outcome struct {
		value V
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := cached.Get(detached, key, loader)
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func loaderOf[K comparable, V any](life context.Context, fetch func(context.Context) (V, error)) otter.Loader[K, V] {
	return otter.LoaderFunc[K, V](func(ctx context.Context, _ K) (V, error) {
		ctx, cancel := context.WithTimeout(ctx, loadTime)
		defer cancel()
		defer context.AfterFunc(life, cancel)()
		return fetch(ctx)
	})
}

// place puts what a file remembers into the cache, as old as it is. What is there
// already is newer.
func place[K comparable, V any](cached cache[K, V], key K, value V, age time.Duration) {
	if age >= keepFor {
		return
	}
	if _, placed := cached.SetIfAbsent(key, value); placed {
		cached.SetExpiresAfter(key, keepFor-age)
		cached.SetRefreshableAfter(key, max(freshFor-age, time.Nanosecond))
	}
}
