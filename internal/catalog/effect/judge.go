package effect

import "strings"

// judge says what the words of an id tell. safe is whether the method promises
// to change nothing, so that a word that may be a thing is one.
func judge(tokens []token, safe bool) verdict {
	tokens = afterModifiers(tokens, isIDModifier)
	if len(tokens) == 0 {
		return unsaid
	}
	lead, last := tokens[0].word, tokens[len(tokens)-1].word
	if isReading(lead) {
		switch {
		case len(tokens) == 1:
		case isThing(lead) && (isDestroying(last) || isAct(last) && !safe && !strings.HasSuffix(last, "s")):
			return destroys
		case isThing(lead) && !safe && isWriting(last) && tokens[len(tokens)-1].first:
			return writes
		}
		return max(reads, afterConjunction(tokens, false))
	}
	if anyWord(tokens, isDestroying) || destroysAt(lead) {
		return destroys
	}
	if readsAtEnd(tokens, safe) {
		return reads
	}
	switch {
	case endsSomething(tokens, safe), !safe && putsAway(tokens):
		return destroys
	case anyWord(tokens, isWriting), isDone(tokens[len(tokens)-1]):
		return writes
	}
	return unsaid
}

// isIDModifier is isModifier for ids, where "request" and "users" are things.
func isIDModifier(word string) bool {
	switch word {
	case "bulk", "batch", "mass", "multi", "async", "soft", "hard", "force", "auto", "api", "do", "admin", "permanently", "v1", "v2", "v3", "v4":
		return true
	}
	return false
}

// afterModifiers drops what stands before the verb, but never everything.
func afterModifiers(tokens []token, modifier func(string) bool) []token {
	for len(tokens) > 1 && modifier(tokens[0].word) {
		tokens = tokens[1:]
	}
	return tokens
}

// destroysAt is for the place of the verb, where "deletes" is one too.
func destroysAt(word string) bool { return anyForm(word, isDestroying) }

// anyForm tries a verb as it is, in the third person and as a gerund.
func anyForm(word string, is func(string) bool) bool {
	if is(word) {
		return true
	}
	if stem, ok := strings.CutSuffix(word, "s"); ok && (is(stem) || is(strings.TrimSuffix(stem, "e"))) {
		return true
	}
	stem, ok := strings.CutSuffix(word, "ing")
	return ok && (is(stem) || is(stem+"e") || len(stem) > 2 && is(stem[:len(stem)-1]))
}

// afterConjunction judges what a name does besides: "getAndDelete". In prose a
// word that may be a thing ("a page or block") needs an object to be a verb.
func afterConjunction(tokens []token, prose bool) verdict {
	said := unsaid
	for i := 0; i+1 < len(tokens); i++ {
		if word := tokens[i].word; word != "and" && word != "or" && word != "then" {
			continue
		}
		next := tokens[i+1].word
		takes := i+2 < len(tokens) && isObject(tokens[i+2].word)
		switch {
		case isDestroying(next), prose && takes && (anyForm(next, isDestroying) || anyForm(next, isEnding)), !prose && isEnding(next) && !strings.HasSuffix(next, "s"):
			said = destroys
		case isWriting(next) && (!prose || takes):
			said = max(said, writes)
		}
	}
	return said
}

// isObject knows what an object begins with.
func isObject(word string) bool {
	switch word {
	case "a", "an", "the", "it", "its", "them", "their", "all", "any", "this", "that", "these", "those", "one", "each", "every":
		return true
	}
	return false
}

// readsAtEnd is for names that end with their verb: "conversations_list",
// "chat_getPermalink".
func readsAtEnd(tokens []token, safe bool) bool {
	if len(tokens) < 2 || anyWord(tokens, isPlainWriting) {
		return false
	}
	i := len(tokens) - 1
	if isReading(tokens[i].word) {
		return safe || !isShaping(tokens[0].word) && !isWriting(tokens[0].word) && !isEnding(tokens[0].word)
	}
	for i > 0 && !tokens[i].first {
		i--
	}
	return i > 0 && isReading(tokens[i].word) && !isThing(tokens[i].word) || i > 0 && tokens[i].word == "list" && i < len(tokens)-1
}

// isDone is for events that are reported: "stepCompleted".
func isDone(t token) bool {
	return !t.first && (t.word == "completed" || t.word == "failed" || t.word == "done")
}

// endsSomething looks for verbs that may be things as well.
func endsSomething(tokens []token, safe bool) bool {
	shaping := isShaping(tokens[0].word)
	for i, t := range tokens {
		final := i == len(tokens)-1
		switch {
		case !isEnding(t.word) && (i > 0 || !anyForm(t.word, isEnding)), !final && isCompound(t.word, tokens[i+1].word):
		case safe && (isAct(t.word) && !final && i > 0 || strings.HasSuffix(t.word, "s")):
		case safe && !final && (i > 0 || t.word == "leave" || t.word == "block"):
		case i > 0 && (tokens[i-1].word == "and" || tokens[i-1].word == "or"):
			return true
		case (shaping || i > 0 && makes(tokens[i-1].word)) && !isAct(t.word):
		default:
			return true
		}
	}
	return false
}

// makes knows the verbs after which a thing stands, wherever in an id:
// "repos/create-release".
func makes(word string) bool { return word == "create" || word == "add" || word == "new" }

// isCompound knows things that are called by two words, the first of which is a
// verb elsewhere.
func isCompound(word, next string) bool {
	switch word {
	case "merge":
		return next == "request" || next == "requests" || next == "field" || next == "fields" || next == "tag" || next == "tags"
	case "end", "close":
		return next == "user" || next == "users" || next == "date" || next == "dates" || next == "time" || next == "point" || next == "points" || next == "of"
	case "leave":
		return next == "request" || next == "requests" || next == "type" || next == "types" || next == "balance" || next == "balances" || next == "policy"
	case "block":
		return next == "children" || next == "content" || next == "storage"
	case "drop":
		return next == "down" || next == "off"
	case "roll", "clean":
		return next == "call"
	}
	return false
}

// putsAway is for "markAsDeleted" and "move_to_trash".
func putsAway(tokens []token) bool {
	switch tokens[0].word {
	case "mark", "set", "make", "flag", "toggle", "change", "move", "update", "send", "report", "as", "put":
	default:
		return false
	}
	return anyWord(tokens[1:], isEnded)
}

func anyWord(tokens []token, is func(string) bool) bool {
	for _, t := range tokens {
		if is(t.word) {
			return true
		}
	}
	return false
}

// judgePath says what the path tells. asked is whether the id begins with a verb
// that reads, so that a noun at the end is one.
func judgePath(path string, safe, asked bool) verdict {
	for _, element := range elements(path) {
		if tokens := tokensOf(element); (!safe || !asked) && len(tokens) == 1 && isDestroying(tokens[0].word) {
			return destroys
		}
	}
	element := lastElement(path)
	tokens := afterModifiers(tokensOf(element), isIDModifier)
	if len(tokens) == 0 {
		return unsaid
	}
	lead, last := tokens[0].word, tokens[len(tokens)-1].word
	switch {
	case isReading(lead) && len(tokens) > 1 && !isThing(lead):
		return afterConjunction(tokens, false)
	case anyWord(tokens, isDestroying), isEnding(last) && (!safe || !isAct(last) || !asked && !strings.HasSuffix(last, "s")), !safe && isEnding(lead) && !isCompound(lead, last):
		return destroys
	case safe && isWriting(last) && len(tokens) > 1 && strings.Contains(element, "."), safe && isWriting(last) && !asked:
		return writes
	}
	return unsaid
}

// judgeName says what a label for people adds. Of a harmless method only the verb
// counts, since the rest names things.
func judgeName(name string, safe bool) verdict {
	tokens := afterModifiers(tokensOf(name), isModifier)
	if len(tokens) == 0 {
		return unsaid
	}
	if safe {
		if strings.HasSuffix(tokens[0].word, "s") && !destroysAt(tokens[0].word) {
			return unsaid // "Pins list": things, not a verb
		}
		return judgeVerb(tokens)
	}
	if said := judge(tokens, false); said == destroys {
		return destroys
	}
	return unsaid
}

// judgeText says what a description adds: the verb of its first sentence, and
// anywhere that something is final. asked is whether the action asks otherwise:
// then it may well explain how to delete what it shows.
func judgeText(text string, asked bool) verdict {
	if len(text) > maxText {
		text = text[:maxText]
	}
	sentence, _, _ := strings.Cut(text[:min(len(text), maxSentence)], ". ")
	said := unsaid
	if tokens := afterModifiers(tokensOf(sentence), isModifier); len(tokens) > 0 {
		said = judgeVerb(tokens)
	}
	if !asked && isFinal(strings.ToLower(text)) {
		return destroys
	}
	return said
}

// How much of a description is read, and how much of that for its verbs, in bytes.
const (
	maxText     = 1_000
	maxSentence = 240
)

// judgeVerb judges the first word of a phrase and what is joined to it.
func judgeVerb(tokens []token) verdict {
	lead := tokens[0].word
	switch {
	case anyForm(lead, isReading):
		return max(reads, afterConjunction(tokens, true))
	case destroysAt(lead):
		return destroys
	case anyForm(lead, isEnding) && len(tokens) > 1 && !isCompound(lead, tokens[1].word):
		return destroys
	case anyForm(lead, isWriting):
		return max(writes, afterConjunction(tokens, true))
	}
	return unsaid
}

// asksFirst reports whether a text begins with a verb that reads.
func asksFirst(text string) bool {
	sentence, _, _ := strings.Cut(text[:min(len(text), maxSentence)], ". ")
	tokens := afterModifiers(tokensOf(sentence), isModifier)
	return len(tokens) > 0 && judgeVerb(tokens) == reads
}

func isFinal(text string) bool {
	for _, words := range [...]string{
		"permanently delet", "permanently remov", "permanently eras", "cannot be undone", "can't be undone", "can not be undone",
		"irreversibl", "cannot be recovered", "cannot be reversed", "cannot be restored", "gdpr",
	} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}
