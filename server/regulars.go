package server

import (
	"hash/maphash"
	"sync"
)

// maxRegulars bounds how many credentials are remembered; above it all are
// forgotten, and those in use come back with their next request.
const maxRegulars = 10_000

// regulars remember which credentials let somebody in, by a hash that costs almost
// nothing and says nothing. They may try even from an address that is held off:
// one client with a revoked token, behind the proxy that all come through, must
// not lock the others out. That is all it gives them; they are checked as ever.
type regulars struct {
	seed maphash.Seed
	mu   sync.RWMutex
	seen map[uint64]struct{}
}

func newRegulars() regulars { return regulars{seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}} }

func (g *regulars) know(credentials string) bool {
	sum := maphash.String(g.seed, credentials)
	g.mu.RLock()
	defer g.mu.RUnlock()
	_, ok := g.seen[sum]
	return ok
}

func (g *regulars) add(credentials string) {
	if credentials == "" || g.know(credentials) {
		return
	}
	sum := maphash.String(g.seed, credentials)
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.seen) >= maxRegulars {
		clear(g.seen)
	}
	g.seen[sum] = struct{}{}
}

func (g *regulars) drop(credentials string) {
	sum := maphash.String(g.seed, credentials)
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.seen, sum)
}
