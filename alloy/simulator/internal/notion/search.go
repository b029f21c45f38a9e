package notion

import (
	"cmp"
	"slices"
	"strings"
)

// search finds pages and databases by their titles alone, as Notion does. Every word of the query has to
// occur in the title; how Notion really matches is not published.
func (w *Workspace) search(a *ask) (object, error) {
	query, win, err := a.searchInput()
	if err != nil {
		return nil, err
	}
	var wanted kind
	filtered := false
	if a.body["filter"] != nil {
		if wanted, err = a.searchFilter(); err != nil {
			return nil, err
		}
		filtered = true
	}
	ascending, err := a.searchSort()
	if err != nil {
		return nil, err
	}
	var hits []*node
	words := strings.Fields(strings.ToLower(query))
	w.walk(func(n *node) {
		if n.kind == kindBlock || (filtered && n.kind != wanted) || a.now.Before(n.indexed) {
			return
		}
		if w.visible(a, n) && !w.inTrash(n) && titleHas(n, words) {
			hits = append(hits, n)
		}
	})
	slices.SortStableFunc(hits, func(x, y *node) int {
		if ascending {
			return x.edited.Compare(y.edited)
		}
		return y.edited.Compare(x.edited)
	})
	question := "search" + quoted(a.body["query"]) + quoted(a.body["filter"]) + quoted(a.body["sort"])
	list, err := page(win, question, hits, func(n *node) string { return n.id }, func(n *node) object { return w.found(a, n) })
	if err != nil {
		return nil, err
	}
	// The name of the type is the version's own: a guess for versions with data sources.
	list["type"] = "page_or_database"
	if a.dataSources() {
		list["type"] = "page_or_data_source"
	}
	list[list["type"].(string)] = object{} //nolint:forcetypeassert // set above
	return list, nil
}

func (a *ask) searchInput() (string, window, error) {
	query := ""
	if given := a.body["query"]; given != nil {
		text, isText := given.(string)
		if !isText {
			return "", window{}, invalid("body failed validation: body.query should be a string, instead was `%s`.", short(given))
		}
		query = text
	}
	win, err := a.bodyWindow()
	return query, win, err
}

// searchFilter reads the kind of object that search is limited to; its words depend on the version.
func (a *ask) searchFilter() (kind, error) {
	filter, isObject := a.body["filter"].(object)
	if !isObject {
		return 0, invalid("body failed validation: body.filter should be an object, instead was `%s`.", short(a.body["filter"]))
	}
	if filter["property"] != "object" {
		return 0, invalid("body failed validation: body.filter.property should be `\"object\"`, instead was `%s`.", short(filter["property"]))
	}
	second := "database"
	if a.dataSources() {
		second = "data_source"
	}
	switch filter["value"] {
	case "page":
		return kindPage, nil
	case second:
		return kindDatabase, nil
	}
	return 0, invalid("body failed validation: body.filter.value should be `\"page\"` or `%s`, instead was `%s`.", quoted(second), short(filter["value"]))
}

func (a *ask) searchSort() (ascending bool, err error) {
	given := a.body["sort"]
	if given == nil {
		return false, nil
	}
	sort, isObject := given.(object)
	if !isObject {
		return false, invalid("body failed validation: body.sort should be an object, instead was `%s`.", short(given))
	}
	if sort["timestamp"] != "last_edited_time" {
		return false, invalid("body failed validation: body.sort.timestamp should be `\"last_edited_time\"`, instead was `%s`.", short(sort["timestamp"]))
	}
	switch sort["direction"] {
	case "ascending":
		return true, nil
	case "descending":
		return false, nil
	}
	return false, invalid("body failed validation: body.sort.direction should be `\"ascending\"` or `\"descending\"`, instead was `%s`.", short(sort["direction"]))
}

func titleHas(n *node, words []string) bool {
	title := strings.ToLower(n.titleText())
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(title, word) })
}

// titleText is the plain title of a page or database.
func (n *node) titleText() string {
	if n.kind == kindDatabase {
		return textOf(n.title)
	}
	for _, value := range n.props {
		if v, isObject := value.(object); isObject && v["type"] == "title" {
			return textOf(v["title"])
		}
	}
	return ""
}

// found renders a search hit; databases show as their data source where the version has those.
func (w *Workspace) found(a *ask, n *node) object {
	switch {
	case n.kind == kindPage:
		return w.pageObject(a, n)
	case a.dataSources():
		return w.dataSourceObject(n)
	default:
		return w.databaseObject(a, n)
	}
}

// byName orders the names of properties, so that answers do not change from call to call.
func byName(m object) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare)
	return names
}
