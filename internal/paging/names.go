package paging

import (
	"encoding/json"
	"strings"
)

// plainName is a name without case and signs: next_page-token is nextpagetoken.
func plainName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// root is what a name of a cursor has in common with the name of the argument:
// cursor of next_cursor, start_cursor and page_cursor.
func root(name string) string {
	name = strings.TrimPrefix(name, "odata")
	for _, prefix := range []string{"next", "starting", "start", "end", "pagination", "page"} {
		if rest := strings.TrimPrefix(name, prefix); rest != "" {
			name = rest
		}
	}
	return name
}

// kind is what an argument does in paging.
type kind int

const (
	noKind kind = iota
	cursorArg
	pageArg
	offsetArg
	limitArg
)

func kindOf(arg string) kind {
	switch plainName(arg) {
	case "cursor", "startcursor", "startingcursor", "nextcursor", "pagecursor", "after", "pageafter", "aftercursor", "startingafter",
		"pagetoken", "nexttoken", "nextpagetoken", "paginationtoken", "continuationtoken", "skiptoken", "continuation", "marker", "bookmark",
		"scrollid", "pageinfo", "pageid", "querylocator", "locator", "nextrecordsurl", "synctoken", "startkey", "exclusivestartkey", "nextpage", "next":
		return cursorArg
	case "page", "pagenumber", "pageno", "pagenum", "pageindex", "currentpage", "p":
		return pageArg
	case "offset", "skip", "startat", "start", "startindex", "firstresult", "from", "pageoffset", "startposition":
		return offsetArg
	case "limit", "pagesize", "perpage", "maxresults", "count", "size", "top", "pagelimit", "max", "resultsperpage", "itemsperpage", "rows", "maxrecords":
		return limitArg
	}
	return noKind
}

// lead is a value of a result that leads to the next page.
type lead struct {
	name  string // plain
	text  string // "" where it says that there is none
	link  bool   // a URL
	exact bool   // the name says that it is the next page's
}

// leadOf reads the value of a key as a lead.
func leadOf(key, parent string, value any) (lead, bool) {
	name := plainName(key)
	l := lead{name: name}
	below := strings.HasPrefix(plainName(parent), "next")
	switch {
	case below && isLeadName(name), strings.HasPrefix(name, "next") && isLeadName(strings.TrimPrefix(name, "next")):
		l.exact = true
	case name == "next", name == "odatanextlink", name == "endcursor", name == "continuationtoken", name == "scrollid", name == "bookmark":
		l.exact = true
	case name == "cursor", name == "aftercursor", name == "after" && plainName(parent) == "cursors":
	case name == "offset":
		// A number that the request said is no lead; a word of the app is.
		if text, ok := value.(string); !ok || isNumber(text) {
			return lead{}, false
		}
	default:
		return lead{}, false
	}
	if name == "next" {
		if _, ok := value.(map[string]any); ok {
			return lead{}, false
		}
	}
	switch value := value.(type) {
	case nil:
	case bool:
		if value {
			return lead{}, false // says whether, not where
		}
	case string:
		l.text = value
	case json.Number:
		l.text = value.String()
	default:
		return lead{}, false
	}
	l.link = strings.HasPrefix(l.text, "https://") || strings.HasPrefix(l.text, "http://") || strings.HasPrefix(l.text, "/") || strings.HasPrefix(l.text, "?")
	return l, true
}

// isLeadName reports whether next and this name are the next page's.
func isLeadName(name string) bool {
	switch name {
	case "cursor", "token", "pagetoken", "page", "pageid", "pagecursor", "pagekey", "key", "marker", "continuationtoken", "startkey", "startcursor", "startingafter",
		"after", "offset", "skip", "link", "href", "url", "uri", "pageurl", "pageuri", "pagelink", "recordsurl", "pathurl":
		return true
	}
	return false
}

func isNumber(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// flagOf reads a key that says whether there is more.
func flagOf(key string, value any) (more, ok bool) {
	yes, isBool := value.(bool)
	if !isBool {
		return false, false
	}
	switch plainName(key) {
	case "hasmore", "hasnextpage", "hasnext", "hasmoreitems", "hasmorepages", "hasmoreresults", "moreavailable", "istruncated", "moreitems", "morerecords":
		return yes, true
	case "islast", "last", "lastpage", "islastpage", "done":
		return !yes, true
	}
	return false, false
}
