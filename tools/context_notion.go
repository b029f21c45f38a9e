package tools

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// notionColumns resolves a Notion database, one of its data sources or one of its
// pages to its columns: the keys of properties, filter and sorts.
func notionColumns() resolver {
	return resolver{
		connectorID: notion,
		keys:        []string{"database_id", "data_source_id", "page_id"},
		applies: func(d *description) bool {
			ofPages := strings.Contains(d.action.Path, "/pages") || strings.Contains(d.action.Path, "/databases") || strings.Contains(d.action.Path, "/data_sources")
			return ofPages && (d.takes("properties") || d.takes("filter"))
		},
		resolve: func(ctx context.Context, s *Set, d *description, ids map[string]string) (*special, error) {
			table, err := s.notionTable(ctx, d, ids)
			if err != nil {
				return nil, err
			}
			return table.special(d), nil
		},
	}
}

// notionTable is a database or data source as an action needs it.
type notionTable struct {
	title        string
	databaseID   string
	dataSourceID string
	pageID       string
	columns      []notionColumn
}

type notionColumn struct {
	key     string // its name, or its id where the name cannot be typed
	name    string
	kind    string
	options []string
}

func (s *Set) notionTable(ctx context.Context, d *description, ids map[string]string) (*notionTable, error) {
	t := &notionTable{databaseID: ids["database_id"], dataSourceID: ids["data_source_id"], pageID: ids["page_id"]}
	if t.pageID != "" && t.databaseID == "" && t.dataSourceID == "" {
		page, err := s.lookUp(ctx, d, map[string]any{"page_id": t.pageID}, "retrieve-a-page")
		if err != nil {
			return nil, err
		}
		parent, _ := page["parent"].(map[string]any)
		t.databaseID, _ = parent["database_id"].(string)
		t.dataSourceID, _ = parent["data_source_id"].(string)
		if t.databaseID == "" && t.dataSourceID == "" {
			t.title = "a page outside of databases"
			t.columns = []notionColumn{{key: "title", name: "title", kind: "title"}}
			return t, nil
		}
	}
	return t, s.loadNotion(ctx, d, t)
}

// loadNotion reads the columns. The two kinds of id are taken for each other, and
// before 2025-09-03 there were no data sources: what cannot be found as one kind
// is looked for as the other.
func (s *Set) loadNotion(ctx context.Context, d *description, t *notionTable) error {
	if id := t.dataSourceID; id != "" {
		err := s.loadDataSource(ctx, d, t)
		if !missing(err) {
			return err
		}
		t.dataSourceID, t.databaseID = "", id
		if other := s.loadDatabase(ctx, d, t); other != nil {
			if describe(err).Code == CodeUnknownAction {
				return other
			}
			return err
		}
		return nil
	}
	id := t.databaseID
	err := s.loadDatabase(ctx, d, t)
	if !missing(err) {
		return err
	}
	t.dataSourceID, t.databaseID = id, ""
	if s.loadDataSource(ctx, d, t) != nil {
		return err
	}
	return nil
}

// missing says that an object, or the action that reads it, is not there.
func missing(err error) bool {
	if err == nil {
		return false
	}
	code := describe(err).Code
	return code == CodeNotFound || code == CodeUnknownAction
}

func (s *Set) loadDatabase(ctx context.Context, d *description, t *notionTable) error {
	found, err := s.lookUp(ctx, d, map[string]any{"database_id": t.databaseID}, "retrieve-a-database")
	if err != nil {
		return err
	}
	t.read(found)
	sources := objectsIn(found["data_sources"])
	if len(t.columns) > 0 || len(sources) == 0 {
		return nil
	}
	t.dataSourceID, _ = sources[0]["id"].(string)
	if len(sources) > 1 {
		var named []string
		for _, source := range sources {
			named = append(named, textOf(source["name"], 40)+" "+textOf(source["id"], 60))
		}
		d.notes = append(d.notes, fmt.Sprintf("This database has %d data sources, the first is shown; name another with context.data_source_id: %s.", len(sources), counted(named, 300)))
	}
	return s.loadDataSource(ctx, d, t)
}

func (s *Set) loadDataSource(ctx context.Context, d *description, t *notionTable) error {
	found, err := s.lookUp(ctx, d, map[string]any{"data_source_id": t.dataSourceID}, "retrieve-a-data-source")
	if err != nil {
		return err
	}
	t.read(found)
	return nil
}

// read takes title and columns out of a database or data source.
func (t *notionTable) read(found map[string]any) {
	var title strings.Builder
	for _, part := range objectsIn(found["title"]) {
		title.WriteString(textOf(part["plain_text"], 80))
	}
	t.title = clean(title.String(), 80)
	if t.title == "" {
		t.title = "this table"
	}
	if parent, _ := found["parent"].(map[string]any); t.databaseID == "" {
		t.databaseID, _ = parent["database_id"].(string)
	}
	properties, _ := found["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		definition, _ := properties[name].(map[string]any)
		c := notionColumn{key: name, name: clean(name, maxFieldName), kind: textOf(definition["type"], 40)}
		if c.name != name {
			c.key = textOf(definition["id"], 40)
		}
		settings, _ := definition[c.kind].(map[string]any)
		for _, option := range objectsIn(settings["options"]) {
			if s, _ := option["name"].(string); s != "" && clean(s, 100) == s {
				c.options = append(c.options, s)
			}
		}
		t.columns = append(t.columns, c)
	}
	slices.SortStableFunc(t.columns, func(a, b notionColumn) int { return kindRank(a.kind) - kindRank(b.kind) })
}

func kindRank(kind string) int {
	if kind == "title" {
		return 0
	}
	return 1
}

// special makes the arguments of an action from the columns.
func (t *notionTable) special(d *description) *special {
	p := &special{object: "The columns of " + t.title + ", read now."}
	defines := !strings.Contains(d.action.Path, "/pages") && d.takes("properties") && !d.takes("filter")
	switch {
	case defines:
		p.arguments = append(p.arguments, known{name: "properties", fixed: t.definition})
	case d.takes("properties"):
		p.arguments = append(p.arguments, t.values())
		p.examples = append(p.examples, map[string]any{"properties": t.exampleValues()})
	}
	if d.takes("filter") {
		p.arguments = append(p.arguments, known{name: "filter", fixed: t.filter})
		if example := t.exampleFilter(); example != nil {
			p.examples = append(p.examples, map[string]any{"filter": example})
		}
	}
	if d.takes("sorts") {
		p.arguments = append(p.arguments, known{name: "sorts", fixed: t.sorts})
	}
	ids := []struct{ name, id string }{{"data_source_id", t.dataSourceID}, {"database_id", t.databaseID}, {"page_id", t.pageID}}
	for _, x := range ids {
		switch {
		case x.id == "":
		case d.takes(x.name):
			p.examples = append(p.examples, map[string]any{x.name: x.id})
		case d.takes("parent") && !defines && x.name != "page_id":
			p.examples = append(p.examples, map[string]any{"parent": map[string]any{x.name: x.id}}, map[string]any{"parent": map[string]any{"type": x.name, x.name: x.id}})
		}
	}
	return p
}

// values are the columns as the keys of properties, with what can be written.
func (t *notionTable) values() known {
	k := known{name: "properties", words: "Keys are the columns of " + t.title + "."}
	var computed []string
	for _, c := range t.columns {
		form, sample := notionValue(c.kind, c.options)
		if form == nil {
			computed = append(computed, c.name)
			continue
		}
		words := c.kind + ": " + sample
		if c.key != c.name {
			words = c.name + ", " + words
		}
		brief := words
		if len(c.options) > 0 {
			brief += "; " + counted(c.options, 200)
		}
		k.fields = append(k.fields, knownField{
			name:  c.key,
			full:  map[string]any{"type": "object", "properties": map[string]any{c.kind: form}},
			brief: map[string]any{"type": "object", "description": brief},
		})
		if c.key != c.name {
			k.fields[len(k.fields)-1].full["description"] = c.name
		}
	}
	if len(computed) > 0 {
		k.words += " Computed, not writable: " + counted(computed, 160) + "."
	}
	return k
}

// notionValue is the form of a value of a kind, and how one is written; nil where
// Notion computes it.
func notionValue(kind string, options []string) (form map[string]any, sample string) {
	simple := func(of string) map[string]any { return map[string]any{"type": of} }
	object := func(name string, of map[string]any) map[string]any {
		return map[string]any{"type": "object", "properties": map[string]any{name: of}}
	}
	list := func(of map[string]any) map[string]any { return map[string]any{"type": "array", "items": of} }
	switch kind {
	case "title", "rich_text":
		return list(object("text", object("content", simple("string")))), `{"` + kind + `":[{"text":{"content":"…"}}]}`
	case "number":
		return simple("number"), `{"number":1}`
	case "checkbox":
		return simple("boolean"), `{"checkbox":true}`
	case "select", "status":
		return object("name", choice("", options)), `{"` + kind + `":{"name":"…"}}`
	case "multi_select":
		return list(object("name", choice("", options))), `{"multi_select":[{"name":"…"}]}`
	case "date":
		form = object("start", map[string]any{"type": "string", "description": "Date or date and time, ISO 8601."})
		return form, `{"date":{"start":"2026-01-15"}}`
	case "url", "email", "phone_number":
		return simple("string"), `{"` + kind + `":"…"}`
	case "people", "relation":
		return list(object("id", simple("string"))), `{"` + kind + `":[{"id":"…"}]}`
	case "files":
		return list(map[string]any{"type": "object", "description": `{"name":"…","external":{"url":"…"}}`}), `{"files":[{"name":"…","external":{"url":"…"}}]}`
	}
	return nil, ""
}

func (t *notionTable) exampleValues() map[string]any {
	example := map[string]any{}
	for _, c := range t.columns {
		switch {
		case c.kind == "title":
			example[c.key] = map[string]any{"title": []any{map[string]any{"text": map[string]any{"content": "Example title"}}}}
		case (c.kind == "status" || c.kind == "select") && len(c.options) > 0 && len(example) < 2:
			example[c.key] = map[string]any{c.kind: map[string]any{"name": c.options[0]}}
		}
	}
	return example
}

func (t *notionTable) exampleFilter() map[string]any {
	for _, c := range t.columns {
		if (c.kind == "status" || c.kind == "select") && len(c.options) > 0 {
			return map[string]any{"property": c.key, c.kind: map[string]any{"equals": c.options[0]}}
		}
	}
	for _, c := range t.columns {
		if c.kind == "title" {
			return map[string]any{"property": c.key, "title": map[string]any{"contains": "Example"}}
		}
	}
	return nil
}

func (t *notionTable) keys() []string {
	var keys []string
	for _, c := range t.columns {
		keys = append(keys, c.key)
	}
	return keys
}

// definition tells the columns that there are to whoever changes them.
func (t *notionTable) definition(bytes int) map[string]any {
	var existing []string
	for _, c := range t.columns {
		existing = append(existing, c.key+" ("+c.kind+")")
	}
	return map[string]any{
		"type":        "object",
		"description": "Keys are columns: {type: {…}} adds or changes one, {name: …} renames it, null removes it. There are: " + counted(existing, min(bytes/2, 900)) + ".",
	}
}

// filter is one condition, or several joined; the columns of a kind share their
// operators.
func (t *notionTable) filter(bytes int) map[string]any {
	byKind := map[string][]notionColumn{}
	for _, c := range t.columns {
		byKind[c.kind] = append(byKind[c.kind], c)
	}
	condition := map[string]any{"type": "array", "items": map[string]any{"type": "object", "description": "A condition, as this."}}
	properties := map[string]any{"property": choice("Column.", within(t.keys(), bytes/4)), "and": condition, "or": condition}
	share := bytes / 2 / max(1, len(byKind))
	for kind, columns := range byKind {
		operators := notionOperators(kind)
		if operators == "" {
			continue
		}
		var names []string
		for _, c := range columns {
			name := c.key
			if len(c.options) > 0 {
				name += " (" + counted(c.options, max(40, share/len(columns))) + ")"
			}
			names = append(names, name)
		}
		properties[kind] = map[string]any{"type": "object", "description": "For " + counted(names, max(60, share)) + ": " + operators + "."}
	}
	return map[string]any{
		"type": "object", "properties": properties,
		"description": `One condition {"property": column, its kind: {operator: value}}, or {"and": […]} or {"or": […]} of such.`,
	}
}

// within returns values that take at most so many bytes together, none where not
// all do: an enum with a part of them would forbid the rest.
func within(values []string, bytes int) []string {
	for _, v := range values {
		bytes -= len(v) + 3
	}
	if bytes < 0 {
		return nil
	}
	return values
}

func notionOperators(kind string) string {
	switch kind {
	case "title", "rich_text", "url", "email", "phone_number":
		return "equals, does_not_equal, contains, does_not_contain, starts_with, ends_with, is_empty, is_not_empty"
	case "number", "unique_id":
		return "equals, does_not_equal, greater_than, less_than, greater_than_or_equal_to, less_than_or_equal_to"
	case "select", "status":
		return "equals, does_not_equal, is_empty, is_not_empty"
	case "multi_select", "people", "relation", "created_by", "last_edited_by":
		return "contains, does_not_contain, is_empty, is_not_empty"
	case "checkbox":
		return "equals, does_not_equal"
	case "date", "created_time", "last_edited_time":
		return "equals, before, after, on_or_before, on_or_after, past_week, next_week, is_empty"
	case "files":
		return "is_empty, is_not_empty"
	}
	return ""
}

func (t *notionTable) sorts(bytes int) map[string]any {
	return map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": map[string]any{
		"property":  choice("Column.", within(t.keys(), bytes/2)),
		"timestamp": choice("In place of property.", []string{"created_time", "last_edited_time"}),
		"direction": choice("", []string{"ascending", "descending"}),
	}}}
}
