package schemas

import (
	"fmt"
	"slices"
)

// notes collects what a compilation had to leave out.
type notes struct {
	list        []string
	unvalidated bool
	patterns    int // regular expressions that were left out
}

const maxNotes = 12

func (n *notes) add(text string) {
	if len(n.list) < maxNotes && !slices.Contains(n.list, text) {
		n.list = append(n.list, text)
	}
}

// unchecked notes a part that arguments are not checked against.
func (n *notes) unchecked(text string) {
	n.unvalidated = true
	n.add(text)
}

// all returns the notes, the counted patterns last.
func (n *notes) all() []string {
	out := slices.Clone(n.list)
	switch n.patterns {
	case 0:
	case 1:
		out = append(out, "1 pattern that RE2 cannot run is not checked")
	default:
		out = append(out, fmt.Sprintf("%d patterns that RE2 cannot run are not checked", n.patterns))
	}
	return out
}

// cutCycles opens nodes that lead back to themselves without going into the
// value ({"$ref":"#"}), and chains of such edges that are absurdly long. A cycle
// through properties or items is recursion, and fine.
func cutCycles(root *node, notes *notes) {
	const (
		fresh = iota
		active
		done
	)
	state := map[*node]int{}
	length := map[*node]int{} // of the longest chain of in-place edges below
	var visit func(n *node, depth int) bool
	visit = func(n *node, depth int) bool {
		switch state[n] {
		case active:
			return false
		case done:
			return depth+length[n] <= maxInPlace
		}
		state[n] = active
		longest := 0
		for _, next := range n.inPlace() {
			if depth >= maxInPlace || !visit(next, depth+1) {
				notes.unchecked("a $ref leads back to itself: that part accepts any value")
				n.cut("its schema refers to itself")
				longest = 0
				break
			}
			longest = max(longest, length[next]+1)
		}
		state[n], length[n] = done, longest
		return true
	}
	for _, n := range reachable(root) {
		visit(n, 0)
	}
}

// reachable lists the nodes below root, breadth first.
func reachable(root *node) []*node {
	list := []*node{root}
	seen := map[*node]bool{root: true}
	for i := 0; i < len(list); i++ {
		for _, next := range append(list[i].inPlace(), list[i].inside()...) {
			if !seen[next] {
				seen[next] = true
				list = append(list, next)
			}
		}
	}
	return list
}

// cutExpansion opens what makes the schema explode when references are followed
// path by path. Where the root has properties, only those that explode are
// opened.
func cutExpansion(root *node, notes *notes) {
	size := expandedSizes(root)
	if size[root] <= maxExpandedNodes {
		return
	}
	notes.unchecked(fmt.Sprintf("more than %d parts once references are followed: the largest accept any value", maxExpandedNodes))
	const why = "the schema is too large"
	left := maxExpandedNodes
	for _, n := range root.inPlace() {
		if size[n] > left {
			root.cut(why)
			return
		}
		left -= size[n]
	}
	for _, n := range bySize(root.inside(), size) {
		if size[n] > left {
			n.cut(why)
			continue
		}
		left -= size[n]
	}
}

func bySize(list []*node, size map[*node]int) []*node {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *node) int { return size[a] - size[b] })
	return list
}

// expandedSizes counts, for every node, the nodes below it with references
// followed path by path. What lies below a recursion is counted once: its size
// depends on the value, and a check remembers what it has seen.
func expandedSizes(root *node) map[*node]int {
	size := map[*node]int{}
	for _, group := range components(root) { // dependencies first
		n := group[0]
		next := append(n.inPlace(), n.inside()...)
		if len(group) > 1 || slices.Contains(next, n) {
			below := len(reachable(n))
			for _, n := range group {
				size[n] = below
			}
			continue
		}
		total := 1
		for _, x := range next {
			total = min(total+size[x], 1<<30)
		}
		size[n] = total
	}
	return size
}

// components returns the strongly connected components below root (Tarjan),
// each after those that it leads to. It keeps its own stack: a schema may be a
// chain of thousands.
func components(root *node) [][]*node {
	type frame struct {
		node *node
		next []*node
	}
	var (
		groups  [][]*node
		stack   []*node
		index   = map[*node]int{}
		low     = map[*node]int{}
		onStack = map[*node]bool{}
		frames  []frame
	)
	push := func(n *node) {
		index[n] = len(index)
		low[n] = index[n]
		stack = append(stack, n)
		onStack[n] = true
		frames = append(frames, frame{n, append(n.inPlace(), n.inside()...)})
	}
	push(root)
	for len(frames) > 0 {
		f := &frames[len(frames)-1]
		if len(f.next) > 0 {
			next := f.next[0]
			f.next = f.next[1:]
			if _, visited := index[next]; !visited {
				push(next)
			} else if onStack[next] {
				low[f.node] = min(low[f.node], index[next])
			}
			continue
		}
		n := f.node
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			parent := frames[len(frames)-1].node
			low[parent] = min(low[parent], low[n])
		}
		if low[n] != index[n] {
			continue
		}
		at := slices.Index(stack, n)
		for _, m := range stack[at:] {
			onStack[m] = false
		}
		groups = append(groups, slices.Clone(stack[at:]))
		stack = stack[:at]
	}
	return groups
}
