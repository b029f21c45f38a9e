package shape

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of Decode. An action's answer of 8 MiB with 10,000 records has about a
// million tokens (values, names, brackets), so the limit is what keeps memory at a
// multiple of the text, and no measure of what is usual.
const (
	MaxDepth  = 64
	MaxTokens = 2_000_000
)

// Decode reads one JSON value as encoding/json does, with numbers as json.Number
// and invalid UTF-8 repaired, in a fraction of the time and memory: short-lived
// answers of megabytes are what it is for. The strings of the value share one copy
// of the text, so keeping one of them keeps all. Text nested deeper than MaxDepth or
// of more than MaxTokens tokens is an error.
func Decode(text []byte) (any, error) {
	d := &decoder{text: string(text)}
	value, err := d.value(0)
	if err == nil {
		if d.peek(); d.i < len(d.text) {
			err = errMore
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read a JSON value at byte %d: %w", d.i, err)
	}
	return value, nil
}

var (
	errMore   = errors.New("there is more behind it")
	errSyntax = errors.New("it is no JSON")
	errEnd    = errors.New("the text ends early")
	errDepth  = fmt.Errorf("it is nested deeper than %d levels", MaxDepth)
	errTokens = fmt.Errorf("it has more than %d values, names and brackets", MaxTokens)
)

// decoder reads a text from its byte i on.
type decoder struct {
	text   string
	i      int
	tokens int
}

// peek is the next byte that is no space, 0 at the end.
func (d *decoder) peek() byte {
	for d.i < len(d.text) {
		switch c := d.text[d.i]; c {
		case ' ', '\n', '\t', '\r':
			d.i++
		default:
			return c
		}
	}
	return 0
}

func (d *decoder) value(depth int) (any, error) {
	if d.tokens++; d.tokens > MaxTokens {
		return nil, errTokens
	}
	switch c := d.peek(); c {
	case '{', '[':
		if depth >= MaxDepth {
			return nil, errDepth
		}
		d.i++
		d.tokens++
		if c == '[' {
			return d.list(depth + 1)
		}
		return d.object(depth + 1)
	case '"':
		return d.string()
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	case 0:
		if d.i == len(d.text) {
			return nil, errEnd
		}
		return nil, errSyntax
	}
	return d.number()
}

func (d *decoder) word(word string) error {
	if !strings.HasPrefix(d.text[d.i:], word) {
		return errSyntax
	}
	d.i += len(word)
	return nil
}

func (d *decoder) list(depth int) (any, error) {
	list := []any{}
	if d.peek() == ']' {
		d.i++
		return list, nil
	}
	for {
		value, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
		if more, err := d.more(']'); err != nil || !more {
			return list, err
		}
	}
}

func (d *decoder) object(depth int) (any, error) {
	object := make(map[string]any)
	if d.peek() == '}' {
		d.i++
		return object, nil
	}
	for {
		if d.peek() != '"' {
			return nil, d.unexpected()
		}
		d.tokens++
		key, err := d.string()
		if err != nil {
			return nil, err
		}
		if d.peek() != ':' {
			return nil, d.unexpected()
		}
		d.i++
		value, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		object[key] = value
		if more, err := d.more('}'); err != nil || !more {
			return object, err
		}
	}
}

// more reads what stands behind a value: a comma, or the end of its container.
func (d *decoder) more(end byte) (bool, error) {
	switch d.peek() {
	case ',':
		d.i++
		return true, nil
	case end:
		d.i++
		return false, nil
	}
	return false, d.unexpected()
}

func (d *decoder) unexpected() error {
	if d.i == len(d.text) {
		return errEnd
	}
	return errSyntax
}

// string reads a string. One without escapes is a piece of the text; encoding/json
// reads the others.
func (d *decoder) string() (string, error) {
	start := d.i + 1
	plain, ascii := true, true
	for i := start; i < len(d.text); i++ {
		switch c := d.text[i]; {
		case c == '"':
			d.i = i + 1
			if s := d.text[start:i]; plain && (ascii || utf8.ValidString(s)) {
				return s, nil
			}
			var s string
			if err := json.Unmarshal([]byte(d.text[start-1:i+1]), &s); err != nil {
				return "", errSyntax
			}
			return s, nil
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return "", errSyntax
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	d.i = len(d.text)
	return "", errEnd
}

// number reads a number as it is written.
func (d *decoder) number() (any, error) {
	start := d.i
	if d.at('-') {
		d.i++
	}
	switch {
	case d.at('0'):
		d.i++
	case !d.digits():
		return nil, d.unexpected()
	}
	if d.at('.') {
		if d.i++; !d.digits() {
			return nil, d.unexpected()
		}
	}
	if d.at('e') || d.at('E') {
		if d.i++; d.at('+') || d.at('-') {
			d.i++
		}
		if !d.digits() {
			return nil, d.unexpected()
		}
	}
	return json.Number(d.text[start:d.i]), nil
}

func (d *decoder) at(c byte) bool { return d.i < len(d.text) && d.text[d.i] == c }

func (d *decoder) digits() bool {
	start := d.i
	for d.i < len(d.text) && d.text[d.i] >= '0' && d.text[d.i] <= '9' {
		d.i++
	}
	return d.i > start
}

// encode writes a value as the callers of this package do: without HTML escaping.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
