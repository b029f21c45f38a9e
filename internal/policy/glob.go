package policy

import (
	"strings"
	"unicode/utf8"
)

// glob is a compiled pattern: * is any run of characters, also none and also dots;
// ? is one character; everything else is itself.
type glob struct {
	text string
	one  bool // it has a ?
	many bool // it has a *
	// What stands before the first *, behind the last, and between; for globs
	// without a ?.
	prefix, suffix string
	middle         []string
	// needed is the longest text without * and ?, for globs with a ?: most texts
	// lack it, which is seen at once.
	needed string
}

func compileGlob(text string) glob {
	g := glob{text: text, one: strings.Contains(text, "?"), many: strings.Contains(text, "*")}
	if g.one {
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '*' || r == '?' }) {
			if len(part) > len(g.needed) {
				g.needed = part
			}
		}
	}
	if g.one || !g.many {
		return g
	}
	parts := strings.Split(text, "*")
	last := len(parts) - 1
	g.prefix, g.suffix = parts[0], parts[last]
	for _, part := range parts[1:last] {
		if part != "" {
			g.middle = append(g.middle, part)
		}
	}
	return g
}

// matches reports whether the glob stands for s as a whole. It never tries again
// what it has passed: the time is at most that of len(s) times the pattern.
func (g *glob) matches(s string) bool {
	switch {
	case g.one:
		return strings.Contains(s, g.needed) && matchRunes(g.text, s)
	case !g.many:
		return g.text == s
	case len(s) < len(g.prefix)+len(g.suffix) || !strings.HasPrefix(s, g.prefix) || !strings.HasSuffix(s, g.suffix):
		return false
	}
	s = s[len(g.prefix) : len(s)-len(g.suffix)]
	for _, part := range g.middle {
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return true
}

// matchRunes walks through both texts. On a mismatch the last * takes one
// character more; earlier ones need no second look, since what they passed over
// could only have been longer.
func matchRunes(pattern, s string) bool {
	p, i := 0, 0
	star, from := -1, 0 // behind the last *, and where it began to match
	for i < len(s) {
		_, width := utf8.DecodeRuneInString(s[i:])
		if p < len(pattern) {
			if pattern[p] == '*' {
				p++
				star, from = p, i
				continue
			}
			_, n := utf8.DecodeRuneInString(pattern[p:])
			if pattern[p] == '?' || pattern[p:p+n] == s[i:i+width] {
				p, i = p+n, i+width
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[from:])
		from += n
		p, i = star, from
	}
	return strings.Trim(pattern[p:], "*") == ""
}
