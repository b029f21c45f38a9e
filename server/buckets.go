package server

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxBuckets bounds how many owners are remembered. One that has not used up
// anything is forgotten first, which changes nothing; else any one, which gives
// it its burst again.
const maxBuckets = 10_000

// buckets count what each owner, such as a principal or an address, may do.
type buckets[K comparable] struct {
	perMinute, burst int

	mu    sync.Mutex
	of    map[K]*rate.Limiter
	swept time.Time
}

// take uses up one, or returns how long to wait until there is one.
func (b *buckets[K]) take(owner K) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	bucket, ok := b.of[owner]
	if !ok {
		b.makeRoom(now)
		bucket = rate.NewLimiter(rate.Limit(b.perMinute)/60, b.burst)
		b.of[owner] = bucket
	}
	if bucket.AllowN(now, 1) {
		return 0
	}
	return b.wait(bucket, now)
}

// empty returns how long the owner has to wait until there is one, and uses up
// nothing.
func (b *buckets[K]) empty(owner K) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bucket, ok := b.of[owner]; ok {
		return b.wait(bucket, time.Now())
	}
	return 0
}

func (b *buckets[K]) wait(bucket *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - bucket.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing * float64(time.Minute) / float64(b.perMinute))
}

// makeRoom lets one more owner in. It looks through all at most once a second, so
// that a crowd of addresses cannot keep it busy.
func (b *buckets[K]) makeRoom(now time.Time) {
	if b.of == nil {
		b.of = make(map[K]*rate.Limiter)
	}
	if len(b.of) < maxBuckets {
		return
	}
	if now.Sub(b.swept) >= time.Second {
		b.swept = now
		for owner, bucket := range b.of {
			if bucket.TokensAt(now) >= float64(b.burst) {
				delete(b.of, owner)
			}
		}
	}
	for owner := range b.of {
		if len(b.of) < maxBuckets {
			return
		}
		delete(b.of, owner)
	}
}
