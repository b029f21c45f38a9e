package schemas

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what a failed check tells.
const (
	maxProblems       = 10
	maxViolationBytes = 2048
)

// Problem is one thing that is wrong with the arguments, in words that a model
// can act on. It never holds a value that was given, only its type and size.
type Problem struct {
	Path     string `json:"path"`              // e.g. "filter.value", "children[2].type"; "" is the whole
	Expected string `json:"expected"`          // what belongs there
	Got      string `json:"got,omitempty"`     // what was there: a type, "nothing", "an unknown name"
	Nearest  string `json:"nearest,omitempty"` // the valid name or value that comes closest
}

// String returns the problem as one clause.
func (p Problem) String() string {
	var b strings.Builder
	if p.Path != "" {
		b.WriteString(p.Path)
		b.WriteString(": ")
	}
	b.WriteString("expected ")
	b.WriteString(p.Expected)
	if p.Got != "" {
		b.WriteString(", got ")
		b.WriteString(p.Got)
	}
	if p.Nearest != "" {
		fmt.Fprintf(&b, " (nearest: %s)", p.Nearest)
	}
	return b.String()
}

// Violations is the error of a failed check: at most ten problems, at most 2 KiB
// of text.
type Violations struct {
	Problems []Problem
	More     int // problems beyond the ten
}

// Error returns all problems in one line of at most 2 KiB.
func (v *Violations) Error() string {
	var b strings.Builder
	b.WriteString("the arguments do not fit: ")
	left := v.More
	for i, p := range v.Problems {
		s := p.String()
		if i > 0 {
			s = "; " + s
		}
		if b.Len()+len(s) > maxViolationBytes-64 {
			left += len(v.Problems) - i
			break
		}
		b.WriteString(s)
	}
	if left > 0 {
		fmt.Fprintf(&b, "; and %d more", left)
	}
	return b.String()
}

// add keeps the problem, shortened, if there is room for it.
func (v *Violations) add(p Problem) {
	if slices.Contains(v.Problems, p) {
		return
	}
	if len(v.Problems) >= maxProblems {
		v.More++
		return
	}
	v.Problems = append(v.Problems, p.short())
}

// short returns the problem with no text in it longer than can be read.
func (p Problem) short() Problem {
	return Problem{
		Path:     clipPath(visible(p.Path)),
		Expected: clip(visible(p.Expected), 400),
		Got:      clip(visible(p.Got), 80),
		Nearest:  clip(visible(p.Nearest), 80),
	}
}

// clipPath shortens a long path in the middle: both ends tell more.
func clipPath(path string) string {
	const head, tail = 60, 97
	if len(path) <= head+tail+3 {
		return path
	}
	return strings.ToValidUTF8(path[:head], "") + "…" + strings.ToValidUTF8(path[len(path)-tail:], "")
}

func (v *Violations) full() bool { return len(v.Problems) >= maxProblems }

// err returns v where it holds a problem.
func (v *Violations) err() error {
	if len(v.Problems) == 0 {
		return nil
	}
	return v
}

// kindWords says what a value is without telling it.
func kindWords(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		if v == "" {
			return "empty text"
		}
		return fmt.Sprintf("text of %d characters", utf8.RuneCountInString(v))
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case map[string]any:
		return fmt.Sprintf("an object with %d keys", len(v))
	}
	switch kindOf(v) {
	case kindInteger:
		return "an integer"
	case kindNumber:
		return "a number"
	}
	return fmt.Sprintf("a value that JSON does not have (%T)", v)
}
