package index

import "slices"

// split parts a query that asks for two things, one after the other: "find … and
// send …". A part must say what to do and with what.
func (ix *Index) split(tokens []token) [][]token {
	var parts [][]token
	start := 0
	for i := 1; i+1 < len(tokens) && len(parts)+1 < maxSegments; i++ {
		next := ix.boundary(tokens, i)
		if next == 0 || !ix.complete(tokens[start:i]) || !ix.complete(tokens[next:]) {
			continue
		}
		parts = append(parts, tokens[start:i])
		start = next
		i = next
	}
	return append(parts, tokens[start:])
}

// boundary returns where the next part begins if one ends before token i, else 0.
func (ix *Index) boundary(tokens []token, i int) int {
	next := i
	for next < len(tokens) && (tokens[next].kind == breakTag || slices.Contains([]string{"and", "then", "afterwards", "und", "dann", "et", "puis", "y", "luego", "e", "poi", "depois", "en", "daarna"}, tokens[next].word)) {
		next++
	}
	if next == i || next >= len(tokens) {
		return 0
	}
	t := &tokens[next]
	if t.kind != plain || t.app {
		return 0
	}
	if t.foreign != nil {
		if t.foreign[0][0] != '!' { // it has no verb
			return 0
		}
		return next
	}
	p := parser{ix: ix, tokens: tokens[next:]}
	if r, _ := p.rule(0); r != nil && len(r.clauses) > 0 && len(r.clauses[0]) > 0 && r.clauses[0][0].class != 0 {
		return next
	}
	senses := ix.lexicon.verb(t.word, t.stem)
	if len(senses) == 0 || senses[0].noun && !p.followedByDeterminer(0) && !named(tokens, next+1) {
		return 0
	}
	return next
}

// named reports whether a name stands at i.
func named(tokens []token, i int) bool {
	return i < len(tokens) && (tokens[i].capital || tokens[i].kind != plain && tokens[i].kind != breakTag && tokens[i].kind != number)
}

// complete reports whether tokens say both what to do and with what.
func (ix *Index) complete(tokens []token) bool {
	if len(tokens) == 0 {
		return false
	}
	verbs, nouns := 0, 0
	p := parser{ix: ix, tokens: slices.Clone(tokens), role: 1, first: true}
	for i := 0; i < len(p.tokens); {
		i = p.step(i)
	}
	for _, t := range tokens[1:] {
		if slices.Contains([]string{"it", "them", "him", "her", "those"}, t.word) {
			nouns++ // what the part before is about
		}
	}
	for _, c := range p.out.clauses {
		switch {
		case c.verb:
			verbs++
		case (!c.loose || c.weight > weightLoose) && !p.repeats(&c):
			nouns++
		}
	}
	if slices.ContainsFunc(tokens[1:], func(t token) bool { return t.capital && !t.app }) {
		nouns++ // "find Ada"
	}
	return verbs > 0 && nouns > 0
}

// repeats reports whether a clause only says the verb again.
func (p *parser) repeats(c *clause) bool {
	return slices.ContainsFunc(p.out.clauses, func(v clause) bool {
		return v.verb && v.literal != "" && len(c.alts) > 0 && len(c.alts[0].terms) == 1 && c.alts[0].terms[0] == v.literal
	})
}
