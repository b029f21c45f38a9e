package index

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold lowers text and takes its accents off, so that "Créer" and "creer" are the
// same word.
func fold(text string) string {
	ascii := true
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(text)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(strings.ToValidUTF8(text, " "))) {
		switch r {
		case 'ß':
			b.WriteString("ss")
		case 'æ':
			b.WriteString("ae")
		case 'œ':
			b.WriteString("oe")
		case 'ø':
			b.WriteByte('o')
		case 'ł':
			b.WriteByte('l')
		case 'ı':
			b.WriteByte('i')
		default:
			if !unicode.Is(unicode.Mn, r) {
				b.WriteRune(r)
			}
		}
	}
	return norm.NFC.String(b.String())
}

// wordsOf calls yield with each word of text as it is written, until yield returns
// false: letters and digits, parted at everything else and inside camelCase. joined
// is the whole run that a camelCase word was part of, once, before its parts.
func wordsOf(text string, yield func(word string, joined bool) bool) {
	start := -1
	for i, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 && !splitCamel(text[start:i], yield) {
			return
		}
		start = -1
	}
	if start >= 0 {
		splitCamel(text[start:], yield)
	}
}

// splitCamel parts "createHTTPHook2" into create, HTTP and Hook2.
func splitCamel(run string, yield func(word string, joined bool) bool) bool {
	var cuts [16]int
	n := 0
	var previous rune
	for i, r := range run {
		next, _ := utf8.DecodeRuneInString(run[i+utf8.RuneLen(max(r, 0)):])
		boundary := unicode.IsUpper(r) && (unicode.IsLower(previous) || unicode.IsDigit(previous) ||
			unicode.IsUpper(previous) && unicode.IsLower(next) && next != 's')
		if i > 0 && boundary && n < len(cuts) {
			cuts[n] = i
			n++
		}
		previous = r
	}
	if n == 0 {
		return yield(run, false)
	}
	if !yield(run, true) {
		return false
	}
	from := 0
	for _, cut := range cuts[:n] {
		if !yield(run[from:cut], false) {
			return false
		}
		from = cut
	}
	return yield(run[from:], false)
}
