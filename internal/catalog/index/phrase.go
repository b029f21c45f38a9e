package index

import "slices"

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
		defer func() {
			p.grammar(last)
			p.relational = slices.Contains(relationals(), last)
		}()
	}
	for _, alts := range r.clauses {
		if len(alts) == 0 {
			continue
		}
		verb := alts[0].class != 0
		c := clause{alts: alts, verb: verb, weight: p.role, plural: plural && !verb, thing: !verb && !says && r.own, own: !verb && r.own}
		if verb && p.told(at[0]) && !p.reads(alts) {
			continue // "what have we written down" does not write
		}
		if verb {
			c.weight, c.phrasal = 1, r.phrasal
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

// reads reports whether any of the classes looks something up.
func (p *parser) reads(alts []alternative) bool {
	l := p.ix.lexicon
	return slices.ContainsFunc(alts, func(a alternative) bool {
		return slices.ContainsFunc([]string{"get", "list", "search", "report", "count", "track", "validate", "compare", "calculate", "test"}, func(name string) bool { return a.class == l.classes[name] })
	})
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

// single adds the clauses that one word stands for.
func (p *parser) single(r *rule, like clause) {
	for _, alts := range r.clauses {
		if len(alts) == 0 {
			continue
		}
		c := like
		c.alts, c.own = alts, r.own
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
