package alloy

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The bounds of a JSON text. encoding/json has none of its own but depth 10,000.
const (
	maxDepth       = 64
	maxActionDepth = 160 // of an action's details: a level of its schemas takes two
	maxTokens      = 200_000
	maxKey         = 1 << 10
)

// errBounds is the cause of an answer that is JSON, but deeper or longer than
// this client reads.
var errBounds = errors.New("the answer is nested too deeply or has too many parts")

var errNotJSON = errors.New("the answer is not JSON")

// checkJSON reports whether b is one JSON value within the bounds. It reads b
// once for the bounds, before the recursive parser sees it.
func checkJSON(b []byte) error { return checkJSONWithin(b, maxDepth) }

func checkJSONWithin(b []byte, levels int) error {
	if err := checkBounds(b, levels); err != nil {
		return err
	}
	if !json.Valid(b) {
		return errNotJSON
	}
	return nil
}

func checkBounds(b []byte, levels int) error {
	depth, tokens := 0, 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			depth++
			tokens++
			if depth > levels {
				return fmt.Errorf("%w: more than %d levels", errBounds, levels)
			}
		case '}', ']':
			depth--
		case ',':
			tokens++
		case ':':
			tokens++
		case '"':
			end := stringEnd(b, i+1)
			if end-i > maxKey && followedByColon(b, end+1) {
				return fmt.Errorf("%w: a key is longer than %d bytes", errBounds, maxKey)
			}
			i = end
		}
		if tokens > maxTokens {
			return fmt.Errorf("%w: more than %d values", errBounds, maxTokens)
		}
	}
	return nil
}

// stringEnd returns the index of the quote that closes the string whose first
// character is at i, or len(b).
func stringEnd(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(b)
}

func followedByColon(b []byte, i int) bool {
	for ; i < len(b); i++ {
		switch b[i] {
		case ' ', '\t', '\n', '\r':
		default:
			return b[i] == ':'
		}
	}
	return false
}
