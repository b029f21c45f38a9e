package simulator

import (
	"math/rand/v2"
	"slices"
)

// arrange puts a list into the order of the mode.
func arrange[T any](s *Simulator, c *call, items []T) {
	switch c.modes.Order {
	case OrderReversed:
		slices.Reverse(items)
	case OrderShuffled:
		s.random("order").Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	case OrderNewestLast, OrderNewestFirst: // the latter concerns credentials alone
	}
}

// random is a generator that is new at each call and yet decided by the seed.
func (s *Simulator) random(purpose string) *rand.Rand {
	return rand.New(s.source(purpose)) //nolint:gosec // repeatable on purpose, guards nothing
}

func (s *Simulator) source(purpose string) *rand.ChaCha8 {
	var seed [32]byte
	copy(seed[:], s.ids.digest(purpose))
	return rand.NewChaCha8(seed)
}
