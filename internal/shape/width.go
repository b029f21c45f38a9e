package shape

import (
	"encoding/json"
	"unicode/utf8"
)

// Width is how many characters the JSON of a decoded value has. Once they are
// known to be more than limit it stops, and returns limit+1 or more: so it costs
// what the limit allows, however large the value is.
func Width(value any, limit int) int {
	switch value := value.(type) {
	case nil:
		return len("null")
	case bool:
		if value {
			return len("true")
		}
		return len("false")
	case string:
		return textWidth(value, limit)
	case json.Number:
		return len(value)
	case []any:
		sum := len("[")
		for _, element := range value {
			if sum += Width(element, limit-sum) + len(","); sum > limit {
				return sum
			}
		}
		return max(sum, len("[]"))
	case map[string]any:
		sum := len("{")
		for key, inner := range value {
			sum += textWidth(key, limit-sum) + len(":,")
			if sum += Width(inner, limit-sum); sum > limit {
				return sum
			}
		}
		return max(sum, len("{}"))
	}
	text, err := encode(value)
	if err != nil {
		return limit + 1
	}
	return utf8.RuneCount(text)
}

func textWidth(s string, limit int) int {
	sum := len(`""`)
	for _, r := range s {
		if sum += RuneWidth(r); sum > limit {
			break
		}
	}
	return sum
}

// RuneWidth is the number of characters that encoding/json writes for r inside
// a string, or more.
func RuneWidth(r rune) int {
	switch {
	case r == '"', r == '\\', r == '\n', r == '\r', r == '\t', r == '\b', r == '\f':
		return 2
	case r < ' ', r == '\u2028', r == '\u2029':
		return 6
	}
	return 1
}
