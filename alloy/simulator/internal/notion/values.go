package notion

import (
	"time"
)

// emptyValue is what an unset property of a type holds.
func emptyValue(kind string) any {
	switch kind {
	case "title", "rich_text", "multi_select", "people", "relation":
		return []any{}
	case "checkbox":
		return false
	default:
		return nil
	}
}

// readValue turns the value of a request into a stored one: {"id","type",<type>}. Both forms of Notion's are taken,
// {"status":{…}} and {"type":"status","status":{…}}.
func (w *Workspace) readValue(a *ask, databaseID, name string, schema object, given any) (object, error) {
	kind, _ := schema["type"].(string)
	in, isObject := given.(object)
	if !isObject {
		return nil, invalid("body failed validation: body.properties.%s should be an object, instead was `%s`.", name, short(given))
	}
	raw, has := in[kind]
	if !has {
		return nil, invalid("%s is expected to be %s.", name, kind)
	}
	path := "properties." + name + "." + kind
	value, err := w.readTyped(a, databaseID, path, kind, schema, raw)
	if err != nil {
		return nil, err
	}
	return object{"id": schema["id"], "type": kind, kind: value}, nil
}

func (w *Workspace) readTyped(a *ask, databaseID, path, kind string, schema object, raw any) (any, error) {
	switch kind {
	case "title", "rich_text":
		return readRichText(path, raw)
	case "number":
		if _, isNumber := raw.(float64); raw != nil && !isNumber {
			return nil, invalid("body failed validation: body.%s should be a number, instead was `%s`.", path, short(raw))
		}
		return raw, nil
	case "checkbox":
		if _, isBool := raw.(bool); !isBool {
			return nil, invalid("body failed validation: body.%s should be a boolean, instead was `%s`.", path, short(raw))
		}
		return raw, nil
	case "url", "email", "phone_number":
		if _, isText := raw.(string); raw != nil && !isText {
			return nil, invalid("body failed validation: body.%s should be a string, instead was `%s`.", path, short(raw))
		}
		return raw, nil
	case "select", "status":
		if raw == nil {
			return nil, nil //nolint:nilnil // null is the value of an unset option
		}
		return readOption(databaseID, path, schema, raw)
	case "multi_select":
		return readList(path, raw, func(item any) (any, error) { return readOption(databaseID, path, schema, item) })
	case "date":
		return readDate(path, raw)
	case "people":
		return readList(path, raw, w.readPerson)
	case "relation":
		return readList(path, raw, func(item any) (any, error) { return w.readRelation(a, path, item) })
	}
	return nil, invalid("%s cannot be set: a property of type %s is computed.", path, kind)
}

func readList(path string, raw any, one func(any) (any, error)) (any, error) {
	list, isList := raw.([]any)
	if !isList {
		return nil, invalid("body failed validation: body.%s should be an array, instead was `%s`.", path, short(raw))
	}
	if len(list) > maxArray {
		return nil, tooLong(path, len(list))
	}
	out := make([]any, 0, len(list))
	for _, item := range list {
		value, err := one(item)
		if err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	return out, nil
}

// readOption finds an option. A select grows by unknown names, a status does not.
func readOption(databaseID, path string, schema object, raw any) (any, error) {
	in := asObject(raw)
	name, isText := in["name"].(string)
	found := option(schema, in["name"], in["id"])
	if found == nil && schema["type"] != "status" && isText && name != "" {
		columnName, _ := schema["name"].(string)
		found = addOption(schema, databaseID+columnName, name)
	}
	if found == nil {
		return nil, invalid("%s option %s does not exist for property %s.", schema["type"], short(raw), quoted(schema["name"]))
	}
	_ = path
	return object{"id": found["id"], "name": found["name"], "color": found["color"]}, nil
}

func readDate(path string, raw any) (any, error) {
	if raw == nil {
		return nil, nil //nolint:nilnil // null is the value of an unset date
	}
	in := asObject(raw)
	out := object{"start": nil, "end": nil, "time_zone": in["time_zone"]}
	for _, key := range []string{"start", "end"} {
		if in[key] == nil && key == "end" {
			continue
		}
		text, isText := in[key].(string)
		if _, valid := parseDate(text); !isText || !valid {
			return nil, invalid("body failed validation: body.%s.%s should be a valid ISO 8601 date string, instead was `%s`.", path, key, short(in[key]))
		}
		out[key] = text
	}
	return out, nil
}

// parseDate reads a date with or without a time.
func parseDate(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (w *Workspace) readPerson(item any) (any, error) {
	text, _ := asObject(item)["id"].(string)
	id, valid := canonicalID(text)
	if p := w.personByID(id); valid && p != nil {
		return p.object(), nil
	}
	return nil, invalid("The provided user IDs %s are not valid.", short(text))
}

func (w *Workspace) readRelation(a *ask, path string, item any) (any, error) {
	text, _ := asObject(item)["id"].(string)
	id, valid := canonicalID(text)
	if !valid {
		return nil, invalid("body failed validation: body.%s.id should be a valid uuid, instead was `%s`.", path, short(text))
	}
	if _, err := w.find(a, "page", id, kindPage); err != nil {
		return nil, err
	}
	return object{"id": id}, nil
}
