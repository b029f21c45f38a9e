package index

import "fmt"

// Explain is for tests.
func (ix *Index) Explain(q Query) string {
	tokens := tokenize(q.Text)
	mentions := ix.mentions(tokens)
	tokens = ix.translate(tokens)
	out := ""
	for _, part := range ix.split(tokens) {
		apps, missing := ix.appsOf(part, mentions, q.Connected)
		r := ix.parse(part)
		out += fmt.Sprintf("  part apps %v missing %q asks %v one %v\n", apps, missing, r.asks, r.one)
		for i, c := range r.clauses {
			out += fmt.Sprintf("    %d verb=%v w=%.2f head=%v loose=%v unknown=%v lit=%q:", i, c.verb, c.weight, c.head, c.loose, c.unknown, c.literal)
			for _, a := range c.alts {
				name := ""
				for n, k := range ix.lexicon.classes {
					if k == a.class {
						name = "!" + n
					}
				}
				out += fmt.Sprintf(" %s%v*%.2f", name, a.terms, a.weight)
			}
			out += "\n"
		}
		ranking := ix.rank(&r, ix.searched(scope{query: &q, named: apps, missing: missing}), &q)
		hits := ranking.hits
		for _, h := range hits[:min(6, len(hits))] {
			out += fmt.Sprintf("    %-45s score %.3f content %.2f named %.2f head %.2f verb %.2f\n", h.action, h.score, h.content, h.named, h.head, h.verb)
		}
	}
	return out
}

// Features is for tests.
func (ix *Index) Features(q Query) (out []string) {
	tokens := tokenize(q.Text)
	mentions := ix.mentions(tokens)
	tokens = ix.translate(tokens)
	for _, part := range ix.split(tokens) {
		apps, missing := ix.appsOf(part, mentions, q.Connected)
		r := ix.parse(part)
		ranking := ix.rank(&r, ix.searched(scope{query: &q, named: apps, missing: missing}), &q)
		hits := ranking.hits
		var h ranked
		if len(hits) > 0 {
			h = hits[0]
		}
		out = append(out, fmt.Sprintf("%.3f content %.2f named %.2f head %.2f verb %.2f miss %.2f %s %s", h.score, h.content, h.named, h.head, h.verb, ranking.missing, h.action, missing))
	}
	return out
}
