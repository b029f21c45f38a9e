package notion

import (
	"maps"
	"slices"
	"strings"
)

func (w *Workspace) pageInPath(a *ask) (*node, error) {
	id, err := a.pathID("page_id")
	if err != nil {
		return nil, err
	}
	return w.find(a, "page", id, kindPage)
}

func (w *Workspace) retrievePage(a *ask) (object, error) {
	n, err := w.pageInPath(a)
	if err != nil {
		return nil, err
	}
	return a.onlyProperties(w.pageObject(a, n)), nil
}

// onlyProperties applies filter_properties: ids or names, as an array or separated by commas.
func (a *ask) onlyProperties(o object) object {
	var wanted []string
	switch given := a.Query["filter_properties"].(type) {
	case string:
		wanted = strings.Split(given, ",")
	case []any:
		for _, item := range given {
			text, _ := item.(string)
			wanted = append(wanted, text)
		}
	}
	if len(wanted) == 0 {
		return o
	}
	kept := object{}
	for name, value := range asObject(o["properties"]) {
		id, _ := asObject(value)["id"].(string)
		if slices.Contains(wanted, name) || slices.Contains(wanted, id) {
			kept[name] = value
		}
	}
	o["properties"] = kept
	return o
}

func (w *Workspace) createPage(a *ask) (object, error) {
	parent, err := w.parentInBody(a)
	if err != nil {
		return nil, err
	}
	n := w.stamp(a, kindPage, "")
	n.props = object{}
	if parent != nil {
		n.parent = parent.id
	}
	given, isObject := a.body["properties"].(object)
	if !isObject && a.body["properties"] != nil {
		return nil, invalid("body failed validation: body.properties should be an object, instead was `%s`.", short(a.body["properties"]))
	}
	if !isObject {
		return nil, invalid("body failed validation: body.properties should be defined, instead was `undefined`.")
	}
	if err := w.setValues(a, n, given); err != nil {
		return nil, err
	}
	if n.icon, err = readIcon("icon", a.body["icon"], "emoji", "external"); err != nil {
		return nil, err
	}
	if n.cover, err = readIcon("cover", a.body["cover"], "external"); err != nil {
		return nil, err
	}
	blocks, err := w.readBlocks(a, "children", a.body["children"], n.id, 2)
	if err != nil {
		return nil, err
	}
	if err := w.insert(n, -1); err != nil {
		return nil, err
	}
	if err := w.plantBlocks(blocks, n, -1); err != nil {
		return nil, err
	}
	return w.pageObject(a, n), nil
}

// parentInBody finds the parent that a new page or database names; nil is the workspace itself. That an integration
// may create pages there was observed through Alloy.
func (w *Workspace) parentInBody(a *ask) (*node, error) {
	parent, isObject := a.body["parent"].(object)
	if !isObject {
		return nil, invalid("body failed validation: body.parent should be defined, instead was `%s`.", short(a.body["parent"]))
	}
	if parent["workspace"] == true {
		return nil, nil //nolint:nilnil // no parent node is the workspace
	}
	for _, key := range []string{"page_id", "database_id", "data_source_id"} {
		text, isText := parent[key].(string)
		if !isText {
			continue
		}
		id, valid := canonicalID(text)
		if !valid {
			return nil, invalid("body failed validation: body.parent.%s should be a valid uuid, instead was `%s`.", key, short(text))
		}
		switch key {
		case "page_id":
			return w.find(a, "page", id, kindPage)
		case "database_id":
			return w.find(a, "database", id, kindDatabase)
		default:
			return w.findDataSource(a, id)
		}
	}
	return nil, invalid("body failed validation: body.parent should name a page_id, a database_id or workspace, instead was `%s`.", short(a.body["parent"]))
}

// setValues sets properties of a page, all or none: those of its database, or the title alone outside of one.
func (w *Workspace) setValues(a *ask, n *node, given object) error {
	schema := object{"title": newSchema("", "title", "title", nil)}
	scope := ""
	if parent := w.nodes[n.parent]; parent != nil && parent.kind == kindDatabase {
		schema, scope = parent.props, parent.id
	}
	changed := object{}
	maps.Copy(changed, n.props)
	if list, isList := given["title"].([]any); isList { // the short form of a title
		given = object{"title": object{"title": list}}
	}
	for _, key := range byName(given) {
		name, s := column(schema, key)
		if s == nil {
			return invalid("%s is not a property that exists.", key)
		}
		value, err := w.readValue(a, scope, name, s, given[key])
		if err != nil {
			return err
		}
		changed[name] = value
	}
	n.props = changed
	return nil
}

// readIcon takes an icon or a cover of one of the given types; null removes it.
func readIcon(path string, given any, types ...string) (any, error) {
	if given == nil {
		return nil, nil //nolint:nilnil // null is the value of a missing icon
	}
	in := asObject(given)
	for _, kind := range types {
		value, has := in[kind]
		if !has {
			continue
		}
		if kind == "external" {
			if _, isText := asObject(value)["url"].(string); !isText {
				return nil, invalid("body failed validation: body.%s.external.url should be a string, instead was `%s`.", path, short(asObject(value)["url"]))
			}
		} else if _, isText := value.(string); !isText {
			return nil, invalid("body failed validation: body.%s.%s should be a string, instead was `%s`.", path, kind, short(value))
		}
		return object{"type": kind, kind: value}, nil
	}
	return nil, invalid("body failed validation: body.%s should be one of %s, instead was `%s`.", path, quoted(types), short(given))
}

func (w *Workspace) updatePage(a *ask) (object, error) {
	n, err := w.pageInPath(a)
	if err != nil {
		return nil, err
	}
	before := n.titleText()
	change := *n
	if given, isGiven := a.body["properties"]; isGiven && given != nil {
		values, isObject := given.(object)
		if !isObject {
			return nil, invalid("body failed validation: body.properties should be an object, instead was `%s`.", short(given))
		}
		if err := w.setValues(a, &change, values); err != nil {
			return nil, err
		}
	}
	if err := a.readTrash(&change); err != nil {
		return nil, err
	}
	if given, isGiven := a.body["icon"]; isGiven {
		if change.icon, err = readIcon("icon", given, "emoji", "external"); err != nil {
			return nil, err
		}
	}
	if given, isGiven := a.body["cover"]; isGiven {
		if change.cover, err = readIcon("cover", given, "external"); err != nil {
			return nil, err
		}
	}
	*n = change
	w.touch(a, n)
	if n.titleText() != before {
		n.indexed = a.now.Add(a.IndexDelay)
	}
	return w.pageObject(a, n), nil
}

// readTrash applies archived or in_trash, which mean the same.
func (a *ask) readTrash(n *node) error {
	for _, key := range []string{"archived", "in_trash"} {
		given, isGiven := a.body[key]
		if !isGiven || given == nil {
			continue
		}
		trashed, isBool := given.(bool)
		if !isBool {
			return invalid("body failed validation: body.%s should be a boolean, instead was `%s`.", key, short(given))
		}
		n.trashed = trashed
	}
	return nil
}

// movePage gives a page another parent; only plain pages move between pages here.
func (w *Workspace) movePage(a *ask) (object, error) {
	n, err := w.pageInPath(a)
	if err != nil {
		return nil, err
	}
	parent, err := w.parentInBody(a)
	if err != nil {
		return nil, err
	}
	for up := parent; up != nil; up = w.nodes[up.parent] {
		if up == n {
			return nil, invalid("A page cannot be moved below itself.")
		}
	}
	if old := w.nodes[n.parent]; (old != nil && old.kind == kindDatabase) || (parent != nil && parent.kind == kindDatabase) {
		return nil, invalid("The simulated workspace moves pages between pages only.")
	}
	w.detach(n)
	n.parent = ""
	if parent != nil {
		n.parent = parent.id
	}
	if err := w.insert(n, -1); err != nil {
		return nil, err
	}
	w.touch(a, n)
	return w.pageObject(a, n), nil
}

// retrieveProperty answers one property: lists in pages of items, the others whole.
func (w *Workspace) retrieveProperty(a *ask) (object, error) {
	n, err := w.pageInPath(a)
	if err != nil {
		return nil, err
	}
	wanted, _ := a.Path["property_id"].(string)
	for _, name := range byName(w.valuesObject(n)) {
		value := asObject(w.valuesObject(n)[name])
		if value["id"] != wanted && name != wanted {
			continue
		}
		kind, _ := value["type"].(string)
		items, isList := value[kind].([]any)
		if !isList || kind == "multi_select" {
			return object{"object": "property_item", "id": value["id"], "type": kind, kind: value[kind]}, nil
		}
		return a.propertyItems(n, value, kind, items)
	}
	return nil, notFound("property", wanted)
}

func (a *ask) propertyItems(n *node, value object, kind string, items []any) (object, error) {
	win, err := a.queryWindow()
	if err != nil {
		return nil, err
	}
	indexes := make([]int, len(items))
	for i := range items {
		indexes[i] = i
	}
	list, err := page(win, "property"+n.id+quoted(value["id"]), indexes, func(i int) string { return quoted(i) }, func(i int) object {
		return object{"object": "property_item", "id": value["id"], "type": kind, kind: items[i]}
	})
	if err != nil {
		return nil, err
	}
	list["type"] = "property_item"
	list["property_item"] = object{"id": value["id"], "next_url": nil, "type": kind, kind: object{}}
	return list, nil
}
