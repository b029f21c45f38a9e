package notion

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// passing tells whether a row passes a filter.
type passing func(*node) bool

const maxFilterDepth = 2 // and/or inside and/or, as Notion allows

// readFilter compiles the filter of a query against a database's schema.
func (w *Workspace) readFilter(db *node, given any, depth int) (passing, error) {
	if given == nil {
		return func(*node) bool { return true }, nil
	}
	filter, isObject := given.(object)
	if !isObject || len(filter) == 0 {
		return nil, invalid("body failed validation: body.filter should be an object with a condition, instead was `%s`.", short(given))
	}
	for _, word := range []string{"and", "or"} {
		if list, isList := filter[word].([]any); isList {
			return w.readCompound(db, list, word == "and", depth)
		}
	}
	if word, isText := filter["timestamp"].(string); isText {
		return w.readTimestampFilter(word, asObject(filter[word]))
	}
	wanted, _ := filter["property"].(string)
	name, schema := column(db.props, wanted)
	if schema == nil {
		return nil, invalid("Could not find property with name or id: %s", wanted)
	}
	kind, _ := schema["type"].(string)
	condition := asObject(filter[kind])
	if condition == nil {
		return nil, invalid("database property %s does not match filter: the property is of type %s.", wanted, kind)
	}
	test, err := readCondition(kind, condition)
	if err != nil {
		return nil, err
	}
	return func(row *node) bool {
		return test(w.valueFor(row, schema, asObject(row.props[name]))[kind])
	}, nil
}

func (w *Workspace) readCompound(db *node, list []any, all bool, depth int) (passing, error) {
	if depth >= maxFilterDepth {
		return nil, invalid("body failed validation: body.filter is nested too deeply, at most %d levels.", maxFilterDepth)
	}
	if len(list) > maxArray {
		return nil, tooLong("filter", len(list))
	}
	parts := make([]passing, 0, len(list))
	for _, item := range list {
		part, err := w.readFilter(db, item, depth+1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return func(row *node) bool {
		for _, part := range parts {
			if part(row) != all {
				return !all
			}
		}
		return all
	}, nil
}

func (w *Workspace) readTimestampFilter(word string, condition object) (passing, error) {
	if word != "created_time" && word != "last_edited_time" {
		return nil, invalid("body failed validation: body.filter.timestamp should be `\"created_time\"` or `\"last_edited_time\"`, instead was `%s`.", quoted(word))
	}
	test, err := readCondition(word, condition)
	if err != nil {
		return nil, err
	}
	return func(row *node) bool {
		if word == "created_time" {
			return test(stampText(row.created))
		}
		return test(stampText(row.edited))
	}, nil
}

// readCondition compiles {"equals":…} and the like for a type of property.
func readCondition(kind string, condition object) (func(any) bool, error) {
	if len(condition) != 1 {
		return nil, invalid("body failed validation: body.filter.%s should hold exactly one condition, instead was `%s`.", kind, short(condition))
	}
	operator := byName(condition)[0]
	want := condition[operator]
	if operator == "is_empty" || operator == "is_not_empty" {
		return func(v any) bool { return isEmpty(v) == (operator == "is_empty") }, nil
	}
	var test func(any) bool
	switch kind {
	case "title", "rich_text", "url", "email", "phone_number":
		test = textCondition(operator, want)
	case "number":
		test = numberCondition(operator, want)
	case "checkbox", "select", "status":
		test = equalCondition(operator, want)
	case "multi_select", "people", "relation":
		test = memberCondition(operator, want)
	case "date", "created_time", "last_edited_time":
		test = dateCondition(operator, want)
	}
	if test == nil {
		return nil, invalid("body failed validation: body.filter.%s.%s is not a condition for %s, or `%s` is no value for it.", kind, operator, kind, short(want))
	}
	return test, nil
}

func isEmpty(v any) bool {
	switch value := v.(type) {
	case nil:
		return true
	case []any:
		return len(value) == 0
	case string:
		return value == ""
	}
	return false
}

func textCondition(operator string, given any) func(any) bool {
	want, isText := given.(string)
	if !isText {
		return nil
	}
	want = strings.ToLower(want)
	compare := map[string]func(text, want string) bool{
		"equals":           func(text, want string) bool { return text == want },
		"does_not_equal":   func(text, want string) bool { return text != want },
		"contains":         strings.Contains,
		"does_not_contain": func(text, want string) bool { return !strings.Contains(text, want) },
		"starts_with":      strings.HasPrefix,
		"ends_with":        strings.HasSuffix,
	}[operator]
	if compare == nil {
		return nil
	}
	return func(v any) bool {
		text, isText := v.(string)
		if !isText {
			text = textOf(v)
		}
		return compare(strings.ToLower(text), want)
	}
}

func numberCondition(operator string, given any) func(any) bool {
	want, isNumber := number(given)
	accept := comparison(map[string]string{
		"equals": "=", "does_not_equal": "≠", "greater_than": ">", "less_than": "<",
		"greater_than_or_equal_to": "≥", "less_than_or_equal_to": "≤",
	}[operator])
	if !isNumber || accept == nil {
		return nil
	}
	return func(v any) bool {
		got, isNumber := number(v)
		if !isNumber {
			return operator == "does_not_equal"
		}
		return accept(cmp.Compare(got, want))
	}
}

// comparison reads the result of a cmp.Compare.
func comparison(sign string) func(int) bool {
	return map[string]func(int) bool{
		"=": func(c int) bool { return c == 0 }, "≠": func(c int) bool { return c != 0 },
		">": func(c int) bool { return c > 0 }, "<": func(c int) bool { return c < 0 },
		"≥": func(c int) bool { return c >= 0 }, "≤": func(c int) bool { return c <= 0 },
	}[sign]
}

func equalCondition(operator string, want any) func(any) bool {
	if operator != "equals" && operator != "does_not_equal" {
		return nil
	}
	return func(v any) bool {
		if o := asObject(v); o != nil {
			v = o["name"]
		}
		return (v == want) == (operator == "equals")
	}
}

func memberCondition(operator string, want any) func(any) bool {
	text, isText := want.(string)
	if !isText || (operator != "contains" && operator != "does_not_contain") {
		return nil
	}
	id, _ := canonicalID(text)
	return func(v any) bool {
		list, _ := v.([]any)
		found := slices.ContainsFunc(list, func(item any) bool {
			o := asObject(item)
			return o["name"] == want || o["id"] == want || (id != "" && o["id"] == id)
		})
		return found == (operator == "contains")
	}
}

func dateCondition(operator string, given any) func(any) bool {
	text, _ := given.(string)
	want, valid := parseDate(text)
	accept := comparison(map[string]string{
		"equals": "=", "before": "<", "after": ">", "on_or_before": "≤", "on_or_after": "≥",
	}[operator])
	if !valid || accept == nil {
		return nil
	}
	wholeDay := len(text) == len(time.DateOnly)
	return func(v any) bool {
		got, isText := v.(string)
		if !isText {
			got, _ = asObject(v)["start"].(string)
		}
		at, valid := parseDate(got)
		if wholeDay {
			at = at.UTC().Truncate(24 * time.Hour)
		}
		return valid && accept(at.Compare(want))
	}
}
