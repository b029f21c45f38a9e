package index

import (
	"cmp"
	"slices"
)

// Query is a question to the index.
type Query struct {
	Text        string
	ConnectorID string   // only actions of this app, where it is not empty
	Connected   []string // the apps that the caller has connected
	Limit       int      // of hits; 10 where it is 0
	// Allowed tells which actions may be found at all; nil allows every one.
	Allowed func(connectorID, actionID string) bool
}

// Hit is an action that was found.
type Hit struct {
	ConnectorID, ActionID string
	Score                 float64 // comparable within one answer; a perfect hit has about 1
}

// Answer is what was found.
type Answer struct {
	Hits []Hit // best first; none where nothing fits
	// None says that no action does what was asked: the app is not in the index, it
	// has no such action, or this is not what apps do.
	None bool
	// Nearest are the best that there is where None is true.
	Nearest []Hit
	// Elsewhere are actions that fit, of apps that the caller has not connected, where
	// no connected app has one.
	Elsewhere []Hit
	// App is the name of an app that the query names and the index lacks.
	App string
	// Bare says that the query says nothing of what to do: it has no words, or only the
	// names of apps.
	Bare bool
}

const (
	defaultLimit = 10
	maxLimit     = 100
	maxNearest   = 5
	leastKin     = 0.3 // of classes that are searched for together
	maxRanked    = 150 // documents that are looked at closely, of one part of a query
)

// Search finds the actions that do what the query says, or that it names by their id.
// One that names no app means the connected ones.
func (ix *Index) Search(q Query) Answer {
	exact, spaced := ix.exact(q), q
	spaced.Text = ix.spaced(q.Text)
	answer := ix.search(spaced)
	if len(exact) > 0 {
		answer.Hits = first(exact, answer.Hits, q.limit())
		answer.None, answer.Nearest, answer.App, answer.Bare = false, nil, "", false
		return answer
	}
	if answer.None && answer.App == "" && q.ConnectorID == "" && len(q.Connected) > 0 {
		q.Connected, spaced.Connected = nil, nil
		other := ix.search(spaced)
		if other.None {
			other.Hits = nil
		}
		answer.Elsewhere = first(ix.exact(q), other.Hits, maxNearest)
	}
	return answer
}

// first are the exact hits and then the others, each once.
func first(exact, hits []Hit, limit int) []Hit {
	for _, hit := range hits {
		if !slices.ContainsFunc(exact, func(e Hit) bool { return e.ConnectorID == hit.ConnectorID && e.ActionID == hit.ActionID }) {
			exact = append(exact, hit)
		}
	}
	return exact[:min(len(exact), limit)]
}

func (q *Query) limit() int {
	if q.Limit <= 0 {
		return defaultLimit
	}
	return min(q.Limit, maxLimit)
}

func (ix *Index) search(q Query) Answer {
	tokens := tokenize(q.Text)
	mentions := ix.mentions(tokens)
	tokens = ix.translate(tokens)
	parts := ix.split(tokens)
	answers := make([]found, 0, len(parts))
	var inherited []int
	var context []clause
	bare := true
	for _, part := range parts {
		apps, missing := ix.appsOf(part, mentions, q.Connected)
		follows := len(apps) == 0 && missing == "" && len(inherited) > 0
		if follows {
			if apps = ix.tagged(part, q.Connected); len(apps) == 0 {
				apps = inherited
			}
		}
		inherited = apps
		request := ix.parse(part)
		bare = bare && len(request.clauses) == 0
		about := request.heads()
		request.clauses = append(request.clauses, request.inContext(context, part)...)
		if len(about) == 0 {
			about = context
		}
		context = about
		answer := ix.find(&request, scope{query: &q, named: apps, missing: missing})
		if answer.none && follows {
			// It need not be about the app of the part before.
			if other := ix.find(&request, scope{query: &q}); !other.none {
				answer = other
			}
		}
		answers = append(answers, answer)
	}
	answer := combine(answers, q.limit())
	answer.Bare = bare
	return answer
}

// inContext is what the part before was about, as it matters to this one: it is the object
// where the part has none of its own, and matters much where the part points at it.
func (r *request) inContext(context []clause, part []token) []clause {
	context = slices.Clone(context)
	object := !r.hasHead()
	points := slices.ContainsFunc(part, func(t token) bool { return slices.Contains(pronouns(), t.word) })
	for i := range context {
		switch c := &context[i]; {
		case object:
			c.head, c.loose, c.weight = true, false, weightHead
		case points:
			c.weight = weightPointed
		}
	}
	return context
}

func pronouns() []string {
	return []string{"it", "its", "them", "their", "they", "him", "his", "her", "she", "he", "there", "those", "these", "one"}
}

// tagged are the connected apps for talking, where a part of a query names a channel.
func (ix *Index) tagged(part []token, connected []string) []int {
	if !slices.ContainsFunc(part, func(t token) bool { return t.kind == channelTag }) {
		return nil
	}
	return ix.connectedOf(chatCategories(), connected)
}

// chatCategories are what apps for talking are filed under.
func chatCategories() []string {
	return []string{"communication", "communications", "messaging", "chat", "team-chat"}
}

// heads are what a request is about, as it matters to the next one.
func (r *request) heads() []clause {
	var heads []clause
	for _, c := range r.clauses {
		if c.head {
			c.head, c.loose, c.weight = false, true, weightContext
			heads = append(heads, c)
		}
	}
	return heads
}

// scope says where to look.
type scope struct {
	query   *Query
	named   []int  // apps that the query names
	missing string // an app that it names and the index lacks
}

// appsOf returns the apps that a part of the query names.
func (ix *Index) appsOf(part []token, mentions []mention, connected []string) (apps []int, missing string) {
	for _, t := range part {
		if !t.app || t.name < 0 || t.name >= len(mentions) {
			continue
		}
		m := mentions[t.name]
		switch {
		case m.app < 0:
			if missing == "" {
				missing = m.name
			}
		case !slices.Contains(apps, m.app):
			apps = append(apps, m.app)
		}
	}
	if len(apps) == 0 && missing == "" {
		apps = ix.kinds(part, connected)
	}
	slices.SortFunc(apps, func(a, b int) int { return cmp.Compare(ix.apps[a].from, ix.apps[b].from) })
	if len(apps) > 0 {
		missing = "" // "from Salesforce into HubSpot" is for HubSpot to do
	}
	return apps, missing
}

// found is what one part of a query found.
type found struct {
	ranked  []ranked
	none    bool
	missing string
}

// find searches for one part of a query.
func (ix *Index) find(request *request, in scope) found {
	q := in.query
	apps := ix.searched(in)
	ranking := ix.rank(request, apps, q)
	f := found{ranked: ranking.hits, missing: in.missing}
	hinted := q.ConnectorID != ""
	switch {
	case in.missing != "" && !hinted:
		f.none = true
	case len(ranking.hits) == 0:
		f.none = true
	default:
		f.missing = ""
		f.none = ix.unfit(request, &ranking)
	}
	return f
}

// searched are the apps to search: the one that the caller names, else those that the
// query names, else the connected ones, else all.
func (ix *Index) searched(in scope) []int {
	if in.query.ConnectorID != "" {
		if i, ok := ix.appOf[in.query.ConnectorID]; ok {
			return []int{i}
		}
		return nil
	}
	if len(in.named) > 0 {
		return in.named
	}
	var apps []int
	for _, id := range in.query.Connected {
		if i, ok := ix.appOf[id]; ok && !slices.Contains(apps, i) {
			apps = append(apps, i)
		}
	}
	if len(apps) == 0 && len(in.query.Connected) == 0 {
		for i := range ix.apps {
			apps = append(apps, i)
		}
	}
	slices.SortFunc(apps, func(a, b int) int { return cmp.Compare(ix.apps[a].from, ix.apps[b].from) })
	return apps
}

// combine answers a query of several parts with the best of each in turn.
func combine(parts []found, limit int) Answer {
	var answer Answer
	var hits []ranked
	unfit := 0
	for _, p := range parts {
		if p.none {
			unfit++
		}
		if p.missing != "" && answer.App == "" {
			answer.App = p.missing
		}
	}
	answer.None = unfit == len(parts)
	taken := map[int32]bool{}
	for depth := 0; len(hits) < limit; depth++ {
		more := false
		for _, p := range parts {
			if depth >= len(p.ranked) {
				continue
			}
			more = true
			if !taken[p.ranked[depth].doc] && len(hits) < limit {
				taken[p.ranked[depth].doc] = true
				hits = append(hits, p.ranked[depth])
			}
		}
		if !more {
			break
		}
	}
	list := make([]Hit, len(hits))
	for i, h := range hits {
		list[i] = Hit{ConnectorID: h.connector, ActionID: h.action, Score: float64(h.score)}
	}
	if answer.None {
		answer.Nearest = list[:min(len(list), maxNearest)]
	} else {
		answer.Hits = list
	}
	return answer
}

// scratch is what a search needs and the next one can use again.
type scratch struct {
	total, current []float32
	touched        []int32
	seen           []int32
}

func (s *scratch) reset(n int) {
	if len(s.total) < n {
		s.total, s.current = make([]float32, n), make([]float32, n)
	}
	s.touched, s.seen = s.touched[:0], s.seen[:0]
}

// candidates finds the documents of apps that share most with the request.
func (ix *Index) candidates(r *request, apps []int, q *Query) []int32 {
	s := ix.scratch.Get().(*scratch)
	defer ix.scratch.Put(s)
	s.reset(len(ix.docs))
	spans := ix.spans(apps)
	for i := range r.clauses {
		ix.score(&r.clauses[i], spans, s)
	}
	kept := ix.top(s, q)
	for _, d := range s.seen {
		s.total[d] = 0
	}
	return kept
}

// span is a run of documents.
type span struct{ from, to int32 }

// spans are the documents of apps, which stand in the order of their documents.
func (ix *Index) spans(apps []int) []span {
	var spans []span
	for _, a := range apps {
		from, to := ix.apps[a].from, ix.apps[a].to
		if n := len(spans); n > 0 && spans[n-1].to == from {
			spans[n-1].to = to
		} else if from < to {
			spans = append(spans, span{from, to})
		}
	}
	return spans
}

// top returns the best of the documents that were scored and may be found, best first.
func (ix *Index) top(s *scratch, q *Query) []int32 {
	better := func(a, b int32) int { return cmp.Or(cmp.Compare(s.total[b], s.total[a]), cmp.Compare(a, b)) }
	kept := make([]int32, 0, 2*maxRanked)
	worst := int32(-1) // of the kept ones, once there are enough
	for _, d := range s.seen {
		if worst >= 0 && better(d, worst) > 0 {
			continue
		}
		if q.Allowed != nil && !q.Allowed(ix.docs[d].connector, ix.docs[d].action) {
			continue
		}
		kept = append(kept, d)
		if len(kept) == cap(kept) {
			slices.SortFunc(kept, better)
			kept = kept[:maxRanked]
			worst = kept[maxRanked-1]
		}
	}
	slices.SortFunc(kept, better)
	return kept[:min(len(kept), maxRanked)]
}

// score adds what the best alternative of a clause gives to each document.
func (ix *Index) score(c *clause, spans []span, s *scratch) {
	weight := c.weight
	for _, alt := range c.alts {
		if alt.class != 0 {
			for other := class(1); int(other) <= len(ix.lexicon.classes); other++ {
				if kin := ix.lexicon.kin[alt.class][other]; kin >= leastKin && ix.classTerms[other] >= 0 {
					ix.scan(ix.classTerms[other], alt.weight*kin*weight, spans, s)
				}
			}
			continue
		}
		for _, t := range alt.terms {
			ix.scanWord(t, alt.weight*weight/float32(len(alt.terms)), spans, s)
		}
	}
	if c.literal != "" {
		ix.scanWord(c.literal, weight, spans, s)
	}
	for _, d := range s.touched {
		if s.total[d] == 0 {
			s.seen = append(s.seen, d)
		}
		s.total[d] += s.current[d]
		s.current[d] = 0
	}
	s.touched = s.touched[:0]
}

func (ix *Index) scanWord(stem string, weight float32, spans []span, s *scratch) {
	if id, ok := ix.terms[stem]; ok {
		ix.scan(id, weight, spans, s)
	}
}

func (ix *Index) scan(id int32, weight float32, spans []span, s *scratch) {
	posts := ix.posts[id]
	weight *= ix.rare[id]
	for _, within := range spans {
		at, _ := slices.BinarySearchFunc(posts, within.from, func(p posting, doc int32) int { return cmp.Compare(p.doc, doc) })
		for ; at < len(posts) && posts[at].doc < within.to; at++ {
			p := posts[at]
			if v := weight * p.weight; v > s.current[p.doc] {
				if s.current[p.doc] == 0 {
					s.touched = append(s.touched, p.doc)
				}
				s.current[p.doc] = v
			}
		}
	}
}
