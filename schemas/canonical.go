package schemas

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// canonical writes a JSON value so that equal values give equal text: keys
// sorted, 1.0 as 1.
func canonical(v any) string {
	var b strings.Builder
	writeCanonical(&b, v)
	return b.String()
}

func writeCanonical(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case string:
		b.WriteString(strconv.Quote(v))
	case []any:
		b.WriteByte('[')
		for _, x := range v {
			writeCanonical(b, x)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case map[string]any:
		b.WriteByte('{')
		for _, k := range sortedKeys(v) {
			b.WriteString(strconv.Quote(k))
			b.WriteByte(':')
			writeCanonical(b, v[k])
			b.WriteByte(',')
		}
		b.WriteByte('}')
	default:
		if r := rational(v); r != nil {
			b.WriteString(r.RatString())
			return
		}
		b.WriteString("?")
		if n, ok := v.(json.Number); ok {
			b.WriteString(string(n))
		}
	}
}

// sortedKeys are the keys of a map in their order. It runs for every object of a
// call, so it costs one allocation at most.
func sortedKeys[V any](m map[string]V) []string {
	if len(m) == 0 {
		return nil
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
