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
	literal int // words that are no gap
}

const maxGap = 4

type verbSense struct {
	class class
	noun  bool // as often a noun
}

// lexicon is what the index knows of language. It does not change after it was read.
type lexicon struct {
	classes   map[string]class
	kin       [maxClasses][maxClasses]float32
	verbs     map[string][]verbSense // by stem
	spelt     map[string]string      // the ending that a verb itself has, by stem
	rules     map[string][]*rule     // by first stem, longest first
	singles   map[string]*rule       // by stem, for phrases of one word
	stops     map[string]bool        // English words that carry nothing
	weak      map[string]bool        // English words that say little
	foreign   map[string][]string    // a folded foreign word: English words
	prefixes  map[string][]string    // the same by beginning
	foreignly map[string]bool        // words that tell that a text is not English
	words     map[string]bool        // English words that the lexicon itself uses
	others    map[string]bool        // English words of other matters
	apps      []knownApp
	kinds     []appKind
	plain     map[class]bool          // classes that no other can stand for
	basic     map[class]bool          // classes of what is done to anything
	implied   map[class][]alternative // what a verb is done to where it is not said
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
		classes: map[string]class{}, spelt: map[string]string{}, others: map[string]bool{}, verbs: map[string][]verbSense{}, rules: map[string][]*rule{}, singles: map[string]*rule{},
		stops: map[string]bool{}, weak: map[string]bool{}, foreign: map[string][]string{}, prefixes: map[string][]string{},
		foreignly: map[string]bool{}, words: map[string]bool{}, implied: map[class][]alternative{}, plain: map[class]bool{}, basic: map[class]bool{},
	}
	for _, file := range []struct {
		name string
		read func(line string) error
	}{
		{"stop", l.readStop}, {"verbs", l.readVerbs}, {"kin", l.readKin}, {"nouns", l.readNoun}, {"foreign", l.readForeign}, {"apps", l.readApp}, {"other", l.readOther}, {"categories", l.readKind},
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
			l.foreignly[fold(word)] = true
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
		l.addRule(stems, verb)
		if len(stems) == 2 && slices.Contains(particles(), stems[1]) {
			l.addRule([]string{stems[0], "", stems[1]}, verb)
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
		a, b := l.classOf(fields[0]), l.classOf(fields[i])
		l.kin[a][b] = max(l.kin[a][b], float32(weight))
		l.kin[b][a] = max(l.kin[b][a], float32(weight))
	}
	return nil
}

// readNoun reads "a = b", "a, b > c + d", "a >> c" and "verb: what goes without saying".
func (l *lexicon) readNoun(line string) error {
	if verb, what, ok := strings.Cut(line, ":"); ok {
		clauses, err := l.clauses(what)
		if err != nil {
			return err
		}
		l.implied[l.classes[verb]] = clauses[0]
		return nil
	}
	if left, right, ok := strings.Cut(line, ">"); ok {
		right, replace := strings.CutPrefix(right, ">")
		clauses, err := l.clauses(right)
		if err != nil {
			return err
		}
		for phrase := range strings.SplitSeq(left, ",") {
			l.addNoun(l.stems(phrase), clauses, !replace)
		}
		return nil
	}
	group, at, _ := strings.Cut(line, "@")
	weight := 0.8
	if at != "" {
		var err error
		if weight, err = strconv.ParseFloat(strings.TrimSpace(at), 32); err != nil {
			return fmt.Errorf("a weight: %w", err)
		}
	}
	parts := strings.Split(group, "=")
	for i, phrase := range parts {
		var others []alternative
		for j, other := range parts {
			if i != j {
				others = append(others, alternative{terms: l.stems(other), weight: float32(weight)})
			}
		}
		l.addNoun(l.stems(phrase), [][]alternative{others}, true)
	}
	return nil
}

func (l *lexicon) clauses(text string) ([][]alternative, error) {
	var clauses [][]alternative
	for clause := range strings.SplitSeq(text, "+") {
		var alternatives []alternative
		for said := range strings.SplitSeq(clause, ",") {
			word, star, _ := strings.Cut(strings.TrimSpace(said), "*")
			a := alternative{weight: 1}
			if star != "" {
				weight, err := strconv.ParseFloat(star, 32)
				if err != nil {
					return nil, fmt.Errorf("a weight: %w", err)
				}
				a.weight = float32(weight)
			}
			if verb, ok := strings.CutPrefix(word, "!"); ok {
				c, known := l.classes[verb]
				if !known {
					c = l.nearestClass(verb)
				}
				if c == 0 {
					return nil, fmt.Errorf("no class %q", verb)
				}
				a.class = c
			} else {
				a.terms = l.stems(word)
			}
			if len(a.terms) > 0 || a.class != 0 {
				alternatives = append(alternatives, a)
			}
		}
		clauses = append(clauses, alternatives)
	}
	return clauses, nil
}

func (l *lexicon) nearestClass(verb string) class {
	if senses := l.verbs[stem(verb)]; len(senses) > 0 {
		return senses[0].class
	}
	return 0
}

// addNoun adds a phrase that stands for clauses, and with self for its own words too.
func (l *lexicon) addNoun(words []string, clauses [][]alternative, self bool) {
	words = trimGaps(words)
	if len(words) == 0 {
		return
	}
	own := make([][]alternative, len(clauses))
	copy(own, clauses)
	if self && !slices.Contains(words, "") {
		if noun := slices.IndexFunc(own, func(c []alternative) bool { return len(c) > 0 && c[0].class == 0 }); noun >= 0 {
			own[noun] = append([]alternative{{terms: words, weight: 1}}, own[noun]...)
		} else if len(words) == 1 {
			own = append(own, []alternative{{terms: words, weight: 1}})
		}
	}
	if len(words) > 1 {
		l.addRule(words, own)
		return
	}
	if single := l.singles[words[0]]; single != nil {
		single.clauses = mergeClauses(single.clauses, own)
		return
	}
	l.singles[words[0]] = &rule{words: words, clauses: own, literal: 1}
}

func (l *lexicon) addRule(words []string, clauses [][]alternative) {
	words = trimGaps(words)
	if len(words) == 0 {
		return
	}
	for _, r := range l.rules[words[0]] {
		if slices.Equal(r.words, words) {
			r.clauses = mergeClauses(r.clauses, clauses)
			return
		}
	}
	literal := 0
	for _, word := range words {
		if word != "" {
			literal++
		}
	}
	l.rules[words[0]] = append(l.rules[words[0]], &rule{words: words, clauses: clauses, literal: literal})
}

func trimGaps(words []string) []string {
	for len(words) > 0 && words[0] == "" {
		words = words[1:]
	}
	for len(words) > 0 && words[len(words)-1] == "" {
		words = words[:len(words)-1]
	}
	return words
}

// mergeClauses joins two meanings of one phrase: what both say in words becomes one
// clause with the alternatives of both, and so do the verbs.
func mergeClauses(a, b [][]alternative) [][]alternative {
	merged := slices.Clone(a)
	for _, clause := range b {
		same := slices.IndexFunc(merged, func(c []alternative) bool {
			return len(c) > 0 && len(clause) > 0 && (c[0].class == 0) == (clause[0].class == 0)
		})
		if same < 0 {
			merged = append(merged, clause)
			continue
		}
		joined := slices.Clone(merged[same])
		for _, alt := range clause {
			at := slices.IndexFunc(joined, func(o alternative) bool { return o.class == alt.class && slices.Equal(o.terms, alt.terms) })
			if at < 0 {
				joined = append(joined, alt)
			} else {
				joined[at].weight = max(joined[at].weight, alt.weight)
			}
		}
		merged[same] = joined
	}
	return merged
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

func (l *lexicon) readForeign(line string) error {
	english, words, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("no colon")
	}
	for word := range strings.SplitSeq(words, ",") {
		word, prefix := strings.CutSuffix(strings.TrimSpace(word), "*")
		word = fold(word)
		table := l.foreign
		if prefix {
			table = l.prefixes
		}
		if word != "" && !slices.Contains(table[word], english) {
			table[word] = append(table[word], english)
		}
	}
	return nil
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
