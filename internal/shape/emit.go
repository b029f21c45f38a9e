package shape

import (
	"math"
	"slices"
	"unicode/utf8"
)

// piece is what a part shows of a node: all of it, or what goes before next, the
// steps from the node on.
type piece struct {
	value any
	width int
	some  bool  // whether there is anything of the node in it
	next  []int // nil behind the node; without steps, the node's beginning
}

// cutter makes the parts of one value.
type cutter struct {
	root  node
	limit int // characters of a part
	mark  uint32
	known *known
}

// cutTo makes the part that begins at the steps, with at most room characters of
// data. Where the containers around that place would take too much of them, the
// data begins deeper.
func (c *cutter) cutTo(room int, steps []int) (Part, error) {
	for {
		s := &shaper{room: room, known: c.known}
		start, err := s.start(c.root, steps)
		if err != nil {
			return Part{}, err
		}
		p, err := s.emit(start.node, room, start.steps)
		if err != nil {
			return Part{}, err
		}
		var next []int
		if p.next != nil {
			next = append(append(next, start.before...), p.next...)
		} else {
			next = s.after(c.root, start.before)
			s.above(c.root, start, next)
		}
		if !s.some && next != nil {
			if len(next) <= len(steps) { // it goes down, or it would never end
				return Part{}, ErrPosition
			}
			steps = next
			continue
		}
		part := s.part(p.value, c.limit)
		part.Next = position(next, c.mark)
		part.Truncated = next != nil
		part.begin = steps
		part.Resumes = tail(start.resumes, maxAt)
		if len(start.before) > 0 {
			part.Resumes = ""
			part.At, part.depth = tail(start.node.at.exact(), maxAt), len(start.before)
		}
		return part, nil
	}
}

// start is where the data of a part begins: the node with the steps before it, and
// those from it on.
type start struct {
	node          node
	before, steps []int
	resumes       string // the place, if it is inside a record or a text
}

// start walks the steps, notes what the containers on the way take, and leaves out
// as many of the outer ones as need be.
func (s *shaper) start(root node, steps []int) (start, error) {
	nodes := []node{root}
	for i, step := range steps {
		n := nodes[len(nodes)-1]
		if _, ok := s.text(n); ok {
			if i != len(steps)-1 {
				return start{}, ErrPosition
			}
			break
		}
		kids := s.kids(n)
		if step >= kids.n {
			return start{}, ErrPosition
		}
		kid := kids.at(step)
		if kid.gone {
			return start{}, ErrPosition
		}
		s.wraps = append(s.wraps, len("[]")+kid.head)
		nodes = append(nodes, kid.node)
	}
	resumes := ""
	if last := nodes[len(nodes)-1]; len(steps) >= len(nodes) || last.at != nil && last.at.up.listed() {
		resumes = last.at.exact()
	}
	k := len(s.wraps) - s.inner()
	s.wraps = s.wraps[:k]
	for _, n := range nodes[:k] { // the lists that are not shown around it
		if list, ok := n.value.([]any); ok {
			s.tell(s.alike(list, n))
		}
	}
	return start{nodes[k], steps[:k], steps[k:], resumes}, nil
}

// inner is how many of the innermost containers a part shows around its beginning:
// as many as take no more than a quarter of the room.
func (s *shaper) inner() int {
	n, sum := 0, 0
	for i := len(s.wraps) - 1; i >= 0; i-- {
		if sum += s.wraps[i]; sum > s.room/4 {
			break
		}
		n++
	}
	return n
}

// fresh is the room that the next child would have at the beginning of a part.
func (s *shaper) fresh(wrap int) int {
	s.wraps = append(s.wraps, wrap)
	room := s.room
	for _, w := range s.wraps[len(s.wraps)-s.inner():] {
		room -= w
	}
	s.wraps = s.wraps[:len(s.wraps)-1]
	return room
}

// kids are the children of a container, in the order of the parts.
type kids struct {
	n    int
	at   func(int) kid
	unit Unit
	same []sameValue
}

// kid is one of them.
type kid struct {
	node    node
	name    string
	head    int             // what its name takes
	dropped bool            // Part.Same tells it
	gone    bool            // it tells nothing
	skip    func(value any) // counts that it is left out, built as value
}

func (s *shaper) kids(n node) kids {
	switch value := n.value.(type) {
	case []any:
		same := s.alike(value, n)
		return kids{len(value), func(i int) kid { return kid{node: element(value, n, i, same)} }, Elements, same}
	case map[string]any:
		entries := s.ordered(value, n.sel)
		return kids{len(entries), func(i int) kid {
			e := entries[i]
			dropped := slices.Contains(n.drop, e.key)
			return kid{
				node: child(e, n), name: e.name, head: textWidth(e.name, maxKey*4) + len(":"),
				dropped: dropped, gone: hollow(e),
				skip: func(value any) { s.skips(value, e) },
			}
		}, Keys, nil}
	}
	return kids{}
}

// total is how many of them are shown, all parts together.
func (k kids) total() int {
	if k.unit == Elements {
		return k.n
	}
	total := 0
	for i := range k.n {
		if kid := k.at(i); !kid.gone && !kid.dropped {
			total++
		}
	}
	return total
}

// above counts the container that goes on after a part from deeper inside it.
func (s *shaper) above(root node, at start, next []int) {
	if len(next) == 0 {
		return
	}
	n := root
	for _, step := range next[:len(next)-1] {
		n = s.kids(n).at(step).node
	}
	kids := s.kids(n)
	c := Cut{Path: n.at.path(), Unit: kids.unit, Total: kids.total()}
	if len(at.before) == len(next) && len(at.steps) == 0 {
		c.Returned = 1
		if c.Unit == Elements {
			c.First = at.before[len(at.before)-1]
		}
	}
	s.notes(c)
}

// after is the first place behind the one at the end of the steps, or nil.
func (s *shaper) after(root node, steps []int) []int {
	for len(steps) > 0 {
		parent := root
		for _, step := range steps[:len(steps)-1] {
			parent = s.kids(parent).at(step).node
		}
		kids := s.kids(parent)
		for i := steps[len(steps)-1] + 1; i < kids.n; i++ {
			if !kids.at(i).gone {
				return append(append([]int{}, steps[:len(steps)-1]...), i)
			}
		}
		steps = steps[:len(steps)-1]
	}
	return nil
}

// emit shows as much as fits of a node, from the steps on. Nothing may fit: then
// the piece has no value, and next leads at least one container deeper.
func (s *shaper) emit(n node, room int, from []int) (piece, error) {
	if len(from) == 0 {
		if value, w, ok := s.build(n, room); ok {
			s.some = true
			return piece{value: value, width: w, some: true}, nil
		}
	}
	if text, ok := s.text(n); ok {
		return s.emitText(text, n, room, from)
	}
	kids := s.kids(n)
	if len(from) > 0 && from[0] >= kids.n {
		return piece{}, ErrPosition
	}
	run := &run{shaper: s, kids: kids, node: n, left: room - len("[]"), from: from}
	if err := run.emit(); err != nil {
		return piece{}, err
	}
	p := piece{width: room - run.left, some: len(run.list)+len(run.object) > 0, next: run.next}
	if p.some {
		run.count()
	}
	if kids.unit == Elements {
		p.value = run.list
	} else {
		p.value = run.object
	}
	return p, nil
}

// emitText shows as many characters as fit, from the offset on.
func (s *shaper) emitText(text string, n node, room int, from []int) (piece, error) {
	offset := 0
	if len(from) > 0 {
		offset = from[0]
		if len(from) > 1 || offset <= 0 || offset >= len(text) || !utf8.RuneStart(text[offset]) {
			return piece{}, ErrPosition
		}
	}
	end, w := offset, len(`""`)
	for _, r := range text[offset:] {
		if w += runeWidth(r); w > room {
			w -= runeWidth(r)
			break
		}
		end += utf8.RuneLen(r)
	}
	if end == offset {
		return piece{next: from[:len(from):len(from)]}, nil
	}
	s.some = true
	if offset > 0 || end < len(text) {
		s.notes(Cut{
			Path: n.at.path(), Unit: Characters, Total: utf8.RuneCountInString(text),
			Returned: utf8.RuneCountInString(text[offset:end]), First: utf8.RuneCountInString(text[:offset]),
		})
	}
	p := piece{value: text[offset:end], width: w, some: true}
	if end < len(text) {
		p.next = []int{end}
	}
	return p, nil
}

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

// pending notes the lists of an object that later parts begin with.
func (r *run) pending() {
	if r.kids.unit != Keys || r.next == nil {
		return
	}
	for i, told := r.unbegun(), 0; i < r.kids.n && told < maxPending; i++ {
		kid := r.kids.at(i)
		if list, ok := kid.node.value.([]any); ok && !kid.gone {
			r.notes(Cut{Path: kid.node.at.path(), Unit: Elements, Total: len(list)})
			told++
		}
	}
}

const maxPending = 5
