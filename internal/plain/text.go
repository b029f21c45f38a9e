package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s without what a reader cannot see: control, escape, invisible,
// bidirectional and tag characters, which can carry instructions that no person
// sees. Line ends and tabs stay, every other space becomes a plain one. The
// result is valid UTF-8, and Text changes it no further.
func Text(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	last := rune(0) // that was written
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\x1b':
			size = escapeLength(s[i:])
			r = 0
		case r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
			r = 0
		default:
			r = visible(r, last)
		}
		i += size
		if r != 0 {
			b.WriteRune(r)
			last = r
		}
	}
	return b.String()
}

// isPlain reports whether s is ASCII that Text leaves alone, as most text is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x7f || c < ' ' && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// visible is what a reader may see of r behind the rune before it, 0 for nothing.
func visible(r, before rune) rune {
	switch {
	case r == '\n', r == '\t', r >= ' ' && r < 0x7f:
		return r
	case r == '\r', r == '\u0085', r == '\u2028', r == '\u2029':
		return '\n'
	case unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), r == '\u2800':
		return 0
	case unicode.Is(unicode.Variation_Selector, r):
		// One of the first sixteen chooses how a sign looks; rows of them, and the
		// others, can hide a text.
		if r < 0xfe00 || r > 0xfe0f || before <= ' ' || unicode.Is(unicode.Variation_Selector, before) {
			return 0
		}
	}
	return r
}

// escapeLength is how many bytes the terminal sequence at the start of s has: one
// that sets colours or moves the cursor, one that sets a title or a link, or the
// escape character alone.
func escapeLength(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s) && s[i] >= ' ' && s[i] < 0x7f; i++ {
			if s[i] >= '@' {
				return i + 1
			}
		}
	case ']', 'P', 'X', '^', '_':
		for i := 2; i < len(s) && s[i] != '\n'; i++ {
			if s[i] == '\a' {
				return i + 1
			}
			if s[i] == '\x1b' {
				if strings.HasPrefix(s[i:], "\x1b\\") {
					return i + 2
				}
				break
			}
		}
	}
	return 1
}
