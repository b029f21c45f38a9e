package plain

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// What is taken out of a description.
var (
	terminalCode = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\x1b\\]|\u009d)[^\x07\x1b\u009c]*(?:\x07|\x1b\\\\|\u009c)?")
	// A picture leaves the words that stand for it.
	picture      = regexp.MustCompile(`!\[([^\]]*)\](?:\([^)]*\)?|\[[^\]]*\]?)?`)
	pictureStart = regexp.MustCompile(`(?:! ?)+\[`)
	pictureTag   = regexp.MustCompile(`(?i)<\s*(?:img|image|svg|iframe|object|embed|video|audio|source|link|script|style)\b[^>]*>?`)
	query        = regexp.MustCompile("([A-Za-z][A-Za-z0-9+.-]*://[^\\s?#<>()\"'`]*)[?#][^\\s<>()\"'`\\]]*")
)

// The work that one text may cause: bytes that are read for each byte of the
// limit, and pictures in pictures.
const (
	readFactor = 4
	maxNested  = 8
)

// Description returns a text of others as [Line] does, in normal form (NFC),
// without terminal codes, without pictures, which some clients fetch, and without
// the query strings of links: both can carry something away. It is at most limit
// bytes long, not counting the sign that it was cut.
func Description(s string, limit int) string {
	if len(s) > readFactor*limit {
		s = s[:readFactor*limit]
	}
	if strings.ContainsAny(s, "\x1b\u009b\u009d") {
		s = terminalCode.ReplaceAllString(s, "")
	}
	// Invisible characters go next, or they would hide the rest from the patterns.
	s = Line(norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")), 2*readFactor*limit)
	if strings.Contains(s, "![") || strings.Contains(s, "<") {
		s = withoutPictures(s)
	}
	if strings.Contains(s, "://") {
		s = query.ReplaceAllString(s, "$1")
	}
	return Line(norm.NFC.String(s), limit) // what is next to each other now may combine
}

func withoutPictures(s string) string {
	for range maxNested {
		next := pictureTag.ReplaceAllString(picture.ReplaceAllString(s, "$1"), "")
		if next == s {
			return pictureStart.ReplaceAllString(s, "[")
		}
		s = next
	}
	return pictureStart.ReplaceAllString(strings.ReplaceAll(s, "<", ""), "[")
}
