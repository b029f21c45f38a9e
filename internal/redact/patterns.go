package redact

import (
	"regexp"
	"strings"
)

// The forms of a secret. None of them matches what it leaves behind, so that a
// clean text stays as it is.
var (
	// Three to five parts: a signed or an encrypted token (RFC 7515, RFC 7516).
	jwtForm = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){2,4}`)
	// The two schemes that carry the secret itself (RFC 6750, RFC 7617).
	schemeForm = regexp.MustCompile(`(?i)((?:bearer|basic)(?:\s|\\[nrt]|%20|\+|:)+)([A-Za-z0-9._~+/=-]{6,})`)
	// Notion's own tokens, old and new (official), and those of this program.
	tokenForm = regexp.MustCompile(`(?:secret|ntn|amcp)_[A-Za-z0-9_-]{8,}`)
	// name=value where the name alone says that it is a secret.
	assignedForm = regexp.MustCompile(`(?i)([a-z0-9_.-]*(?:token|secret|password|passwd|api[_-]?key))(=|\\u003d)([^\s&"'<>#\\]+)`)
	// The same inside a URL that stands in a URL.
	assignedEscapedForm = regexp.MustCompile(`(?i)(?:%[0-9a-f]{2})?([a-z0-9_.-]*(?:token|secret|password|passwd|api[_-]?key))(%3d)((?:[^\s&"'<>#\\%]|%(?:[013-9a-f][0-9a-f]|2[0-57-9a-f]))+)`)
	// Parameters of an OAuth redirect whose names are too common outside URLs.
	queryForm = regexp.MustCompile(`(?i)((?:[?&]|%3f|%26|\\u0026)(?:code|state|key|sig|signature)(?:=|%3d|\\u003d))([^\s&"'<>#\\%]+)`)
	// The password in a URL (RFC 3986, userinfo).
	userinfoForm = regexp.MustCompile(`(://[^/\s:@"'<>\\?#]*:)([^/\s@"'<>\\?#\[]+)@`)
	// A header line.
	headerForm = regexp.MustCompile(`(?i)((?:authorization|x-api-key):[ \t]*(?:[a-z]+ +)?)([^\s"'\\,\[]{6,})`)
	cookieForm = regexp.MustCompile(`(?i)(cookie:[ \t]*)([^\r\n"'\\]{3,})`)
	// A member of a JSON object, and of one that stands in a JSON string.
	memberForm        = regexp.MustCompile(`(?i)"([a-z0-9_.-]*(?:tokens?|secret|password|passwd|authorization|key|cookie|oauth_?url))"\s*:\s*\[?\s*"((?:[^"\\]|\\.)+)"`)
	memberEscapedForm = regexp.MustCompile(`(?i)\\"([a-z0-9_.-]*(?:tokens?|secret|password|passwd|authorization|key|cookie|oauth_?url))\\"\s*:\s*\[?\s*\\"((?:[^"\\]|\\\\\\.|\\\\[^\\])+)\\"`)
	// Hexadecimal digits right behind the word token. 24 is the length of Alloy's
	// ids too, so the word alone, not "tokens", must stand before them.
	// Between quotes on both sides or without one on the left, since a number that
	// is a JSON value must stay one.
	hexForm = regexp.MustCompile(`(?i)(token(?:\\*["'][\s:=]+\\*["']|(?:\s+(?:is|was)\s+|[\s:=]+)["'\\]*))([0-9a-f]{24,})`)
)

// scrubPatterns removes what has the form of a secret.
func scrubPatterns(text string) string {
	seen := triggers(text)
	if seen == 0 {
		return text
	}
	if seen&triggerJWT != 0 {
		text = jwtForm.ReplaceAllLiteralString(text, Mask)
	}
	if seen&triggerScheme != 0 {
		text = replaceLast(schemeForm, text, func(m []string) bool { return !isProse(m[2]) })
	}
	if seen&triggerQuery != 0 {
		text = replaceLast(queryForm, text, always)
	}
	if seen&triggerURL != 0 {
		text = replaceLast(userinfoForm, text, always)
	}
	if seen&triggerName == 0 {
		return text
	}
	text = tokenForm.ReplaceAllStringFunc(text, func(m string) string {
		if isIdentifier(m) {
			return m
		}
		return Mask
	})
	named := func(m []string) bool { return SecretName(m[1]) }
	text = replaceLast(assignedForm, text, named)
	text = replaceLast(assignedEscapedForm, text, named)
	text = replaceLast(headerForm, text, func(m []string) bool { return !isProse(m[2]) })
	text = replaceLast(cookieForm, text, always)
	text = replaceLast(memberForm, text, named)
	text = replaceLast(memberEscapedForm, text, named)
	return replaceLast(hexForm, text, always)
}

func always([]string) bool { return true }

// replaceLast puts Mask in place of the last group of each match that secret
// says yes to; it gets the groups.
func replaceLast(form *regexp.Regexp, text string, secret func(groups []string) bool) string {
	matches := form.FindAllStringSubmatchIndex(text, -1)
	if len(matches) == 0 {
		return text
	}
	var b strings.Builder
	from := 0
	for _, match := range matches {
		groups := make([]string, len(match)/2)
		for i := range groups {
			groups[i] = text[match[2*i]:match[2*i+1]]
		}
		if !secret(groups) {
			continue
		}
		b.WriteString(text[from:match[len(match)-2]])
		b.WriteString(Mask)
		from = match[len(match)-1]
	}
	b.WriteString(text[from:])
	return b.String()
}

// isProse reports whether s is a word of a sentence ("Bearer token", "Basic
// Authentication") and no credential.
func isProse(s string) bool {
	s = strings.TrimRight(s, ".:")
	if len(s) > 16 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (i > 0 || c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// isIdentifier reports whether s is the name of something ("secret_manager") and
// no token, which has digits or capitals in it.
func isIdentifier(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return len(s) < 40
}

// What a text must hold for a form to be worth looking for.
const (
	triggerJWT = 1 << iota
	triggerScheme
	triggerQuery
	triggerURL
	triggerName
)

// triggers looks once through text for the words that the forms begin with, so
// that a text without any costs one pass.
func triggers(text string) int {
	seen := 0
	for i := range len(text) {
		rest := text[i:]
		switch text[i] | 0x20 {
		case ':':
			if strings.HasPrefix(rest, "://") {
				seen |= triggerURL
			}
		case 'e':
			if strings.HasPrefix(rest, "eyJ") {
				seen |= triggerJWT
			}
		case 'b':
			if hasFold(rest, "bearer") || hasFold(rest, "basic") {
				seen |= triggerScheme
			}
		case '=', 'd': // "=", and the last character of "%3d" and "\u003d"; 0x1d is no text
			if seen&triggerQuery == 0 && endsQueryName(text[:i]) {
				seen |= triggerQuery
			}
		case 'n':
			if strings.HasPrefix(rest, "ntn_") {
				seen |= triggerName
			}
		case 't':
			if hasFold(rest, "token") {
				seen |= triggerName
			}
		case 's':
			if hasFold(rest, "secret") {
				seen |= triggerName
			}
		case 'p':
			if hasFold(rest, "passw") {
				seen |= triggerName
			}
		case 'k':
			if hasFold(rest, "key") {
				seen |= triggerName
			}
		case 'c':
			if hasFold(rest, "cookie") {
				seen |= triggerName
			}
		case 'a':
			if hasFold(rest, "authorization") || strings.HasPrefix(rest, "amcp_") {
				seen |= triggerName
			}
		case 'o':
			if hasFold(rest, "oauth") {
				seen |= triggerName
			}
		}
	}
	return seen
}

// endsQueryName reports whether before, the text in front of an equals sign, may
// end with a parameter that queryForm knows.
func endsQueryName(before string) bool {
	before = strings.TrimSuffix(strings.TrimSuffix(before, "%3"), `\u003`)
	for _, name := range [...]string{"code", "state", "key", "sig", "signature"} {
		if len(before) > len(name) && hasFold(before[len(before)-len(name):], name) {
			return true
		}
	}
	return false
}

// hasFold reports whether s begins with prefix, which is in lower case, without
// regard to the case of ASCII letters.
func hasFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if s[i]|0x20 != prefix[i] {
			return false
		}
	}
	return true
}
