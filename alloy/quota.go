package alloy

import "sync"

// The retry quota: when much fails, retries use it up and stop until calls
// succeed again. A retry that succeeds gives back what it cost.
const (
	quotaFull = 500
	quotaCost = 14
	quotaGain = 1 // of a call that succeeds at once
)

type quota struct {
	mu    sync.Mutex
	spent int // so that the zero value is a full quota
}

// take pays for a retry, or reports that there is nothing left.
func (q *quota) take() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.spent+quotaCost > quotaFull {
		return false
	}
	q.spent += quotaCost
	return true
}

func (q *quota) give(tokens int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spent = max(0, q.spent-tokens)
}
