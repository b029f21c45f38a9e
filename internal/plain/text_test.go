package plain_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

func TestTextKeepsWhatAReaderSees(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                     "",
		"a\n\tb  c ":                           "a\n\tb  c ",
		"a\r\nb\rc\u2028d\u2029e\u0085f":       "a\nb\nc\nd\ne\nf",
		"Grüße, 你好, שלום 🎉":                    "Grüße, 你好, שלום 🎉",
		"a\u00a0b\u2003c":                      "a b c",
		"a\x00\x07\x7f\u0080b":                 "ab",
		"\x1b[31mred\x1b[0m \x1b[2Jx":          "red x",
		"\x1b]8;;http://x\x1b\\link\x1b]0;t\a": "link",
		"\x1b]never ends\nnext":                "]never ends\nnext",
		"\x1b[1\u202e":                         "[1",
		"tail\x1b":                             "tail",
		"a\u200bb\u202ec\u2066d\ufeffe\u00ad":  "abcde",
		"x\U000e0041\U000e0042\U000e007f":      "x",
		"❤\ufe0f":                              "❤\ufe0f",
		"a\ufe00\ufe01\ufe02\U000e0100":        "a\ufe00",
		"\ufe0fa":                              "a",
		"\u3164\u115f\u2800\u034f":             "",
		"a\xffb\xc3":                           "a\ufffdb\ufffd",
		"\ue000private":                        "private",
		"new sign \U0001FAE9":                  "new sign \U0001FAE9",
	} {
		if got := plain.Text(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b[31m\u202e\xff\ufe0f\ufe0f\r\n")
	f.Add("\x1b]8;;\x1b\x1b\\\U000e0041")
	f.Fuzz(func(t *testing.T, s string) {
		got := plain.Text(s)
		switch {
		case !utf8.ValidString(got):
			t.Errorf("%q: %q is no UTF-8", s, got)
		case plain.Text(got) != got:
			t.Errorf("%q: once %q, twice %q", s, got, plain.Text(got))
		case strings.ContainsFunc(got, func(r rune) bool {
			return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
		}):
			t.Errorf("%q: %q has what no reader sees", s, got)
		}
	})
}
