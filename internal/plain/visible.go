package plain

import (
	"fmt"
	"strings"
	"unicode"
)

// Visible returns s with every character that a reader would not see, but for
// spaces and line ends, written as an escape such as \u202e. It is for texts in
// which nothing may be hidden and nothing may be left out.
func Visible(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\n', r == ' ', unicode.IsPrint(r) && visible(r, 0) == r:
			b.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
