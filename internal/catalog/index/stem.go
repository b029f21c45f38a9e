package index

import "strings"

// stem reduces an English word in lower case to its stem (M. F. Porter's algorithm of 1980).
// Words that are short or not ASCII stay as they are: what is said of English endings does
// not hold for them.
func stem(word string) string {
	if len(word) < 3 || len(word) > 40 || word == "news" || word == "customs" || !isLowerASCII(word) {
		return word
	}
	s := stemmer{b: []byte(word)}
	s.plurals()
	if own := string(s.b); standsAlone(own) {
		return own
	}
	s.pastAndProgressive()
	s.finalY()
	s.longSuffixes()
	s.lastSuffixes()
	s.tidy()
	return string(s.b)
}

// standsAlone reports a word (without the ending of its plural) that shares the stem of another
// with which it has nothing to do: news and new, customer and custom.
func standsAlone(word string) bool {
	switch word {
	case "customer", "conversion", "importance", "important", "intern", "rating", "objective", "committee", "community", "communiti",
		"director", "executive", "authority", "authoriti", "edition", "editor", "direction", "general", "recording", "production", "productivity",
		"department", "internet", "station", "international", "emergency", "organic", "university", "listing", "formal", "former":
		return true
	}
	return false
}

func isLowerASCII(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
}

type stemmer struct{ b []byte }

func (s *stemmer) consonant(i int) bool {
	switch s.b[i] {
	case 'a', 'e', 'i', 'o', 'u':
		return false
	case 'y':
		return i == 0 || !s.consonant(i-1)
	}
	return true
}

// measure counts the vowel-consonant sequences of the first n letters.
func (s *stemmer) measure(n int) int {
	m, i := 0, 0
	for i < n && s.consonant(i) {
		i++
	}
	for i < n {
		for i < n && !s.consonant(i) {
			i++
		}
		if i >= n {
			break
		}
		m++
		for i < n && s.consonant(i) {
			i++
		}
	}
	return m
}

func (s *stemmer) hasVowel(n int) bool {
	for i := range n {
		if !s.consonant(i) {
			return true
		}
	}
	return false
}

func (s *stemmer) doubleConsonant() bool {
	n := len(s.b)
	return n > 1 && s.b[n-1] == s.b[n-2] && s.consonant(n-1)
}

// shortEnd reports consonant-vowel-consonant at the end of the first n letters, as in "hop".
func (s *stemmer) shortEnd(n int) bool {
	if n < 3 || !s.consonant(n-1) || s.consonant(n-2) || !s.consonant(n-3) {
		return false
	}
	c := s.b[n-1]
	return c != 'w' && c != 'x' && c != 'y'
}

func (s *stemmer) ends(suffix string) bool { return strings.HasSuffix(string(s.b), suffix) }

func (s *stemmer) cut(n int) { s.b = s.b[:len(s.b)-n] }

func (s *stemmer) plurals() {
	switch {
	case s.ends("sses"), s.ends("ies"):
		s.cut(2)
	case s.ends("ss"):
	case s.ends("s"):
		s.cut(1)
	}
}

func (s *stemmer) pastAndProgressive() {
	if s.ends("eed") {
		if s.measure(len(s.b)-3) > 0 {
			s.cut(1)
		}
		return
	}
	switch {
	case s.ends("ed") && s.hasVowel(len(s.b)-2):
		s.cut(2)
	case s.ends("ing") && s.hasVowel(len(s.b)-3):
		s.cut(3)
	default:
		return
	}
	switch {
	case s.ends("at"), s.ends("bl"), s.ends("iz"):
		s.b = append(s.b, 'e')
	case s.doubleConsonant() && !s.ends("l") && !s.ends("s") && !s.ends("z"):
		s.cut(1)
	case s.measure(len(s.b)) == 1 && s.shortEnd(len(s.b)):
		s.b = append(s.b, 'e')
	}
}

func (s *stemmer) finalY() {
	if s.ends("y") && s.hasVowel(len(s.b)-1) {
		s.b[len(s.b)-1] = 'i'
	}
}

// replace swaps the first suffix that fits, where enough of a word stays before it.
// pairs are suffixes and what takes their place, in turn.
func (s *stemmer) replace(pairs []string, least int) {
	suffix := ""
	for i, text := range pairs {
		if i%2 == 0 {
			suffix = text
			continue
		}
		if !s.ends(suffix) {
			continue
		}
		if n := len(s.b) - len(suffix); s.measure(n) > least {
			s.b = append(s.b[:n], text...)
		}
		return
	}
}

func (s *stemmer) longSuffixes() {
	s.replace([]string{
		"ational", "ate", "tional", "tion", "enci", "ence", "anci", "ance", "izer", "ize", "abli", "able",
		"alli", "al", "entli", "ent", "eli", "e", "ousli", "ous", "ization", "ize", "ation", "ate", "ator", "ate",
		"alism", "al", "iveness", "ive", "fulness", "ful", "ousness", "ous", "aliti", "al", "iviti", "ive", "biliti", "ble",
	}, 0)
	s.replace([]string{"icate", "ic", "ative", "", "alize", "al", "iciti", "ic", "ical", "ic", "ful", "", "ness", ""}, 0)
}

func (s *stemmer) lastSuffixes() {
	if s.ends("ion") {
		n := len(s.b) - 3
		if n > 0 && (s.b[n-1] == 's' || s.b[n-1] == 't') && s.measure(n) > 1 {
			s.b = s.b[:n]
		}
		return
	}
	s.replace([]string{
		"al", "", "ance", "", "ence", "", "er", "", "ic", "", "able", "", "ible", "", "ant", "", "ement", "", "ment", "",
		"ent", "", "ou", "", "ism", "", "ate", "", "iti", "", "ous", "", "ive", "", "ize", "",
	}, 1)
}

func (s *stemmer) tidy() {
	if s.ends("e") {
		n := len(s.b) - 1
		if m := s.measure(n); m > 1 || m == 1 && !s.shortEnd(n) {
			s.b = s.b[:n]
		}
	}
	if s.ends("ll") && s.measure(len(s.b)) > 1 {
		s.cut(1)
	}
}
