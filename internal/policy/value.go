package policy

import (
	"encoding/json"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// kindOf names the kind of a value for people.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case number:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	if _, ok := numberOf(value); ok {
		return "a number"
	}
	return "of another kind"
}

// number is a JSON number: exact where it is a whole one of 64 bits.
type number struct {
	whole  bool
	exact  int64
	approx float64
}

func numberOf(value any) (number, bool) {
	switch v := value.(type) {
	case json.Number:
		return parseNumber(v.String())
	case float64:
		if whole := int64(v); v >= -1<<53 && v <= 1<<53 && float64(whole) == v {
			return number{true, whole, v}, true
		}
		return number{approx: v}, !math.IsNaN(v)
	}
	switch v := reflect.ValueOf(value); {
	case v.CanInt():
		return number{true, v.Int(), float64(v.Int())}, true
	case v.CanUint() && v.Uint() < 1<<63:
		return number{true, int64(v.Uint()), float64(v.Uint())}, true //nolint:gosec // it was compared with the limit
	case v.CanUint():
		return number{approx: float64(v.Uint())}, true
	case v.CanFloat():
		return numberOf(v.Float())
	}
	return number{}, false
}

// parseNumber reads what JSON calls a number. One that is too large for 64 bits is
// infinite, and so above every limit.
func parseNumber(text string) (number, bool) {
	if !json.Valid([]byte(text)) || text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
		return number{}, false
	}
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number{true, whole, float64(whole)}, true
	}
	approx, _ := strconv.ParseFloat(text, 64) // beyond its range it is infinite
	if whole := int64(approx); approx >= -1<<53 && approx <= 1<<53 && float64(whole) == approx {
		return number{true, whole, approx}, true
	}
	return number{approx: approx}, true
}

// compare is negative, 0 or positive, as n is less than, equal to or more than m.
func (n number) compare(m number) int {
	less, more := n.approx < m.approx, n.approx > m.approx
	if n.whole && m.whole {
		less, more = n.exact < m.exact, n.exact > m.exact
	}
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}

// oneOf is the test `equals` or `in`: the values are texts, numbers, booleans or nil.
type oneOf []any

func (t oneOf) holds(value any) (bool, string) {
	comparable := false
	for _, want := range t {
		same, of := equal(value, want)
		if same {
			return true, ""
		}
		comparable = comparable || of
	}
	if !comparable {
		return false, kindOf(t[0])
	}
	return false, ""
}

// equal reports whether two values are equal, and whether they are of one kind.
func equal(value, want any) (same, comparable bool) {
	switch w := want.(type) {
	case nil:
		return value == nil, value == nil
	case string:
		v, ok := value.(string)
		return ok && v == w, ok
	case bool:
		v, ok := value.(bool)
		return ok && v == w, ok
	case number:
		v, ok := numberOf(value)
		return ok && v.compare(w) == 0, ok
	}
	return false, false
}

// maxMatched bounds the texts that are compared with an expression, in bytes.
const maxMatched = 64 << 10

// expression is the test `matches`.
type expression struct{ *regexp.Regexp }

func (t expression) holds(value any) (bool, string) {
	text, ok := value.(string)
	if !ok {
		return false, "a text"
	}
	if len(text) > maxMatched {
		return false, "a text of at most " + strconv.Itoa(maxMatched) + " bytes"
	}
	return t.MatchString(text), ""
}

// bound is the test `max`, or `min` where it is the least.
type bound struct {
	limit number
	least bool
}

func (t bound) holds(value any) (bool, string) {
	n, ok := numberOf(value)
	if !ok {
		return false, "a number"
	}
	if t.least {
		return n.compare(t.limit) >= 0, ""
	}
	return n.compare(t.limit) <= 0, ""
}

// maxLength is the test `max_length`, in characters.
type maxLength int

func (t maxLength) holds(value any) (bool, string) {
	text, ok := value.(string)
	if !ok {
		return false, "a text"
	}
	return utf8.RuneCountInString(text) <= int(t), ""
}

// maxItems is the test `max_items`.
type maxItems int

func (t maxItems) holds(value any) (bool, string) {
	list, ok := value.([]any)
	if !ok {
		return false, "a list"
	}
	return len(list) <= int(t), ""
}

// plain returns the number as decoding JSON gives it.
func (n number) plain() any {
	if n.whole {
		return json.Number(strconv.FormatInt(n.exact, 10))
	}
	return n.approx
}
