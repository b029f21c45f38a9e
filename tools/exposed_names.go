package tools

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxExposedName leaves room for the prefixes of clients, the longest of which has
// 25 characters for a server of ours ("mcp__plugin_alloy_alloy__"), in 64.
const maxExposedName = 40

// exposedNames names the tools of actions, in their order: connector_action in small
// letters. A name that had to be cut, that leaves out signs of the id, that two actions
// would share, or that is taken ends in a hash of the whole id, so it does not depend on
// the order, and hardly on what else is exposed.
func exposedNames(list []exposable, taken func(string) bool) []string {
	names, count := make([]string, len(list)), make(map[string]int, len(list))
	for i, e := range list {
		names[i] = toolName(e.id)
		count[names[i]]++
	}
	used := make(map[string]bool, len(list))
	for i, e := range list {
		name := names[i]
		for digits := 6; len(name) > maxExposedName || name == names[i] && strings.ContainsFunc(list[i].id, isOdd) || count[name] > 1 || taken(name) || used[name]; digits += 2 {
			name = hashedName(names[i], e.id, digits)
		}
		names[i], used[name] = name, true
	}
	return names
}

// isOdd reports whether a sign of an id is neither in its tool's name nor one of those
// that commonly stand between words.
func isOdd(r rune) bool {
	return r >= 0x80 || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '-' && r != '_'
}

// hashedName makes a name distinct.
func hashedName(name, id string, digits int) string {
	sum := sha256.Sum256([]byte(id))
	if limit := maxExposedName - digits - 1; len(name) > limit {
		name = strings.TrimRight(name[:limit], "_")
	}
	return name + "_" + hex.EncodeToString(sum[:])[:digits]
}

// toolName writes an action's id with small letters, digits and single underscores:
// hubspot.getContactById becomes hubspot_get_contact_by_id.
func toolName(id string) string {
	var b strings.Builder
	gap, last := false, rune(0)
	runes := []rune(norm.NFKD.String(id))
	for i, r := range runes {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case r >= 0x80 || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			gap, last = true, 0
			continue
		case unicode.IsUpper(r):
			begins := i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(last) // the last letter of HTTPServer's HTTP
			gap = gap || begins || unicode.IsLower(last) || unicode.IsDigit(last)
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		gap, last = false, r
		b.WriteRune(unicode.ToLower(r))
	}
	name := b.String()
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return strings.TrimRight("app_"+name, "_")
	}
	return name
}
