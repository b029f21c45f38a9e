package index

import "slices"

// Below these a hit does something else than what was asked.
const (
	leastScore   = 0.2
	leastContent = 0.15
	scoreLacking = 0.43
	// Where nobody knows what it is about, as in "send a fax".
	scoreStrange, missingStrange = 0.53, 0.7
	scorePlace                   = 0.9 // where what is asked for is to go into something that is lacking
	contentOther                 = 0.8 // where the query is about other matters
	leastVerb                    = 0.45
	sameThing                    = 0.8 // of the best hit's content: about the same thing
	lookedAt                     = 5   // hits that may do what the best one does not
)

// unfit reports whether even the best hits do something else than what was asked. Words that
// nobody knows say nothing about that: they are names, goods, jargon.
func (ix *Index) unfit(r *request, found *ranking) bool {
	best := found.hits[0]
	switch {
	case best.score < leastScore,
		best.content < leastContent && r.hasHead(), // only the verb fits
		r.foreignMatter && best.content < contentOther,
		r.lacking && best.score < scoreLacking,
		r.lackingPlace && best.score < scorePlace,
		r.strange() && found.missing >= missingStrange && best.score < scoreStrange && ix.decisive(r),
		r.asks && len(r.clauses) > 0 && !slices.ContainsFunc(r.clauses, func(c clause) bool { return !c.verb }): // "what is 15 % of 2,340?"
		return true
	case !ix.decisive(r):
		return false
	}
	for _, h := range found.hits[:min(len(found.hits), lookedAt)] {
		if h.verb >= leastVerb && h.content >= sameThing*best.content {
			return false
		}
	}
	return true
}

// decisive reports whether the request says plainly what to do: with a verb that
// means one thing, and one that nothing else can stand for.
func (ix *Index) decisive(r *request) bool {
	for i := range r.clauses {
		c := &r.clauses[i]
		if !c.verb || c.weight < 1 {
			continue
		}
		if !c.starts && !c.phrasal || i > 0 && !c.starts {
			return false
		}
		for _, a := range c.alts {
			if a.class == 0 || !ix.lexicon.plain[a.class] {
				return false
			}
		}
		for _, sense := range ix.lexicon.verbs[c.literal] {
			if sense.noun && c.literal != "" && !c.starts {
				return false
			}
		}
		return true
	}
	return false
}

// strange reports whether the request is about something that nobody knows.
func (r *request) strange() bool {
	return slices.ContainsFunc(r.clauses, func(c clause) bool { return c.head && c.unknown })
}
