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
	phrasal bool // a verb of several words
	starts  bool // a verb that begins the query
	own     bool // a thing that nothing else can stand for
	thing   bool // something that business apps have
}

// request is what one sentence, or one half of it, asks for.
type request struct {
	clauses []clause
	asks    bool // a question: it reads
	states  bool // it says how things are or should be: something is to change
	foreign bool // it is not English, so that less is known of its words
	tagged  bool // it names a thing by its key, or a channel or a user by its tag
	numbers bool // it asks for something about numbers
	one     bool // of one thing, as in "a page"
	// What it is about is none of the apps' matter, or nothing that the searched apps have.
	foreignMatter, lacking bool
	lackingOwn             bool // the same, of a thing that nothing else can stand for
	// What it is to be put into is nothing that the searched apps have.
	lackingPlace bool
}

// The weight of what stands where in a sentence.
const (
	weightHead     = 1.4
	weightOf       = 0.85
	weightAfter    = 0.6  // after "in", "for", "with" …
	weightRelative = 0.45 // after "that", "because" …
	weightLoose    = 0.15
	weightTold     = 0.5 // what a question says was done
	weightWeak     = 0.3
	weightMinor    = 0.3 // a verb that is not the first
	weightSplit    = 0.9
	weightLeftover = 0.6
	weightPointed  = 0.7 // the same, where the second half says "it"
	weightContext  = 0.4 // what the first half of the query is about, for the second
	weightLastWord = 0.6 // of a phrase that no rule is about
	weightSomebody = 0.5
	weightUnknown  = 0.4 // of a word that nobody knows, beside one that is known
	weightImplied  = 0.7 // what a verb implies: one sends a message
	// "associate" may be the verb of an action that is called an association
	weightVerbAsThing = 1.5
)

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
	// relational is set while the last noun is a side of what follows, giving while the thing that
	// is given to somebody has not come yet.
	relational, giving bool

	how   bool  // "how do I" do what the verb says
	asked []int // clauses of what a question says was done, as in "what did I bookmark?"
	// foreignText is set where the query is not English: a word that nobody knows may be anything.
	foreignText bool
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
		p.out.numbers = p.out.numbers || t.kind == number
		p.foreignText = p.foreignText || t.foreign != nil || t.small
		p.out.foreign = p.foreignText
	}
	for i, t := range p.tokens {
		if t.kind != plain && t.kind != breakTag {
			return // "WEB-9 is done" asks nothing
		}
		if t.kind == plain && !t.app {
			p.out.asks = slices.Contains(questions(), t.word) && !t.foreignly()
			p.how = t.word == "how" && i+1 < len(p.tokens) && slices.Contains([]string{"do", "to", "can", "could", "would", "should", "does"}, p.tokens[i+1].word)
			return
		}
	}
}

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
	p.out.tagged = p.out.tagged || t.kind == channelTag || t.kind == issueKey || t.kind == mentionTag
	weight := float32(0.45)
	if t.kind == mailTag || t.kind == linkTag {
		weight = 0.25
	}
	p.add(clause{alts: p.ix.alternatives(stem(word)), weight: weight, loose: true})
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
	p.relational = false
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
		// "Haz pública", "mach leer": what comes says what to do.
		if makes := len(t.foreign) == 1 && t.foreign[0] == "!create"; !makes || i+1 >= len(p.tokens) || !p.tokens[i+1].onlyVerb() {
			p.foreign(t)
		}
		return i + 1
	}
	l := p.ix.lexicon
	senses := l.verb(t.word, t.stem)
	done := len(senses) > 0 && !senses[0].noun && p.done(i)
	if done {
		p.replaceVerb()
	}
	if len(senses) > 0 && (done || p.verbHere(i, senses)) {
		if p.told(i) {
			p.tell(t)
			return i + 1
		}
		c := clause{verb: true, weight: 1, literal: t.stem, starts: p.previous(i) == ""}
		for _, sense := range senses {
			c.alts = append(c.alts, alternative{class: sense.class, weight: 1})
		}
		switch t.word {
		case "send", "offer", "show":
			p.giving = i+1 < len(p.tokens) && slices.Contains(determiners(), p.tokens[i+1].word) && p.tokens[i+1].word != "a" && p.tokens[i+1].word != "an"
		case "give", "hand":
			c.alts, c.literal = p.given(i), ""
		case "make":
			c.alts = p.made(i)
		}
		p.addVerb(c)
		p.verbAsThing(t.stem, senses[0].class)
		if undone, ok := strings.CutPrefix(t.stem, "un"); ok {
			p.verbAsThing(undone, senses[0].class) // one unpins a pin
		}
		return i + 1
	}
	if p.giving && len(p.heads) > 0 && slices.Contains([]string{"a", "an", "another", "some", "new", "more", "extra"}, t.word) {
		p.receiver()
	}
	if l.stops[t.word] && l.singles[t.stem] == nil {
		p.grammar(t.word)
		return i + 1
	}
	p.noun(i)
	p.relational = slices.Contains(relationals(), t.word)
	p.side(t.word)
	return i + 1
}

// side takes for the object too what the last noun is a side of, as in "the contact's phone number".
func (p *parser) side(word string) {
	if n := len(p.heads); n > 1 && p.heads[n-1] == len(p.out.clauses)-1 && slices.Contains(relationals(), word) {
		p.joined = append(p.joined, p.heads[n-2])
	}
}

// replaceVerb makes the verb that was read less than the one to come.
func (p *parser) replaceVerb() {
	for i := range p.out.clauses {
		if c := &p.out.clauses[i]; c.verb {
			c.weight = weightMinor
		}
	}
	p.verbs = 0
}

// told reports whether the verb at token i only says what somebody did whom a question is about.
func (p *parser) told(i int) bool {
	if !p.out.asks || p.how {
		return false
	}
	return slices.ContainsFunc(p.tokens[:i], func(t token) bool { return t.kind == plain && !t.app })
}

// tell adds such a verb: the name of the action may speak of what was done.
func (p *parser) tell(t *token) {
	p.asked = append(p.asked, len(p.out.clauses))
	p.add(clause{weight: weightTold, alts: p.ix.alternatives(t.stem)})
	p.closePhrase()
}

// noun adds a word that says what the query is about.
func (p *parser) noun(i int) {
	t := &p.tokens[i]
	l := p.ix.lexicon
	c := clause{weight: p.role, plural: isPlural(t.word), other: (l.others[t.word] || l.others[strings.TrimSuffix(t.word, "s")]) && l.singles[t.stem] == nil}
	if l.weak[t.word] && p.first && len(p.heads) > 0 {
		// "a company record" is a company.
		p.add(clause{alts: p.ix.alternatives(t.stem), weight: p.role * weightWeak, loose: true})
		return
	}
	single := l.exact[t.word]
	if single == nil {
		single = l.singles[t.stem]
	}
	if single != nil && (!t.capital || p.lower(t)) {
		c.thing = true
		p.single(single, c)
		return
	}
	if fixed := t.fixed; len(fixed) > 0 {
		c.thing = l.singles[stem(fixed[0].word)] != nil
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
	case !known && p.foreignText:
		c.weight, c.loose, c.unknown = weightLoose, true, true
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

// verbAsThing adds what the first verb may be the name of: to comment is to add a comment.
func (p *parser) verbAsThing(literal string, c class) {
	if p.verbs == 1 && p.ix.things[literal] && !p.ix.lexicon.basic[c] {
		p.add(clause{weight: weightVerbAsThing, head: true, alts: []alternative{{terms: []string{literal}, weight: 1}}})
	}
}
