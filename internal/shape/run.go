package shape

import "math"

// run shows children one after the other.
type run struct {
	*shaper
	kids   kids
	node   node
	left   int
	from   []int
	next   []int
	shown  int // children that begin in this part
	first  int // the first of them
	list   []any
	object map[string]any
}

func (r *run) emit() error {
	r.list, r.object = []any{}, map[string]any{}
	i := 0
	if len(r.from) > 0 {
		i = r.from[0]
		if len(r.from) > 1 {
			if err := r.part(i, r.from[1:]); err != nil || r.next != nil {
				return err
			}
			i++
		}
	}
	r.first = i
	for ; i < r.kids.n && r.next == nil; i++ {
		if err := r.whole(i); err != nil {
			return err
		}
	}
	return nil
}

// whole shows a child if it fits, and a part of it if it never would.
func (r *run) whole(i int) error {
	kid := r.kids.at(i)
	if kid.dropped && (len(r.from) == 0 || i > r.from[0]) {
		return nil
	}
	if kid.gone {
		value, _, _ := r.build(kid.node, math.MaxInt32)
		kid.skip(value)
		return nil
	}
	avail := r.left - kid.head - r.comma()
	value, w, ok := r.build(kid.node, avail)
	switch {
	case ok:
		r.add(kid, value, w)
		r.shown++
		r.some = true
		return nil
	case !r.splits(kid, avail):
		r.next = []int{i}
		return nil
	}
	return r.part(i, nil)
}

// comma is what stands between two children.
func (r *run) comma() int {
	if len(r.list)+len(r.object) > 0 {
		return len(",")
	}
	return 0
}

func (r *run) add(k kid, value any, w int) {
	r.left -= w + k.head + r.comma()
	if r.kids.unit == Elements {
		r.list = append(r.list, value)
	} else {
		r.object[k.name] = value
	}
}

// splits reports whether a child that does not fit is cut here. One that would fit
// at the beginning of a part waits for it.
func (r *run) splits(k kid, avail int) bool {
	if !r.some {
		return avail >= r.room*3/4
	}
	if avail < max(r.room/4, minRoom) {
		return false
	}
	m := r.mark()
	_, _, ok := r.build(k.node, r.fresh(len("[]")+k.head))
	r.reset(m)
	return !ok
}

// part shows what fits of a child, from the steps on.
func (r *run) part(i int, from []int) error {
	kid := r.kids.at(i)
	r.wraps = append(r.wraps, len("[]")+kid.head)
	p, err := r.shaper.emit(kid.node, r.left-kid.head-r.comma(), from)
	r.wraps = r.wraps[:len(r.wraps)-1]
	if err != nil {
		return err
	}
	switch {
	case p.some:
		r.add(kid, p.value, p.width)
		if len(from) == 0 {
			r.shown++
		}
	case r.some: // there was no room for anything of it: the next part begins with it
		r.next = append([]int{i}, from...)
		return nil
	}
	if p.next != nil {
		r.next = append([]int{i}, p.next...)
	}
	return nil
}

// count notes what is missing of the children.
func (r *run) count() {
	r.tell(r.kids.same)
	if r.next == nil && len(r.from) == 0 {
		return
	}
	if total := r.kids.total(); r.shown < total && (r.kids.unit == Elements || r.waits()) {
		r.notes(Cut{Path: r.node.at.path(), Unit: r.kids.unit, Total: total, Returned: r.shown, First: r.firstShown(total)})
	}
	r.pending()
}

// waits reports whether there are entries that begin only in a later part.
func (r *run) waits() bool {
	if r.next == nil {
		return false
	}
	for i := r.unbegun(); i < r.kids.n; i++ {
		if kid := r.kids.at(i); !kid.gone && !kid.dropped {
			return true
		}
	}
	return false
}

// unbegun is the first child that begins only in a later part.
func (r *run) unbegun() int {
	if len(r.next) > 1 {
		return r.next[0] + 1
	}
	return r.next[0]
}

func (r *run) firstShown(total int) int {
	if r.kids.unit == Keys || r.first >= total {
		return 0
	}
	return r.first
}

// pending notes the lists of an object that have elements only in later parts.
func (r *run) pending() {
	if r.kids.unit != Keys || r.next == nil {
		return
	}
	for i, told := r.unbegun(), 0; i < r.kids.n && told < maxPending; i++ {
		kid := r.kids.at(i)
		if list, ok := kid.node.value.([]any); ok && len(list) > 0 && !kid.gone {
			r.notes(Cut{Path: kid.node.at.path(), Unit: Elements, Total: len(list)})
			told++
		}
	}
}

const maxPending = 5
