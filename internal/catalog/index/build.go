package index

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Marks of a document that a query rarely means unless it says so.
const (
	flagBatch uint16 = 1 << iota
	flagAdmin
	flagDraft
	flagDeprecated
	flagOdd    // a legacy, test or internal variant
	flagPlural // it answers with several
	flagOne    // it answers with one
	flagBare   // its id says what it does and not to what, as in "search"
)

// The weight of a field, and how fast words count less towards its end.
const (
	weightName        = 1.0
	weightGroup       = 0.45
	weightDescription = 0.6
	weightParameter   = 0.25
)

type builder struct {
	ix     *Index
	stems  map[string]string // a cache: most words come up again and again
	at     map[int32]int     // of a term within the current document
	doc    document
	counts map[string]int // of surface words, for the vocabulary
}

func newBuilder(ix *Index) *builder {
	return &builder{ix: ix, stems: map[string]string{}, at: map[int32]int{}, counts: map[string]int{}}
}

func (b *builder) stem(word string) string {
	s, ok := b.stems[word]
	if !ok {
		s = stem(word)
		b.stems[strings.Clone(word)] = s
	}
	return s
}

func (b *builder) term(stem string) int32 {
	id, ok := b.ix.terms[stem]
	if !ok {
		id = int32(len(b.ix.posts)) //nolint:gosec // far fewer terms than that
		b.ix.terms[strings.Clone(stem)] = id
		b.ix.posts = append(b.ix.posts, nil)
	}
	return id
}

func clip(text string) string {
	if len(text) > maxScanned {
		text = text[:maxScanned]
	}
	return strings.ToValidUTF8(text, " ")
}

// add indexes one document.
func (b *builder) add(d *Doc) {
	clear(b.at)
	b.doc = document{
		connector: strings.Clone(d.ConnectorID), action: strings.Clone(d.ActionID),
		app: int32(b.ix.appOf[d.ConnectorID]), effect: d.Effect, //nolint:gosec // far fewer apps than that
	}
	b.readVerbs(d)
	b.name(d)
	b.field(d.Group, inGroup, weightGroup, maxNameWords)
	b.field(d.Description, inDescription, weightDescription, maxDescriptionWords)
	for _, parameter := range d.Parameters[:min(len(d.Parameters), maxParameters)] {
		b.field(parameter, inParameters, weightParameter, 6)
	}
	b.marks(d)
	slices.SortFunc(b.doc.terms, func(x, y docTerm) int { return cmp.Compare(x.term, y.term) })
	b.doc.terms = slices.Clip(b.doc.terms)
	at := int32(len(b.ix.docs)) //nolint:gosec // far fewer actions than that
	for _, t := range b.doc.terms {
		b.ix.posts[t.term] = append(b.ix.posts[t.term], posting{at, t.weight})
	}
	b.ix.docs = append(b.ix.docs, b.doc)
}

// name indexes id and title together, and remembers the nouns of both.
func (b *builder) name(d *Doc) {
	l := b.ix.lexicon
	nouns := func(text string, id bool) {
		n := 0
		wordsOf(clip(text), func(word string, joined bool) bool {
			if joined && id {
				return true
			}
			w := fold(word)
			b.count(w, 3)
			s := b.stem(w)
			if l.stops[w] || len(s) == 0 {
				return true
			}
			term := b.hit(s, inName, weightName)
			if !b.ix.names[s] {
				b.ix.names[strings.Clone(s)] = true
			}
			if !joined && !l.weak[w] && !b.verbal(w, s) && !slices.Contains(b.doc.nouns, term) {
				b.doc.nouns = append(b.doc.nouns, term)
				b.ix.things[strings.Clone(s)] = true
			}
			n++
			return n < maxNameWords
		})
	}
	nouns(d.ActionID, true)
	nouns(d.Name, false)
	b.doc.nouns = slices.Clip(b.doc.nouns)
}

// verbal reports whether the document's verbs include this word, or it is never a noun.
func (b *builder) verbal(word, s string) bool {
	for _, sense := range b.ix.lexicon.verb(word, s) {
		if !sense.noun {
			return true
		}
		for _, v := range b.doc.verbs {
			if v.class == sense.class && v.weight >= 0.8 {
				return true
			}
		}
	}
	return false
}

func (b *builder) field(text string, field uint8, weight float32, limit int) {
	n := 0
	wordsOf(clip(text), func(word string, _ bool) bool {
		w := fold(word)
		s := b.stem(w)
		if len(s) == 0 || len(w) > 40 || b.ix.lexicon.stops[w] {
			return true
		}
		if field != inParameters {
			b.count(w, 1)
		}
		// What stands first in a description says what the action does.
		b.hit(s, field, weight*(1-0.3*float32(n)/float32(limit)))
		n++
		return n < limit
	})
}

func (b *builder) count(word string, by int) {
	if utf8.RuneCountInString(word) >= 3 && len(word) <= maxTypoBytes {
		b.counts[word] += by
	}
}

// hit notes a word. Several places add up, with less and less to gain.
func (b *builder) hit(stem string, field uint8, weight float32) int32 {
	term := b.term(stem)
	i, ok := b.at[term]
	if !ok {
		i = len(b.doc.terms)
		b.at[term] = i
		b.doc.terms = append(b.doc.terms, docTerm{term: term})
	}
	t := &b.doc.terms[i]
	if t.fields&field == 0 {
		t.weight = max(t.weight, weight) + 0.15*min(t.weight, weight)
	}
	t.fields |= field
	return term
}

func (b *builder) finish() {
	b.ix.rare = make([]float32, len(b.ix.posts))
	for i := range b.ix.posts {
		b.ix.posts[i] = slices.Clip(b.ix.posts[i])
		b.ix.rare[i] = rarity(len(b.ix.posts[i]), len(b.ix.docs))
	}
	for c := range b.ix.classTerms {
		b.ix.classTerms[c] = -1
		if id, ok := b.ix.terms[classTerm(class(c))]; ok {
			b.ix.classTerms[c] = id
		}
	}
	b.ix.words = newVocabulary(b.counts, b.ix.lexicon)
}

// marks notes what kind of variant the document is.
func (b *builder) marks(d *Doc) {
	words := map[string]bool{}
	for _, text := range []string{d.ActionID, d.Name} {
		wordsOf(clip(text), func(word string, _ bool) bool {
			words[fold(word)] = true
			return len(words) < 2*maxNameWords
		})
	}
	for _, mark := range []struct {
		flag  uint16
		words []string
	}{
		{flagBatch, []string{"batch", "bulk", "multiple", "several", "mass"}},
		{flagAdmin, []string{"admin", "enterprise", "org", "super"}},
		{flagDraft, []string{"draft", "drafts"}},
		{flagOdd, []string{"legacy", "v1", "v2", "v3", "beta", "internal", "test", "old", "sample", "deprecated", "async", "raw"}},
	} {
		if slices.ContainsFunc(mark.words, func(w string) bool { return words[w] }) {
			b.doc.flags |= mark.flag
		}
	}
	description := strings.ToLower(clip(d.Description))
	if strings.Contains(description, "deprecated") || strings.Contains(description, "non-functional") {
		b.doc.flags |= flagDeprecated
	}
}
