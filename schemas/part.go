package schemas

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Part returns the schema of one argument or of something in it, for what the
// schema of the whole tells in words only. The path is made of names and of "[]"
// for the items of a list: "filterBranch.filters[].operation". bytes bounds the
// answer as [Within] does; 0 is 32 KiB.
func (s *ActionSchema) Part(path string, bytes int) (json.RawMessage, error) {
	n, text, err := s.find(path)
	if err != nil {
		return nil, err
	}
	if bytes <= 0 {
		bytes = maxShownBytes
	}
	var out json.RawMessage
	for _, d := range details() {
		b := &shaper{words: wording{upstream: true, direct: true}, detail: d, budget: d.properties}
		shape := b.start(n, spot{path: path, name: path, text: text, level: 1})
		b.run()
		w := &writer{}
		w.shape(shape)
		if out = w.buf.Bytes(); len(out) <= bytes {
			break
		}
	}
	return out, nil
}

// find walks down to the schema at a path.
func (s *ActionSchema) find(path string) (*node, string, error) {
	steps := strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")
	f := s.plan.byName[steps[0]]
	if f == nil {
		f = s.plan.byOrig[steps[0]]
	}
	if f == nil {
		return nil, "", noSuchPart(steps[0], "", s.plan.names())
	}
	n, text := f.node, f.text
	for i, step := range steps[1:] {
		at := func() string { return strings.ReplaceAll(strings.Join(steps[:i+1], "."), ".[]", "[]") }
		v := viewOf(n)
		if step == "[]" {
			if n = v.item; n == nil {
				return nil, "", fmt.Errorf("%s is no list whose items are described", clipPath(visible(at())))
			}
			continue
		}
		if orig, renamed := v.naming().orig[step]; renamed {
			step = orig
		}
		if n = v.property(step); n == nil {
			return nil, "", noSuchPart(step, at(), v.naming().names)
		}
		text = ""
	}
	return n, text, nil
}

func noSuchPart(name, in string, valid []string) error {
	p := unknownName(in, name, valid).short()
	if in == "" {
		return fmt.Errorf("there is no argument %q: %s", clip(visible(name), 64), p)
	}
	return fmt.Errorf("there is no %q in it: %s", clip(visible(name), 64), p)
}
