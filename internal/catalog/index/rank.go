package index

import (
	"cmp"
	"slices"
)

// ranked is a document that was looked at closely.
type ranked struct {
	doc               int32
	connector, action string
	score             float32
	content           float32 // the part of what was asked for that it is about
	head              float32 // how well it is about what the query is about most
	verb              float32 // how well it does what was asked
	named             float32 // content, of its name alone
}

// How much each feature of a document counts. Content and verb are 0 to 1.
const (
	shareContent = 1.0
	enough       = 10.0 // of the weight of clauses, to be about a long query
	shareVerb    = 0.55
	shareHead    = 0.22
	priceNoise   = 0.3  // of a name that says nothing but what was not asked for
	priceVariant = 0.12 // of a variant that was not asked for
	priceNumber  = 0.08
	bareMatch    = 0.8 // of an action that searches everything, for one who searches
	bareVerb     = 0.85
	onlyVerb     = 0.6 // the content of an action of which only the verb was asked for
	priceUnused  = 0.3 // of deprecated actions
)

// rank orders the documents of apps by how well they do what is asked.
func (ix *Index) rank(r *request, apps []int, q *Query) ranking {
	weights, sum, verbs := ix.weigh(r)
	if sum == 0 && verbs == 0 {
		return ranking{}
	}
	candidates := ix.candidates(r, apps, q)
	hits := make([]ranked, 0, len(candidates))
	for _, d := range candidates {
		hits = append(hits, ix.judge(r, d, weights, sum, verbs))
	}
	slices.SortFunc(hits, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.connector, b.connector), cmp.Compare(a.action, b.action))
	})
	return ranking{hits: hits, missing: ix.missing(r, candidates, weights)}
}

// ranking is what one part of a query found.
type ranking struct {
	hits    []ranked
	missing float32 // the share of what was asked for that no candidate is about
}

// missing is the share of what was asked for that none of the documents is about.
func (ix *Index) missing(r *request, candidates []int32, weights []float32) float32 {
	var sum, missing float32
	var used [maxNameWords]bool
	for i := range r.clauses {
		c := &r.clauses[i]
		if c.verb || c.loose {
			continue
		}
		sum += weights[i]
		least, meant := float32(leastMatch), c
		if c.own {
			least, meant = leastOwn, c.itself()
		}
		if !slices.ContainsFunc(candidates, func(d int32) bool {
			m, _ := ix.about(&ix.docs[d], meant, &used)
			return m >= least
		}) {
			missing += weights[i]
			r.foreignMatter = r.foreignMatter || c.other && c.head
			r.lacking = r.lacking || c.thing && c.head && !c.own && !r.foreign && !r.tagged && r.orders()
			r.lackingOwn = r.lackingOwn || c.own && c.head
			r.lackingPlace = r.lackingPlace || c.thing && !c.head && c.weight >= weightAfter && r.puts(ix.lexicon)
		}
	}
	if sum == 0 {
		return 0
	}
	return missing / sum
}

// itself is the clause without what only stands near to it.
func (c *clause) itself() *clause {
	own := *c
	own.alts = slices.DeleteFunc(slices.Clone(c.alts), func(a alternative) bool { return a.weight < sameMeaning })
	return &own
}

// sameMeaning is the weight from which a word means the same as another.
const sameMeaning = 0.85

// orders reports whether the request begins with what to do.
func (r *request) orders() bool { return r.clauses[0].verb && r.clauses[0].weight >= 1 }

// puts reports whether the request puts one thing into another.
func (r *request) puts(l *lexicon) bool {
	return slices.ContainsFunc(r.clauses, func(c clause) bool {
		return c.verb && c.weight >= 1 && slices.ContainsFunc(c.alts, func(a alternative) bool { return a.class != 0 && l.puts[a.class] })
	})
}

// leastMatch is what makes a document be about a word at all.
const leastMatch = 0.25

// leastOwn is the same for a thing that nothing else can stand for: to be mentioned in passing is not enough.
const leastOwn = 0.5

// weigh returns what each clause counts, by its place and by how rare its words
// are, and the sums of nouns and of verbs.
func (ix *Index) weigh(r *request) (weights []float32, sum, verbs float32) {
	weights = make([]float32, len(r.clauses))
	for i := range r.clauses {
		c := &r.clauses[i]
		if c.verb {
			weights[i] = c.weight
			verbs += c.weight
			continue
		}
		weights[i] = c.weight * ix.rarityOf(c)
		sum += weights[i]
	}
	return weights, sum, verbs
}

// Bounds on how much rarity counts: what is in every second action still says
// something, and what is in one says no more than a rare word.
const (
	leastRarity   = 1.2
	mostRarity    = 4
	unknownRarity = 3.0
)

func (ix *Index) rarityOf(c *clause) float32 {
	best := float32(0)
	for _, a := range c.alts {
		rare := float32(0)
		for _, t := range a.terms {
			id, ok := ix.terms[t]
			if !ok {
				rare = 0
				break
			}
			rare += ix.rare[id]
		}
		if len(a.terms) > 0 {
			best = max(best, a.weight*rare/float32(len(a.terms)))
		}
	}
	if best == 0 {
		return unknownRarity
	}
	return min(max(best, leastRarity), mostRarity)
}

// judge looks at one document closely.
func (ix *Index) judge(r *request, d int32, weights []float32, sum, verbs float32) ranked {
	doc := &ix.docs[d]
	hit := ranked{doc: d, connector: doc.connector, action: doc.action}
	hit.verb = ix.doesAll(doc, r, weights, verbs)
	var used [maxNameWords]bool
	for i := range r.clauses {
		c := &r.clauses[i]
		if c.verb {
			continue
		}
		m, named := ix.about(doc, c, &used)
		if doc.flags&flagBare != 0 && c.head && hit.verb >= bareVerb {
			m = max(m, bareMatch)
		}
		hit.content += weights[i] * m
		hit.named += weights[i] * named
		if c.head {
			hit.head = max(hit.head, m)
		}
	}
	if sum > 0 {
		hit.content = min(1, hit.content/min(sum, enough))
		hit.named = min(1, hit.named/min(sum, enough))
	}
	if !r.hasHead() {
		// "create" says only what to do.
		hit.head, hit.content = hit.verb, max(hit.content, onlyVerb*hit.verb)
	}
	hit.score = (shareContent*hit.content + shareVerb*hit.verb + shareHead*hit.head - ix.price(doc, r, &used)) / (shareContent + shareVerb + shareHead)
	return hit
}

func (r *request) hasHead() bool {
	return slices.ContainsFunc(r.clauses, func(c clause) bool { return c.head })
}

// doesAll tells how well a document does what the verbs of a request say.
func (ix *Index) doesAll(doc *document, r *request, weights []float32, verbs float32) float32 {
	if verbs == 0 {
		return ix.plainly(doc, r)
	}
	var sum float32
	for i := range r.clauses {
		if r.clauses[i].verb {
			sum += weights[i] * ix.does(doc, &r.clauses[i])
		}
	}
	return sum / verbs
}

// about tells how well a document is about a clause, all in all and by its name, and marks
// the nouns of its name that the clause explains.
func (ix *Index) about(doc *document, c *clause, used *[maxNameWords]bool) (m, named float32) {
	for _, a := range c.alts {
		if len(a.terms) == 0 {
			continue
		}
		least, inNames := float32(2), true
		for _, s := range a.terms {
			weight, fields := ix.has(doc, s)
			least = min(least, weight)
			if fields&inName == 0 {
				inNames = false
				continue
			}
			if id := ix.terms[s]; a.weight >= 0.35 {
				if n := slices.Index(doc.nouns, id); n >= 0 && n < maxNameWords {
					used[n] = true
				}
			}
		}
		if least > 1 {
			least = 1
		}
		m = max(m, a.weight*least)
		if inNames {
			named = max(named, a.weight)
		}
	}
	return m, named
}

func (ix *Index) has(doc *document, stem string) (weight float32, fields uint8) {
	id, ok := ix.terms[stem]
	if !ok {
		return 0, 0
	}
	at, ok := slices.BinarySearchFunc(doc.terms, id, func(t docTerm, id int32) int { return cmp.Compare(t.term, id) })
	if !ok {
		return 0, 0
	}
	return doc.terms[at].weight, doc.terms[at].fields
}

// does tells how well a document does what a verb says.
func (ix *Index) does(doc *document, c *clause) float32 {
	best := float32(0)
	for _, a := range c.alts {
		if a.class == 0 {
			if len(a.terms) > 0 {
				weight, _ := ix.has(doc, a.terms[0])
				best = max(best, a.weight*weight*0.8)
			}
			continue
		}
		for _, v := range doc.verbs {
			best = max(best, a.weight*v.weight*ix.lexicon.kin[a.class][v.class])
		}
	}
	if c.literal != "" {
		if _, fields := ix.has(doc, c.literal); fields&inName != 0 {
			best = min(1, max(best, 0.75)+0.1)
		}
	}
	return best
}

// plainly tells how well a document does what a query without a verb may mean:
// rather to look than to change.
func (ix *Index) plainly(doc *document, r *request) float32 {
	if r.states && !r.asks {
		if doc.effect == "read" {
			return 0.3
		}
		return 0.6
	}
	for _, v := range doc.verbs {
		if v.class == ix.lexicon.classes["get"] || v.class == ix.lexicon.classes["list"] || v.class == ix.lexicon.classes["search"] {
			return 0.6
		}
	}
	return 0.4
}

// price is what a document loses for what it is and was not asked for.
func (ix *Index) price(doc *document, r *request, used *[maxNameWords]bool) float32 {
	var price float32
	if len(doc.nouns) > 0 && doc.flags&flagBare == 0 {
		unused := 0
		for i := range doc.nouns {
			if i < maxNameWords && !used[i] {
				unused++
			}
		}
		price += priceNoise * float32(unused) / float32(len(doc.nouns)+1)
	}
	for _, v := range variants() {
		if doc.flags&v.flag != 0 && !r.says(v.words) {
			price += priceVariant
		}
	}
	if doc.flags&flagDeprecated != 0 {
		price += priceUnused
	}
	if doc.flags&flagPlural != 0 && r.one || doc.flags&flagOne != 0 && !r.one {
		price += priceNumber
	}
	return price
}

type variant struct {
	flag  uint16
	words []string // stems that ask for it
}

func variants() []variant {
	return []variant{
		{flagBatch, []string{"batch", "bulk", "multipl", "sever", "mass"}},
		{flagAdmin, []string{"admin", "enterpris", "org", "organ", "workspac"}},
		{flagDraft, []string{"draft"}},
		{flagOdd, []string{"legaci", "test", "intern", "old", "sampl", "deprec", "beta"}},
	}
}

// says reports whether any of the words was asked for.
func (r *request) says(words []string) bool {
	for i := range r.clauses {
		for _, a := range r.clauses[i].alts {
			if len(a.terms) == 1 && a.weight >= 0.75 && slices.Contains(words, a.terms[0]) {
				return true
			}
		}
	}
	return false
}
