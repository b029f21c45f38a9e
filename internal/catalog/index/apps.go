package index

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// namedApp is what a name of an app stands for.
type namedApp struct {
	words    []string // folded
	app      int      // in Index.apps, or -1 for one that the index lacks
	name     string
	ordinary bool
}

// speltName is a name of one word.
type speltName struct {
	app   int
	runes []rune
}

const maxAppWords = 4

// nameApps collects the names of all apps, those of the index first.
func (ix *Index) nameApps() {
	ix.named = map[string][]namedApp{}
	taken := map[string]bool{}
	add := func(text string, n namedApp) {
		n.words = nameWords(text)
		if key := strings.Join(n.words, ""); utf8.RuneCountInString(key) > 1 && !taken[key] && len(n.words) <= maxAppWords {
			taken[key] = true
			// Spaces are no part of a name: "ship station" is ShipStation.
			ix.named[key] = append(ix.named[key], n)
		}
	}
	known := map[string]int{}
	for i, a := range ix.apps {
		for _, name := range []string{a.ID, a.Name} {
			if runes := []rune(fold(name)); len(runes) >= minTypoRunes && len(runes) <= maxTypoBytes && !slices.Contains(runes, ' ') {
				ix.spelt = append(ix.spelt, speltName{i, runes})
			}
		}
		for _, name := range append([]string{a.ID, a.Name}, a.Aliases...) {
			add(name, namedApp{app: i, name: a.Name, ordinary: ix.ordinaryName(name)})
			known[strings.Join(nameWords(name), "")] = i
		}
	}
	for _, k := range ix.lexicon.apps {
		at := -1
		for _, name := range k.names {
			if i, ok := known[strings.Join(nameWords(name), "")]; ok {
				at = i
			}
		}
		for _, name := range k.names {
			add(name, namedApp{app: at, name: k.name, ordinary: k.ordinary})
		}
	}
}

// ordinaryName reports whether an app is called like something that people talk of.
func (ix *Index) ordinaryName(name string) bool {
	for _, k := range ix.lexicon.apps {
		if k.ordinary && strings.EqualFold(k.name, name) {
			return true
		}
	}
	word := fold(name)
	return ix.lexicon.verbs[stem(word)] != nil || ix.lexicon.singles[stem(word)] != nil || ix.lexicon.stops[word] || ix.lexicon.weak[word]
}

func nameWords(name string) []string {
	var words []string
	wordsOf(clip(name), func(word string, joined bool) bool {
		if joined {
			words = append(words, fold(word))
			return true
		}
		if len(words) == 0 || !strings.Contains(words[len(words)-1], fold(word)) {
			words = append(words, fold(word))
		}
		return true
	})
	return words
}

// mention is an app that a query names.
type mention struct {
	app  int // in Index.apps, or -1
	name string
	at   int // the token where it begins
}

// mentions finds the apps that a query names and marks their tokens as used.
func (ix *Index) mentions(tokens []token) []mention {
	var found []mention
	for i := 0; i < len(tokens); i++ {
		if tokens[i].used {
			continue
		}
		for n := min(maxAppWords, len(tokens)-i); n >= 1; n-- {
			name, ok := ix.nameAt(tokens, i, n)
			if !ok {
				continue
			}
			found = append(found, mention{app: name.app, name: name.name, at: i})
			for j := i; j < i+n; j++ {
				tokens[j].used, tokens[j].app, tokens[j].name = true, true, len(found)-1
			}
			i += n - 1
			break
		}
	}
	return found
}

func (ix *Index) nameAt(tokens []token, at, n int) (namedApp, bool) {
	var key strings.Builder
	for _, t := range tokens[at : at+n] {
		if t.kind != plain || t.used {
			return namedApp{}, false
		}
		key.WriteString(t.word)
	}
	for _, name := range ix.named[key.String()] {
		if n > 1 && len(name.words) == 1 && key.Len() < 6 {
			continue // short words that happen to make a name
		}
		if !name.ordinary || ix.meantAsName(tokens, at) {
			return name, true
		}
	}
	if n == 1 {
		return ix.misspeltName(tokens[at])
	}
	return namedApp{}, false
}

// meantAsName tells "in Linear" from "a linear plan".
func (ix *Index) meantAsName(tokens []token, at int) bool {
	if at == 0 || !tokens[at].capital {
		return false
	}
	return slices.Contains([]string{"in", "on", "to", "from", "with", "via", "using", "my", "into", "through", "at", "our", "the", "a", "an"}, tokens[at-1].word)
}

// misspeltName finds the app that a word is a misspelling of: one that the index
// has, since a wrong guess would hide the right answer otherwise.
func (ix *Index) misspeltName(t token) (namedApp, bool) {
	runes := []rune(t.word)
	if len(runes) < 4 || len(t.word) > maxTypoBytes || ix.words.known[t.word] || ix.lexicon.stops[t.word] || ix.lexicon.weak[t.word] || ix.lexicon.spelled[t.word] {
		return namedApp{}, false
	}
	limit := float32(0.9)
	if len(runes) >= 6 {
		limit = 1.75
	}
	best, price := -1, limit
	for _, name := range ix.spelt {
		if abs(len(name.runes)-len(runes)) > 2 || name.runes[0] != runes[0] && name.runes[0] != runes[1] {
			continue
		}
		if p := editPrice(runes, name.runes, price); p < price {
			best, price = name.app, p
		}
	}
	if best < 0 {
		return namedApp{}, false
	}
	return namedApp{app: best, name: ix.apps[best].Name}, true
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// kinds are the connected apps of the kind that a part of the query names, as in "my
// CRM". Where there are some, the name of the kind has done its work.
func (ix *Index) kinds(part []token, connected []string) []int {
	for i := range part {
		for _, kind := range ix.lexicon.kinds {
			for _, name := range kind.names {
				if !saidAt(part, i, name) {
					continue
				}
				if apps := ix.connectedOf(kind.categories, connected); len(apps) > 0 {
					for j := i; j < i+len(name); j++ {
						part[j].used = true
					}
					return apps
				}
			}
		}
	}
	return nil
}

func saidAt(part []token, i int, stems []string) bool {
	if i+len(stems) > len(part) {
		return false
	}
	for j, s := range stems {
		if t := &part[i+j]; t.stem != s || t.used {
			return false
		}
	}
	return true
}

func (ix *Index) connectedOf(categories, connected []string) []int {
	var apps []int
	for _, id := range connected {
		i, ok := ix.appOf[id]
		if ok && slices.ContainsFunc(ix.apps[i].Categories, func(c string) bool { return slices.Contains(categories, strings.ToLower(c)) }) && !slices.Contains(apps, i) {
			apps = append(apps, i)
		}
	}
	slices.Sort(apps)
	return apps
}
