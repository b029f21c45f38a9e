package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ParseArguments reads the arguments of a tool call: a JSON object, or a JSON
// string that holds one, as some clients send it. Nothing and null are no
// arguments. Numbers stay as they are written (json.Number). An object with one
// key twice, and values nested more than 64 deep, are refused.
func ParseArguments(raw json.RawMessage) (map[string]any, error) {
	trimmed := bytes.Trim(raw, jsonSpace)
	if len(trimmed) == 0 {
		return map[string]any{}, nil
	}
	v, err := decodeStrict(trimmed)
	if err != nil {
		return nil, fmt.Errorf("the arguments could not be read: %w", err)
	}
	if text, ok := v.(string); ok {
		inner := bytes.Trim([]byte(text), jsonSpace)
		if len(inner) == 0 {
			return map[string]any{}, nil
		}
		if v, err = decodeStrict(inner); err != nil {
			return nil, fmt.Errorf("the arguments are text, and it does not hold a JSON object: %w", err)
		}
	}
	switch v := v.(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return v, nil
	}
	return nil, fmt.Errorf("the arguments must be a JSON object, not %s", kindWords(v))
}

// jsonSpace is what JSON takes for white space; form feeds are not.
const jsonSpace = " \t\r\n"

// decodeStrict reads one JSON value, numbers as json.Number.
func decodeStrict(raw []byte) (any, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("it is not valid UTF-8")
	}
	if !json.Valid(raw) {
		return nil, syntaxError(raw)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	left := maxArgumentNodes
	return decodeStrictValue(dec, 0, &left)
}

// syntaxError says where the text stops being JSON.
func syntaxError(raw []byte) error {
	var v json.RawMessage
	err := json.Unmarshal(raw, &v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("it is not valid JSON at byte %d: %w", syntax.Offset, syntax)
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = errors.New("it ends too early")
	}
	return fmt.Errorf("it is not valid JSON: %w", err)
}

func decodeStrictValue(dec *json.Decoder, depth int, left *int) (any, error) {
	if *left--; *left < 0 {
		return nil, fmt.Errorf("it holds more than %d values", maxArgumentNodes)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("it is not valid JSON: %w", err)
	}
	if n, ok := tok.(json.Number); ok && !saneNumber(string(n)) {
		return nil, fmt.Errorf("a number has more than %d digits or an exponent beyond 400", maxNumberDigits)
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	if depth >= maxArgumentDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxArgumentDepth)
	}
	if delim == '[' {
		list := []any{}
		for dec.More() {
			v, err := decodeStrictValue(dec, depth+1, left)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	return decodeStrictObject(dec, depth, left)
}

func decodeStrictObject(dec *json.Decoder, depth int, left *int) (any, error) {
	out := map[string]any{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("it is not valid JSON: %w", err)
		}
		key, _ := tok.(string)
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("the key %q stands twice in one object", clip(visible(key), 60))
		}
		v, err := decodeStrictValue(dec, depth+1, left)
		if err != nil {
			return nil, err
		}
		out[key] = v
	}
	_, err := dec.Token()
	return out, err
}
