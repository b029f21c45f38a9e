package redact

import (
	"slices"
	"sync"
	"sync/atomic"
)

// maxSecrets bounds how many values are remembered, so that a key that is
// exchanged every minute does not make every log line slower. The oldest goes.
const maxSecrets = 64

// Secrets is a growing list of values to remove, for [New]. The zero Secrets is
// empty and ready. It is safe for concurrent use.
type Secrets struct {
	mu   sync.Mutex // taken by writers
	list atomic.Pointer[[]string]
}

// Add remembers values from now on; those that are known or empty change nothing.
func (s *Secrets) Add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.List())
	for _, value := range values {
		if value != "" && !slices.Contains(list, value) {
			list = append(list, value)
		}
	}
	if extra := len(list) - maxSecrets; extra > 0 {
		list = list[extra:]
	}
	s.list.Store(&list)
}

// List returns the values. The caller must not change it.
func (s *Secrets) List() []string {
	if list := s.list.Load(); list != nil {
		return *list
	}
	return nil
}
