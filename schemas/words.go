package schemas

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

const (
	maxInlineEnum = 50
	maxFormWords  = 320 // bytes of an object told in words
	maxInWords    = 6   // values of a long enum that are told in words
)

// limitsInWords says in few words what the portable profile has no keyword for.
// Without upstream nothing is quoted that upstream wrote.
func limitsInWords(v *view, upstream bool) []string {
	var out []string
	say := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, n := range v.facts {
		say(rangeWords(n))
		say(sizeWords(n.minLength, n.maxLength, "character"))
		say(sizeWords(n.minItems, n.maxItems, "item"))
		if n.maxProps >= 0 || n.minProps > 0 {
			say(sizeWords(n.minProps, n.maxProps, "key"))
		}
		if n.unique {
			say("No duplicates.")
		}
		if n.multipleOf != nil && n.multipleOf.Cmp(big.NewRat(1, 1)) != 0 {
			say("A multiple of " + ratText(n.multipleOf) + ".")
		}
		say(formatWords(n.format))
		if upstream && n.pattern != nil && n.pattern.text != "" && len(n.pattern.text) <= 80 {
			say("Pattern: " + oneLine(n.pattern.text))
		}
		if n.hasDefault {
			say(defaultWords(n.fallback, upstream))
		}
		if n.deprecated {
			say("Deprecated.")
		}
	}
	if v.nullable && !v.untyped() && v.kinds != 0 {
		say("May be null.")
	}
	return out
}

func rangeWords(n *node) string {
	switch {
	case n.min != nil && n.max != nil:
		return ratText(n.min) + " to " + ratText(n.max) + "."
	case n.min != nil && n.below != nil:
		return ratText(n.min) + " to below " + ratText(n.below) + "."
	case n.above != nil && n.max != nil:
		return "More than " + ratText(n.above) + ", at most " + ratText(n.max) + "."
	case n.above != nil && n.below != nil:
		return "Between " + ratText(n.above) + " and " + ratText(n.below) + ", both excluded."
	case n.min != nil:
		return "At least " + ratText(n.min) + "."
	case n.max != nil:
		return "At most " + ratText(n.max) + "."
	case n.above != nil:
		return "More than " + ratText(n.above) + "."
	case n.below != nil:
		return "Below " + ratText(n.below) + "."
	}
	return ""
}

func ratText(q *big.Rat) string {
	if q.IsInt() {
		return clip(q.RatString(), 40)
	}
	f, _ := q.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func sizeWords(low, high int, unit string) string {
	plural := func(n int) string {
		if n == 1 {
			return unit
		}
		return unit + "s"
	}
	switch {
	case low > 0 && high == low:
		return fmt.Sprintf("Exactly %d %s.", low, plural(low))
	case low > 0 && high >= 0:
		return fmt.Sprintf("%d to %d %s.", low, high, plural(high))
	case high >= 0:
		return fmt.Sprintf("At most %d %s.", high, plural(high))
	case low > 0:
		return fmt.Sprintf("At least %d %s.", low, plural(low))
	}
	return ""
}

// formatWords explains the formats that a model must know to write the value.
func formatWords(format string) string {
	switch format {
	case "date-time":
		return "Date and time, ISO 8601."
	case "date":
		return "Date, YYYY-MM-DD."
	case "time":
		return "Time, HH:MM:SS."
	case "duration":
		return "Duration, ISO 8601."
	case "uuid":
		return "A UUID."
	case "email":
		return "An e-mail address."
	case "uri", "url":
		return "A URL."
	case "byte", "base64":
		return "Base64."
	case "json":
		return "JSON text."
	}
	return ""
}

func defaultWords(v any, upstream bool) string {
	switch v := v.(type) {
	case string:
		if s := oneLine(v); upstream && s != "" && len(s) <= 60 {
			return "Default " + s + "."
		}
	case bool:
		return "Default " + strconv.FormatBool(v) + "."
	case json.Number:
		if saneNumber(string(v)) {
			return "Default " + string(v) + "."
		}
	}
	return ""
}

// enumOf returns the values that a client may show as an enum, and otherwise
// words for them. Only strings can be an enum for every vendor, and no empty one.
func enumOf(v *view, shown string, upstream bool, limit int) (inline []string, words string) {
	if !v.hasEnum || len(v.enum) == 0 {
		return nil, ""
	}
	listed, empty := v.valueTexts()
	size, fit := 0, shown == "string" && v.kinds == kindString && len(listed) > 0
	for _, text := range listed {
		size += len(text)
		fit = fit && text == visible(text) && len(text) <= 200
	}
	switch {
	case fit && len(listed) <= maxInlineEnum && size <= limit:
		inline = listed
	case !upstream && shown == "string":
		return nil, fmt.Sprintf("One of %d values.", len(v.enum))
	case len(listed) == 0:
		return nil, "Always empty."
	case len(v.enum) == 1:
		return nil, "Always " + clip(oneLine(listed[0]), 60) + "."
	default:
		words = valuesInWords(listed)
	}
	if empty {
		words = strings.TrimSpace(words + " " + orEmpty)
	}
	return inline, words
}

// orEmpty is said where empty text is one of the values of an enum.
const orEmpty = "Or empty."

// valueTexts writes the values of an enum as text, but for empty text. Where some are
// no text, all are written as JSON: 1 and "1" are two values.
func (v *view) valueTexts() (texts []string, empty bool) {
	for _, x := range v.enum {
		text, isText := x.(string)
		switch {
		case isText && text == "":
			empty = true
			continue
		case !isText || v.kinds != kindString:
			text = scalarText(x)
		}
		texts = append(texts, text)
	}
	return texts, empty
}

func valuesInWords(listed []string) string {
	total := len(listed)
	var shown []string
	room := 120
	for _, s := range listed {
		s = clip(oneLine(s), 40)
		if room -= len(s) + 2; room < 0 {
			break
		}
		shown = append(shown, s)
	}
	if len(shown) == total {
		return "One of " + strings.Join(shown, ", ") + "."
	}
	if len(shown) > maxInWords {
		shown = shown[:maxInWords]
	}
	return fmt.Sprintf("One of %d values, e.g. %s.", total, strings.Join(shown, ", "))
}

func scalarText(x any) string {
	b, err := json.Marshal(x)
	if err != nil {
		return ""
	}
	return string(b)
}

// style is how much is told of an object.
type style uint8

const (
	everyKey     style = iota
	requiredKeys       // and … for the others
	fixedKeys          // those with one value, which tell forms apart
)

// formsInWords tells the forms of a union, or the keys of an object that is not
// spelled out, in the richest style that fits.
func formsInWords(v *view, limit int) string {
	var text string
	for _, st := range []style{everyKey, requiredKeys, fixedKeys} {
		if text = forms(v, st); len(text) <= limit {
			return text
		}
	}
	return clip(text, limit)
}

func forms(v *view, st style) string {
	if len(v.variants) > 1 {
		seen := map[string]bool{}
		var list []string
		for _, n := range v.variants {
			if f := keysInWords(viewOf(n), st); f != "{…}" && !seen[f] {
				seen[f] = true
				list = append(list, f)
			}
		}
		if len(list) > 1 {
			return "One of: " + strings.Join(list, " or ")
		}
	}
	if len(v.props) > 0 || len(v.hints()) > 0 {
		return keysInWords(v, st)
	}
	return ""
}

// keysInWords writes an object as {id, name?, type: "page"}.
func keysInWords(v *view, st style) string {
	const most = 14
	var keys []string
	more := false
	add := func(name string, n *node, required bool) {
		value := onlyValue(n)
		if st == requiredKeys && !required && value == "" || st == fixedKeys && value == "" {
			more = true
			return
		}
		name = clip(oneLine(name), 60)
		if !required {
			name += "?"
		}
		if value != "" {
			name += ": " + value
		}
		keys = append(keys, name)
	}
	for _, p := range v.props {
		if v.required[p.name] {
			add(p.name, p.node, true)
		}
	}
	for _, name := range sortedKeys(v.required) {
		if v.property(name) == nil {
			add(name, nil, true)
		}
	}
	for _, p := range v.props {
		if !v.required[p.name] {
			add(p.name, p.node, false)
		}
	}
	for _, name := range v.hints() {
		add(name, nil, false)
	}
	if len(keys) > most {
		keys, more = keys[:most], true
	}
	if more || len(keys) == 0 {
		keys = append(keys, "…")
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// onlyValue returns the one value that a schema allows, as JSON, "" otherwise.
func onlyValue(n *node) string {
	if n == nil {
		return ""
	}
	v := viewOf(n)
	if !v.hasEnum || len(v.enum) != 1 {
		return ""
	}
	return clip(oneLine(scalarText(v.enum[0])), 40)
}

// othersInWords tells which further keys an object takes. That it takes any is
// told where nothing else is.
func othersInWords(v *view, alone bool) string {
	var out []string
	for _, p := range v.patterns {
		if len(out) < 3 && len(p.pattern.text) <= 60 {
			out = append(out, "Keys that match "+oneLine(p.pattern.text)+" too.")
		}
	}
	if v.others == nil {
		return strings.Join(out, " ")
	}
	x := viewOf(v.others)
	head := "Other keys too"
	if len(v.props) == 0 {
		head = "Any keys"
	}
	switch {
	case x.untyped():
		if len(v.props) == 0 && !alone {
			return strings.Join(out, " ")
		}
	case x.kinds == kindObject && len(x.props) > 0:
		head += ", each with " + clip(keysInWords(x, everyKey), 160)
	default:
		head += ", each with a value of type " + x.kinds.String()
	}
	return strings.Join(append(out, head+"."), " ")
}

// sentence joins parts into a description of at most limit bytes; the first is
// shortened for the rest.
func sentence(limit int, first string, rest ...string) string {
	var facts []string
	for _, s := range rest {
		if s != "" {
			facts = append(facts, s)
		}
	}
	tail := clip(strings.Join(facts, " "), limit)
	if first == "" {
		return tail
	}
	if tail == "" {
		return clip(first, limit)
	}
	room := limit - len(tail) - 2
	if room < 20 {
		return tail
	}
	first = clip(first, room)
	if strings.HasSuffix(first, "..") && !strings.HasSuffix(first, "...") {
		first = first[:len(first)-1]
	}
	if !strings.ContainsAny(first[len(first)-1:], ".!?:") && !strings.HasSuffix(first, "…") {
		first += "."
	}
	return first + " " + tail
}
