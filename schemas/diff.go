package schemas

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Drift is how a live action differs from the pinned one, argument by argument.
// Descriptions do not count.
type Drift struct {
	Added   []string // arguments that only the live action has
	Removed []string // arguments that only the pinned action has
	// Changed tells arguments of another type, with other enum values, or
	// required now or no longer, and a change of method or path.
	Changed []string
}

// Empty says that nothing changed.
func (d Drift) Empty() bool { return len(d.Added)+len(d.Removed)+len(d.Changed) == 0 }

// String tells the changes in one line.
func (d Drift) String() string {
	if d.Empty() {
		return "no change"
	}
	var out []string
	for _, part := range []struct {
		head string
		list []string
	}{{"added", d.Added}, {"removed", d.Removed}, {"changed", d.Changed}} {
		if len(part.list) > 0 {
			out = append(out, part.head+" "+strings.Join(part.list, ", "))
		}
	}
	return clip(strings.Join(out, "; "), 1000)
}

const maxDriftDepth = 6

// Diff compares a live action with its pinned copy.
func Diff(pinned, live alloy.Action) Drift {
	var d differ
	if !strings.EqualFold(pinned.Method, live.Method) {
		d.changed("method", strings.ToLower(pinned.Method), strings.ToLower(live.Method))
	}
	if pinned.Path != live.Path {
		d.changed("path", clip(visible(pinned.Path), 100), clip(visible(live.Path), 100))
	}
	before, after := partsOf(pinned), partsOf(live)
	for _, p := range before {
		d.parameter(p, find(after, p))
	}
	for _, p := range after {
		if find(before, p) == nil {
			d.added(p.label())
		}
	}
	var n notes
	switch {
	case given(pinned.RequestBody) && given(live.RequestBody):
		d.node(readSchema(pinned.RequestBody, &n), readSchema(live.RequestBody, &n), "", 0)
	case given(pinned.RequestBody):
		d.removed("the body")
	case given(live.RequestBody):
		d.added("a body")
	}
	return d.Drift
}

type part struct {
	name, where string
	required    bool
	node        *node
}

func (p part) label() string { return p.where + " " + p.name }

func partsOf(a alloy.Action) []part {
	var n notes
	var out []part
	for _, p := range a.Parameters {
		x := newNode()
		if given(p.Schema) {
			x = readSchema(p.Schema, &n)
		}
		out = append(out, part{p.Name, p.In, p.Required, x})
	}
	return out
}

func find(list []part, p part) *part {
	i := slices.IndexFunc(list, func(q part) bool { return q.name == p.name && q.where == p.where })
	if i < 0 {
		return nil
	}
	return &list[i]
}

type differ struct{ Drift }

const maxDrift = 50

func addTo(list *[]string, s string) {
	if s = clip(visible(s), 200); len(*list) < maxDrift && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

func (d *differ) added(s string)   { addTo(&d.Added, s) }
func (d *differ) removed(s string) { addTo(&d.Removed, s) }
func (d *differ) changed(what, from, to string) {
	addTo(&d.Changed, fmt.Sprintf("%s (%s, now %s)", what, from, to))
}

func (d *differ) parameter(before part, after *part) {
	if after == nil {
		d.removed(before.label())
		return
	}
	d.requirement(before.label(), before.required, after.required)
	d.node(before.node, after.node, before.label(), 0)
}

func (d *differ) requirement(label string, before, after bool) {
	switch {
	case before && !after:
		d.changed(label, "required", "optional")
	case !before && after:
		d.changed(label, "optional", "required")
	}
}

// node compares two schemas as arguments see them.
func (d *differ) node(before, after *node, label string, depth int) {
	if depth > maxDriftDepth {
		return
	}
	a, b := viewOf(before), viewOf(after)
	name := label
	if name == "" {
		name = "the body"
	}
	if x, y := kindsInWords(a), kindsInWords(b); x != y {
		d.changed(name, x, y)
	}
	d.values(name, a, b)
	for _, p := range a.props {
		inner := joinPath(label, p.name)
		other := b.property(p.name)
		if other == nil {
			d.removed(inner)
			continue
		}
		d.requirement(inner, a.required[p.name], b.required[p.name])
		d.node(p.node, other, inner, depth+1)
	}
	for _, p := range b.props {
		if a.property(p.name) == nil {
			d.added(joinPath(label, p.name))
		}
	}
	if a.item != nil && b.item != nil {
		d.node(a.item, b.item, label+"[]", depth+1)
	}
}

func joinPath(label, name string) string {
	if label == "" {
		return name
	}
	return label + "." + name
}

func kindsInWords(v *view) string {
	if v.untyped() {
		return "any value"
	}
	k := v.kinds
	if v.nullable {
		k |= kindNull
	}
	return k.String()
}

func (d *differ) values(name string, a, b *view) {
	switch {
	case a.hasEnum && b.hasEnum:
		gone, fresh := without(a.enum, b.enum), without(b.enum, a.enum)
		if len(gone)+len(fresh) > 0 {
			addTo(&d.Changed, fmt.Sprintf("%s (%d values less, %d more)", name, len(gone), len(fresh)))
		}
	case a.hasEnum:
		d.changed(name, fmt.Sprintf("%d values", len(a.enum)), "any")
	case b.hasEnum:
		d.changed(name, "any value", fmt.Sprintf("%d values", len(b.enum)))
	}
}

func without(list, other []any) []any {
	in := map[string]bool{}
	for _, x := range other {
		in[canonical(x)] = true
	}
	var out []any
	for _, x := range list {
		if !in[canonical(x)] {
			out = append(out, x)
		}
	}
	return out
}
