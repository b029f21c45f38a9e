package schemas

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// outline is how much of a sample is kept.
type outline struct {
	depth, keys, text int
}

// Outline shortens a sample of an answer to at most so many bytes of JSON that
// show its shape: of a list the first element, of a long text its beginning, and
// of what lies too deep or is too many a count. Text is cleaned. It returns nil
// where there is nothing to show.
func Outline(sample json.RawMessage, bytes int) json.RawMessage {
	if !given(sample) {
		return nil
	}
	v, err := decodeOrdered(sample)
	if err != nil || emptyValue(v) {
		return nil
	}
	for _, o := range []outline{
		{8, 60, 60}, {6, 40, 40}, {5, 30, 30}, {4, 24, 24}, {4, 16, 20}, {3, 24, 16}, {3, 12, 12}, {2, 16, 12}, {2, 8, 8}, {1, 8, 8},
	} {
		w := &writer{}
		o.write(w, v, 0)
		if w.buf.Len() <= bytes {
			return w.buf.Bytes()
		}
	}
	return nil
}

func emptyValue(v any) bool {
	switch v := v.(type) {
	case *object:
		return len(v.keys) == 0
	case []any:
		return len(v) == 0
	case string:
		return v == ""
	}
	return v == nil
}

func (o outline) write(w *writer, v any, depth int) {
	switch v := v.(type) {
	case *object:
		o.object(w, v, depth)
	case []any:
		switch {
		case len(v) == 0:
			w.buf.WriteString("[]")
		case depth >= o.depth:
			w.text(fmt.Sprintf("[%d]", len(v)))
		default:
			w.buf.WriteByte('[')
			o.write(w, v[0], depth+1)
			w.buf.WriteByte(']')
		}
	case string:
		w.text(clip(cleanText(v), o.text))
	case json.Number:
		if saneNumber(string(v)) {
			w.buf.WriteString(string(v))
		} else {
			w.buf.WriteByte('0')
		}
	case bool:
		w.buf.WriteString(strconv.FormatBool(v))
	default:
		w.buf.WriteString("null")
	}
}

func (o outline) object(w *writer, v *object, depth int) {
	if len(v.keys) == 0 {
		w.buf.WriteString("{}")
		return
	}
	if depth >= o.depth {
		w.text("{" + keyCount(len(v.keys)) + "}")
		return
	}
	w.buf.WriteByte('{')
	for i, key := range v.keys {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		if i == o.keys && len(v.keys) > i+1 {
			w.buf.WriteString(`"…":`)
			w.text(fmt.Sprintf("%d more keys", len(v.keys)-i))
			break
		}
		w.text(clip(oneLine(key), 60))
		w.buf.WriteByte(':')
		o.write(w, v.vals[i], depth+1)
	}
	w.buf.WriteByte('}')
}

func keyCount(n int) string {
	if n == 1 {
		return "1 key"
	}
	return strconv.Itoa(n) + " keys"
}
