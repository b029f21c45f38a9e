package policy

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "slack.chat.postMessage", true},
		{"slack.*", "slack.chat.postMessage", true},
		{"slack.*", "slackbot.post", false},
		{"slack.*", "slack", false},
		{"*.post", "a.post", true},
		{"*.post", "a.posts", false},
		{"*Contact*", "hubspot.searchContacts", true},
		{"*contact*", "hubspot.searchContacts", false},
		{"a*b*c", "abc", true},
		{"a*b*c", "a-c-b", false},
		{"a*b*c", "axbxbxc", true},
		{"ab*ba", "aba", false},
		{"ab*ba", "abba", true},
		{"a**b", "ab", true},
		{"*a*a*", "a", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"a?c", "aéc", true},
		{"?*", "", false},
		{"*?", "é", true},
		{"*?b", "aab", true},
		{"?*?", "a", false},
		{"*.?", "a.b.c", true},
		{"x.a:b/c#d", "x.a:b/c#d", true},
		{"[ab]", "a", false},
		{`\*`, `\abc`, true},
		{"a?", "a\xff", true},
	} {
		g := compileGlob(test.pattern)
		if got := g.matches(test.text); got != test.want {
			t.Errorf("%q matches %q: %v, want %v", test.pattern, test.text, got, test.want)
		}
	}
}

func TestGlobsTakeLinearTime(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a", 4096)
	for _, pattern := range []string{
		strings.Repeat("a*", 500) + "b", strings.Repeat("*a", 500) + "b", strings.Repeat("?*", 500) + "b", strings.Repeat("*?a", 300) + "b", strings.Repeat("*", 1000) + "b",
	} {
		g := compileGlob(pattern)
		begun := time.Now()
		if g.matches(text) {
			t.Errorf("%.20q… matches", pattern)
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%.20q… took %s", pattern, took)
		}
	}
}

// matchSimply is the plainest way to say what a glob means.
func matchSimply(pattern, text []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(text) == 0
	case pattern[0] == '*':
		return matchSimply(pattern[1:], text) || len(text) > 0 && matchSimply(pattern, text[1:])
	case len(text) == 0:
		return false
	}
	return (pattern[0] == '?' || pattern[0] == text[0]) && matchSimply(pattern[1:], text[1:])
}

func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{{"a*b*c", "axbxc"}, {"*?*", "é"}, {"ab*ba", "aba"}, {"*a*a*", "aa"}, {"a?c*", "abcd"}, {"", ""}, {"**", "x"}, {"*aab", "aaab"}, {"*?ab", "aaab"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 16 || len(text) > 24 || !utf8.ValidString(pattern) || !utf8.ValidString(text) {
			t.Skip()
		}
		g := compileGlob(pattern)
		if got, want := g.matches(text), matchSimply([]rune(pattern), []rune(text)); got != want {
			t.Errorf("%q matches %q: %v, want %v", pattern, text, got, want)
		}
	})
}
