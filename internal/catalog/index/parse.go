package index

import (
	"slices"
	"strings"
)

// clause is one thing that a query asks for, in all the ways it may be called.
type clause struct {
	alts    []alternative
	weight  float32
	verb    bool
	literal string // the stem of a verb as it was said
	plural  bool
	head    bool // what the query is about: the object of its verb
	loose   bool // a name, a date: says little of which action is meant
	unknown bool // no word of it is known to the lexicon or the index
	other   bool // a word of other matters than business apps
}

// request is what one sentence, or one half of it, asks for.
type request struct {
	clauses []clause
	apps    []int // named in it
	asks    bool  // a question: it reads
	states  bool  // it says how things are or should be: something is to change
	one     bool  // of one thing, as in "a page"
	// foreignMatter is set where it is about something that is none of the apps' matter.
	foreignMatter bool
}

// The weight of what stands where in a sentence.
const (
	weightHead     = 1.5
	weightOf       = 0.85
	weightAfter    = 0.6  // after "in", "for", "with" …
	weightRelative = 0.35 // after "that", "because" …
	weightLoose    = 0.15
	weightWeak     = 0.3
	weightMinor    = 0.3 // a verb that is not the first
	weightSplit    = 0.9
	weightLeftover = 0.6
	weightContext  = 0.4 // what the first half of the query is about, for the second
	weightImplied  = 0.7 // what a verb implies: one sends a message
	// "associate" may be the verb of an action that is called an association
	weightVerbAsThing = 1.5
)

func prepositions() []string {
	return []string{"in", "on", "at", "from", "for", "with", "by", "about", "into", "onto", "to", "via", "through", "as", "under", "over", "per", "between", "using", "without", "within", "across", "since", "before", "after", "until", "below", "above", "behind"}
}

func relatives() []string {
	return []string{"that", "who", "whom", "whose", "which", "because", "so", "when", "if", "while", "where", "since", "after", "before", "until", "but"}
}

func questions() []string {
	return []string{"what", "which", "who", "whose", "where", "when", "how", "is", "are", "was", "were", "does", "did", "do", "has", "have", "why", "whats"}
}

func determiners() []string {
	return []string{"a", "an", "the", "it", "them", "him", "her", "its", "his", "their", "my", "our", "your", "this", "that", "these", "those", "all", "each", "every", "some", "any", "me", "us", "one", "two", "three"}
}

// parser reads one part of a query.
type parser struct {
	ix     *Index
	tokens []token
	out    request
	role   float32
	first  bool // the first noun phrase is still being read
	verbs  int
	heads  []int // clauses of the first noun phrase
	joined []int // those of them before an "and"
}

// parse reads the tokens of one part of a query.
func (ix *Index) parse(tokens []token) request {
	p := &parser{ix: ix, tokens: tokens, role: 1, first: true}
	p.question()
	for i := 0; i < len(tokens) && len(p.out.clauses) < maxClauses; {
		i = p.step(i)
	}
	p.finish()
	return p.out
}

func (p *parser) question() {
	for _, t := range p.tokens {
		p.out.states = p.out.states || slices.Contains([]string{"should", "must", "needs", "need", "wants", "now", "again", "anymore", "longer"}, t.word)
	}
	for _, t := range p.tokens {
		if t.kind == plain {
			p.out.asks = slices.Contains(questions(), t.word) && !t.foreignly()
			return
		}
	}
}

func (t *token) foreignly() bool { return t.foreign != nil }

// step reads what begins at token i and returns where to go on.
func (p *parser) step(i int) int {
	t := &p.tokens[i]
	if t.used {
		return i + 1
	}
	if t.kind != plain {
		p.tagged(t)
		return i + 1
	}
	if p.negation(i) {
		return p.skipNegated(i)
	}
	if slices.Contains([]string{"called", "named", "titled", "saying", "labelled", "entitled"}, t.word) && i > 0 {
		return p.skipName(i)
	}
	if r, at := p.rule(i); r != nil {
		p.apply(r, at)
		if !p.tokens[i].used {
			return p.word(i)
		}
		return i + 1
	}
	return p.word(i)
}

// tagged reads what is written in a form of its own.
func (p *parser) tagged(t *token) {
	word := map[kind]string{channelTag: "channel", mentionTag: "user", issueKey: "issue", mailTag: "email", linkTag: "url"}[t.kind]
	if word == "" {
		return
	}
	weight := float32(0.45)
	if t.kind == mailTag || t.kind == linkTag {
		weight = 0.25
	}
	p.add(clause{alts: p.ix.alternatives(stem(word)), weight: weight, loose: true})
}

func (p *parser) negation(i int) bool {
	switch p.tokens[i].word {
	case "not", "without", "except", "excluding", "nicht", "sans", "sin":
		return i > 0
	case "instead", "rather":
		return i > 0 && i+1 < len(p.tokens) && (p.tokens[i+1].word == "of" || p.tokens[i+1].word == "than")
	case "but":
		return i+1 < len(p.tokens) && slices.Contains([]string{"keep", "not", "leave", "don", "without"}, p.tokens[i+1].word)
	}
	return false
}

// skipNegated passes over what is not wanted, up to the next comma. "do not
// disturb" and the like are rules, which were tried before where they begin.
func (p *parser) skipNegated(i int) int {
	if r, _ := p.rule(i); r != nil {
		return p.word(i)
	}
	for i < len(p.tokens) && p.tokens[i].kind != breakTag {
		p.tokens[i].used = true
		i++
	}
	return i
}

// skipName passes over a name that the caller gives to something.
func (p *parser) skipName(i int) int {
	p.tokens[i].used = true
	for i++; i < len(p.tokens); i++ {
		t := &p.tokens[i]
		if t.kind == breakTag || t.kind == plain && (slices.Contains(prepositions(), t.word) || t.word == "and" || t.word == "then") {
			break
		}
		t.used = true
	}
	return i
}

// rule finds the longest phrase of the lexicon that begins at token i, and where its words stand.
func (p *parser) rule(i int) (*rule, []int) {
	for _, r := range p.ix.lexicon.rules[p.tokens[i].stem] {
		if at := p.match(r, i); at != nil {
			return r, at
		}
	}
	return nil, nil
}

func (p *parser) match(r *rule, i int) []int {
	at := make([]int, 0, len(r.words))
	gap := 0
	for _, word := range r.words {
		if word == "" {
			gap = maxGap
			continue
		}
		for ; i < len(p.tokens); i++ {
			t := &p.tokens[i]
			if t.kind == breakTag {
				return nil
			}
			if t.app && i > 0 {
				continue // "my Slack status"
			}
			if t.stem == word {
				break
			}
			if gap--; gap < 0 {
				return nil
			}
		}
		if i == len(p.tokens) {
			return nil
		}
		at = append(at, i)
		i++
		gap = 0
	}
	return at
}

// apply adds what a phrase says. A verb in a phrase that says nothing of what is
// done still counts as one.
func (p *parser) apply(r *rule, at []int) {
	l := p.ix.lexicon
	says := slices.ContainsFunc(r.clauses, func(c []alternative) bool { return len(c) > 0 && c[0].class != 0 })
	for n, i := range at {
		t := &p.tokens[i]
		if senses := l.verb(t.word, t.stem); !says && n == 0 && len(senses) > 0 && !senses[0].noun && len(r.words) > 1 {
			continue
		}
		t.used = true
	}
	last := p.tokens[at[len(at)-1]].word
	plural := isPlural(last)
	if len(at) > 1 {
		p.grammar(p.tokens[at[0]].word)
		defer p.grammar(last)
	}
	for _, alts := range r.clauses {
		if len(alts) == 0 {
			continue
		}
		verb := alts[0].class != 0
		c := clause{alts: alts, verb: verb, weight: p.role, plural: plural && !verb}
		if verb {
			c.weight = 1
			p.addVerb(c)
			continue
		}
		if len(at) > 1 && p.first && p.role == 1 {
			p.joined = append(p.joined, len(p.out.clauses)) // a phrase says much
		}
		p.addNoun(c)
	}
	if len(at) > 1 {
		p.leftovers(r, at)
	}
}

// leftovers adds the nouns of a phrase that its meaning does not mention.
func (p *parser) leftovers(r *rule, at []int) {
	for _, i := range at {
		t := &p.tokens[i]
		if !t.used || p.ix.lexicon.stops[t.word] || p.ix.lexicon.weak[t.word] || !p.ix.things[t.stem] || len(p.ix.lexicon.verb(t.word, t.stem)) > 0 && p.ix.lexicon.singles[t.stem] == nil {
			continue
		}
		said := slices.ContainsFunc(r.clauses, func(c []alternative) bool {
			return slices.ContainsFunc(c, func(a alternative) bool { return slices.Contains(a.terms, t.stem) && len(a.terms) < len(at) })
		})
		if !said {
			p.add(clause{alts: p.ix.alternatives(t.stem), weight: p.role * weightLeftover})
		}
	}
}

func (p *parser) addVerb(c clause) {
	if p.verbs > 0 {
		c.weight = weightMinor
	}
	p.verbs++
	c.alts = slices.CompactFunc(slices.Clone(c.alts), func(a, b alternative) bool { return a.class == b.class && a.class != 0 })
	p.add(c)
}

func (p *parser) addNoun(c clause) {
	if p.first && p.role == 1 {
		p.heads = append(p.heads, len(p.out.clauses))
	}
	p.add(c)
}

func (p *parser) add(c clause) {
	if len(p.out.clauses) < maxClauses {
		p.out.clauses = append(p.out.clauses, c)
	}
}

// word reads one word that is no part of a phrase.
func (p *parser) word(i int) int {
	t := &p.tokens[i]
	t.used = true
	if t.foreign != nil {
		p.foreign(t)
		return i + 1
	}
	l := p.ix.lexicon
	if senses := l.verb(t.word, t.stem); len(senses) > 0 && p.verbHere(i, senses) {
		c := clause{verb: true, weight: 1, literal: t.stem}
		for _, sense := range senses {
			c.alts = append(c.alts, alternative{class: sense.class, weight: 1})
		}
		p.addVerb(c)
		if p.verbs == 1 && p.ix.things[t.stem] && !l.basic[senses[0].class] {
			p.add(clause{weight: weightVerbAsThing, head: true, alts: []alternative{{terms: []string{t.stem}, weight: 1}}})
		}
		return i + 1
	}
	if l.stops[t.word] && l.singles[t.stem] == nil {
		p.grammar(t.word)
		return i + 1
	}
	p.noun(i)
	return i + 1
}

// grammar follows the small words.
func (p *parser) grammar(word string) {
	switch {
	case (word == "and" || word == "or") && p.first && len(p.heads) > 0:
		p.joined = append(p.joined, p.heads[len(p.heads)-1])
	case word == "of":
		if p.role == 1 {
			p.role = weightOf
		}
		p.closePhrase()
	case slices.Contains(relatives(), word) && len(p.out.clauses) > 0:
		p.role = weightRelative
		p.closePhrase()
	case slices.Contains(prepositions(), word):
		if len(p.heads) == 0 {
			return // "look for a page": what follows is the object
		}
		p.role = min(p.role, weightAfter)
		p.closePhrase()
	}
}

func (p *parser) closePhrase() {
	if len(p.heads) > 0 {
		p.first = false
	}
}

// verbHere reports whether a word that can be a verb is one at token i.
func (p *parser) verbHere(i int, senses []verbSense) bool {
	t := &p.tokens[i]
	noun := senses[0].noun
	previous := p.previous(i)
	starts := previous == "" || slices.Contains([]string{"to", "please", "can", "could", "would", "should", "you", "i", "we", "they", "and", "or", "then", "must", "let", "us", "not", "don", "want", ",", ";", ".", ":", "just", "also", "quickly", "will"}, previous)
	participle := strings.HasSuffix(t.word, "ed") && i > 0
	switch {
	case participle, noun && isPlural(t.word):
		return false
	case starts && !noun:
		return true
	case starts:
		// "list files", but "list members of": a noun follows either way, so what
		// stands first is taken for the verb unless it stands alone.
		return previous != "to" && previous != "and" && previous != "or" || p.followedByDeterminer(i)
	case noun:
		return false
	}
	return !slices.Contains(determiners(), previous) && !isPlural(t.word)
}

func (p *parser) followedByDeterminer(i int) bool {
	return i+1 < len(p.tokens) && p.tokens[i+1].kind == plain && slices.Contains(determiners(), p.tokens[i+1].word)
}

// previous is the word before token i: "" at the beginning.
func (p *parser) previous(i int) string {
	for i--; i >= 0; i-- {
		if t := &p.tokens[i]; !t.app {
			return t.word
		}
	}
	return ""
}

// noun adds a word that says what the query is about.
func (p *parser) noun(i int) {
	t := &p.tokens[i]
	l := p.ix.lexicon
	c := clause{weight: p.role, plural: isPlural(t.word), other: l.others[t.word] && l.singles[t.stem] == nil}
	if l.weak[t.word] && p.first && len(p.heads) > 0 {
		// "a company record" is a company.
		p.add(clause{alts: p.ix.alternatives(t.stem), weight: p.role * weightWeak, loose: true})
		return
	}
	if single := l.singles[t.stem]; single != nil && (!t.capital || p.lower(t)) {
		p.single(single, c)
		return
	}
	if fixed := t.fixed; len(fixed) > 0 {
		c.alts = p.ix.corrections(fixed)
	} else {
		c.alts = p.ix.alternatives(t.stem)
	}
	p.compound(i, &c)
	known := p.known(c.alts)
	switch {
	case l.weak[t.word]:
		c.weight *= weightWeak
		c.loose = true
	case t.capital && !known, t.capital && !l.words[t.word] && len(l.verbs[t.stem]) == 0 && !t.corrected && !p.important(c.alts):
		c.weight, c.loose = weightLoose, true
	case !known:
		c.unknown = true
	}
	if c.loose {
		p.add(c)
		return
	}
	p.addNoun(c)
}

// lower reports whether a word written with a capital is nevertheless an ordinary one: its
// neighbours are too, or it is one that the lexicon has a rule for.
func (p *parser) lower(t *token) bool { return p.ix.lexicon.words[t.word] }

// important reports whether any of the words names actions, not only describes them.
func (p *parser) important(alts []alternative) bool {
	return slices.ContainsFunc(alts, func(a alternative) bool {
		for _, s := range a.terms {
			if p.ix.names[s] {
				return true
			}
		}
		return false
	})
}

func (p *parser) known(alts []alternative) bool {
	return slices.ContainsFunc(alts, func(a alternative) bool {
		return !slices.ContainsFunc(a.terms, func(s string) bool { return !p.ix.hasTerm(s) })
	})
}

// single adds the clauses that one word stands for.
func (p *parser) single(r *rule, like clause) {
	for _, alts := range r.clauses {
		if len(alts) == 0 {
			continue
		}
		c := like
		c.alts = alts
		if alts[0].class != 0 {
			c.verb, c.weight = true, 1
			p.addVerb(c)
			continue
		}
		p.addNoun(c)
	}
}

// compound takes a word and its neighbour for one, where the index has that.
func (p *parser) compound(i int, c *clause) {
	t := &p.tokens[i]
	if i+1 < len(p.tokens) && p.tokens[i+1].kind == plain && !p.tokens[i+1].app {
		if joined := stem(t.word + p.tokens[i+1].word); p.ix.hasTerm(joined) {
			c.alts = append(c.alts, alternative{terms: []string{joined}, weight: 1})
		}
	}
	if i > 0 && p.tokens[i-1].kind == plain && !p.tokens[i-1].app {
		if joined := stem(p.tokens[i-1].word + t.word); p.ix.hasTerm(joined) {
			c.alts = append(c.alts, alternative{terms: []string{joined}, weight: 1})
		}
	}
	if len(t.parts) > 1 && !p.ix.hasTerm(t.stem) {
		c.alts = append(c.alts, alternative{terms: t.parts, weight: weightSplit})
	}
}

// foreign adds what the English of a foreign word says.
func (p *parser) foreign(t *token) {
	var noun *clause
	verb := clause{verb: true, weight: 1}
	for _, english := range t.foreign {
		if name, ok := strings.CutPrefix(english, "!"); ok {
			verb.alts = append(verb.alts, alternative{class: p.ix.lexicon.classes[name], weight: 1})
			continue
		}
		words := p.ix.lexicon.stemsOnly(english)
		alts := []alternative{{terms: words, weight: 1}}
		if len(words) == 1 {
			alts = p.ix.alternatives(words[0])
		}
		if noun == nil {
			noun = &clause{weight: 1, plural: false}
		}
		noun.alts = append(noun.alts, alts...)
	}
	if len(verb.alts) > 0 && (noun == nil || p.verbs == 0 && len(p.out.clauses) == 0) {
		p.addVerb(verb)
		return
	}
	if noun != nil {
		p.addNoun(*noun)
	}
}

// stemsOnly is stems for words that the lexicon has read already.
func (l *lexicon) stemsOnly(phrase string) []string {
	var stems []string
	for word := range strings.FieldsSeq(phrase) {
		stems = append(stems, stem(word))
	}
	return stems
}

// alternatives are the ways to say a word of one clause.
func (ix *Index) alternatives(s string) []alternative {
	if single := ix.lexicon.singles[s]; single != nil {
		for _, alts := range single.clauses {
			if len(alts) > 0 && alts[0].class == 0 {
				return slices.Clone(alts)
			}
		}
	}
	return []alternative{{terms: []string{s}, weight: 1}}
}

// corrections are the ways to say a word that was misspelt.
func (ix *Index) corrections(fixed []correction) []alternative {
	var alts []alternative
	for _, f := range fixed {
		for _, a := range ix.alternatives(stem(f.word)) {
			a.weight *= 1 - 0.2*f.price - 0.3*(f.price-fixed[0].price)
			alts = append(alts, a)
		}
	}
	return alts
}

// implied adds what is not said because it goes without saying.
func (p *parser) implied() {
	for _, c := range p.out.clauses {
		if !c.verb || c.weight < 1 {
			continue
		}
		for _, a := range c.alts {
			if implied := p.ix.lexicon.implied[a.class]; a.weight >= 0.9 && a.class != 0 && implied != nil {
				p.add(clause{weight: weightImplied, alts: implied, loose: true})
				return
			}
		}
	}
}

// finish says what the query is about, and that a question reads.
func (p *parser) finish() {
	l := p.ix.lexicon
	if len(p.heads) > 0 {
		for _, at := range append(p.joined, p.heads[len(p.heads)-1]) {
			head := &p.out.clauses[at]
			if head.head {
				continue
			}
			head.head = true
			head.weight *= weightHead
			p.out.one = !head.plural
		}
	}
	if p.verbs == 0 && p.out.asks {
		p.add(clause{verb: true, weight: 0.8, alts: []alternative{
			{class: l.classes["get"], weight: 1}, {class: l.classes["list"], weight: 0.9}, {class: l.classes["search"], weight: 0.7},
		}})
	}
	p.implied()
	get := l.classes["get"]
	for i := range p.out.clauses {
		c := &p.out.clauses[i]
		if !c.verb || p.out.one || len(p.heads) == 0 {
			continue
		}
		if slices.ContainsFunc(c.alts, func(a alternative) bool { return a.class == get }) {
			// "show channels" asks for a list as much as for one.
			c.alts = append(slices.Clone(c.alts), alternative{class: l.classes["list"], weight: 1}, alternative{class: l.classes["search"], weight: 0.8})
		}
	}
}
