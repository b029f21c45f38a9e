package schemas

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const maxName = 64

// validName says whether every model vendor accepts s as the name of a property.
func validName(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '_', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case c >= '0' && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return true
}

// named is something that needs a valid name of its own.
type named struct {
	orig string
	// where tells things of one name apart: "path", "query", "body", "header".
	where string
}

// assignNames gives every item a valid name, none twice and none of taken. A
// valid name is kept where it is the first of its kind; the result depends on
// the items and their order only.
func assignNames(items []named, taken map[string]bool) []string {
	out := make([]string, len(items))
	used := make(map[string]bool, len(items)+len(taken))
	for name := range taken {
		used[name] = true
	}
	for i, it := range items {
		if validName(it.orig) && !used[it.orig] {
			out[i] = it.orig
			used[it.orig] = true
		}
	}
	for i, it := range items {
		if out[i] != "" {
			continue
		}
		name := firstFree(it, used)
		out[i] = name
		used[name] = true
	}
	return out
}

func firstFree(it named, used map[string]bool) string {
	base := cleanName(it.orig)
	candidates := []string{base}
	if it.where != "" {
		candidates = append(candidates, shorten(it.where+"_"+base, it.orig))
	}
	candidates = append(candidates, suffixed(base, hash(it.where+"\x00"+it.orig, 6)))
	for _, name := range candidates {
		if validName(name) && !used[name] {
			return name
		}
	}
	for i := 2; ; i++ {
		if name := suffixed(base, strconv.Itoa(i)); !used[name] {
			return name
		}
	}
}

// cleanName writes a name with the letters that are allowed: page[cursor]
// becomes page_cursor, StartTime< becomes StartTime_lt.
func cleanName(orig string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(orig) {
		switch {
		case r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '_':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case r == '<':
			b.WriteString("_lt")
		case r == '>':
			b.WriteString("_gt")
		default:
			b.WriteByte('_')
		}
	}
	s := b.String()
	for strings.Contains(s, "__") {
		s = strings.ReplaceAll(s, "__", "_")
	}
	s = strings.Trim(s, "_")
	if s == "" {
		if orig == "" {
			return "unnamed"
		}
		return "field_" + hash(orig, 6)
	}
	if s[0] >= '0' && s[0] <= '9' {
		s = "_" + s
	}
	return shorten(s, orig)
}

// shorten keeps a long name distinct by a hash of the whole.
func shorten(s, orig string) string {
	if len(s) <= maxName {
		return s
	}
	return suffixed(s, hash(orig, 8))
}

func suffixed(s, end string) string {
	if limit := maxName - len(end) - 1; len(s) > limit {
		s = strings.TrimRight(s[:limit], "_")
	}
	return s + "_" + end
}

func hash(s string, n int) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:n]
}

// humanised writes a name as words: pageSize and page_size become "Page size".
func humanised(name string) string {
	var b strings.Builder
	var last rune
	for _, r := range name {
		switch {
		case r == '_' || r == '-' || r == '.' || unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r):
			r = ' '
		case unicode.IsUpper(r) && unicode.IsLower(last):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
			last = r
			continue
		}
		if r != ' ' || last != ' ' {
			b.WriteRune(r)
		}
		last = r
	}
	s := strings.TrimSpace(b.String())
	if s == "" {
		return "Value"
	}
	r := []rune(s)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}
