package schemas

import (
	"regexp"
	"strconv"
	"strings"
)

// headerText writes a value as a header does; false where it cannot.
func headerText(v any) (string, bool) {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case bool:
		s = strconv.FormatBool(v)
	case nil, map[string]any, []any:
		return "", false
	default:
		s = numberText(v)
	}
	for i := range len(s) {
		if s[i] < 0x20 && s[i] != '\t' || s[i] == 0x7f {
			return "", false
		}
	}
	return s, true
}

// placedText writes a value as a header or a part of the path holds it: a list as its
// items with commas between them, which is OpenAPI's way for both. No item may hold one.
func placedText(v any) (string, bool) {
	list, ok := v.([]any)
	if !ok {
		return headerText(v)
	}
	texts := make([]string, len(list))
	for i, x := range list {
		if texts[i], ok = headerText(x); !ok || texts[i] == "" || strings.Contains(texts[i], ",") {
			return "", false
		}
	}
	return strings.Join(texts, ","), len(list) > 0
}

// placed is a value as it is sent in the path: that of a list is text.
func placed(v any) any {
	if _, ok := v.([]any); ok {
		v, _ = placedText(v)
	}
	return v
}

// unplaced is the inverse of placed and placedText: it gives a text the type that the
// schema has.
func unplaced(f *field, v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	c, x := &converter{}, viewOf(f.node)
	if x.kinds != kindArray {
		return c.coerce(x, f.node, text, f.name)
	}
	var list []any
	for part := range strings.SplitSeq(text, ",") {
		list = append(list, c.coerce(viewOf(x.item), x.item, part, f.name))
	}
	return list
}

// headerName says whether s may name a header (RFC 9110, token).
func headerName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// pathProblem says why a value may not stand in the path of a request: Alloy
// puts it into the provider's URL, where "../" would reach another resource.
func pathProblem(n *node, v any) string {
	s, ok := placedText(v)
	if !ok || !mayBePlaced(n, v) {
		return "text, a number or a boolean without control characters" + orList(n)
	}
	low := strings.ToLower(s)
	switch {
	case s == "":
		return "a value that is not empty"
	case climbs(low):
		return "a value that does not lead to another path: no two dots in a row"
	case strings.Contains(s, `\`) || reEscapedControl.MatchString(low):
		return `a value without \ or control characters`
	case reReserved.MatchString(low) && !allowsReserved(n, v):
		return "a value without / ? # or their escapes"
	}
	return ""
}

// mayBePlaced says whether a value may stand in the path or a header: a list only
// where the schema is one of lists.
func mayBePlaced(n *node, v any) bool {
	x := viewOf(n)
	return kindOf(v) != kindArray || x.kinds&kindArray != 0 && !x.untyped()
}

// orList names lists where the schema has them.
func orList(n *node) string {
	if !mayBePlaced(n, []any{}) {
		return ""
	}
	return ", or a list of these without commas in them"
}

var (
	reReserved       = regexp.MustCompile(`[/?#]|%2f|%5c|%3f|%23`)
	reEscapedControl = regexp.MustCompile(`%[01][0-9a-f]|%7f`)
)

// climbs finds ".." anywhere, escaped or not, and a value that is one dot.
func climbs(low string) bool {
	low = strings.ReplaceAll(low, "%2e", ".")
	return low == "." || strings.Contains(low, "..")
}

// allowsReserved says whether the schema itself names such values: by an enum,
// by a pattern with a slash in it, or by allowReserved.
func allowsReserved(n *node, v any) bool {
	if n == nil {
		return false
	}
	s, _ := headerText(v)
	for _, f := range viewOf(n).facts {
		_, listed := f.enumSet[canonical(v)]
		if f.allowReserved || listed || f.pattern != nil && strings.Contains(f.pattern.text, "/") && f.pattern.matches(s) {
			return true
		}
	}
	return false
}
