package eval

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog/index"
)

// baseline is plain BM25, to compare with: the name counts three times, the
// description once, parameters 0.3 times; the app that the caller names is a filter.
type baseline struct {
	docs    []index.Doc
	lengths []float64
	average float64
	counts  []map[string]float64
	holding map[string]int // documents that hold a word
}

func newBaseline(docs []index.Doc) *baseline {
	b := &baseline{docs: docs, holding: map[string]int{}}
	total := 0.0
	for _, d := range docs {
		counts, length := map[string]float64{}, 0.0
		for _, field := range []struct {
			text   string
			weight float64
		}{{d.ActionID + " " + d.Name, 3}, {d.Description, 1}, {strings.Join(d.Parameters, " "), 0.3}} {
			for _, word := range plainWords(field.text) {
				counts[word] += field.weight
				length += field.weight
			}
		}
		for word := range counts {
			b.holding[word]++
		}
		b.counts, b.lengths = append(b.counts, counts), append(b.lengths, length)
		total += length
	}
	b.average = total / float64(max(1, len(docs)))
	return b
}

// plainWords splits at whatever is no letter or digit, and inside camelCase.
func plainWords(text string) []string {
	var b strings.Builder
	var before rune
	for _, r := range text {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		} else {
			b.WriteByte(' ')
		}
		before = r
	}
	return strings.Fields(b.String())
}

func (b *baseline) answer(g *Golden) answered {
	const k1, length = 1.2, 0.75
	scores := map[int]float64{}
	words := plainWords(g.Query)
	for i := range b.docs {
		if g.Hint != "" && b.docs[i].ConnectorID != g.Hint {
			continue
		}
		for _, word := range words {
			if n := b.counts[i][word]; n > 0 {
				holding := float64(b.holding[word])
				rarity := math.Log(1 + (float64(len(b.docs))-holding+0.5)/(holding+0.5))
				scores[i] += rarity * n * (k1 + 1) / (n + k1*(1-length+length*b.lengths[i]/b.average))
			}
		}
	}
	order := make([]int, 0, len(scores))
	for i := range scores {
		order = append(order, i)
	}
	slices.SortFunc(order, func(x, y int) int { return cmp.Or(cmp.Compare(scores[y], scores[x]), cmp.Compare(x, y)) })
	var a answered
	for _, i := range order[:min(10, len(order))] {
		a.hits = append(a.hits, hit{b.docs[i].ConnectorID, b.docs[i].ActionID})
	}
	a.none = len(order) == 0
	return a
}
