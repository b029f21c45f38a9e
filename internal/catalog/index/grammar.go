package index

import (
	"slices"
	"strings"
)

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

// grammar follows the small words.
func (p *parser) grammar(word string) {
	switch {
	case (word == "and" || word == "or") && p.first && len(p.heads) > 0:
		p.joined = append(p.joined, p.heads[len(p.heads)-1])
	case word == "of":
		if p.role == 1 && len(p.heads) > 0 { // not "all of my channels"
			if p.relational {
				p.joined = append(p.joined, p.heads[len(p.heads)-1])
				return
			}
			p.role = weightOf
		}
		p.closePhrase()
	case p.out.asks && p.first && len(p.heads) > 0 && slices.Contains([]string{"do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "can", "could", "should", "may", "will", "would"}, word):
		// "which steps does a sale go through" is about steps.
		p.role = weightAfter
		p.closePhrase()
	case slices.Contains(relatives(), word) && len(p.out.clauses) > 0, len(p.heads) > 0 && slices.Contains([]string{"i", "we", "you", "he", "she", "they"}, word):
		p.role = weightRelative
		p.closePhrase()
	case slices.Contains(prepositions(), word):
		if len(p.heads) == 0 {
			return // "look for a page": what follows is the object
		}
		if p.relational && p.role == 1 && (word == "for" || word == "on" || word == "in") {
			p.joined = append(p.joined, p.heads[len(p.heads)-1])
			return
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

// relationals are words for a side of something: "the status of an import" is about the import as much.
func relationals() []string {
	return []string{"status", "state", "detail", "details", "info", "information", "list", "progress", "result", "results", "value", "values", "number", "name", "names", "kind", "type", "set", "rest", "data", "overview", "count", "priority", "amount", "date", "description", "title", "subject", "summary", "price", "address", "size", "weight", "birthday", "owner", "assignee", "label"}
}

// given reads what "give" means here, by what follows: one gives somebody a thing, or a thing to
// somebody, or wants to be given it.
func (p *parser) given(i int) []alternative {
	l := p.ix.lexicon
	one := func(name string, weight float32) alternative {
		return alternative{class: l.classes[name], weight: weight}
	}
	rest := p.tokens[i+1:]
	if len(rest) > 0 && (rest[0].word == "me" || rest[0].word == "us") {
		return []alternative{one("get", 1), one("list", 0.8)}
	}
	for n, t := range rest {
		switch {
		case t.kind == breakTag:
			return []alternative{one("get", 1), one("add", 0.5), one("assign", 0.5)}
		case n > 0 && slices.Contains([]string{"a", "an", "another", "some", "new", "more", "extra"}, t.word):
			p.giving = true
			return []alternative{one("create", 1), one("add", 1), one("update", 0.9), one("assign", 0.6)}
		case t.word == "to" && n > 0:
			return []alternative{one("assign", 1), one("share", 0.8), one("send", 0.7), one("update", 0.5)}
		}
	}
	return []alternative{one("get", 1), one("add", 0.6), one("assign", 0.5)}
}

// made reads what "make" means here: one makes a thing, or makes one that there is something else.
func (p *parser) made(i int) []alternative {
	l := p.ix.lexicon
	one := func(name string, weight float32) alternative {
		return alternative{class: l.classes[name], weight: weight}
	}
	if i+1 < len(p.tokens) {
		next := &p.tokens[i+1]
		if named(p.tokens, i+1) || slices.Contains([]string{"the", "this", "that", "these", "those", "my", "our", "his", "her", "their", "your", "it", "him", "them"}, next.word) {
			return []alternative{one("update", 1), one("create", 0.8), one("convert", 0.7)}
		}
	}
	return []alternative{one("create", 1)}
}

// done reports whether the participle at token i says what to do: "should be deleted", "get it deleted".
func (p *parser) done(i int) bool {
	if i == 0 || !strings.HasSuffix(p.tokens[i].word, "ed") {
		return false
	}
	if p.previous(i) == "be" {
		return true
	}
	for j := range p.out.clauses {
		if c := &p.out.clauses[j]; c.verb && c.weight >= 1 && (c.literal == "get" || c.literal == "want" || c.literal == "need") && len(p.heads) > 0 {
			return p.role == 1
		}
	}
	return false
}

// receiver ends the phrase of whom something is given to: what follows is the thing.
func (p *parser) receiver() {
	for _, at := range p.heads {
		p.out.clauses[at].weight *= weightAfter
	}
	p.heads, p.joined, p.role, p.first, p.giving = nil, nil, 1, true, false
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
