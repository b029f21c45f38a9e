package server

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// role is what an object means within a message.
type role uint8

const (
	roleOther role = iota
	roleTop
	roleParams
	roleMeta
)

// scanner reads one message in one pass, checks its grammar and keeps what an
// [envelope] needs. Strings without escapes cost no allocation.
type scanner struct {
	envelope envelope

	data   []byte
	pos    int
	tokens int
	// keys is a stack of the keys of all open objects, the innermost last.
	keys [][]byte

	version                                       string
	hasID, nullID, hasMethod, hasResult, hasError bool
}

// scan checks a message and returns its envelope. On a refusal the envelope
// still holds the id where one was read, so that the answer can name it.
func scan(message []byte) (envelope, *malformed) {
	var stack [16][]byte
	s := scanner{data: message, keys: stack[:0]}
	if fault := s.message(); fault != nil {
		return envelope{id: s.envelope.id}, fault
	}
	return s.envelope, nil
}

func (s *scanner) message() *malformed {
	if !utf8.Valid(s.data) {
		return unreadable("the message is not valid UTF-8")
	}
	switch s.skipSpace() {
	case '{':
	case '[':
		return invalid("JSON-RPC batches are not supported: send one message at a time")
	case 0:
		return unreadable("the message is empty")
	default:
		return unreadable("the message is not a JSON object")
	}
	if fault := s.object(1, roleTop); fault != nil {
		return fault
	}
	if s.skipSpace(); s.pos != len(s.data) {
		return unreadable("there is more than one JSON value in the message")
	}
	return s.classify()
}

// skipSpace moves to the next token and returns its first byte, 0 at the end.
func (s *scanner) skipSpace() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) count() *malformed {
	if s.tokens++; s.tokens > maxTokens {
		return invalid("the message has more than " + strconv.Itoa(maxTokens) + " JSON tokens")
	}
	return nil
}

func (s *scanner) syntax() *malformed {
	if s.pos >= len(s.data) {
		return unreadable("the message ends in the middle of its JSON")
	}
	return unreadable("the message is not valid JSON, at byte " + strconv.Itoa(s.pos))
}

// object reads an object; s.pos is at its brace.
func (s *scanner) object(depth int, r role) *malformed {
	if depth > maxDepth {
		return invalid("the message is nested deeper than " + strconv.Itoa(maxDepth) + " levels")
	}
	s.pos++
	seen := keySet{base: len(s.keys)}
	defer func() { s.keys = s.keys[:seen.base] }()
	for first := true; ; first = false {
		c := s.skipSpace()
		if c == '}' && first {
			s.pos++
			return nil
		}
		if c != '"' {
			return s.syntax()
		}
		key, fault := s.key(&seen)
		if fault != nil {
			return fault
		}
		if s.skipSpace() != ':' {
			return s.syntax()
		}
		s.pos++
		if fault := s.member(depth, r, key); fault != nil {
			return fault
		}
		switch s.skipSpace() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.syntax()
		}
	}
}

// key reads a key and refuses one that its object already has.
func (s *scanner) key(seen *keySet) ([]byte, *malformed) {
	raw, escaped, fault := s.text()
	if fault != nil {
		return nil, fault
	}
	if escaped {
		raw = decoded(raw)
	}
	if !seen.add(s, raw) {
		return nil, invalid("the key " + quote(raw) + " appears twice in one object")
	}
	return raw, nil
}

// value reads any value and returns its raw JSON.
func (s *scanner) value(depth int, r role) ([]byte, *malformed) {
	c := s.skipSpace()
	start := s.pos
	var fault *malformed
	switch {
	case c == '{':
		if fault = s.count(); fault == nil {
			fault = s.object(depth+1, r)
		}
	case c == '[':
		if fault = s.count(); fault == nil {
			fault = s.array(depth + 1)
		}
	case c == '"':
		_, _, fault = s.text()
	case c == '-' || c >= '0' && c <= '9':
		fault = s.number()
	default:
		fault = s.literal()
	}
	return s.data[start:s.pos], fault
}

func (s *scanner) array(depth int) *malformed {
	if depth > maxDepth {
		return invalid("the message is nested deeper than " + strconv.Itoa(maxDepth) + " levels")
	}
	s.pos++
	if s.skipSpace() == ']' {
		s.pos++
		return nil
	}
	for {
		if _, fault := s.value(depth, roleOther); fault != nil {
			return fault
		}
		switch s.skipSpace() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return nil
		default:
			return s.syntax()
		}
	}
}

// text reads a string; s.pos is at its opening quote. It returns what is between
// the quotes and whether that holds escapes.
func (s *scanner) text() (raw []byte, escaped bool, fault *malformed) {
	if fault := s.count(); fault != nil {
		return nil, false, fault
	}
	s.pos++
	start := s.pos
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			raw = s.data[start:s.pos]
			s.pos++
			return raw, escaped, nil
		case c == '\\':
			escaped = true
			if !s.escape() {
				return nil, false, s.syntax()
			}
		case c < ' ':
			return nil, false, s.syntax()
		default:
			s.pos++
		}
	}
	return nil, false, s.syntax()
}

// escape moves over one escape sequence.
func (s *scanner) escape() bool {
	s.pos++
	if s.pos >= len(s.data) {
		return false
	}
	switch s.data[s.pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return true
	case 'u':
		s.pos++
		for range 4 {
			if s.pos >= len(s.data) || !isHex(s.data[s.pos]) {
				return false
			}
			s.pos++
		}
		return true
	}
	return false
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

func (s *scanner) number() *malformed {
	if fault := s.count(); fault != nil {
		return fault
	}
	if s.data[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.data) && s.data[s.pos] == '0' {
		s.pos++
	} else if !s.digits() {
		return s.syntax()
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return s.syntax()
		}
	}
	if s.pos < len(s.data) && (s.data[s.pos] == 'e' || s.data[s.pos] == 'E') {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return s.syntax()
		}
	}
	if s.pos == len(s.data) || bytes.IndexByte([]byte(" \t\r\n,]}"), s.data[s.pos]) < 0 {
		return s.syntax() // so that of 007 the first 0 is not taken for a number
	}
	return nil
}

func (s *scanner) literal() *malformed {
	if fault := s.count(); fault != nil {
		return fault
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
			s.pos += len(word)
			return nil
		}
	}
	return s.syntax()
}

// decoded resolves the escapes of what stands between the quotes of a string,
// exactly as the library will.
func decoded(raw []byte) []byte {
	quoted := make([]byte, 0, len(raw)+2)
	quoted = append(append(append(quoted, '"'), raw...), '"')
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return raw
	}
	return []byte(text)
}

// quote shows a key from outside in a message: bounded and printable.
func quote(key []byte) string {
	return strconv.QuoteToASCII(string(key[:min(len(key), maxShown)]))
}
