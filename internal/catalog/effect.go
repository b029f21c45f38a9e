package catalog

import (
	"slices"
	"strings"
	"unicode"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Effect is what running an action does at the app.
type Effect string

// The effects, from harmless to final.
const (
	Read        Effect = "read"
	Write       Effect = "write"
	Destructive Effect = "destructive"
)

// EffectOf classifies an action by its method, its id and its path. It errs on
// the safe side: an action is a read only if its method and its words both say
// so, and an unknown one is a write.
func EffectOf(a alloy.Action) Effect {
	method := strings.ToLower(a.Method)
	words := wordsOf(a.ID)
	if len(words) > 1 && words[0] == method {
		words = words[1:] // the verb of an OpenAPI operation id, as in "post-search"
	}
	last := wordsOf(lastElement(a.Path))
	switch {
	case method == "delete", containsAny(words, destructiveWords()), containsAny(last, destructiveWords()):
		return Destructive
	case (method == "get" || method == "head") && !containsAny(words, writeWords()) && !containsAny(last, writeWords()):
		return Read
	case method == "post" && len(last) > 0 && slices.Contains(queryWords(), last[len(last)-1]) && !containsAny(words, writeWords()):
		return Read
	}
	return Write
}

func destructiveWords() []string {
	return []string{
		"delete", "deletes", "remove", "removes", "archive", "archives", "unarchive", "revoke", "revokes", "cancel", "cancels",
		"merge", "purge", "purges", "destroy", "erase", "void", "close", "end", "kick", "disable", "uninstall", "wipe", "reset",
		"unlink", "deleteall", "deactivate", "clear", "replace", "reject", "block", "refund", "unsubscribe", "logout", "rotate", "disconnect", "terminate", "expire", "invalidate", "gdpr", "trash",
	}
}

func writeWords() []string {
	return []string{
		"create", "add", "update", "set", "edit", "patch", "put", "write", "send", "post", "upload", "move", "copy", "clone",
		"join", "leave", "invite", "open", "start", "stop", "run", "execute", "trigger", "mark", "assign", "approve", "restrict",
		"enable", "activate", "pay", "charge", "refresh", "generate", "sync", "publish", "push", "schedule", "share", "star", "pin", "rename", "convert", "restore", "complete", "subscribe", "exchange",
	}
}

func queryWords() []string { return []string{"search", "query", "lookup", "find", "count"} }

// wordsOf splits "post-search", "chat_postMessage" and "searchContacts" into
// lower-case words.
func wordsOf(id string) []string {
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	var previous rune
	for _, r := range id {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
		case unicode.IsUpper(r) && unicode.IsLower(previous):
			flush()
			word.WriteRune(r)
		default:
			word.WriteRune(r)
		}
		previous = r
	}
	flush()
	return words
}

func lastElement(path string) string {
	parts := strings.Split(strings.TrimRight(path, "/"), "/")
	for _, part := range slices.Backward(parts) {
		if part != "" && !strings.HasPrefix(part, "{") {
			return part
		}
	}
	return ""
}

func containsAny(words, of []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(of, w) })
}
