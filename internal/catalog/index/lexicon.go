package index

import (
	"bufio"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed lexicon/*.txt
var lexiconFiles embed.FS

// class is a family of verbs; 0 is none.
type class uint8

const maxClasses = 96

// alternative is one way to say a clause: words that must all be there, or a class
// of verbs. weight is how well it stands for what was asked, at most 1.
type alternative struct {
	terms  []string // stems
	class  class
	weight float32
}

// rule rewrites a phrase. Its words are stems; an empty one is a gap of up to
// maxGap words.
type rule struct {
	words   []string
	clauses [][]alternative
	literal int  // words that are no gap
	own     bool // it means a thing that nothing else can stand for
	phrasal bool // a verb of several words, as "set up"
}

const maxGap = 4

type verbSense struct {
	class class
	noun  bool // as often a noun
}

// lexicon is what the index knows of language. It does not change after it was read.
type lexicon struct {
	classes        map[string]class
	kin            [maxClasses][maxClasses]float32
	verbs          map[string][]verbSense          // by stem
	spelt          map[string]string               // the ending that a verb itself has, by stem
	rules          map[string][]*rule              // by first stem, longest first
	singles        map[string]*rule                // by stem, for phrases of one word
	exact          map[string]*rule                // the same by word, for what was done: "emailed" is no email
	stops          map[string]bool                 // English words that carry nothing
	weak           map[string]bool                 // English words that say little
	foreign        map[string][]string             // a folded foreign word: English words
	prefixes       map[string][]string             // the same by beginning
	foreignPhrases map[string][]*foreignPhrase     // by first word, or the beginning of it
	languages      []string                        // those of small
	small          [maxLanguages]map[string]string // by language: the English of prepositions and the like
	foreignly      map[string]uint32               // words that tell that a text is not English: of which languages, as bits
	words          map[string]bool                 // English words that the lexicon itself uses
	others         map[string]bool                 // English words of other matters
	spelled        map[string]bool                 // English words that are no typos
	apps           []knownApp
	kinds          []appKind
	plain          map[class]bool          // classes that no other can stand for
	basic          map[class]bool          // classes of what is done to anything
	puts           map[class]bool          // classes of putting one thing into another
	implied        map[class][]alternative // what a verb is done to where it is not said
}

// knownApp is an app that exists, in the catalogue or not.
type knownApp struct {
	name     string
	names    []string // as people write it
	ordinary bool     // an ordinary word too
}

// appKind is a kind of app, such as a CRM.
type appKind struct {
	categories []string   // as connectors are filed under
	names      [][]string // as people say it, in stems
}

func readLexicon() (*lexicon, error) {
	l := &lexicon{
		classes: map[string]class{}, spelt: map[string]string{}, others: map[string]bool{}, verbs: map[string][]verbSense{}, rules: map[string][]*rule{}, singles: map[string]*rule{}, exact: map[string]*rule{},
		stops: map[string]bool{}, weak: map[string]bool{}, foreign: map[string][]string{}, prefixes: map[string][]string{},
		foreignly: map[string]uint32{}, foreignPhrases: map[string][]*foreignPhrase{}, words: map[string]bool{}, implied: map[class][]alternative{}, plain: map[class]bool{}, basic: map[class]bool{}, puts: map[class]bool{}, spelled: map[string]bool{},
	}
	for _, file := range []struct {
		name string
		read func(line string) error
	}{
		{"stop", l.readStop}, {"verbs", l.readVerbs}, {"kin", l.readKin}, {"nouns", l.readNoun}, {"nouns_everyday", l.readNoun}, {"nouns_things", l.readThing}, {"foreign_grammar", l.readForeign}, {"foreign", l.readForeign}, {"foreign_words", l.readForeign}, {"foreign_nouns", l.readForeign}, {"apps", l.readApp}, {"other", l.readOther}, {"spelled", l.readSpelled}, {"categories", l.readKind},
	} {
		content, err := lexiconFiles.ReadFile("lexicon/" + file.name + ".txt")
		if err != nil {
			return nil, fmt.Errorf("read the lexicon: %w", err)
		}
		lines := bufio.NewScanner(strings.NewReader(string(content)))
		lines.Buffer(nil, 1<<20)
		for number := 1; lines.Scan(); number++ {
			line := strings.TrimSpace(lines.Text())
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if err := file.read(line); err != nil {
				return nil, fmt.Errorf("lexicon/%s.txt line %d: %w", file.name, number, err)
			}
		}
	}
	for word := range l.stops {
		delete(l.foreignly, word)
	}
	for _, rules := range l.rules {
		slices.SortStableFunc(rules, func(a, b *rule) int {
			if a.literal != b.literal {
				return b.literal - a.literal
			}
			return len(a.words) - len(b.words)
		})
	}
	return l, nil
}

func (l *lexicon) readStop(line string) error {
	language, words, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("no colon")
	}
	for word := range strings.FieldsSeq(words) {
		switch language {
		case "en":
			l.stops[fold(word)] = true
		case "weak":
			l.weak[fold(word)] = true
		default:
			l.foreignly[fold(word)] |= 1 << l.languageOf(language)
		}
	}
	return nil
}

func (l *lexicon) readKind(line string) error {
	categories, names, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("no colon")
	}
	var kind appKind
	for category := range strings.SplitSeq(categories, ",") {
		kind.categories = append(kind.categories, strings.TrimSpace(category))
	}
	for name := range strings.SplitSeq(names, ",") {
		kind.names = append(kind.names, l.stems(name))
	}
	l.kinds = append(l.kinds, kind)
	return nil
}

func (l *lexicon) readOther(line string) error {
	for word := range strings.FieldsSeq(line) {
		l.others[word] = true
	}
	return nil
}

// readThing reads what readNoun does, of things that nothing else can stand for.
func (l *lexicon) readThing(line string) error {
	if err := l.readNoun(line); err != nil {
		return err
	}
	left, _, ok := strings.Cut(line, ">")
	if !ok {
		return fmt.Errorf("it says of nothing what it is")
	}
	for phrase := range strings.SplitSeq(left, ",") {
		words := trimGaps(l.stems(phrase))
		if len(words) == 1 {
			l.singles[words[0]].own = true
			continue
		}
		for _, r := range l.rules[words[0]] {
			r.own = r.own || slices.Equal(r.words, words)
		}
	}
	return nil
}

func (l *lexicon) readSpelled(line string) error {
	for word := range strings.FieldsSeq(line) {
		l.spelled[word] = true
	}
	return nil
}

func (l *lexicon) classOf(name string) class {
	if c, ok := l.classes[name]; ok {
		return c
	}
	c := class(len(l.classes) + 1) //nolint:gosec // the lexicon has fewer than maxClasses
	l.classes[name] = c
	l.kin[c][c] = 1
	return c
}

func (l *lexicon) readVerbs(line string) error {
	name, words, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("no colon")
	}
	if name == "plain" {
		for name := range strings.FieldsSeq(words) {
			l.plain[l.classOf(name)] = true
		}
		return nil
	}
	if name == "puts" {
		for name := range strings.FieldsSeq(words) {
			l.puts[l.classOf(name)] = true
		}
		return nil
	}
	if name == "basic" {
		for name := range strings.FieldsSeq(words) {
			l.basic[l.classOf(name)] = true
		}
		return nil
	}
	c := l.classOf(name)
	if int(c) >= maxClasses {
		return fmt.Errorf("too many classes")
	}
	for phrase := range strings.SplitSeq(words, ",") {
		phrase, noun := strings.CutSuffix(strings.TrimSpace(phrase), "?")
		stems := l.stems(phrase)
		if len(stems) == 1 {
			l.verbs[stems[0]] = append(l.verbs[stems[0]], verbSense{c, noun})
			if ending := nounEnding(phrase); ending != "" {
				l.spelt[stems[0]] = ending
			}
			continue
		}
		verb := [][]alternative{{{class: c, weight: 1}}}
		l.addRule(stems, verb).phrasal = true
		if len(stems) == 2 && slices.Contains(particles(), stems[1]) {
			l.addRule([]string{stems[0], "", stems[1]}, verb).phrasal = true
		}
	}
	return nil
}

// verb returns the classes of a word, if it is a verb: "associate" is, "association"
// is not although it has the same stem.
func (l *lexicon) verb(word, stem string) []verbSense {
	senses := l.verbs[stem]
	if len(senses) > 0 {
		if ending := nounEnding(word); ending != "" && l.spelt[stem] != ending {
			return nil
		}
	}
	return senses
}

// nounEnding is the ending that makes a noun of a verb.
func nounEnding(word string) string {
	word = strings.TrimSuffix(word, "s")
	for _, ending := range []string{"ion", "ment", "ance", "ence", "er", "or", "al"} {
		if strings.HasSuffix(word, ending) {
			return ending
		}
	}
	return ""
}

// particles are the words that go with a verb and may stand apart from it, as in
// "throw the file away".
func particles() []string {
	return []string{"up", "out", "off", "down", "awai", "back", "over", "on", "togeth", "along"}
}

func (l *lexicon) readKin(line string) error {
	fields := strings.Fields(line)
	for i := 1; i+1 < len(fields); i += 2 {
		weight, err := strconv.ParseFloat(strings.TrimSuffix(fields[i+1], ","), 32)
		if err != nil {
			return fmt.Errorf("a weight: %w", err)
		}
		a, b := l.classes[fields[0]], l.classes[fields[i]]
		if a == 0 || b == 0 {
			return fmt.Errorf("no class %q or %q", fields[0], fields[i])
		}
		l.kin[a][b] = max(l.kin[a][b], float32(weight))
		l.kin[b][a] = max(l.kin[b][a], float32(weight))
	}
	return nil
}

// stems returns the stems of a phrase of the lexicon, with "" for "...".
func (l *lexicon) stems(phrase string) []string {
	var stems []string
	for word := range strings.FieldsSeq(strings.ReplaceAll(phrase, "-", " ")) {
		if word == "..." {
			stems = append(stems, "")
			continue
		}
		for part := range strings.FieldsFuncSeq(fold(word), func(r rune) bool { return r == '\'' || r == '/' || r == '’' }) {
			if !l.stops[part] {
				l.words[part] = true
			}
			stems = append(stems, stem(part))
		}
	}
	return stems
}

// readForeign reads "english: words", and "language=english: words" for the small words of a language.
func (l *lexicon) readForeign(line string) error {
	english, words, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("no colon")
	}
	language, small, isSmall := strings.Cut(english, "=")
	for word := range strings.SplitSeq(words, ",") {
		word = fold(strings.TrimSpace(word))
		switch {
		case word == "":
		case isSmall && language != "":
			at := l.languageOf(language)
			if at >= maxLanguages {
				return fmt.Errorf("too many languages")
			}
			l.small[at][word] = small
		case strings.Contains(word, " "):
			l.addForeignPhrase(word, english)
		default:
			word, prefix := strings.CutSuffix(word, "*")
			table := l.foreign
			if prefix {
				table = l.prefixes
			}
			if !slices.Contains(table[word], english) {
				table[word] = append(table[word], english)
			}
		}
	}
	return nil
}

func (l *lexicon) addForeignPhrase(text, english string) {
	var phrase foreignPhrase
	for word := range strings.FieldsSeq(strings.NewReplacer("'", " ", "’", " ", "-", " ").Replace(text)) {
		word, prefix := strings.CutSuffix(word, "*")
		if word == "..." {
			word = ""
		}
		phrase.words = append(phrase.words, foreignWord{word, prefix})
	}
	first := phrase.words[0].text
	for _, other := range l.foreignPhrases[first] {
		if slices.Equal(other.words, phrase.words) {
			other.english = append(other.english, english)
			return
		}
	}
	phrase.english = []string{english}
	l.foreignPhrases[first] = append(l.foreignPhrases[first], &phrase)
}

// maxLanguages bounds the languages whose small words are known.
const maxLanguages = 16

func (l *lexicon) languageOf(name string) int {
	at := slices.Index(l.languages, name)
	if at < 0 {
		at = len(l.languages)
		l.languages = append(l.languages, name)
		if at < maxLanguages {
			l.small[at] = map[string]string{}
		}
	}
	return at
}

func (l *lexicon) readApp(line string) error {
	name, others, _ := strings.Cut(line, "=")
	name, ordinary := strings.CutSuffix(strings.TrimSpace(name), "?")
	app := knownApp{name: name, names: []string{name}, ordinary: ordinary}
	for other := range strings.SplitSeq(others, ",") {
		if other = strings.TrimSpace(other); other != "" {
			app.names = append(app.names, other)
		}
	}
	l.apps = append(l.apps, app)
	return nil
}
