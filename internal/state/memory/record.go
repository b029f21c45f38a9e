package memory

import "time"

// forever is the index of a record that does not expire.
const forever = -1

type record struct {
	key     string
	value   []byte
	expires time.Time // zero: never
	index   int       // its place in expiries, or forever
}

func (r *record) size() int { return len(r.key) + len(r.value) }

func (r *record) expired(now time.Time) bool {
	return !r.expires.IsZero() && !now.Before(r.expires)
}

// expiries is a heap of records, the next to expire first, so that removing what
// has expired costs nothing while nothing has.
type expiries []*record

// Len, Less, Swap, Push and Pop implement [container/heap.Interface].
func (e expiries) Len() int           { return len(e) }
func (e expiries) Less(i, j int) bool { return e[i].expires.Before(e[j].expires) }
func (e expiries) Swap(i, j int) {
	e[i], e[j] = e[j], e[i]
	e[i].index, e[j].index = i, j
}

func (e *expiries) Push(x any) {
	r := x.(*record)
	r.index = len(*e)
	*e = append(*e, r)
}

func (e *expiries) Pop() any {
	last := len(*e) - 1
	r := (*e)[last]
	(*e)[last] = nil
	*e = (*e)[:last]
	return r
}
