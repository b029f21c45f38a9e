package schemas

import (
	"encoding/json"
	"fmt"
	"strings"
)

// strictReader reads JSON that is known to be valid.
type strictReader struct {
	raw  []byte
	at   int
	left int // values it may still hold
}

// next moves to the next token and returns its first byte.
func (r *strictReader) next() byte {
	for strings.IndexByte(jsonSpace, r.raw[r.at]) >= 0 {
		r.at++
	}
	return r.raw[r.at]
}

func (r *strictReader) value(depth int) (any, error) {
	if r.left--; r.left < 0 {
		return nil, fmt.Errorf("it holds more than %d values", maxArgumentNodes)
	}
	c := r.next()
	if (c == '{' || c == '[') && depth >= maxArgumentDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxArgumentDepth)
	}
	switch c {
	case '{':
		return r.object(depth)
	case '[':
		return r.list(depth)
	case '"':
		return r.text()
	}
	return r.scalar()
}

func (r *strictReader) object(depth int) (any, error) {
	out := map[string]any{}
	for r.at++; r.next() != '}'; {
		if r.raw[r.at] == ',' {
			r.at++
			r.next()
		}
		key, err := r.text()
		if err != nil {
			return nil, err
		}
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("the key %q stands twice in one object", clip(visible(key), 60))
		}
		r.next()
		r.at++ // the colon
		if out[key], err = r.value(depth + 1); err != nil {
			return nil, err
		}
	}
	r.at++
	return out, nil
}

func (r *strictReader) list(depth int) (any, error) {
	out := []any{}
	for r.at++; r.next() != ']'; {
		if r.raw[r.at] == ',' {
			r.at++
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	r.at++
	return out, nil
}

func (r *strictReader) text() (string, error) {
	start, escaped := r.at, false
	for r.at++; r.raw[r.at] != '"'; r.at++ {
		if r.raw[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	if !escaped {
		return string(r.raw[start+1 : r.at-1]), nil
	}
	var s string
	err := json.Unmarshal(r.raw[start:r.at], &s)
	return s, err
}

// scalar reads a number, true, false or null.
func (r *strictReader) scalar() (any, error) {
	start := r.at
	for r.at < len(r.raw) && strings.IndexByte(jsonSpace+",]}", r.raw[r.at]) < 0 {
		r.at++
	}
	switch word := string(r.raw[start:r.at]); word {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	default:
		if !saneNumber(word) {
			return nil, fmt.Errorf("a number has more than %d digits or an exponent beyond 400", maxNumberDigits)
		}
		return json.Number(word), nil
	}
}
