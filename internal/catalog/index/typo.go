package index

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Bounds on correcting words.
const (
	maxTypoBytes    = 24
	maxCorrections  = 3     // of one word
	maxCorrected    = 8     // words of one query
	maxComparisons  = 4_000 // of one word
	minTypoRunes    = 3
	longTypoRunes   = 8 // from here two mistakes are believed
	suggestionPrice = 0.15
)

// vocabulary holds the words that a misspelt one may have meant, by their first
// letter and length.
type vocabulary struct {
	byShape map[shape][]entry
	known   map[string]bool
}

type shape struct {
	first  rune
	length int
}

type entry struct {
	word  string
	count int
}

func newVocabulary(counts map[string]int, l *lexicon) vocabulary {
	v := vocabulary{byShape: map[shape][]entry{}, known: make(map[string]bool, len(counts)+len(l.words))}
	for word := range l.words {
		if utf8.RuneCountInString(word) >= 3 && len(word) <= maxTypoBytes {
			counts[word] += 5
		}
	}
	for word, n := range counts {
		v.known[word] = true
		first, _ := utf8.DecodeRuneInString(word)
		s := shape{first, utf8.RuneCountInString(word)}
		v.byShape[s] = append(v.byShape[s], entry{word, n})
	}
	for _, entries := range v.byShape {
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.word, b.word)) })
	}
	return v
}

type correction struct {
	word  string
	price float32 // 0 is no change, 1 about one wrong letter
}

// correct returns words that word may be a misspelling of, the likeliest first.
func (v *vocabulary) correct(word string) []correction {
	runes := []rune(word)
	if len(runes) < minTypoRunes || len(word) > maxTypoBytes {
		return nil
	}
	limit := float32(1.05)
	if len(runes) == minTypoRunes {
		limit = priceSlip // "pge"; another letter would be too much of three
	} else if len(runes) >= longTypoRunes {
		limit = 1.75
	}
	var found []correction
	left := maxComparisons
	firsts := []rune{runes[0]}
	if runes[1] != runes[0] {
		firsts = append(firsts, runes[1])
	}
	for _, first := range firsts {
		for length := len(runes) - 2; length <= len(runes)+2; length++ {
			for _, e := range v.byShape[shape{first, length}] {
				if left--; left < 0 {
					break
				}
				price := editPrice(runes, []rune(e.word), limit)
				if price > limit {
					continue
				}
				if e.count < 3 {
					price += suggestionPrice
				}
				found = append(found, correction{e.word, price})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b correction) int { return cmp.Or(cmp.Compare(a.price, b.price), cmp.Compare(a.word, b.word)) })
	return trimCorrections(found)
}

// trimCorrections keeps the best, and others only where they are about as good.
func trimCorrections(found []correction) []correction {
	n := 0
	for n < len(found) && n < maxCorrections && found[n].price <= found[0].price+0.35 {
		n++
	}
	return found[:n]
}

// The prices of mistakes: swapped letters and a letter too few or too many are
// what fingers do; another letter is oftener another word.
const (
	priceSwap  = 0.7
	priceSlip  = 0.85
	priceOther = 1.0
	priceFirst = 0.4 // on top, where the first letter is wrong
)

// editPrice is the price of turning a into b (optimal string alignment), or more
// than limit as soon as that is sure.
func editPrice(a, b []rune, limit float32) float32 {
	var rows [3][maxTypoBytes + 3]float32
	if len(a) > maxTypoBytes || len(b) > maxTypoBytes {
		return limit + 1
	}
	for j := range len(b) + 1 {
		rows[0][j] = float32(j) * priceSlip
	}
	for i := 1; i <= len(a); i++ {
		row, above, above2 := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = float32(i) * priceSlip
		least := row[0]
		for j := 1; j <= len(b); j++ {
			price := above[j-1]
			if a[i-1] != b[j-1] {
				price += priceOther
			}
			insert := float32(priceSlip)
			if j > 1 && b[j-1] == b[j-2] || i > 1 && a[i-1] == a[i-2] {
				insert = priceSwap // a letter doubled or not
			}
			price = min(price, above[j]+insert, row[j-1]+insert)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] && a[i-1] != a[i-2] {
				price = min(price, above2[j-2]+priceSwap)
			}
			row[j] = price
			least = min(least, price)
		}
		if least > limit {
			return least
		}
	}
	price := rows[len(a)%3][len(b)]
	if a[0] != b[0] {
		price += priceFirst
	}
	return price
}
