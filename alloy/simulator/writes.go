package simulator

import (
	"maps"
	"regexp"
	"sync"
)

// NoncePrefix begins the marks by which a test follows one logical write: put "sim-nonce-<letters and digits>"
// anywhere into a request's body or path, and [WriteCounts.ByNonce] tells how often that write was executed.
const NoncePrefix = "sim-nonce-"

// WriteCounts says how often something was changed. Requests that were refused, and those that a fault stopped
// before the effect, do not count; those whose answer was lost do.
type WriteCounts struct {
	Total int `json:"total"`
	// ByAction counts by "<connector>.<action>", and beside these users.create, users.update, users.delete,
	// credentials.create, credentials.delete, credentials.oauth (an approved consent), files.upload.
	ByAction map[string]int `json:"by_action"`
	// ByNonce counts by mark, the NoncePrefix included. The first 100,000 marks are kept.
	ByNonce map[string]int `json:"by_nonce"`
}

type writeCounter struct {
	nonce  *regexp.Regexp
	mu     sync.Mutex
	counts WriteCounts
}

func newWriteCounter() *writeCounter {
	w := &writeCounter{nonce: regexp.MustCompile(NoncePrefix + `[A-Za-z0-9]{1,64}`)}
	w.clear()
	return w
}

func (w *writeCounter) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts = WriteCounts{ByAction: map[string]int{}, ByNonce: map[string]int{}}
}

func (w *writeCounter) add(what string, nonces map[string]struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.Total++
	w.counts.ByAction[what]++
	for nonce := range nonces {
		if _, known := w.counts.ByNonce[nonce]; known || len(w.counts.ByNonce) < maxNonces {
			w.counts.ByNonce[nonce]++
		}
	}
}

func (w *writeCounter) snapshot() WriteCounts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return WriteCounts{w.counts.Total, maps.Clone(w.counts.ByAction), maps.Clone(w.counts.ByNonce)}
}

// Writes returns the counts since the start or the last [Simulator.Reset].
func (s *Simulator) Writes() WriteCounts { return s.writes.snapshot() }

// wrote counts an executed write of a call.
func (s *Simulator) wrote(c *call, what string) {
	c.entry.Executed = true
	nonces := map[string]struct{}{}
	for _, text := range [][]byte{c.body, []byte(c.r.URL.Path)} {
		for _, nonce := range s.writes.nonce.FindAll(text, 1000) {
			nonces[string(nonce)] = struct{}{}
		}
	}
	s.writes.add(what, nonces)
}
