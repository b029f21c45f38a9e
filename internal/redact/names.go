package redact

import (
	"slices"
	"strings"
	"unicode"
)

// SecretName reports whether something of this name (a log key, a header, a
// member of an object) is taken to be a secret whatever its value looks like:
// authorization, token, key, secret, cookie, password and the like as the last
// word of the name, code alone, and OAuth's links. Names of several words may be
// written in any style: api_key, apiKey, X-Api-Key, api.key. Tokens that only
// tell where to go on reading (next_page_token) are no secrets.
func SecretName(name string) bool {
	words := splitWords(name)
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	switch last {
	case "authorization", "secret", "secrets", "cookie", "cookies", "password", "passwords", "passwd", "pwd",
		"passphrase", "jwt", "bearer", "authtoken", "accesstoken", "refreshtoken", "idtoken", "apikey", "oauthurl":
		return true
	case "key", "keys":
		return true
	case "token", "tokens":
		return !isPaging(words)
	case "code": // an OAuth code; a status_code or exit_code is none
		return len(words) == 1 || oneOf(words[len(words)-2], "auth", "oauth", "authorization", "device", "user")
	case "verifier":
		return oneOf(words[0], "code")
	case "url", "link":
		return len(words) > 1 && oneOf(words[len(words)-2], "oauth", "authorization", "redirected")
	}
	return false
}

func isPaging(words []string) bool {
	for _, word := range words[:len(words)-1] {
		if oneOf(word, "page", "next", "previous", "prev", "continuation", "sync", "cursor", "max", "total") {
			return true
		}
	}
	return false
}

func oneOf(s string, list ...string) bool {
	return slices.Contains(list, s)
}

// splitWords splits a name at separators and at capitals, into lower case.
func splitWords(name string) []string {
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0:
			before := runes[i-1]
			nextLower := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsLower(before) || unicode.IsDigit(before) || unicode.IsUpper(before) && nextLower {
				flush()
			}
		}
		word.WriteRune(unicode.ToLower(r))
	}
	flush()
	return words
}
