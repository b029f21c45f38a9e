package schemas

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxDescription is the length that every client shows in full (VS Code cuts a
// description at 1,024).
const maxDescription = 1024

var (
	reANSI  = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]`)
	reImage = regexp.MustCompile(`!\[([^\]\n]*)\]\([^)\n]*\)`)
	reLink  = regexp.MustCompile(`\[([^\]\n]+)\]\([^)\n]*\)`)
	reTag   = regexp.MustCompile(`</?[A-Za-z][^<>\n]*>|<!--[^>]*-->`)
	reQuery = regexp.MustCompile(`(https?://[^\s?#)>"']+)[?#][^\s)>"']*`)
)

// cleanText makes text from upstream fit to be read by a model: plain, on one
// line, nothing invisible in it, no pictures, no queries in links.
func cleanText(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > 16*maxDescription {
		s = s[:16*maxDescription]
	}
	s = visible(s)
	s = reImage.ReplaceAllString(s, "$1")
	s = reLink.ReplaceAllString(s, "$1")
	s = reTag.ReplaceAllString(s, " ")
	s = reQuery.ReplaceAllString(s, "$1")
	s = strings.ReplaceAll(s, "**", "")
	return strings.Join(strings.Fields(s), " ")
}

// oneLine is visible text without line breaks.
func oneLine(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }

// visible drops what a person would not see: controls, bidirectional marks,
// zero-width and tag characters, variation selectors, private use.
func visible(s string) string {
	if plainASCII(s) {
		return s
	}
	s = reANSI.ReplaceAllString(strings.ToValidUTF8(s, ""), "")
	s = norm.NFC.String(s)
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.C, unicode.Variation_Selector), r == 0x034F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0:
			return -1
		}
		return r
	}, s)
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x7f || c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// clip cuts s to at most limit bytes, between words where it can.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	const mark = "…"
	if limit <= len(mark) {
		return ""
	}
	cut := limit - len(mark)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	s = s[:cut]
	if i := strings.LastIndexByte(s, ' '); i > cut*2/3 {
		s = s[:i]
	}
	return strings.TrimRight(s, " ,;:") + mark
}
