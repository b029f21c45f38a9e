package notion

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
)

// propertyTypes are the types of database properties that exist here, in the order that Notion lists them.
func propertyTypes() []string {
	return []string{
		"title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "checkbox", "url", "email",
		"phone_number", "relation", "created_time", "last_edited_time", "created_by", "last_edited_by",
	}
}

// propertyID is the short id of a property: "title", or letters made from its name.
func propertyID(databaseID, name, kind string) string {
	if kind == "title" {
		return "title"
	}
	sum := sha256.Sum256([]byte(databaseID + "\x00" + name))
	return "%3A" + hex.EncodeToString(sum[:2])
}

// optionColor gives options their colours in turn.
func optionColor(i int) string {
	colors := []string{"default", "blue", "green", "yellow", "orange", "red", "purple", "pink", "brown", "gray"}
	return colors[i%len(colors)]
}

// newSchema is the definition of a property with its options.
func newSchema(databaseID, name, kind string, options []string) object {
	s := object{"id": propertyID(databaseID, name, kind), "name": name, "type": kind, "description": nil}
	made := make([]any, 0, len(options))
	for i, option := range options {
		made = append(made, newOption(databaseID+name, option, i))
	}
	switch kind {
	case "select", "multi_select":
		s[kind] = object{"options": made}
	case "status":
		s[kind] = statusSchema(databaseID+name, made)
	case "number":
		s[kind] = object{"format": "number"}
	default:
		s[kind] = object{}
	}
	return s
}

func newOption(scope, name string, i int) object {
	sum := sha256.Sum256([]byte(scope + "\x00" + name))
	return object{"id": hex.EncodeToString(sum[:4]), "name": name, "color": optionColor(i), "description": nil}
}

// statusSchema sorts options into Notion's three groups: the first, those between, the last.
func statusSchema(scope string, options []any) object {
	groups := [3][]any{{}, {}, {}}
	for i, option := range options {
		group := 1
		if i == 0 {
			group = 0
		} else if i == len(options)-1 {
			group = 2
		}
		groups[group] = append(groups[group], asObject(option)["id"])
	}
	list := make([]any, 0, 3)
	for i, name := range []string{"To-do", "In progress", "Complete"} {
		o := newOption(scope+"group", name, []int{9, 1, 2}[i])
		list = append(list, object{"id": o["id"], "name": name, "color": o["color"], "option_ids": groups[i]})
	}
	return object{"options": options, "groups": list}
}

// option finds an option of a select, multi_select or status by name or id.
func option(schema object, name, id any) object {
	kind, _ := schema["type"].(string)
	list, _ := asObject(schema[kind])["options"].([]any)
	for _, item := range list {
		o := asObject(item)
		if (name != nil && o["name"] == name) || (id != nil && o["id"] == id) {
			return o
		}
	}
	return nil
}

// addOption adds an option to a select or multi_select, as writing an unknown one does in Notion.
func addOption(schema object, scope, name string) object {
	kind, _ := schema["type"].(string)
	settings := asObject(schema[kind])
	list, _ := settings["options"].([]any)
	o := newOption(scope, name, len(list))
	settings["options"] = append(list, o)
	return o
}

// readSchema applies the properties of a create or update call to a database's schema: null removes, a name
// renames, a type defines.
func readSchema(databaseID string, current, given object) (object, error) {
	out := object{}
	maps.Copy(out, current)
	for _, key := range byName(given) {
		name := key
		for existing, s := range current { // ids serve as well as names
			if asObject(s)["id"] == key {
				name = existing
			}
		}
		if given[key] == nil {
			if asObject(out[name])["type"] == "title" {
				return nil, invalid("Cannot delete the title property.")
			}
			delete(out, name)
			continue
		}
		if err := defineProperty(databaseID, out, name, asObject(given[key])); err != nil {
			return nil, err
		}
	}
	titles := 0
	for _, s := range out {
		if asObject(s)["type"] == "title" {
			titles++
		}
	}
	if titles != 1 {
		return nil, invalid("Title is not provided: a database has exactly one property of type title, not %d.", titles)
	}
	return out, nil
}

func defineProperty(databaseID string, schema object, name string, given object) error {
	kind, settings := "", object(nil)
	for _, candidate := range propertyTypes() {
		if value, isGiven := given[candidate]; isGiven {
			kind, settings = candidate, asObject(value)
		}
	}
	before := asObject(schema[name])
	newName, renames := given["name"].(string)
	if kind == "" && (before == nil || !renames) {
		return invalid("body failed validation: body.properties.%s should define a property type, one of %s.", name, quoted(propertyTypes()))
	}
	if kind != "" {
		var options []string
		list, _ := settings["options"].([]any)
		for _, item := range list {
			text, _ := asObject(item)["name"].(string)
			options = append(options, text)
		}
		if kind == "status" && len(options) == 0 {
			options = []string{"Not started", "In progress", "Done"}
		}
		before = newSchema(databaseID, name, kind, options)
		if format, isText := settings["format"].(string); isText && kind == "number" {
			before[kind] = object{"format": format}
		}
		schema[name] = before
	}
	if renames && newName != name {
		if _, taken := schema[newName]; taken || newName == "" {
			return invalid("Cannot rename %s: a property named %s exists.", quoted(name), quoted(newName))
		}
		renamed := object{}
		maps.Copy(renamed, before)
		renamed["name"] = newName
		delete(schema, name)
		schema[newName] = renamed
	}
	return nil
}

// column finds a property of a database by name or id.
func column(schema object, nameOrID string) (string, object) {
	if s := asObject(schema[nameOrID]); s != nil {
		return nameOrID, s
	}
	names := byName(schema)
	if i := slices.IndexFunc(names, func(name string) bool { return asObject(schema[name])["id"] == nameOrID }); i >= 0 {
		return names[i], asObject(schema[names[i]])
	}
	return "", nil
}
