package index

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// foreignWord is a word of a foreign phrase, or the beginning of one; an empty one is a gap.
type foreignWord struct {
	text   string
	prefix bool
}

// foreignPhrase is several words that mean one thing, as "pièce jointe" does, or a verb whose
// particle stands apart, as in "lade … hoch".
type foreignPhrase struct {
	words   []foreignWord
	english []string
}

// maxForeignGap is how many words may stand between a verb and its particle.
const maxForeignGap = 8

// translate finds the English of foreign words, and corrects misspelt ones.
func (ix *Index) translate(tokens []token) []token {
	tokens = ix.segmentIdeographs(tokens)
	language, foreign := ix.looksForeign(tokens)
	if foreign {
		ix.lexicon.foreignPhrasesIn(tokens)
		ix.lexicon.smallWords(tokens, language)
		tokens = ix.splitCompounds(tokens)
	}
	corrected := 0
	for i := range tokens {
		t := &tokens[i]
		if t.kind != plain || t.used || t.small || t.foreign != nil || ix.knows(t, foreign) {
			continue
		}
		english, sure := ix.lexicon.english(t.word)
		if english != nil && (foreign || sure) {
			t.foreign = english
			continue
		}
		if i == 0 && namesSomebody(tokens) {
			t.capital = true
			continue
		}
		if foreign && language >= 0 || t.capital && !foreign && corrected > 0 || corrected >= maxCorrected {
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

// namesSomebody reports whether the first word is written with a capital and something is said of it,
// as in "Lena should take over".
func namesSomebody(tokens []token) bool {
	return len(tokens) > 1 && len(tokens[0].raw) > 0 && unicode.IsUpper([]rune(tokens[0].raw)[0]) &&
		slices.Contains([]string{"is", "was", "has", "had", "should", "wants", "needs", "got", "does", "doesn", "will", "must", "would", "left", "joined", "s", "can", "may", "made", "said", "says", "told", "asked", "asks", "went", "came", "moved", "changed", "no", "just", "complains"}, tokens[1].word)
}

// knows reports whether a word needs no help.
func (ix *Index) knows(t *token, foreign bool) bool {
	l := ix.lexicon
	if foreign {
		if l.foreignly[t.word] != 0 {
			t.used = true
			return true
		}
		if english, _ := l.english(t.word); english != nil && (!l.words[t.word] || len(l.foreign[t.word]) > 0) {
			return false
		}
	}
	if l.stops[t.word] || l.weak[t.word] || l.words[t.word] || l.others[t.word] || l.spelled[t.word] || len(l.verbs[t.stem]) > 0 || l.singles[t.stem] != nil {
		return true
	}
	return ix.words.known[t.word] || ix.hasTerm(t.stem) || l.inflected(t.word)
}

// inflected reports whether a word is one that is spelt right with an ending.
func (l *lexicon) inflected(word string) bool {
	for _, ending := range []string{"s", "es", "d", "ed", "ing", "ly", "er", "n't"} {
		if own, ok := strings.CutSuffix(word, ending); ok && (l.spelled[own] || l.words[own] && len(own) > 3) {
			return true
		}
	}
	return false
}

func (ix *Index) hasTerm(stem string) bool {
	_, ok := ix.terms[stem]
	return ok
}

// looksForeign reports whether the words tell that the text is not English, and of which
// language it rather is (an index into lexicon.languages, -1 for none).
func (ix *Index) looksForeign(tokens []token) (int, bool) {
	foreign, english := 0, 0
	var counts [maxLanguages]int
	for i := range tokens {
		t := &tokens[i]
		if t.kind != plain || t.used {
			continue
		}
		if t.foreign != nil {
			return -1, true
		}
		l := ix.lexicon
		for language := range l.languages {
			if l.foreignly[t.word]&(1<<language) != 0 || l.small[language][t.word] != "" {
				counts[language]++
			}
		}
		switch {
		case l.foreignly[t.word] != 0 && !l.stops[t.word] && !l.weak[t.word] && !l.words[t.word]:
			foreign += 2
		case l.stops[t.word] || l.weak[t.word] || l.words[t.word] || l.others[t.word]:
			if len(t.word) > 1 && l.foreignly[t.word] == 0 {
				english++
			}
		default:
			if _, sure := l.english(t.word); sure {
				foreign++
			}
		}
	}
	language, most := -1, 0
	for i, n := range counts {
		if n > most {
			language, most = i, n
		}
	}
	return language, foreign > 0 && foreign >= english
}

// english looks a foreign word up; sure means that it is no accident.
func (l *lexicon) english(word string) (words []string, sure bool) {
	if found := l.foreign[word]; found != nil {
		return found, true
	}
	found, matched, left := l.foreignPrefix(word)
	if found == nil || left > 6 && matched < 5 || left > 12 || matched < 4 && left > 3 {
		return nil, false
	}
	return found, matched >= 5 || word[0] >= utf8.RuneSelf
}

// foreignPrefix is the longest beginning of word that the lexicon has, with the letters of
// it and those that are left.
func (l *lexicon) foreignPrefix(word string) (words []string, matched, left int) {
	for end := len(word); end > 1; end-- {
		if end < len(word) && !utf8.RuneStart(word[end]) {
			continue
		}
		if found := l.prefixes[word[:end]]; found != nil {
			return found, utf8.RuneCountInString(word[:end]), utf8.RuneCountInString(word[end:])
		}
	}
	return nil, 0, 0
}

// smallWords puts the English of prepositions, "and", "which" and the like in place.
func (l *lexicon) smallWords(tokens []token, language int) {
	if language < 0 {
		return
	}
	for i := range tokens {
		t := &tokens[i]
		if english := l.small[language][t.word]; t.kind == plain && !t.used && t.foreign == nil && english != "" {
			t.word, t.stem, t.small = english, english, true
		}
	}
}

// foreignPhrasesIn gives the first word of each phrase its meaning and marks the others as used.
func (l *lexicon) foreignPhrasesIn(tokens []token) {
	for i := range tokens {
		t := &tokens[i]
		if t.kind != plain || t.used || t.foreign != nil {
			continue
		}
		var best *foreignPhrase
		var words []int
		for end := len(t.word); end > 1; end-- {
			if end < len(t.word) && !utf8.RuneStart(t.word[end]) {
				continue
			}
			for _, phrase := range l.foreignPhrases[t.word[:end]] {
				if at := phrase.match(tokens, i); at != nil && len(at) > len(words) {
					best, words = phrase, at
				}
			}
		}
		if best == nil {
			continue
		}
		t.foreign = best.english
		for _, at := range words[1:] {
			tokens[at].used = true
		}
	}
}

// match returns where the words of the phrase stand, the first at token i.
func (f *foreignPhrase) match(tokens []token, i int) []int {
	var at []int
	gap := 0
	for _, word := range f.words {
		if word.text == "" {
			gap = maxForeignGap
			continue
		}
		for ; ; i++ {
			if i >= len(tokens) || tokens[i].kind == breakTag {
				return nil
			}
			t := &tokens[i]
			if t.kind == plain && !t.used && (t.word == word.text || word.prefix && strings.HasPrefix(t.word, word.text) && len(t.word) <= len(word.text)+6) {
				break
			}
			if gap--; gap < 0 {
				return nil
			}
		}
		at = append(at, i)
		i++
		gap = 0
	}
	return at
}

// leastCompound is the letters of a word that may be made of two, as German, Dutch and
// Swedish make them, and leastPart those of a part.
const (
	leastCompound = 8
	leastPart     = 3
)

// splitCompounds parts "Kontaktliste" and "afdelingsteams" into the words that they are made of.
func (ix *Index) splitCompounds(tokens []token) []token {
	out := make([]token, 0, len(tokens)+2)
	for _, t := range tokens {
		if t.kind != plain || t.used || t.small || t.foreign != nil || len(t.word) < leastCompound || len(out) >= maxTokens {
			out = append(out, t)
			continue
		}
		first, second := ix.compoundOf(t.word)
		if first == nil {
			out = append(out, t)
			continue
		}
		modifier := t
		modifier.foreign, modifier.capital = first, false
		t.foreign, t.capital = second, false
		out = append(out, modifier, t)
	}
	return out
}

func (ix *Index) compoundOf(word string) (first, second []string) {
	l := ix.lexicon
	if l.foreign[word] != nil || l.words[word] || ix.words.known[word] {
		return nil, nil
	}
	if found, _, left := l.foreignPrefix(word); found != nil && left <= 3 {
		return nil, nil
	}
	for at := len(word) - leastPart; at >= leastPart; at-- {
		if !utf8.RuneStart(word[at]) {
			continue
		}
		second = ix.partOf(word[at:], 3)
		if second == nil {
			continue
		}
		if first = ix.partOf(word[:at], 2); first == nil {
			first = ix.partOf(strings.TrimSuffix(word[:at], "s"), 0)
		}
		if first != nil {
			return first, second
		}
	}
	return nil, nil
}

// partOf is what a part of a compound means; ending is how many letters may follow what
// the lexicon has of it.
func (ix *Index) partOf(part string, ending int) []string {
	l := ix.lexicon
	if len(part) < leastPart {
		return nil
	}
	if found := l.foreign[part]; found != nil {
		return found
	}
	if found, matched, left := l.foreignPrefix(part); found != nil && matched >= leastPart && left <= ending && (matched > leastPart || left <= 1) {
		return found
	}
	if len(part) > leastPart && !l.stops[part] && l.singles[stem(part)] != nil {
		return []string{part}
	}
	return nil
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
				cut = append(cut, ideograph(rest, size, english))
			}
			rest = rest[size:]
		}
	}
	return cut
}

// ideograph is the token of the first size bytes of text. A word before に or で says where, one
// of the small words is its English.
func ideograph(text string, size int, english []string) token {
	t := token{word: text[:size], raw: text[:size], stem: text[:size], foreign: english}
	if small, ok := strings.CutPrefix(english[0], "="); ok {
		t.word, t.stem, t.small, t.foreign = small, small, true, nil
		return t
	}
	for _, particle := range []string{"に", "で", "から", "へ", "내", "에"} {
		t.adjunct = t.adjunct || strings.HasPrefix(text[size:], particle)
	}
	return t
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
