package shape

import (
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

	verbatim bool
}

// cutTo makes the part that begins at the steps, with at most room characters of
// data. Where the containers around that place would take too much of them, the
// data begins deeper.
func (c *cutter) cutTo(room int, steps []int) (Part, error) {
	for {
		s := &shaper{room: room, known: c.known, verbatim: c.verbatim}
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
				dropped: dropped, gone: s.hollow(e),
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
		if w += RuneWidth(r); w > room {
			w -= RuneWidth(r)
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
