package index

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// readNoun reads "a = b", "a, b > c + d", "a >> c" and "verb: what goes without saying".
func (l *lexicon) readNoun(line string) error {
	if verb, what, ok := strings.Cut(line, ":"); ok {
		clauses, err := l.clauses(what)
		if err != nil {
			return err
		}
		l.implied[l.classes[verb]] = clauses[0]
		return nil
	}
	if left, right, ok := strings.Cut(line, ">"); ok {
		right, replace := strings.CutPrefix(right, ">")
		clauses, err := l.clauses(right)
		if err != nil {
			return err
		}
		for phrase := range strings.SplitSeq(left, ",") {
			words := l.stems(phrase)
			written, exactly := strings.CutPrefix(fold(strings.TrimSpace(phrase)), "'")
			if len(words) == 1 && (exactly || strings.HasSuffix(written, "ed") && words[0] != written) {
				l.exact[written] = &rule{words: words, clauses: clauses, literal: 1}
				continue
			}
			l.addNoun(words, clauses, !replace)
		}
		return nil
	}
	group, at, _ := strings.Cut(line, "@")
	weight := 0.8
	if at != "" {
		var err error
		if weight, err = strconv.ParseFloat(strings.TrimSpace(at), 32); err != nil {
			return fmt.Errorf("a weight: %w", err)
		}
	}
	parts := strings.Split(group, "=")
	for i, phrase := range parts {
		var others []alternative
		for j, other := range parts {
			if i != j {
				others = append(others, alternative{terms: l.stems(other), weight: float32(weight)})
			}
		}
		l.addNoun(l.stems(phrase), [][]alternative{others}, true)
	}
	return nil
}

func (l *lexicon) clauses(text string) ([][]alternative, error) {
	var clauses [][]alternative
	for clause := range strings.SplitSeq(text, "+") {
		var alternatives []alternative
		for said := range strings.SplitSeq(clause, ",") {
			word, star, _ := strings.Cut(strings.TrimSpace(said), "*")
			a := alternative{weight: 1}
			if star != "" {
				weight, err := strconv.ParseFloat(star, 32)
				if err != nil {
					return nil, fmt.Errorf("a weight: %w", err)
				}
				a.weight = float32(weight)
			}
			if verb, ok := strings.CutPrefix(word, "!"); ok {
				c, known := l.classes[verb]
				if !known {
					c = l.nearestClass(verb)
				}
				if c == 0 {
					return nil, fmt.Errorf("no class %q", verb)
				}
				a.class = c
			} else {
				a.terms = l.stems(word)
			}
			if len(a.terms) > 0 || a.class != 0 {
				alternatives = append(alternatives, a)
			}
		}
		clauses = append(clauses, alternatives)
	}
	return clauses, nil
}

func (l *lexicon) nearestClass(verb string) class {
	if senses := l.verbs[stem(verb)]; len(senses) > 0 {
		return senses[0].class
	}
	return 0
}

// addNoun adds a phrase that stands for clauses, and with self for its own words too.
func (l *lexicon) addNoun(words []string, clauses [][]alternative, self bool) {
	words = trimGaps(words)
	if len(words) == 0 {
		return
	}
	own := make([][]alternative, len(clauses))
	copy(own, clauses)
	if self && !slices.Contains(words, "") {
		if noun := slices.IndexFunc(own, func(c []alternative) bool { return len(c) > 0 && c[0].class == 0 }); noun >= 0 {
			own[noun] = append([]alternative{{terms: words, weight: 1}}, own[noun]...)
		} else if len(words) == 1 {
			own = append(own, []alternative{{terms: words, weight: 1}})
		}
	}
	if len(words) > 1 {
		l.addRule(words, own)
		return
	}
	if single := l.singles[words[0]]; single != nil {
		single.clauses = mergeClauses(single.clauses, own)
		return
	}
	l.singles[words[0]] = &rule{words: words, clauses: own, literal: 1}
}

func (l *lexicon) addRule(words []string, clauses [][]alternative) *rule {
	words = trimGaps(words)
	if len(words) == 0 {
		return &rule{}
	}
	for _, r := range l.rules[words[0]] {
		if slices.Equal(r.words, words) {
			r.clauses, r.phrasal = mergeClauses(r.clauses, clauses), false
			return r
		}
	}
	literal := 0
	for _, word := range words {
		if word != "" {
			literal++
		}
	}
	added := &rule{words: words, clauses: clauses, literal: literal}
	l.rules[words[0]] = append(l.rules[words[0]], added)
	return added
}

func trimGaps(words []string) []string {
	for len(words) > 0 && words[0] == "" {
		words = words[1:]
	}
	for len(words) > 0 && words[len(words)-1] == "" {
		words = words[:len(words)-1]
	}
	return words
}

// mergeClauses joins two meanings of one phrase: what both say in words becomes one
// clause with the alternatives of both, and so do the verbs.
func mergeClauses(a, b [][]alternative) [][]alternative {
	merged := slices.Clone(a)
	for _, clause := range b {
		same := slices.IndexFunc(merged, func(c []alternative) bool {
			return len(c) > 0 && len(clause) > 0 && (c[0].class == 0) == (clause[0].class == 0)
		})
		if same < 0 {
			merged = append(merged, clause)
			continue
		}
		joined := slices.Clone(merged[same])
		for _, alt := range clause {
			at := slices.IndexFunc(joined, func(o alternative) bool { return o.class == alt.class && slices.Equal(o.terms, alt.terms) })
			if at < 0 {
				joined = append(joined, alt)
			} else {
				joined[at].weight = max(joined[at].weight, alt.weight)
			}
		}
		merged[same] = joined
	}
	return merged
}
