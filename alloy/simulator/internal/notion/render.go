package notion

import (
	"maps"
	"strings"
	"time"
)

// stampText is a time as Notion writes it: to the minute.
func stampText(t time.Time) string {
	return t.UTC().Truncate(time.Minute).Format("2006-01-02T15:04:05.000Z")
}

func userRef(id string) object { return object{"object": "user", "id": id} }

// webURL is the address of a page or database in the browser.
func webURL(title, id string) string {
	var slug strings.Builder
	for _, r := range title {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			slug.WriteRune(r)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
	}
	name := strings.Trim(slug.String(), "-")
	if name != "" {
		name += "-"
	}
	return "https://www.notion.so/" + name + strings.ReplaceAll(id, "-", "")
}

// parentObject says where a node stands.
func (w *Workspace) parentObject(a *ask, n *node) object {
	if n.parent == "" {
		return object{"type": "workspace", "workspace": true}
	}
	parent := w.nodes[n.parent]
	switch {
	case parent.kind == kindPage:
		return object{"type": "page_id", "page_id": parent.id}
	case parent.kind == kindBlock:
		return object{"type": "block_id", "block_id": parent.id}
	case a.dataSources():
		return object{"type": "data_source_id", "data_source_id": parent.dataSource, "database_id": parent.id}
	default:
		return object{"type": "database_id", "database_id": parent.id}
	}
}

// frame is what every object of Notion's carries.
func (w *Workspace) frame(a *ask, n *node, name string) object {
	trashed := w.inTrash(n)
	return object{
		"object": name, "id": n.id, "created_time": stampText(n.created), "last_edited_time": stampText(n.edited),
		"created_by": userRef(n.createdBy), "last_edited_by": userRef(n.editedBy),
		"parent": w.parentObject(a, n), "archived": trashed, "in_trash": trashed,
	}
}

func (w *Workspace) pageObject(a *ask, n *node) object {
	o := w.frame(a, n, "page")
	o["cover"], o["icon"], o["is_locked"] = n.cover, n.icon, false
	o["properties"] = w.valuesObject(n)
	o["url"], o["public_url"] = webURL(n.titleText(), n.id), nil
	return o
}

// valuesObject renders a page's properties. Those that the page itself decides (times and people of
// the record) are made here.
func (w *Workspace) valuesObject(n *node) object {
	values := object{}
	maps.Copy(values, n.props)
	if parent := w.nodes[n.parent]; parent != nil && parent.kind == kindDatabase {
		for name, schema := range parent.props {
			s := asObject(schema)
			values[name] = w.valueFor(n, s, asObject(n.props[name]))
		}
	}
	return values
}

// valueFor is a property of a row: the stored value under the column's id, or the empty value of the type.
func (w *Workspace) valueFor(n *node, schema, stored object) object {
	kind, _ := schema["type"].(string)
	value := object{"id": schema["id"], "type": kind}
	switch kind {
	case "created_time":
		value[kind] = stampText(n.created)
	case "last_edited_time":
		value[kind] = stampText(n.edited)
	case "created_by":
		value[kind] = w.userObjectByID(n.createdBy)
	case "last_edited_by":
		value[kind] = w.userObjectByID(n.editedBy)
	default:
		if stored["type"] == kind {
			value[kind] = stored[kind]
		} else {
			value[kind] = emptyValue(kind)
		}
		if kind == "relation" {
			value["has_more"] = false
		}
	}
	return value
}

func (w *Workspace) databaseObject(a *ask, n *node) object {
	o := w.frame(a, n, "database")
	o["cover"], o["icon"], o["title"], o["description"] = n.cover, n.icon, n.title, n.description
	o["is_inline"], o["is_locked"] = false, false
	o["url"], o["public_url"] = webURL(textOf(n.title), n.id), nil
	if a.dataSources() {
		o["data_sources"] = []any{object{"id": n.dataSource, "name": textOf(n.title)}}
	} else {
		o["properties"] = n.props
	}
	return o
}

func (w *Workspace) dataSourceObject(n *node) object {
	above := &ask{Caller: Caller{Version: newVersion}}
	o := w.frame(above, n, "data_source")
	o["id"] = n.dataSource
	o["parent"] = object{"type": "database_id", "database_id": n.id}
	o["database_parent"] = w.parentObject(above, n)
	o["cover"], o["icon"], o["title"], o["description"] = n.cover, n.icon, n.title, n.description
	o["is_inline"] = false
	o["properties"] = n.props
	o["url"], o["public_url"] = webURL(textOf(n.title), n.id), nil
	return o
}

// blockObject renders any node as the block it is on its parent.
func (w *Workspace) blockObject(a *ask, n *node) object {
	o := w.frame(a, n, "block")
	o["has_children"] = len(w.livingChildren(n)) > 0 && n.kind != kindDatabase
	switch n.kind {
	case kindPage:
		o["type"], o["child_page"] = "child_page", object{"title": n.titleText()}
	case kindDatabase:
		o["type"], o["child_database"] = "child_database", object{"title": textOf(n.title)}
	default:
		o["type"], o[n.blockType] = n.blockType, n.content
	}
	return o
}

// livingChildren are the children that are not in the trash.
func (w *Workspace) livingChildren(n *node) []*node {
	var list []*node
	for _, id := range n.children {
		if child := w.nodes[id]; !child.trashed {
			list = append(list, child)
		}
	}
	return list
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}
