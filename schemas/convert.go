package schemas

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Coercion is a change of a value to what its schema asks for. It tells types,
// never values.
type Coercion struct {
	Path string `json:"path"`
	From string `json:"from"`
	To   string `json:"to"`
}

// String returns e.g. "page_size: text read as an integer".
func (c Coercion) String() string { return c.Path + ": " + c.From + " read as " + c.To }

const maxCoercions = 20

// converter turns values as a model wrote them into values as they belong on
// the wire: shown names become the original ones, and types that cannot be meant
// otherwise are put right.
type converter struct {
	checker
	changes []Coercion
	out     Violations
}

func (c *converter) changed(path, from, to string) {
	if len(c.changes) < maxCoercions {
		c.changes = append(c.changes, Coercion{clip(visible(path), 160), from, to})
	}
}

// wire converts one value. s and n may be nil: nothing is known of it.
func (c *converter) wire(s *shape, n *node, v any, path string) any {
	if n == nil {
		return v
	}
	x := viewOf(n)
	if to, ok := c.scalarInText(x, n, v); ok {
		c.changed(path, "text", kindWords(to))
		v = to
	} else if text, ok := v.(string); ok && s != nil && s.openText {
		if decoded, ok := decodeOpenText(text, x); ok {
			c.changed(path, "JSON text", kindOf(decoded).String())
			v = decoded
		}
	} else {
		v = c.coerce(x, n, v, path)
	}
	if x.kinds&kindInteger != 0 && x.kinds&kindNumber == 0 && kindOf(v) == kindInteger {
		plain, ok := plainInteger(v)
		if !ok {
			c.out.add(Problem{Path: path, Expected: "an integer of at most 64 digits", Got: "a larger one"})
			return v
		}
		return plain
	}
	switch v := v.(type) {
	case map[string]any:
		if x.kinds&kindObject != 0 {
			return c.wireObject(s, x, v, path)
		}
	case []any:
		if x.kinds&kindArray == 0 {
			return v
		}
		list := make([]any, len(v))
		var items *shape
		if s != nil {
			items = s.items
		}
		for i, kid := range v {
			list[i] = c.wire(items, x.item, kid, path+"["+strconv.Itoa(i)+"]")
		}
		return list
	}
	return v
}

func (c *converter) wireObject(s *shape, x *view, v map[string]any, path string) any {
	out := make(map[string]any, len(v))
	for _, key := range sortedKeys(v) {
		orig := key
		m := s.member(key)
		if m == nil {
			m = s.original(key)
		}
		var sub *shape
		if m != nil {
			orig, sub = m.orig, m.shape
		} else if o, renamed := x.naming().orig[key]; renamed { // deeper than what is shown
			orig = o
		}
		where := path + "." + key
		if _, twice := out[orig]; twice {
			c.out.add(Problem{Path: where, Expected: "each key once", Got: "it under two names"})
			continue
		}
		n := x.child(&c.checker, orig)
		if c.leftOut(n, x.required[orig], v[key], where) {
			continue
		}
		out[orig] = c.wire(sub, n, v[key], where)
	}
	return out
}

// leftOut says whether null stands for nothing: many clients write null for what
// they do not want to give.
func (c *converter) leftOut(n *node, required bool, v any, path string) bool {
	if v != nil || required || n == nil || c.valid(n, newItem(nil)) {
		return false
	}
	c.changed(path, "null", "left out")
	return true
}

// coerce puts a type right where the schema leaves one way to mean it.
func (c *converter) coerce(x *view, n *node, v any, path string) any {
	k := kindOf(v)
	if k == 0 || x.kinds == 0 || x.kinds&k != 0 || k == kindNull {
		return v
	}
	if k&(kindObject|kindArray) == 0 && c.valid(n, newItem(v)) {
		return v
	}
	to, ok := coerced(x, v, k)
	if !ok {
		return v
	}
	c.changed(path, typeWords(k), typeWords(kindOf(to)))
	return to
}

// scalarInText reads a number, a boolean or null in text where text is a type too, but
// not this text: who can only write text can then write every value of an enum.
func (c *converter) scalarInText(x *view, n *node, v any) (any, bool) {
	text, ok := v.(string)
	if !ok || !x.hasEnum || x.kinds&kindString == 0 || x.kinds == kindString && !x.nullable || c.valid(n, newItem(v)) {
		return nil, false
	}
	to, err := decodeStrict([]byte(strings.TrimSpace(text)))
	if err != nil || kindOf(to)&(kindObject|kindArray|kindString) != 0 || !c.valid(n, newItem(to)) {
		return nil, false
	}
	return to, true
}

func coerced(x *view, v any, k kinds) (any, bool) {
	if text, ok := v.(string); ok {
		if to, ok := fromText(x, strings.TrimSpace(text)); ok {
			return to, true
		}
	}
	if x.kinds == kindString {
		switch v := v.(type) {
		case bool:
			return strconv.FormatBool(v), true
		case string:
		case map[string]any, []any:
			return asText(x, v)
		default:
			if s := numberText(v); !strings.ContainsAny(s, "eE") {
				return s, true
			}
		}
	}
	if x.kinds == kindArray && k != kindArray {
		if item := viewOf(x.item); x.item == nil || item.kinds&k != 0 {
			return []any{v}, true
		}
	}
	return nil, false
}

// asText writes an object or a list as the text that holds it, where the schema
// says that its text is JSON (Slack's blocks, Notion's icon).
func asText(x *view, v any) (any, bool) {
	asked := strings.Contains(x.text, "JSON")
	for _, n := range x.facts {
		asked = asked || n.format == "json"
	}
	if !asked {
		return nil, false
	}
	w := &writer{}
	enc := json.NewEncoder(&w.buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, false
	}
	return strings.TrimSuffix(w.buf.String(), "\n"), true
}

// fromText reads text where the schema takes no text.
func fromText(x *view, text string) (any, bool) {
	switch strings.ToLower(text) {
	case "true":
		if x.kinds == kindBoolean {
			return true, true
		}
	case "false":
		if x.kinds == kindBoolean {
			return false, true
		}
	case "null":
		if x.nullable {
			return nil, true
		}
	}
	if x.kinds&(kindInteger|kindNumber) == x.kinds && saneNumber(text) {
		if kindOfNumber(text)&x.kinds != 0 {
			return json.Number(text), true
		}
		return nil, false
	}
	if x.kinds&(kindObject|kindArray) != 0 && text != "" && (text[0] == '{' || text[0] == '[') {
		if to, err := decodeStrict([]byte(text)); err == nil && kindOf(to)&x.kinds != 0 {
			return to, true
		}
	}
	return nil, false
}

// decodeOpenText decodes text that stands for an object, a list or, quoted, for
// text that would otherwise be decoded.
func decodeOpenText(text string, x *view) (any, bool) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || !strings.ContainsRune(`{["`, rune(trimmed[0])) {
		return nil, false
	}
	v, err := decodeStrict([]byte(trimmed))
	if err != nil || !x.untyped() && kindOf(v)&x.kinds == 0 {
		return nil, false
	}
	return v, true
}

// shown converts a value from the wire back: the inverse of wire.
func (c *converter) shown(s *shape, n *node, v any) any {
	if n == nil {
		return v
	}
	x := viewOf(n)
	switch v := v.(type) {
	case string:
		if s != nil && s.openText {
			if _, would := decodeOpenText(v, x); would {
				return quoted(v)
			}
		}
	case map[string]any:
		if s != nil && s.openText {
			return v
		}
		out := make(map[string]any, len(v))
		for key, kid := range v {
			name := key
			var sub *shape
			if m := s.original(key); m != nil {
				name, sub = m.name, m.shape
			}
			child := x.child(&c.checker, key)
			out[name] = c.shown(sub, child, kid)
		}
		return out
	case []any:
		list := make([]any, len(v))
		var items *shape
		if s != nil {
			items = s.items
		}
		for i, kid := range v {
			list[i] = c.shown(items, x.item, kid)
		}
		return list
	}
	return v
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(b)
}
