package index

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on what is read of a query.
const (
	maxQueryBytes = 2_000
	maxTokens     = 64
	maxSegments   = 3
	maxClauses    = 16
)

type kind uint8

const (
	plain kind = iota
	number
	channelTag // #general
	mentionTag // @ada
	issueKey   // WEB-12
	mailTag    // ada@example.com
	linkTag    // https://…
	breakTag   // , ; . ? and the like
)

type token struct {
	word, raw string
	stem      string
	parts     []string // of camelCase
	kind      kind
	capital   bool // written with a capital, and not just because it stands first
	used, app bool
	name      int // which of the query's apps, where app is set
	quoted    bool
	foreign   []string // the English that a foreign word stands for
	fixed     []correction
	corrected bool
	small     bool // a small word whose English stands in word
	adjunct   bool // says where or to whom, not what
}

// tokenize reads text, which may be anything.
func tokenize(text string) []token {
	if len(text) > maxQueryBytes {
		text = text[:maxQueryBytes]
	}
	text = withoutHyphen(strings.ToValidUTF8(text, " "))
	var tokens []token
	quoted, first := false, true
	for i := 0; i < len(text) && len(tokens) < maxTokens; {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '"' || r == '“' || r == '”' || r == '«' || r == '»' || r == '「' || r == '」':
			quoted = !quoted && (r != '”' && r != '»' && r != '」')
			i += size
		case isWordRune(r) || (r == '#' || r == '@') && startsWord(text[i+size:]):
			run := wordRun(text[i:])
			i += len(run)
			for _, t := range readRun(run) {
				t.capital = t.capital && !first
				t.quoted = quoted
				tokens = append(tokens, t)
				first = false
			}
		case strings.ContainsRune(",;.:!?。、，；！？\n", r):
			tokens = append(tokens, token{kind: breakTag, raw: string(r), word: string(r), used: true})
			i += size
		default:
			i += size
		}
	}
	contractions(tokens)
	return unquote(tokens)
}

// contractions writes "who's" as "who is".
func contractions(tokens []token) {
	for i := 1; i < len(tokens); i++ {
		if tokens[i].word == "s" && slices.Contains([]string{"who", "what", "where", "how", "there", "it", "that", "he", "she", "when"}, tokens[i-1].word) {
			tokens[i].word, tokens[i].stem = "is", "is"
		}
	}
}

// withoutHyphen writes "e-mail" as the one word that it is.
func withoutHyphen(text string) string {
	return strings.NewReplacer("e-mail", "email", "E-mail", "email", "E-Mail", "Email", "E-MAIL", "EMAIL").Replace(text)
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func startsWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return isWordRune(r)
}

// wordRun takes what belongs together: letters and digits, and between them what
// addresses, links and keys are made of.
func wordRun(text string) string {
	end := 0
	for i, r := range text {
		switch {
		case isWordRune(r), i == 0:
			end = i + utf8.RuneLen(r)
		case strings.ContainsRune("@./:-_'’+", r) && startsWord(text[i+utf8.RuneLen(r):]), strings.HasPrefix(text[i:], "//"), i > 0 && text[i-1] == '/' && r == '/':
		default:
			return text[:end]
		}
	}
	return text[:end]
}

// readRun tells what a run is, and splits one that is just words.
func readRun(run string) []token {
	first, size := utf8.DecodeRuneInString(run)
	switch {
	case first == '#':
		return []token{{kind: channelTag, raw: run, word: fold(run[size:])}}
	case first == '@':
		return []token{{kind: mentionTag, raw: run, word: fold(run[size:])}}
	case strings.Contains(run, "://") || strings.HasPrefix(run, "www."):
		return []token{{kind: linkTag, raw: run, word: fold(run)}}
	case strings.Contains(run, "@"):
		return []token{{kind: mailTag, raw: run, word: fold(run)}}
	case isIssueKey(run):
		return []token{{kind: issueKey, raw: run, word: fold(run)}}
	}
	var tokens []token
	for part := range strings.FieldsFuncSeq(run, func(r rune) bool { return !isWordRune(r) }) {
		for _, script := range splitScripts(part) {
			tokens = append(tokens, plainToken(script))
		}
	}
	// "e-mail", "to-do" and "Node.js" are one word as often as two.
	return tokens
}

func plainToken(part string) token {
	t := token{raw: part, word: fold(part)}
	r, _ := utf8.DecodeRuneInString(part)
	t.capital = unicode.IsUpper(r)
	if unicode.IsDigit(r) {
		t.kind = number
	}
	t.stem = stem(t.word)
	wordsOf(part, func(word string, joined bool) bool {
		if !joined && len(word) < len(part) {
			t.parts = append(t.parts, stem(fold(word)))
		}
		return true
	})
	return t
}

// isIssueKey reports "WEB-12": the key of an issue, an order or a ticket.
func isIssueKey(run string) bool {
	letters, digits, ok := strings.Cut(run, "-")
	if !ok || len(letters) < 2 || len(letters) > 10 || digits == "" {
		return false
	}
	for _, r := range letters {
		if !unicode.IsUpper(r) {
			return false
		}
	}
	for _, r := range digits {
		if !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// splitScripts parts Latin from Chinese, Japanese and Korean, which write no spaces.
func splitScripts(part string) []string {
	var parts []string
	start := 0
	var before bool
	for i, r := range part {
		now := isIdeographic(r)
		if i > 0 && now != before {
			parts = append(parts, part[start:i])
			start = i
		}
		before = now
	}
	return append(parts, part[start:])
}

func isIdeographic(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == 'ー'
}

// unquote takes out what stands in quotes, where enough is left without: it is
// what to write or to look for, not what to do.
func unquote(tokens []token) []token {
	left := 0
	for _, t := range tokens {
		if !t.quoted && t.kind == plain {
			left++
		}
	}
	if left < 2 {
		return tokens
	}
	return slices.DeleteFunc(tokens, func(t token) bool { return t.quoted })
}

func startsIdeographic(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return isIdeographic(r)
}
