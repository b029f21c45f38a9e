package schemas

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"sync"
)

// pattern returns a regular expression, or nil and a note where RE2 cannot run
// it, or only at a price: look-ahead is no reason to lose a schema.
func (r *reader) pattern(text string) *pattern {
	if len(text) > maxPatternBytes {
		r.notes.patterns++
		return nil
	}
	text = fromECMA(text)
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		r.notes.patterns++
		return nil
	}
	size := programSize(re)
	if r.programs += size; size > maxProgram || r.programs > maxPrograms {
		r.notes.patterns++
		return nil
	}
	return &pattern{text: text, size: size}
}

// programSize estimates the instructions of an expression without compiling it.
func programSize(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)/2
	for _, sub := range re.Sub {
		size += programSize(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(1, re.Min, re.Max)
	}
	return min(size, 1<<20)
}

// fromECMA rewrites what JavaScript's expressions write otherwise: \uXXXX, \cX
// are not known to RE2, an escaped slash is.
func fromECMA(text string) string {
	if !strings.Contains(text, `\u`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 >= len(text) {
			b.WriteByte(text[i])
			continue
		}
		if text[i+1] == 'u' && i+6 <= len(text) {
			if code, err := strconv.ParseUint(text[i+2:i+6], 16, 32); err == nil {
				fmt.Fprintf(&b, `\x{%x}`, code)
				i += 5
				continue
			}
		}
		b.WriteString(text[i : i+2])
		i++
	}
	return b.String()
}

// pattern is a regular expression that is compiled when it is first used: a
// tool list needs none.
type pattern struct {
	text string
	size int // of the program, about: the time per byte grows with it
	once sync.Once
	re   *regexp.Regexp
}

func (p *pattern) matches(s string) bool {
	p.once.Do(func() {
		if re, err := regexp.Compile(p.text); err == nil { // the linter has parsed it before
			p.re = re
		}
	})
	return p.re == nil || p.re.MatchString(s)
}
