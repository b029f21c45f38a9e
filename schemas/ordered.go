package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Limits of what is read of a schema. Each schema of an action (the body, every
// parameter) is measured by itself.
const (
	maxSchemaBytes  = 256 << 10 // above: shown, but not validated
	maxReadBytes    = 1 << 20   // above: not even read
	maxJSONNesting  = 160       // braces and brackets; a schema level takes two
	maxNumberDigits = 64
)

// object is a JSON object that remembers the order of its keys: the order of
// properties in a schema is the order in which people are meant to read them.
type object struct {
	keys []string
	vals []any
	// index is made for large objects only.
	index map[string]int
}

func (o *object) get(key string) (any, bool) {
	if o.index != nil {
		i, ok := o.index[key]
		if !ok {
			return nil, false
		}
		return o.vals[i], true
	}
	for i, k := range o.keys {
		if k == key {
			return o.vals[i], true
		}
	}
	return nil, false
}

// set replaces the value of a key that is already there: the last one counts,
// as in encoding/json.
func (o *object) set(key string, v any) {
	if o.index == nil && len(o.keys) >= 16 {
		o.index = make(map[string]int, 2*len(o.keys))
		for i, k := range o.keys {
			o.index[k] = i
		}
	}
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			o.vals[i] = v
			return
		}
		o.index[key] = len(o.keys)
	} else {
		for i, k := range o.keys {
			if k == key {
				o.vals[i] = v
				return
			}
		}
	}
	o.keys = append(o.keys, key)
	o.vals = append(o.vals, v)
}

// decodeOrdered reads one JSON value into *object, []any, string, json.Number,
// bool and nil.
func decodeOrdered(raw []byte) (any, error) {
	if len(raw) > maxReadBytes {
		return nil, fmt.Errorf("it has %d bytes, the limit is %d", len(raw), maxReadBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	v, err := decodeValue(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return v, nil
}

func decodeValue(dec *json.Decoder, depth int) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	if depth >= maxJSONNesting {
		return nil, fmt.Errorf("it is nested more than %d deep", maxJSONNesting)
	}
	if delim == '[' {
		list := []any{}
		for dec.More() {
			v, err := decodeValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	return decodeObject(dec, depth)
}

func decodeObject(dec *json.Decoder, depth int) (any, error) {
	o := &object{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("it is not JSON: %w", err)
		}
		key, ok := tok.(string)
		if !ok {
			return nil, errors.New("it is not JSON: a key is not a string")
		}
		v, err := decodeValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		o.set(key, v)
	}
	_, err := dec.Token()
	return o, err
}

// plain turns what decodeOrdered made into the usual map[string]any.
func plain(v any) any {
	switch v := v.(type) {
	case *object:
		m := make(map[string]any, len(v.keys))
		for i, k := range v.keys {
			m[k] = plain(v.vals[i])
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = plain(x)
		}
		return list
	}
	return v
}
