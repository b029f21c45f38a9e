package alloy

import (
	"html"
	"regexp"
	"strings"
	"unicode"
)

// Texts from Alloy end up in front of people and models. What looks like a
// secret is taken out of them, wherever it came from.
var (
	jwtPattern    = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?`)
	paramPattern  = regexp.MustCompile(`(?i)((?:token|secret|password|api[_-]?key|authorization|signature)(?:"|')?(?:=|%3D)(?:"|')?)[^\s"'&,;<>\\]+`)
	bearerPattern = regexp.MustCompile(`(?i)(\bbearer\s+)[^\s"'&,;<>\\]{6,}`)
	notionPattern = regexp.MustCompile(`\b(?:secret|ntn)_[A-Za-z0-9]{8,}`)
)

const (
	maxMessage = 600 // characters of a message from Alloy
	maxHTML    = 300 // characters of a page's text
	minSecret  = 4   // shorter keys would match inside words
)

// scrubber takes secrets out of texts.
type scrubber struct{ keys []string }

// know adds an API key that a request carried.
func (s *scrubber) know(key string) {
	if len(key) >= minSecret {
		s.keys = append(s.keys, key)
	}
}

func (s *scrubber) text(text string) string {
	for _, key := range s.keys {
		text = strings.ReplaceAll(text, key, redacted)
	}
	if !suspicious(text) {
		return text
	}
	text = jwtPattern.ReplaceAllString(text, redacted)
	text = paramPattern.ReplaceAllString(text, "${1}"+redacted)
	text = bearerPattern.ReplaceAllString(text, "${1}"+redacted)
	return notionPattern.ReplaceAllString(text, redacted)
}

// suspicious is a cheap first look, since nearly no text holds a secret.
func suspicious(text string) bool {
	return strings.Contains(text, "eyJ") || strings.ContainsAny(text, "=%_") || strings.Contains(strings.ToLower(text), "bearer")
}

// oneLine makes text fit for one line of at most limit characters: runs of
// white space become one space, control and invisible characters vanish.
func oneLine(text string, limit int) string {
	text = withoutSequences(text)
	var b strings.Builder
	space, n := false, 0
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			space = n > 0
			continue
		case unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs) || r >= 0xE0000 && r <= 0xE0FFF:
			continue
		}
		if space && n < limit {
			b.WriteByte(' ')
			n++
		}
		space = false
		if n >= limit {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// withoutSequences takes out what sets the colours of a terminal or moves its cursor
// (ECMA-48, CSI): without its escape character the rest would be seen as text.
func withoutSequences(text string) string {
	head, rest, found := strings.Cut(text, "\x1b[")
	if !found {
		return text
	}
	var b strings.Builder
	b.WriteString(head)
	for part := range strings.SplitSeq(rest, "\x1b[") {
		end := strings.IndexFunc(part, func(r rune) bool { return r < ' ' || r > '?' })
		if end < 0 {
			continue // it is cut off
		}
		if part[end] >= '@' && part[end] <= '~' {
			end++
		}
		b.WriteString(part[end:])
	}
	return b.String()
}

var (
	scriptPattern = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(?:script|style|head)\s*>`)
	tagPattern    = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>?`)
	routePattern  = regexp.MustCompile(`Cannot (?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /\S*`)
)

// looksLikeHTML reports whether a body that is not JSON is a web page.
func looksLikeHTML(text string) bool {
	start := strings.ToLower(text[:min(len(text), 512)])
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html") ||
		strings.Contains(start, "<body") || strings.Contains(start, "<pre>") || strings.Contains(start, "<head")
}

// pageText returns the words of a web page, and what Express says where it
// has no route: "Cannot GET /…" (observed).
func pageText(page string) (text, route string) {
	page = page[:min(len(page), 64<<10)]
	stripped := tagPattern.ReplaceAllString(scriptPattern.ReplaceAllString(page, " "), " ")
	if strings.TrimSpace(stripped) == "" { // everything stood in the head
		stripped = tagPattern.ReplaceAllString(page, " ")
	}
	text = oneLine(html.UnescapeString(stripped), maxHTML)
	return text, oneLine(routePattern.FindString(text), maxHTML)
}
