package index

import (
	"slices"
	"strings"
)

// How sure it is what an action does, by where a verb of it stands.
const (
	verbOfID          = 0.95
	verbOfName        = 1.0
	verbOfDescription = 0.75
)

// readVerbs finds what the action does: the verb of its id, of its title and at
// the start of its description.
func (b *builder) readVerbs(d *Doc) {
	id := verbWords(d.ActionID)
	if len(id) > 1 && slices.Contains([]string{"get", "post", "put", "patch", "delete"}, id[0].word) && strings.Contains(d.ActionID, id[0].word+"-") {
		// The method that some ids begin with says less than the title. "get" and
		// "delete" mean what they say.
		if id[0].word != "get" && id[0].word != "delete" {
			id = id[1:]
		}
	}
	b.verbsIn(id, verbOfID)
	b.verbsIn(verbWords(d.Name), verbOfName)
	described := verbWords(firstWords(d.Description, 8))
	if len(described) > 0 {
		weight := float32(verbOfDescription)
		if len(b.doc.verbs) == 0 {
			weight = verbOfName
		}
		b.firstVerb(described[:1], weight)
	}
	if len(b.doc.verbs) == 0 && d.Effect == "read" {
		b.verb(b.ix.lexicon.classes["get"], 0.7)
	}
	b.number(d)
	b.bare(id)
	b.indexVerbs()
}

type verbWord struct {
	word  string
	start bool // the first of a part of an id, or of a title
}

// verbWords splits at most maxNameWords words of text.
func verbWords(text string) []verbWord {
	var words []verbWord
	for part := range strings.FieldsFuncSeq(clip(text), func(r rune) bool { return r == '_' || r == '.' || r == '-' || r == '/' }) {
		first := true
		wordsOf(part, func(word string, joined bool) bool {
			if joined {
				return true
			}
			words = append(words, verbWord{fold(word), first})
			first = false
			return len(words) < maxNameWords
		})
		if len(words) >= maxNameWords {
			break
		}
	}
	return words
}

func firstWords(text string, n int) string {
	for i, r := range text[:min(len(text), 200)] {
		if r == ' ' {
			if n--; n == 0 {
				return text[:i]
			}
		}
	}
	return text[:min(len(text), 200)]
}

// verbsIn takes the verb that says most: an unmistakable one in the last part of the id that has one,
// else one that could be a noun but stands first, and what is joined to it by "or".
func (b *builder) verbsIn(words []verbWord, weight float32) {
	best, sure := -1, false
	for i, w := range words {
		if strings.HasSuffix(w.word, "ed") && i > 0 {
			continue
		}
		for _, sense := range b.ix.lexicon.verb(w.word, b.stem(w.word)) {
			clear := !sense.noun || w.start && i == 0
			if sense.noun && isPlural(w.word) {
				continue // "pins" in a title are things
			}
			if best < 0 && (clear || w.start) || best >= 0 && !sense.noun && (w.start || !sure) {
				best, sure = i, !sense.noun || i == 0
			}
		}
	}
	if best < 0 {
		return
	}
	b.firstVerb(words[best:best+1], weight)
	for i := best + 1; i+1 < len(words); i++ {
		if words[i].word == "or" || words[i].word == "and" {
			b.firstVerb(words[i+1:i+2], weight*0.95)
		}
	}
}

func (b *builder) firstVerb(words []verbWord, weight float32) {
	for _, sense := range b.ix.lexicon.verb(words[0].word, b.stem(words[0].word)) {
		b.verb(sense.class, weight)
	}
}

func (b *builder) verb(c class, weight float32) {
	for i := range b.doc.verbs {
		if b.doc.verbs[i].class == c {
			b.doc.verbs[i].weight = max(b.doc.verbs[i].weight, weight)
			return
		}
	}
	b.doc.verbs = append(b.doc.verbs, docVerb{c, weight})
}

// number finds out whether a read answers with one thing or with several.
func (b *builder) number(d *Doc) {
	get, list, search := b.ix.lexicon.classes["get"], b.ix.lexicon.classes["list"], b.ix.lexicon.classes["search"]
	reads, lists := false, false
	for _, v := range b.doc.verbs {
		reads = reads || v.class == get && v.weight > 0.5
		lists = lists || (v.class == list || v.class == search) && v.weight > 0.5
	}
	several := strings.Contains(" "+strings.ToLower(clip(d.Name))+" ", " all ") || strings.Contains(strings.ToLower(firstWords(d.Description, 8)), "list of")
	if words := verbWords(d.ActionID); len(words) > 0 {
		several = several || isPlural(words[len(words)-1].word)
	}
	switch {
	case lists, reads && several:
		b.doc.flags |= flagPlural
		if !lists {
			b.verb(list, 0.9)
		}
	case reads:
		b.doc.flags |= flagOne
	}
}

func isPlural(word string) bool {
	return len(word) > 3 && strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us") && !strings.HasSuffix(word, "is")
}

// bare finds out whether an action searches everything that its app has.
func (b *builder) bare(id []verbWord) {
	l := b.ix.lexicon
	searches := false
	for _, w := range id {
		search := slices.ContainsFunc(l.verb(w.word, b.stem(w.word)), func(s verbSense) bool { return s.class == l.classes["search"] })
		if !search && !l.stops[w.word] && !l.weak[w.word] {
			return
		}
		searches = searches || search
	}
	if searches {
		b.doc.flags |= flagBare
	}
}

// indexVerbs makes the document's verbs terms, so that a search finds it by them.
func (b *builder) indexVerbs() {
	for _, v := range b.doc.verbs {
		b.hit(classTerm(v.class), inVerb, 0.5*v.weight)
	}
}

// classTerm is the term of a class: no word can look like it.
func classTerm(c class) string { return "!" + string(rune('0'+c)) }
