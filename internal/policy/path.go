package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxPath  = 256 // bytes
	maxSteps = 8   // names between dots: the ways to split them double with each
)

// path names values in the arguments: names of objects' members with dots between,
// [] behind a name for every item of a list. A name may itself hold dots and
// brackets, so every way to read the path counts.
type path struct {
	text  string
	steps []string
}

func parsePath(text string) (path, error) {
	p := path{text: text, steps: strings.Split(text, ".")}
	switch {
	case text == "":
		return path{}, errors.New("is empty")
	case len(text) > maxPath:
		return path{}, fmt.Errorf("is longer than %d bytes", maxPath)
	case len(p.steps) > maxSteps:
		return path{}, fmt.Errorf("has more than %d names between dots", maxSteps)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return path{}, errors.New("holds a character that no name has")
	}
	return p, nil
}

// found is what a path leads to.
type found struct {
	values  []any
	missing bool   // an item of a list, beside those, has nothing there
	doubt   string // why there may be more
}

func (p path) find(arguments map[string]any) found { return p.look(arguments, p.steps) }

// look follows the steps from value. Of several ways to read them, those that lead
// nowhere say nothing where another leads to a value.
func (p path) look(value any, steps []string) found {
	if len(steps) == 0 {
		return found{values: []any{value}}
	}
	object, ok := value.(map[string]any)
	if !ok {
		done := strings.Join(p.steps[:len(p.steps)-len(steps)], ".")
		return found{doubt: fmt.Sprintf("the argument %s would have to be an object, and is %s", shown(done), kindOf(value))}
	}
	var sum found
	dead := ""
	for i := 1; i <= len(steps); i++ {
		name := strings.Join(steps[:i], ".")
		for items := 0; ; items++ {
			for _, member := range named(object, name) {
				way := p.flatten(member, items, steps[i:])
				if len(way.values) == 0 {
					dead = or(dead, way.doubt)
				} else {
					sum.add(way)
				}
			}
			if !strings.HasSuffix(name, "[]") {
				break
			}
			name = strings.TrimSuffix(name, "[]")
		}
	}
	if len(sum.values) == 0 {
		sum.doubt = dead
	}
	return sum
}

// named returns the values of a member.
func named(object map[string]any, name string) []any {
	member, there := object[name]
	if several, ok := member.(Several); ok {
		return several
	}
	if !there {
		return nil
	}
	return []any{member}
}

// names returns the names that may stand in the path.
func (p path) names() []string {
	var list []string
	for i := range p.steps {
		for j := i + 1; j <= len(p.steps); j++ {
			for name := strings.Join(p.steps[i:j], "."); ; name = strings.TrimSuffix(name, "[]") {
				list = append(list, name)
				if !strings.HasSuffix(name, "[]") {
					break
				}
			}
		}
	}
	return list
}

// flatten goes into lists, as deep as there were brackets.
func (p path) flatten(value any, depth int, rest []string) found {
	if depth == 0 {
		return p.look(value, rest)
	}
	list, ok := value.([]any)
	if !ok {
		done := strings.TrimSuffix(strings.Join(p.steps[:len(p.steps)-len(rest)], "."), "[]")
		return found{doubt: fmt.Sprintf("the argument %s would have to be a list, and is %s", shown(done), kindOf(value))}
	}
	var sum found
	for _, item := range list {
		way := p.flatten(item, depth-1, rest)
		way.missing = way.missing || len(way.values) == 0
		sum.add(way)
	}
	return sum
}

func (f *found) add(other found) {
	f.values = append(f.values, other.values...)
	f.missing, f.doubt = f.missing || other.missing, or(f.doubt, other.doubt)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
