package shape

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What is replaced by a note, unless fields names it.
const (
	minBase64 = 256   // characters
	minHTML   = 2_000 // characters
	minTags   = 3
	maxLook   = 64 << 10 // bytes in which the tags must be
)

// noted is the note that stands for a text that tells a reader nothing as it is, or
// has no text.
func noted(text string, at *place) shownText {
	if len(text) < minBase64 {
		return shownText{}
	}
	if kind, size, ok := binary(text, at); ok {
		return shownText{fmt.Sprintf("[base64%s, %s bytes]", kind, grouped(size)), Elided{Base64: 1}}
	}
	if len(text) > minHTML && isHTML(text[:min(len(text), maxLook)]) {
		if n := utf8.RuneCountInString(text); n > minHTML {
			return shownText{fmt.Sprintf("[html, %s characters: name it in fields to get it]", grouped(n)), Elided{HTML: 1}}
		}
	}
	return shownText{}
}

// binary reports whether a text is data in base64, alone or in a data URL, its
// media type and how many bytes it stands for.
func binary(text string, at *place) (kind string, size int, ok bool) {
	body := text
	if head, _, found := strings.Cut(text[:min(len(text), 200)], ";base64,"); found && strings.HasPrefix(head, "data:") {
		body = text[len(head)+len(";base64,"):]
		kind = mediaType(head)
	} else if isHandle(at) {
		return "", 0, false
	}
	n, ok := base64Length(body, kind == "")
	if !ok {
		return "", 0, false
	}
	return kind, base64.RawStdEncoding.DecodedLen(n), true
}

// mediaType is " image/png" of a data URL that says so.
func mediaType(head string) string {
	kind := strings.TrimPrefix(head, "data:")
	kind, _, _ = strings.Cut(kind, ";")
	if kind == "" || len(kind) > 60 || strings.ContainsFunc(kind, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '[' || r == ']' }) {
		return " data"
	}
	return " " + kind
}

// base64Length is the number of base64 digits of a text of nothing else than those,
// line ends and padding. A text that stands alone must also mix letters and digits
// as data does, and rows of one sign do not.
func base64Length(text string, alone bool) (int, bool) {
	digits, lower, upper, numbers := 0, false, false, false
	text = strings.TrimRight(text, "=\r\n")
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= '0' && c <= '9':
			numbers = true
		case c == '+', c == '/', c == '-', c == '_':
		case c == '\n', c == '\r':
			continue
		default:
			return 0, false
		}
		digits++
	}
	return digits, digits > 0 && (!alone || lower && upper && numbers)
}

// isHandle reports whether the name of the place says that its text is needed
// as it is, to ask for more with it.
func isHandle(at *place) bool {
	if at == nil || at.inList {
		return false
	}
	name := strings.ToLower(at.name)
	for _, word := range []string{"cursor", "token", "next", "after", "page"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return strings.HasSuffix(name, "id") || strings.HasSuffix(name, "key")
}

// isHTML reports whether a text has tags that pages and mails are made of.
func isHTML(text string) bool {
	for tags := 0; tags < minTags; {
		i := strings.IndexByte(text, '<')
		if i < 0 {
			return false
		}
		text = strings.TrimPrefix(text[i+1:], "/")
		n := 0
		for n < len(text) && n <= maxTagName && (text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z' || text[n] >= '0' && text[n] <= '9') {
			n++
		}
		if n < len(text) && strings.IndexByte("> \t\n/", text[n]) >= 0 && isTag(strings.ToLower(text[:n])) {
			tags++
		}
	}
	return true
}

const maxTagName = 8

func isTag(name string) bool {
	switch name {
	case "html", "head", "body", "div", "p", "span", "table", "tr", "td", "th", "a", "b", "i", "img", "br", "ul", "ol", "li",
		"h1", "h2", "h3", "h4", "h5", "h6", "style", "script", "font", "center", "strong", "em", "meta", "link":
		return true
	}
	return false
}

// grouped writes a number with commas.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
