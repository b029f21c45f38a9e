package tools

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// special is what a live read has made of some arguments. A nil one changes
// nothing.
type special struct {
	object    string // what was read, for people
	arguments []known
	// examples replace arguments of the example, each where it stays valid; of
	// several for one argument the first that does.
	examples []map[string]any
}

// known is an argument whose form the account decides.
type known struct {
	name   string
	words  string
	fields []knownField // keys of an object, the most useful first
	// fixed is any other form, in about so many bytes.
	fixed func(bytes int) map[string]any
}

// knownField is one key, spelled out and in words.
type knownField struct {
	name  string
	full  map[string]any
	brief map[string]any
}

const (
	maxOptions = 30 // values of a choice that are spelled out
	// maxOwnExample bounds an example with values of the object's own, in bytes.
	maxOwnExample = 800
	maxFieldName  = 100 // longer ones are called by their id
)

func (p *special) words() string {
	if p == nil {
		return ""
	}
	return p.object
}

// render makes schemas of at most so many bytes in all.
func (p *special) render(bytes int) map[string]json.RawMessage {
	if p == nil {
		return nil
	}
	out := make(map[string]json.RawMessage, len(p.arguments))
	for i, k := range p.arguments {
		share := bytes / (len(p.arguments) - i)
		shown, _ := k.show(0, share)
		out[k.name] = shown.Schema
		bytes -= len(shown.Schema)
	}
	return out
}

// part shows one argument by itself; false where the path is none of these.
func (p *special) part(path string, bytes int) (schemas.Shown, bool, error) {
	if p == nil {
		return schemas.Shown{}, false, nil
	}
	name, offset, listed := strings.Cut(path, "*")
	for _, k := range p.arguments {
		if k.name != name {
			continue
		}
		from := 0
		if listed {
			if _, err := fmt.Sscanf(offset, "%d", &from); err != nil || from < 0 {
				return schemas.Shown{}, true, errors.New("behind * stands how many to leave out, as in properties*40")
			}
		}
		shown, ok := k.show(from, bytes)
		if !ok {
			return schemas.Shown{}, true, fmt.Errorf("%s has only %d fields", name, len(k.fields))
		}
		return shown, true, nil
	}
	return schemas.Shown{}, false, nil
}

// show lays an argument out: all fields spelled out, or in words, or as many as
// fit from the one at from.
func (k known) show(from, bytes int) (schemas.Shown, bool) {
	if k.fixed != nil {
		text, err := marshal(k.fixed(bytes))
		return schemas.Shown{Schema: text}, err == nil && from == 0
	}
	if from > len(k.fields) || from > 0 && from == len(k.fields) {
		return schemas.Shown{}, false
	}
	if from == 0 {
		for _, full := range []bool{true, false} {
			if text := k.object(k.words, k.fields, full); len(text) <= bytes {
				return schemas.Shown{Schema: text}, true
			}
		}
	}
	end := from
	left := bytes - len(k.words) - 160
	for end < len(k.fields) {
		f := k.fields[end]
		if left -= encodedSize(f.name) + encodedSize(f.brief) + 2; left < 0 && end > from {
			break
		}
		end++
	}
	shown := schemas.Shown{Total: len(k.fields)}
	words := k.words + fmt.Sprintf(" Fields %d to %d of %d.", from+1, end, len(k.fields))
	if end < len(k.fields) {
		shown.Next = fmt.Sprintf("%s*%d", k.name, end)
		words += " With the same context, path " + shown.Next + " lists on."
	}
	shown.Schema = k.object(words, k.fields[from:end], false)
	return shown, true
}

// object writes the fields in their order.
func (k known) object(words string, fields []knownField, full bool) json.RawMessage {
	var b strings.Builder
	put := func(v any) {
		text, err := marshal(v)
		if err != nil {
			text = []byte(`""`)
		}
		b.Write(text)
	}
	b.WriteString(`{"type":"object","description":`)
	put(words)
	b.WriteString(`,"properties":{`)
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		put(f.name)
		b.WriteByte(':')
		if full {
			put(f.full)
		} else {
			put(f.brief)
		}
	}
	b.WriteString("}}")
	return json.RawMessage(b.String())
}

// improve puts the object's own values into an example, each as long as the whole
// stays valid and short.
func (p *special) improve(schema *schemas.ActionSchema, args map[string]any) map[string]any {
	if p == nil {
		return args
	}
	done := map[string]bool{}
	for _, more := range p.examples {
		key := strings.Join(slices.Sorted(maps.Keys(more)), " ")
		if done[key] {
			continue
		}
		better := maps.Clone(args)
		maps.Copy(better, more)
		checked, err := schema.Schema().Check(better)
		if err != nil || encodedSize(better) > maxOwnExample {
			continue
		}
		if _, err := schema.Split(checked.Args); err == nil {
			args, done[key] = better, true
		}
	}
	return args
}

// choice is the schema of a value from a list; what does not fit in it is counted.
func choice(words string, values []string) map[string]any {
	out := map[string]any{"type": "string"}
	switch {
	case len(values) > maxOptions:
		words = sentences([]string{words, fmt.Sprintf("%d values, e.g. %s.", len(values), strings.Join(values[:maxOptions], ", "))})
	case len(values) > 0:
		out["enum"] = values
	}
	if words != "" {
		out["description"] = shortened(words, 1_000)
	}
	return out
}

// counted names values within so many bytes and counts the others.
func counted(values []string, bytes int) string {
	var b strings.Builder
	for i, v := range values {
		if i == maxOptions || b.Len()+len(v)+2 > bytes {
			return b.String() + fmt.Sprintf(" and %d more", len(values)-i)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v)
	}
	return b.String()
}
