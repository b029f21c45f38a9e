package alloy

import (
	"strings"
	"testing"
)

func TestTextsOfOthersAreOneLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":                           "plain",
		" a\r\n\t b ":                     "a b",
		"\x1b[31mred\x1b[0m":              "red",
		"a\x1b[1;31;4mb\x1b[2Jc":          "abc",
		"a\x1b[31":                        "a",
		"a\x1b[\x1b[31mb":                 "ab",
		"a\x1b[\u00e9":                    "a\u00e9",
		"a\x1bb\u200bc\u202ed\U000e0041e": "abcde",
		strings.Repeat("x", 30):           strings.Repeat("x", 20) + "…",
		strings.Repeat("x", 20) + " y":    strings.Repeat("x", 20) + "…",
		strings.Repeat("x", 19) + " y":    strings.Repeat("x", 19) + "…",
		strings.Repeat("x", 18) + " y ":   strings.Repeat("x", 18) + " y",
	} {
		if got := oneLine(text, 20); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
