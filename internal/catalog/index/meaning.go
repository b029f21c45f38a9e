package index

import (
	"slices"
	"strings"
)

// onlyVerb reports whether a foreign word says nothing but what to do.
func (t *token) onlyVerb() bool {
	return len(t.foreign) > 0 && !slices.ContainsFunc(t.foreign, func(english string) bool { return english[0] != '!' })
}

func (t *token) foreignly() bool { return t.foreign != nil }

// foreign adds what the English of a foreign word says: "!verb", a thing, or both with a "+" between.
func (p *parser) foreign(t *token) {
	var noun *clause
	verb := clause{verb: true, weight: 1}
	both := false
	for _, english := range t.foreign {
		name, thing, joined := strings.Cut(english, "+")
		both = both || joined
		if class, ok := strings.CutPrefix(name, "!"); ok {
			verb.alts = append(verb.alts, alternative{class: p.ix.lexicon.classes[class], weight: 1})
			verb.literal = stem(class)
			if !joined {
				continue
			}
			name = thing
		}
		words := p.ix.lexicon.stemsOnly(name)
		if noun == nil {
			noun = &clause{weight: p.role, thing: len(words) == 1 && p.ix.lexicon.singles[words[0]] != nil}
			if t.adjunct {
				noun.weight = min(noun.weight, weightAfter)
			}
		}
		noun.alts = append(noun.alts, p.ix.meaning(words)...)
	}
	if len(verb.alts) > 0 && p.out.asks && !p.how && noun == nil && !p.reads(verb.alts) {
		p.asked = append(p.asked, len(p.out.clauses))
		p.add(clause{weight: weightTold, alts: p.ix.alternatives(stem(verb.literal))})
		return
	}
	if len(verb.alts) > 0 && (both || noun == nil || p.verbs == 0 && len(p.out.clauses) == 0) {
		if later := stem(verb.literal); p.verbs > 0 && !both && p.ix.things[later] && !p.ix.lexicon.basic[verb.alts[0].class] {
			// A later verb is rather what something is like, as in "fichiers partagés".
			p.add(clause{weight: p.role * weightLeftover, alts: p.ix.alternatives(later)})
			return
		}
		p.addVerb(verb)
		p.verbAsThing(verb.literal, verb.alts[0].class)
		if !both {
			return
		}
	}
	switch {
	case noun == nil:
	case t.adjunct:
		p.add(*noun)
	default:
		if both && p.first && p.role == 1 {
			p.joined = append(p.joined, len(p.out.clauses)) // what is done says what it is done with
		}
		p.addNoun(*noun)
	}
}

// meaning is what a phrase of the lexicon's own stands for.
func (ix *Index) meaning(words []string) []alternative {
	if len(words) == 1 {
		return ix.alternatives(words[0])
	}
	alts := []alternative{{terms: words, weight: 1}}
	for _, r := range ix.lexicon.rules[words[0]] {
		if !slices.Equal(r.words, words) {
			continue
		}
		for _, clause := range r.clauses {
			if len(clause) > 0 && clause[0].class == 0 {
				return append(alts, clause...)
			}
		}
	}
	for _, a := range ix.alternatives(words[len(words)-1]) {
		a.weight *= weightLastWord
		alts = append(alts, a)
	}
	return alts
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
