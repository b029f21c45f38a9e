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
	r := strictReader{raw: raw, left: maxArgumentNodes}
	return r.value(0)
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
