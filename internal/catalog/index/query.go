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
	return unquote(tokens)
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

// translate finds the English of foreign words, and corrects misspelt ones.
func (ix *Index) translate(tokens []token) []token {
	tokens = ix.segmentIdeographs(tokens)
	foreign := ix.looksForeign(tokens)
	corrected := 0
	for i := range tokens {
		t := &tokens[i]
		if t.kind != plain || t.used || t.foreign != nil || ix.knows(t, foreign) {
			continue
		}
		english, sure := ix.lexicon.english(t.word)
		if english != nil && (foreign || sure) {
			t.foreign = english
			continue
		}
		if t.capital && !foreign && corrected > 0 || corrected >= maxCorrected {
			continue
		}
		fixed := ix.words.correct(t.word)
		if t.capital {
			fixed = slices.DeleteFunc(fixed, func(c correction) bool { return c.price > 0.9 || len(t.word) <= minTypoRunes }) // rather a name
		}
		if len(fixed) > 0 {
			corrected++
			t.fixed, t.corrected = fixed, true
			t.word, t.stem = fixed[0].word, stem(fixed[0].word)
		} else if english != nil {
			t.foreign = english
		}
	}
	return tokens
}

// knows reports whether a word needs no help.
func (ix *Index) knows(t *token, foreign bool) bool {
	l := ix.lexicon
	if foreign {
		if l.foreignly[t.word] {
			t.used = true
			return true
		}
		if english, _ := l.english(t.word); english != nil && (!l.words[t.word] || len(l.foreign[t.word]) > 0) {
			return false
		}
	}
	if l.stops[t.word] || l.weak[t.word] || l.words[t.word] || l.others[t.word] || len(l.verbs[t.stem]) > 0 || l.singles[t.stem] != nil {
		return true
	}
	return ix.words.known[t.word] || ix.hasTerm(t.stem)
}

func (ix *Index) hasTerm(stem string) bool {
	_, ok := ix.terms[stem]
	return ok
}

// looksForeign reports whether the words tell that the text is not English.
func (ix *Index) looksForeign(tokens []token) bool {
	foreign, english := 0, 0
	for i := range tokens {
		t := &tokens[i]
		if t.kind != plain || t.used {
			continue
		}
		if t.foreign != nil {
			return true
		}
		l := ix.lexicon
		switch {
		case l.stops[t.word] || l.weak[t.word] || l.words[t.word] || l.others[t.word]:
			if len(t.word) > 1 && !l.foreignly[t.word] {
				english++
			}
		case l.foreignly[t.word]:
			foreign += 2
		default:
			if _, sure := l.english(t.word); sure {
				foreign++
			}
		}
	}
	return foreign > 0 && foreign >= english
}

// english looks a foreign word up; sure means that it is no accident.
func (l *lexicon) english(word string) (words []string, sure bool) {
	if found := l.foreign[word]; found != nil {
		return found, true
	}
	runes := utf8.RuneCountInString(word)
	for end := len(word); end > 1; end-- {
		if end < len(word) && !utf8.RuneStart(word[end]) {
			continue
		}
		if found := l.prefixes[word[:end]]; found != nil {
			matched := utf8.RuneCountInString(word[:end])
			if runes-matched > 6 || matched < 4 && runes-matched > 3 {
				return nil, false
			}
			return found, matched >= 5 || word[0] >= utf8.RuneSelf
		}
	}
	return nil, false
}

// segmentIdeographs cuts runs of Chinese, Japanese and Korean at the words that the
// lexicon knows; what lies between is grammar.
func (ix *Index) segmentIdeographs(tokens []token) []token {
	if !slices.ContainsFunc(tokens, func(t token) bool { return t.kind == plain && startsIdeographic(t.raw) }) {
		return tokens
	}
	var cut []token
	for _, t := range tokens {
		if t.kind != plain || !startsIdeographic(t.raw) {
			cut = append(cut, t)
			continue
		}
		for rest := t.word; rest != "" && len(cut) < maxTokens; {
			english, size := ix.lexicon.longestForeign(rest)
			if english == nil {
				_, size = utf8.DecodeRuneInString(rest)
			} else {
				cut = append(cut, token{word: rest[:size], raw: rest[:size], stem: rest[:size], foreign: english})
			}
			rest = rest[size:]
		}
	}
	return cut
}

func startsIdeographic(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return isIdeographic(r)
}

const maxForeignBytes = 36

func (l *lexicon) longestForeign(text string) (english []string, size int) {
	for end := min(len(text), maxForeignBytes); end > 0; end-- {
		if end < len(text) && !utf8.RuneStart(text[end]) {
			continue
		}
		if found := l.foreign[text[:end]]; found != nil {
			return found, end
		}
		if found := l.prefixes[text[:end]]; found != nil {
			return found, end
		}
	}
	return nil, 0
}
