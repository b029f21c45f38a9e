package effect

import (
	"slices"
	"strings"
	"unicode"
)

// token is one lower-case word of an id, a path or a text.
type token struct {
	word  string
	first bool // of its segment: separated from the one before by more than a capital
}

// tokensOf splits "post-search", "chat_postMessage" and "searchSMTPTokens" into
// words. What is one word in two ("log out") becomes one.
func tokensOf(id string) []token {
	var tokens []token
	runes := []rune(id)
	start, first := -1, true
	flush := func(end int) {
		if start >= 0 {
			tokens = append(tokens, token{strings.ToLower(string(runes[start:end])), first})
			first = false
		}
		start = -1
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			if r == '\'' || r == '’' {
				continue // "don't", "user's"
			}
			flush(i)
			first = true
			continue
		case start >= 0 && unicode.IsUpper(r) && begins(runes, i):
			flush(i)
		}
		if start < 0 {
			start = i
		}
	}
	flush(len(runes))
	return joined(tokens)
}

// Words splits an id such as "post-search" or "chat_postMessage" into its words, in
// lower case.
func Words(id string) []string {
	tokens := tokensOf(id)
	words := make([]string, len(tokens))
	for i, t := range tokens {
		words[i] = t.word
	}
	return words
}

// begins reports whether the capital at i begins a word: it follows a small
// letter or a digit, or ends a run of capitals.
func begins(runes []rune, i int) bool {
	return !unicode.IsUpper(runes[i-1]) || i+2 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsLower(runes[i+2])
}

// joined writes verbs of two words as one.
func joined(tokens []token) []token {
	for i := 0; i+1 < len(tokens); i++ {
		switch pair := tokens[i].word + " " + tokens[i+1].word; pair {
		case "log out", "log off", "sign out", "opt out", "shut down", "tear down", "hang up", "take down", "turn off", "switch off", "cut off", "check out", "sign in", "log in", "clean up", "write off":
			tokens[i].word = strings.ReplaceAll(pair, " ", "")
			tokens = slices.Delete(tokens, i+1, i+2)
		}
	}
	return tokens
}

// elements returns the parts of a path that are no placeholders.
func elements(path string) []string {
	path, _, _ = strings.Cut(path, "?")
	var list []string
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' }) {
		// Of "{name}:cancel", as Google writes it, the verb counts.
		if strings.HasPrefix(part, "{") || strings.HasPrefix(part, ":") {
			_, part, _ = strings.Cut(strings.TrimPrefix(part, ":"), ":")
		}
		if part != "" {
			list = append(list, part)
		}
	}
	return list
}

// lastElement returns the last part of a path that is no placeholder, and of
// that what follows a colon, where there is one ("documents:search").
func lastElement(path string) string {
	list := elements(path)
	if len(list) == 0 {
		return ""
	}
	last := list[len(list)-1]
	if i := strings.LastIndexByte(last, ':'); i >= 0 && i+1 < len(last) {
		return last[i+1:]
	}
	for _, ending := range [...]string{".json", ".xml", ".php", ".do"} {
		last = strings.TrimSuffix(last, ending)
	}
	return last
}

func hasWord(tokens []token, word string) bool {
	return slices.ContainsFunc(tokens, func(t token) bool { return t.word == word })
}
