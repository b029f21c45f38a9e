// Package effect tells what running an action does at the app: read, write or
// destroy. It knows nothing but what Alloy says of the action, so it errs on the
// safe side, and an operator's [Overrides] come before it.
package effect

import (
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Effect is what running an action does at the app.
type Effect string

// The effects, from harmless to final. Destructive is whatever takes something
// away from an account or from people: a record, a membership, a right, money
// that was paid, the old of two versions.
const (
	Read        Effect = "read"
	Write       Effect = "write"
	Destructive Effect = "destructive"
)

// Of classifies an action by its method, its path and its words. It is a read
// only if the method says so, or it is a search by POST, and nothing else speaks
// against it; what nobody understands is a write. Names and descriptions can make
// an action more dangerous, never less.
func Of(a alloy.Action) Effect {
	method := strings.ToLower(a.Method)
	safe := method == "get" || method == "head" || method == "options"
	id := tokensOf(a.ID)
	byID := judge(id, safe)
	if len(id) > 1 && !safe && id[0].word == method {
		id = id[1:] // the verb of an OpenAPI operation id, as in "post-search"
		byID = judge(id, safe)
		if byID == reads && !isQuestion(id[0].word) && !isQuestion(id[len(id)-1].word) {
			byID = writes // "post-list-items" makes an item of a list
		}
	}
	words := max(judgeName(a.DisplayName, safe), judgeText(a.Description, safe || byID == reads))
	if safe && byID == reads && words == writes {
		words = reads // "Generates a link" of a GET that is called getLink
	}
	said := max(byID, judgePath(a.Path, safe, byID == reads), words)
	switch {
	case method == "delete" || said == destroys:
		return Destructive
	case said == writes || isLanguage(a, id):
		return Write
	case safe:
		return Read
	case method == "post" && asks(a.Path, id, byID):
		return Read
	}
	return Write
}

// Guess classifies an action of which only the id, the name and the description
// are known. It is as careful as [Of], but without a method it can be wrong in
// either direction: show it as a guess, and never run anything by it.
func Guess(id, name, description string) Effect {
	words := tokensOf(id)
	if len(words) > 1 && isMethod(words[0].word) {
		switch words[0].word {
		case "delete":
			return Destructive
		case "put", "patch":
			words = append([]token{{"update", true}}, words[1:]...)
		case "post":
			if !isQuestion(words[len(words)-1].word) {
				words = append([]token{{"create", true}}, words[1:]...)
				break
			}
			words = words[1:]
		}
	}
	byID := judge(words, false)
	said := max(byID, judgeName(name, false), judgeText(description, byID == reads))
	switch {
	case said == destroys:
		return Destructive
	case isLanguage(alloy.Action{DisplayName: name}, words):
		return Write
	case byID == reads && said == reads:
		return Read
	case byID == unsaid && said <= reads && (asksFirst(name) || asksFirst(description)):
		return Read
	}
	return Write
}

func isMethod(word string) bool {
	switch word {
	case "get", "post", "put", "patch", "delete":
		return true
	}
	return false
}

// verdict is what words say of an action, from harmless to final.
type verdict uint8

const (
	unsaid verdict = iota // no verb that is known
	reads
	writes
	destroys
)

// asks reports whether a POST to path is a question: the path ends with a word
// for one, and where that word could be a thing as well ("list"), the id must
// begin with a verb that reads, or end as the path does ("files_list_folder").
func asks(path string, id []token, byID verdict) bool {
	last := tokensOf(lastElement(path))
	if len(last) == 0 || len(id) == 0 || hasWord(last, "saved") || anyWord(last, isPlainWriting) {
		return false
	}
	first, final := last[0].word, last[len(last)-1].word
	switch {
	case isQuestion(final), isQuestion(first) && len(last) <= 3 && !isQuestionable(final):
		return true
	case isQuestion(id[0].word) && searches(path) && !isQuestionable(final):
		return true // "/search/jql"
	case byID == reads && final == "info" && strings.Contains(path, ".info"):
		return true
	case byID == reads:
		return isAsking(first) || isAsking(final) || strings.HasPrefix(final, "get") || strings.HasPrefix(final, "list")
	}
	return len(last) > 1 && isAsking(first) && endsWith(id, last)
}

// searches reports whether a path leads through a place where one searches.
func searches(path string) bool {
	return slices.ContainsFunc(elements(path), func(element string) bool {
		return element == "search" || element == "query" || element == "lookup"
	})
}

func endsWith(id, last []token) bool {
	return len(id) >= len(last) && slices.EqualFunc(id[len(id)-len(last):], last, func(a, b token) bool { return a.word == b.word })
}

// isQuestionable knows what makes a thing of a search: jobs are started, indexes
// are built.
func isQuestionable(word string) bool {
	switch word {
	case "job", "jobs", "index", "indexes", "export", "exports", "alert", "alerts":
		return true
	}
	return false
}

// isLanguage reports whether the caller writes the query in a language that can
// change things: GraphQL has mutations, SQL has DELETE.
func isLanguage(a alloy.Action, id []token) bool {
	for _, words := range [][]token{id, tokensOf(lastElement(a.Path)), tokensOf(a.DisplayName)} {
		for _, t := range words {
			switch t.word {
			case "graphql", "gql", "sql", "nosql", "mutation", "script", "statement", "cypher", "eval":
				return true
			}
		}
	}
	for _, p := range a.Parameters {
		if name := strings.ToLower(p.Name); name == "sql" || name == "statement" || name == "mutation" {
			return true
		}
	}
	return false
}
