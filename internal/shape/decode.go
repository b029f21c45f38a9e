package shape

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Limits of Decode. An action's answer of 8 MiB with 10,000 records has up to a
// million tokens, so the limit is what keeps memory at a small multiple of the
// text, and no measure of what is usual.
const (
	MaxDepth  = 64
	MaxTokens = 2_000_000
)

// Decode reads one JSON value, with numbers as json.Number. Invalid UTF-8 is
// repaired; text nested deeper than MaxDepth or of more than MaxTokens values,
// keys and brackets is an error, before it takes any memory.
func Decode(text []byte) (any, error) {
	if err := bounds(text); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("read a JSON value: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read a JSON value: there is more behind it")
	}
	return value, nil
}

// bounds counts brackets and what follows a bracket, comma or colon, outside of
// strings. It need not know whether the text is valid.
func bounds(text []byte) error {
	depth, tokens := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
		case '[', '{':
			tokens += 2
			if depth++; depth > MaxDepth {
				return fmt.Errorf("the JSON is nested deeper than %d levels", MaxDepth)
			}
		case ']', '}':
			depth--
		case ',', ':':
			tokens++
		}
		if tokens > MaxTokens {
			return fmt.Errorf("the JSON has more than %d values", MaxTokens)
		}
	}
	return nil
}

// stringEnd is the index of the quote that ends the string at i, or the last one.
func stringEnd(text []byte, i int) int {
	for i++; i < len(text); i++ {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			break
		}
		i += n
		slashes := 0
		for text[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return len(text) - 1
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
