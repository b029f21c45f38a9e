package index

import "slices"

// implied adds what is not said because it goes without saying.
func (p *parser) implied() {
	for _, c := range p.out.clauses {
		if !c.verb || c.weight < 1 || len(c.alts) == 0 {
			continue
		}
		a := c.alts[0]
		if implied := p.ix.lexicon.implied[a.class]; a.weight >= 0.9 && a.class != 0 && implied != nil {
			p.add(clause{weight: weightImplied, alts: implied, loose: true})
			return
		}
	}
}

// besides takes what is known for what a query is about, beside a word that nobody knows, where it
// does not begin with what to do to that.
func (p *parser) besides() {
	if len(p.heads) == 0 || len(p.out.clauses) == 0 || p.out.orders() || !p.out.clauses[p.heads[len(p.heads)-1]].unknown {
		return
	}
	for i := len(p.out.clauses) - 1; i >= 0; i-- {
		if c := &p.out.clauses[i]; !c.verb && c.thing && !c.unknown && !c.loose {
			c.weight = max(c.weight, 1)
			p.joined = append(p.joined, i)
			p.out.clauses[p.heads[len(p.heads)-1]].weight *= weightUnknown
			return
		}
	}
}

// somebody takes a name for a person, where the query is about nothing else.
func (p *parser) somebody() {
	if len(p.heads) > 0 || p.verbs == 0 || !slices.ContainsFunc(p.tokens, func(t token) bool { return t.capital && !t.app && t.kind == plain }) {
		return
	}
	p.heads = append(p.heads, len(p.out.clauses))
	p.add(clause{weight: weightSomebody, alts: []alternative{
		{terms: []string{"user"}, weight: 1}, {terms: []string{"contact"}, weight: 1}, {terms: []string{"member"}, weight: 0.8},
	}})
}

// verbsAsThings takes the verbs after the first for what a query is about that names nothing
// else, as "list approved requests" does.
func (p *parser) verbsAsThings() {
	if len(p.heads) > 0 || p.verbs < 2 {
		return
	}
	for i, n := 0, len(p.out.clauses); i < n; i++ {
		if c := &p.out.clauses[i]; c.verb && c.weight < 1 && c.literal != "" && p.ix.things[c.literal] {
			p.heads = append(p.heads, len(p.out.clauses))
			p.add(clause{weight: 1, alts: p.ix.alternatives(c.literal)})
		}
	}
}

// finish says what the query is about, and that a question reads.
func (p *parser) finish() {
	l := p.ix.lexicon
	if len(p.heads) == 0 && len(p.asked) > 0 {
		p.heads = p.asked[:1]
	}
	p.verbsAsThings()
	p.somebody()
	p.besides()
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
