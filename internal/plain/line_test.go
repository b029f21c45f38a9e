package plain

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLineLeavesVisibleTextOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, want string }{
		{"plain", "Notion", "Notion"},
		{"spaces", "  a \n\t b  ", "a b"},
		{"ansi", "\x1b[31mred\x1b[0m", "[31mred[0m"},
		{"bidi", "abc\u202Edcb", "abcdcb"},
		{"zero width", "a\u200Bb\uFEFFc", "abc"},
		{"tags", "hi\U000E0041\U000E0042", "hi"},
		{"nul", "a\x00b", "ab"},
		{"bad utf-8", "a\xffb", "a\uFFFDb"},
		{"umlaut and emoji", "Übung 🎉", "Übung 🎉"},
	} {
		if got := Line(test.in, 100); got != test.want {
			t.Errorf("%s: Line(%q) = %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestLineKeepsTheLimit(t *testing.T) {
	t.Parallel()
	got := Line(strings.Repeat("ü ", 500), 50)
	if len(got) > 50+len("…") || !strings.HasSuffix(got, "…") || !utf8.ValidString(got) {
		t.Errorf("clean to 50 bytes = %d bytes: %q", len(got), got)
	}
}

func TestCleanCutsAtTheLimit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in    string
		limit int
		want  string
	}{
		{"abcde", 5, "abcde"}, {"abcdef", 5, "abcde…"}, {"abcde   ", 5, "abcde"}, {"abc d", 5, "abc d"}, {"abcd e", 5, "abcd…"}, {"üüü", 5, "üü…"}, {"ü", 1, "…"},
	} {
		if got := Line(test.in, test.limit); got != test.want {
			t.Errorf("Line(%q, %d) = %q, want %q", test.in, test.limit, got, test.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\u202Eb", 10)
	f.Add("\xff\xfe", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if limit < 1 || limit > 1_000 {
			return
		}
		once := Line(s, limit)
		if !utf8.ValidString(once) || len(once) > limit+len("…") {
			t.Errorf("Line(%q, %d) = %q", s, limit, once)
		}
		if again := Line(once, limit+len("…")+1); again != once {
			t.Errorf("not idempotent: %q then %q", once, again)
		}
	})
}
