package index

import "slices"

// Below these a hit does something else than what was asked.
const (
	leastScore   = 0.12
	leastContent = 0.05
	scoreLacking = 0.43
	scoreOwn     = 0.8
	// Where nobody knows what it is about, as in "send a fax".
	scoreStrange, missingStrange = 0.53, 0.7
	scorePlace                   = 0.9 // where what is asked for is to go into something that is lacking
	contentOther                 = 0.8 // where the query is about other matters
	leastVerb                    = 0.45
	leastOther                   = 0.15 // where the verb may mean several things
	sameThing                    = 0.8  // of the best hit's content: about the same thing
	likeThing                    = 0.5  // about a like thing
	lookedAt                     = 5    // hits that may do what the best one does not
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
		r.lackingOwn && best.score < scoreOwn,
		r.lackingPlace && best.score < scorePlace,
		r.strange() && found.missing >= missingStrange && best.score < scoreStrange && ix.decisive(r),
		r.numbers && !slices.ContainsFunc(r.clauses, func(c clause) bool { return !c.verb }): // "what is 15 % of 2,340?"
		return true
	}
	least, same := ix.leastVerb(r), float32(sameThing)
	switch least {
	case 0:
		return false
	case leastOther:
		same = likeThing
	}
	for _, h := range found.hits[:min(len(found.hits), lookedAt)] {
		if h.verb >= least && h.content >= same*best.content {
			return false
		}
	}
	return true
}

// leastVerb is how well a hit must do what the request says: not at all where it does not say that
// plainly, and well where nothing else can stand for its verb.
func (ix *Index) leastVerb(r *request) float32 {
	at := slices.IndexFunc(r.clauses, func(c clause) bool { return c.verb && c.weight >= 1 })
	if at < 0 {
		return 0
	}
	c := &r.clauses[at]
	if !c.starts && (!c.phrasal || at > 0) {
		return 0
	}
	for _, a := range c.alts {
		if a.class == 0 || !ix.lexicon.plain[a.class] {
			return leastOther
		}
	}
	return leastVerb
}

// decisive reports whether the request begins with a verb that nothing else can stand for.
func (ix *Index) decisive(r *request) bool { return ix.leastVerb(r) >= leastVerb }

// strange reports whether the request is about something that nobody knows.
func (r *request) strange() bool {
	return slices.ContainsFunc(r.clauses, func(c clause) bool { return c.head && c.unknown })
}
