package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
)

// clean returns attr without secrets. With masked, its value is one.
func (h *handler) clean(attr slog.Attr, masked bool) slog.Attr {
	value := attr.Value.Resolve()
	key := h.scrubber.String(attr.Key)
	masked = masked || attr.Key != "" && SecretName(attr.Key)
	switch value.Kind() {
	case slog.KindGroup:
		members := value.Group()
		clean := make([]slog.Attr, len(members))
		for i, member := range members {
			clean[i] = h.clean(member, masked)
		}
		return slog.Attr{Key: key, Value: slog.GroupValue(clean...)}
	case slog.KindBool, slog.KindDuration, slog.KindTime:
		return slog.Attr{Key: key, Value: value} // none of them can hold a secret
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		if !masked {
			return slog.Attr{Key: key, Value: value}
		}
	case slog.KindString:
		if !masked {
			return slog.String(key, h.scrubber.String(value.String()))
		}
	case slog.KindAny, slog.KindLogValuer: // the latter is resolved by now
		if !masked {
			return slog.Attr{Key: key, Value: h.cleanAny(value.Any())}
		}
	}
	return slog.String(key, Mask)
}

// cleanAny renders v now: what a handler further on would make of it could not
// be cleaned any more.
func (h *handler) cleanAny(v any) (clean slog.Value) {
	defer func() {
		if p := recover(); p != nil { // a nil pointer with a method that needs one
			clean = slog.StringValue("(cannot be logged: its method panicked)")
		}
	}()
	switch v := v.(type) {
	case nil:
		return slog.AnyValue(nil)
	case error:
		return slog.StringValue(h.scrubber.String(v.Error()))
	case slog.Level:
		return slog.AnyValue(v)
	case json.Marshaler: // its own idea of itself, below
	case fmt.Stringer:
		return slog.StringValue(h.scrubber.String(v.String()))
	case []byte:
		return slog.StringValue(h.scrubber.String(string(v)))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(h.scrubber.String(fmt.Sprintf("%+v", v)))
	}
	return slog.AnyValue(rendered{h.cleanJSON(text)})
}

// cleanJSON cleans a JSON text by the names of its members and by its values.
func (h *handler) cleanJSON(text []byte) json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return quoted(h.scrubber.String(string(text)))
	}
	clean, err := json.Marshal(h.cleanTree(value))
	if err != nil {
		return quoted(h.scrubber.String(string(text)))
	}
	// Names and values are clean one by one; together they may still look like a
	// secret to a pattern.
	if again := h.scrubber.Bytes(clean); !bytes.Equal(again, clean) {
		return quoted(string(again))
	}
	return clean
}

func (h *handler) cleanTree(value any) any {
	switch value := value.(type) {
	case string:
		return h.scrubber.String(value)
	case []any:
		for i := range value {
			value[i] = h.cleanTree(value[i])
		}
		return value
	case map[string]any:
		clean := make(map[string]any, len(value))
		for name, member := range value {
			if _, isBool := member.(bool); SecretName(name) && member != nil && !isBool {
				clean[h.scrubber.String(name)] = Mask
				continue
			}
			clean[h.scrubber.String(name)] = h.cleanTree(member)
		}
		return clean
	default:
		return value
	}
}

func quoted(s string) json.RawMessage {
	text, err := json.Marshal(s)
	if err != nil {
		return json.RawMessage(`"` + Mask + `"`) // a string can always be encoded
	}
	return text
}

// rendered is a clean JSON text that every handler writes as it is: JSON
// handlers call MarshalJSON, text handlers MarshalText.
type rendered struct{ text json.RawMessage }

func (r rendered) MarshalJSON() ([]byte, error) { return r.text, nil }
func (r rendered) MarshalText() ([]byte, error) { return r.text, nil }
func (r rendered) String() string               { return string(r.text) }
