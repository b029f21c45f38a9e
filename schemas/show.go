package schemas

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Shown is a schema that was laid out in few bytes, and where to see the rest.
type Shown struct {
	Schema json.RawMessage
	// Deeper are the paths that Schema tells in words only, the outermost first;
	// each can be shown by itself.
	Deeper []string
	// Total counts the arguments, keys or values of which Schema lists a part; 0
	// where it lists all.
	Total int
	// Next is the path that lists on, "" at the end.
	Next string
}

// minShown is the fewest bytes in which something can be said.
const minShown = 512

// Show lays the schema out in at most so many bytes (512 at least). Every argument
// is there by name and type; what lies deep is told in words as far as needed and
// its path is in Deeper. Where not even the names fit, Total and Next say how many
// there are and how to list on.
//
// The path is that of [ActionSchema.Part], "" for the whole. "*40" behind a path
// leaves out the first forty arguments, keys or values there.
func (s *ActionSchema) Show(path string, bytes int) (Shown, error) {
	return s.ShowWith(path, bytes, nil)
}

// ShowWith is Show with schemas of the caller's, by name, in place of those that
// the action has for these arguments.
func (s *ActionSchema) ShowWith(path string, bytes int, known map[string]json.RawMessage) (Shown, error) {
	path, from, err := offset(path)
	if err != nil {
		return Shown{}, err
	}
	bytes = max(bytes, minShown)
	if path == "" {
		return s.plan.show(from, bytes, known)
	}
	n, text, err := s.find(path)
	if err != nil {
		return Shown{}, err
	}
	v := viewOf(n)
	if len(v.enum) > maxInWords && v.kinds&(kindObject|kindArray) == 0 {
		if shown, ok := showValues(v, path, text, from, bytes); ok || from > 0 {
			return shown, beyond(ok, path, len(v.enum))
		}
	}
	return showNode(n, v, path, text, from, bytes)
}

// offset takes the part behind a star off a path.
func offset(path string) (rest string, from int, err error) {
	rest, number, given := strings.Cut(path, "*")
	if !given {
		return path, 0, nil
	}
	if from, err = strconv.Atoi(number); err != nil || from < 0 || len(number) > 6 {
		return "", 0, fmt.Errorf("behind * stands how many to leave out, as in %q", clip(rest, 60)+"*40")
	}
	return rest, from, nil
}

func beyond(ok bool, path string, total int) error {
	if ok {
		return nil
	}
	if path == "" {
		path = "the whole"
	}
	return fmt.Errorf("%s lists only %d", clipPath(visible(path)), total)
}

// compact lists the layouts for few bytes: what is near the root keeps its words
// longest.
func compact() []detail {
	return []detail{
		{levels: 5, properties: 100, nested: 20, words: 400, forms: 240, enum: 1500},
		{levels: 5, properties: 80, nested: 20, words: 200, forms: 160, enum: 800},
		{levels: 4, properties: 60, nested: 12, words: 140, forms: 160, enum: 600},
		{levels: 4, properties: 60, nested: 12, words: 80, forms: 120, enum: 600},
		{levels: 3, properties: 40, nested: 8, words: 120, forms: 120, enum: 400},
		{levels: 3, properties: 40, nested: 5, words: 70, forms: 90, enum: 400},
		{levels: 2, words: 140, forms: 120, enum: 400},
		{levels: 2, words: 90, forms: 90, enum: 300},
		{levels: 2, words: 60, forms: 50, enum: 150},
		{levels: 2, words: 36, forms: 36, enum: 60},
		{levels: 2},
	}
}

// show lays out all arguments.
func (p *plan) show(from, bytes int, known map[string]json.RawMessage) (Shown, error) {
	layouts := compact()
	if from > 0 { // a list that goes on has no words
		layouts = layouts[len(layouts)-1:]
	}
	var members []member
	for _, d := range layouts {
		b := newShaper(p, wording{upstream: true}, d)
		members = members[:0]
		for i, shape := range p.shapes(b) {
			f := p.fields[i]
			if raw := known[f.name]; raw != nil {
				shape.raw = raw
				b.deeper = slices.DeleteFunc(b.deeper, func(at string) bool { return root(at) == f.name })
			}
			members = append(members, member{name: f.name, required: f.required, shape: shape})
		}
		w := &writer{}
		w.object(clip(p.words, d.words), members)
		if w.buf.Len() <= bytes && from == 0 {
			return Shown{Schema: w.buf.Bytes(), Deeper: b.deeper}, nil
		}
	}
	shown, ok := showMembers(members, "", "", from, bytes)
	return shown, beyond(ok, "", len(members))
}

// root is the argument that a path begins with.
func root(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

// showNode lays out what stands at a path.
func showNode(n *node, v *view, path, text string, from, bytes int) (Shown, error) {
	var shape *shape
	var out []byte
	for _, d := range append(details()[:1], compact()...) {
		b := &shaper{words: wording{upstream: true, direct: true}, detail: d, budget: d.properties}
		shape = b.start(n, spot{path: path, name: path, text: text, level: 1})
		b.run()
		w := &writer{}
		w.shape(shape)
		if out = w.buf.Bytes(); len(out) <= bytes && from == 0 && (shape.kind != "object" || len(shape.members) == len(v.props)) {
			deeper := slices.DeleteFunc(b.deeper, func(at string) bool { return at == path })
			return Shown{Schema: out, Deeper: deeper}, nil
		}
	}
	if shape.kind == "object" && len(v.props) > 0 {
		shown, ok := showMembers(membersOf(v, path), path, shape.words, from, bytes)
		return shown, beyond(ok, path, len(v.props))
	}
	if from > 0 {
		return Shown{}, beyond(false, path, 0)
	}
	return Shown{Schema: out}, nil // without words: it fits
}

// membersOf are the keys of an object with their types and no words.
func membersOf(v *view, path string) []member {
	b := &shaper{words: wording{upstream: true, direct: true}, detail: detail{levels: 2}}
	members := make([]member, len(v.props))
	for i, name := range v.naming().names {
		prop := v.props[i]
		members[i] = member{name: name, required: v.required[prop.name], shape: b.start(prop.node, spot{path: path + "." + name, name: name, level: 2})}
	}
	b.run()
	return members
}

// showMembers lists members by name and type, those that are required first, and
// names as many of the others as there is room for.
func showMembers(members []member, path, words string, from, bytes int) (Shown, bool) {
	if from >= len(members) {
		return Shown{}, false
	}
	members = slices.Clone(members)
	slices.SortStableFunc(members, func(a, b member) int { return btoi(b.required) - btoi(a.required) })
	total, size, end := len(members), 0, from
	for _, m := range members[from:] {
		w := &writer{}
		w.object("", []member{m})
		if size += w.buf.Len() - len(`{"type":"object","properties":{}}`) + 1; size > bytes*6/10 && end > from {
			break
		}
		end++
	}
	out := Shown{Total: total}
	text := fmt.Sprintf("%d to %d of %d.", from+1, end, total)
	if end < total {
		out.Next = fmt.Sprintf("%s*%d", path, end)
		text += namesOf(members[end:], bytes/4) + " List on with path " + out.Next + "."
	}
	w := &writer{}
	w.object(sentence(len(text)+min(200, bytes/8), words, text), members[from:end])
	out.Schema = w.buf.Bytes()
	return out, true
}

// namesOf names members, as many as fit.
func namesOf(members []member, bytes int) string {
	var b strings.Builder
	for i, m := range members {
		if b.Len()+len(m.name)+2 > bytes {
			return " Further: " + b.String() + fmt.Sprintf(" and %d more.", len(members)-i)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.name)
	}
	return " Further: " + b.String() + "."
}

// showValues lists the values of an enum; false where there are none from there on.
func showValues(v *view, path, text string, from, bytes int) (Shown, bool) {
	values, empty := v.valueTexts()
	for i, value := range values {
		values[i] = clip(oneLine(value), 200)
	}
	if from >= len(values) {
		return Shown{}, false
	}
	size, end := 0, from
	for _, value := range values[from:] {
		encoded, _ := json.Marshal(value)
		if size += len(encoded) + 1; size > bytes-300 && end > from {
			break
		}
		end++
	}
	kind, note, _ := shownKind(v)
	facts := []string{note}
	if empty {
		facts = append(facts, orEmpty)
	}
	var out Shown
	if from > 0 || end < len(values) {
		out.Total = len(values)
		facts = append(facts, fmt.Sprintf("Values %d to %d of %d.", from+1, end, len(values)))
	}
	if end < len(values) {
		out.Next = fmt.Sprintf("%s*%d", path, end)
		facts = append(facts, "List on with path "+out.Next+".")
	}
	if text == "" {
		text = v.description()
	}
	if kind != "string" {
		facts = append(facts, "The values are of type "+v.kinds.String()+", written here as text.")
	}
	w := &writer{}
	w.shape(&shape{kind: "string", words: sentence(240, text, facts...), enum: values[from:end]})
	out.Schema = w.buf.Bytes()
	return out, true
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
