package tools

import (
	"encoding/json"
	"maps"
)

// The most characters that a result may have: what an answer is cut to by
// itself, and what a caller may ask for.
const (
	defaultMaxChars = 16_000
	hardMaxChars    = 40_000
	// envelopeChars is what an answer needs beside its records.
	envelopeChars = 800
)

// fitting returns how many of the records, from the first, fit into limit
// characters of JSON together with their envelope. It is never more than there
// are, and may be 0.
func fitting[T any](records []T, limit int) int {
	left := limit - envelopeChars
	for i, record := range records {
		text, err := json.Marshal(record)
		if err != nil {
			return i
		}
		if left -= len(text) + 1; left < 0 {
			return i
		}
	}
	return len(records)
}

// shorten cuts value to limit characters of JSON between the records of its
// longest list. A value that is too long without a list is left out as a whole.
func shorten(value any, limit int) (any, cut) {
	text, err := json.Marshal(value)
	if err != nil || len(text) <= limit-envelopeChars {
		return value, cut{}
	}
	if list, ok := value.([]any); ok {
		n := fitting(list, limit)
		if n == len(list) {
			return value, cut{}
		}
		return list[:n], cut{Truncated: true, Total: len(list), Returned: n}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, cut{Truncated: true, Total: 1}
	}
	key, list := longestList(object)
	if list == nil {
		return nil, cut{Truncated: true, Total: 1}
	}
	rest := maps.Clone(object)
	delete(rest, key)
	around, err := json.Marshal(rest)
	if err != nil || len(around) > limit-envelopeChars {
		return nil, cut{Truncated: true, Total: len(list)}
	}
	n := fitting(list, limit-len(around))
	if n == len(list) {
		return value, cut{}
	}
	rest[key] = list[:n]
	return rest, cut{Truncated: true, Total: len(list), Returned: n}
}

func longestList(object map[string]any) (key string, list []any) {
	for _, k := range sortedKeys(object) {
		if l, ok := object[k].([]any); ok && (list == nil || len(l) > len(list)) {
			key, list = k, l
		}
	}
	return key, list
}
