package alloy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The Connectivity API puts its answers under a named key (observed), the
// family around users under "data". What carries neither is an error that
// names the keys it saw: an unknown shape never becomes an empty list.

// strangeEnvelope is the error of an answer without any of the wanted keys.
func strangeEnvelope(a *answer, object map[string]json.RawMessage, wanted ...string) *Error {
	e := &Error{
		Kind: KindEnvelope, Status: a.status, Outcome: OutcomeCompleted,
		Message: "Alloy's answer has an unknown shape: wanted " + strings.Join(wanted, " or "),
	}
	switch {
	case object == nil:
		e.Message += ", got " + jsonKind(a.body)
	case len(object) == 0:
		e.Message += ", got an empty object"
	default:
		e.Keys = sortedKeys(object)
		e.Keys = e.Keys[:min(len(e.Keys), 20)]
		for i, key := range e.Keys {
			e.Keys[i] = oneLine(key, 60)
		}
	}
	return e
}

func jsonKind(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	}
	return "a number"
}

// list returns the list under the first of keys that the answer has. "" among
// the keys accepts a bare list.
func (a *answer) list(keys ...string) ([]json.RawMessage, *Error) {
	object, failure := a.usable()
	if failure != nil {
		return nil, failure
	}
	raw, key := json.RawMessage(nil), ""
	for _, name := range keys {
		if name == "" && isArray(a.body) {
			raw, key = a.body, "the answer"
		} else if object[name] != nil {
			raw, key = object[name], name
		} else {
			continue
		}
		break
	}
	if raw == nil {
		return nil, strangeEnvelope(a, object, named(keys)...)
	}
	var rows []json.RawMessage
	if !isArray(raw) || json.Unmarshal(raw, &rows) != nil {
		e := strangeEnvelope(a, object, named(keys)...)
		e.Message = fmt.Sprintf("Alloy's answer has an unknown shape: %s is %s, not a list", key, jsonKind(raw))
		return nil, e
	}
	return rows, nil
}

// one returns the object under the first of keys that the answer has. "" among
// the keys accepts the answer itself where bare approves of it.
func (a *answer) one(bare func(map[string]json.RawMessage) bool, keys ...string) (json.RawMessage, *Error) {
	object, failure := a.usable()
	if failure != nil {
		return nil, failure
	}
	for _, name := range keys {
		if name == "" && object != nil && bare(object) {
			return a.body, nil
		}
		if name != "" && isObject(object[name]) {
			return object[name], nil
		}
	}
	return nil, strangeEnvelope(a, object, named(keys)...)
}

func named(keys []string) []string {
	out := make([]string, len(keys))
	for i, key := range keys {
		if out[i] = key; key == "" {
			out[i] = "a bare value"
		}
	}
	return out
}

// has makes a test for the answers that one and list accept bare.
func has(keys ...string) func(map[string]json.RawMessage) bool {
	return func(object map[string]json.RawMessage) bool {
		for _, key := range keys {
			if asText(object[key]) != "" {
				return true
			}
		}
		return false
	}
}

// decodeRows decodes every row and keeps those that keep approves of. Rows of
// a strange shape are left out one by one; if all are, that is an error.
func decodeRows[R, T any](c *Client, a *answer, op string, rows []json.RawMessage, convert func(*R) (T, bool)) ([]T, *Error) {
	out := make([]T, 0, len(rows))
	for _, raw := range rows {
		var row R
		if json.Unmarshal(raw, &row) == nil {
			if value, ok := convert(&row); ok {
				out = append(out, value)
			}
		}
	}
	if len(out) == len(rows) {
		return out, nil
	}
	if len(out) > 0 {
		c.log.Warn("rows of an unknown shape were left out", "op", op, "rows", len(rows), "left_out", len(rows)-len(out))
		return out, nil
	}
	var first map[string]json.RawMessage
	if json.Unmarshal(rows[0], &first) != nil {
		first = nil
	}
	e := strangeEnvelope(&answer{status: a.status, body: rows[0]}, first, "rows with an id")
	return nil, e
}

// looseText decodes a text, a number or a boolean, and leaves anything else out.
type looseText string

// UnmarshalJSON never fails: a field for display must not cost a whole list.
func (t *looseText) UnmarshalJSON(b []byte) error {
	*t = looseText(asText(b))
	if *t == "" && (bytes.Equal(b, []byte("true")) || bytes.Equal(b, []byte("false"))) {
		*t = looseText(b)
	}
	return nil
}

// looseList decodes a list of texts, or one text.
type looseList []string

// UnmarshalJSON never fails.
func (l *looseList) UnmarshalJSON(b []byte) error {
	*l = nil
	var rows []json.RawMessage
	if isArray(b) && json.Unmarshal(b, &rows) == nil {
		for _, row := range rows {
			if text := asText(row); text != "" {
				*l = append(*l, text)
			}
		}
	} else if text := asText(b); text != "" {
		*l = looseList{text}
	}
	return nil
}

// looseTime decodes an RFC 3339 time; anything else is the zero time.
type looseTime time.Time

// UnmarshalJSON never fails.
func (t *looseTime) UnmarshalJSON(b []byte) error {
	text := asText(b)
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		parsed = time.Time{}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 1e12 && n < 1e14 {
			parsed = time.UnixMilli(n).UTC() // JavaScript's way to write a time
		} else if err == nil && n > 1e8 && n < 1e11 {
			parsed = time.Unix(n, 0).UTC()
		}
	}
	*t = looseTime(parsed)
	return nil
}

func firstOf(texts ...looseText) string {
	for _, text := range texts {
		if text != "" {
			return string(text)
		}
	}
	return ""
}
