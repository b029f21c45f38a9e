package schemas

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
)

// ToolSchema is the schema of a tool that runs one action.
type ToolSchema struct {
	// Portable is the schema in the portable profile, whatever JSON is in.
	Portable, JSON json.RawMessage
	// Own tells of every argument that is not the action's under which name it is
	// shown: its own, unless the action has an argument of that name.
	Own map[string]string
	// Rest is the argument that holds those that are not listed; "" where all are.
	Rest string
	// Collapsed says that something is told in words only.
	Collapsed bool
}

const (
	// maxToolProperties is how many arguments a tool may list (OpenAI's strict mode
	// took 100 properties; newer limits are not verified).
	maxToolProperties = 90
	restName          = "more_arguments"
	ownPrefix         = "tool_"
)

// Tool lays the action's arguments out as those of a tool of its own, with more
// arguments behind them, in at most so many bytes (see [ActionSchema.Show] for how
// it becomes short). Where not even the names fit, those that are required come
// first and the others go into one object, of which as many names are told as fit.
func (s *ActionSchema) Tool(more *Schema, profile Profile, bytes int) (ToolSchema, error) {
	out := ToolSchema{Own: make(map[string]string)}
	var own []member
	for _, f := range more.plan.fields {
		name := s.freeName(f.name)
		out.Own[f.name] = name
		own = append(own, member{name: name, required: f.required, shape: f.shape})
	}
	var members []member
	for _, d := range compact() {
		b := newShaper(s.plan, wording{upstream: true}, d)
		members = members[:0]
		for i, shape := range s.plan.shapes(b) {
			members = append(members, member{name: s.plan.fields[i].name, required: s.plan.fields[i].required, shape: shape})
		}
		out.Collapsed = len(b.deeper) > 0
		if len(members) > maxToolProperties {
			continue
		}
		fits, err := out.write(clip(s.plan.words, d.words), slices.Concat(members, own), profile, bytes)
		if fits || err != nil {
			return out, err
		}
	}
	return s.shortTool(out, members, own, profile, bytes)
}

// shortTool lists as many members as fit. They have no words.
func (s *ActionSchema) shortTool(out ToolSchema, members, own []member, profile Profile, bytes int) (ToolSchema, error) {
	members = slices.Clone(members)
	slices.SortStableFunc(members, func(a, b member) int { return btoi(b.required) - btoi(a.required) })
	out.Rest, out.Collapsed = s.freeName(restName), true
	var err error
	try := func(listed int) bool {
		var fits bool
		rest := members[listed:]
		words := "Further arguments by name, as describe_action shows them." + namesOf(rest, max(160, bytes/5))
		more := member{name: out.Rest, required: rest[0].required, shape: &shape{kind: "object", words: words}}
		if fits, err = out.write("", slices.Concat(members[:listed], []member{more}, own), profile, bytes); err != nil {
			return false
		}
		return fits
	}
	highest := min(len(members)-1, maxToolProperties)
	listed := sort.Search(highest+1, func(n int) bool { return !try(n) }) - 1
	if !try(max(listed, 0)) && err == nil {
		err = fmt.Errorf("lay out a tool in %d bytes: not even one argument fits", bytes)
	}
	return out, err
}

func (t *ToolSchema) write(words string, members []member, profile Profile, bytes int) (fits bool, err error) {
	w := &writer{}
	w.object(words, members)
	t.Portable, t.JSON = w.buf.Bytes(), w.buf.Bytes()
	if profile == Strict {
		marked := &writer{marked: true}
		marked.object(words, members)
		t.JSON, err = profile.Render(marked.buf.Bytes())
	}
	return len(t.JSON) <= bytes, err
}

// freeName is a name that no argument of the action has, as near to name as can be.
func (s *ActionSchema) freeName(name string) string {
	for s.plan.byName[name] != nil || s.plan.byOrig[name] != nil {
		name = ownPrefix + name
	}
	return name
}
