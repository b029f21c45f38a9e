package index

// Below these a hit does something else than what was asked.
const (
	leastScore = 0.32
	leastVerb  = 0.15
	sameThing  = 0.8 // of the best hit's content: about the same thing
	lookedAt   = 5   // hits that may do what the best one does not
)

// unfit reports whether even the best hits do something else than what was asked.
func (ix *Index) unfit(r *request, found *ranking) bool {
	best := found.hits[0]
	if best.score < leastScore || r.foreignMatter && best.content < sameThing {
		return true
	}
	if !ix.decisive(r) {
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
		if c.literal == "" {
			return false
		}
		for _, sense := range ix.lexicon.verbs[c.literal] {
			if sense.noun || !ix.lexicon.plain[sense.class] {
				return false
			}
		}
		return true
	}
	return false
}
