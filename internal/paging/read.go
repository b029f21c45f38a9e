package paging

import (
	"encoding/json"
	"slices"
	"strconv"
)

// facts are what a result says about itself and the pages around it. A number that
// it does not say is -1.
type facts struct {
	list    []any
	hasList bool
	leads   []lead
	more    answer
	total   int // records of all pages
	pages   int
	number  int // of this page
	bare    int // what is called number, which is that of the page where pages are counted
	size    int // records that a page has at most
	start   int // offset of the first record, 0 where it is not said
}

// answer is what a result says of more pages.
type answer int

const (
	unsaid answer = iota
	yes
	no
)

// read finds in a result what leads on. What stands inside of records says nothing
// of pages.
func read(result any) facts {
	p := facts{total: -1, pages: -1, number: -1, bare: -1, size: -1}
	var path []string
	p.list, path, p.hasList = mainList(result)
	walk(result, nil, func(value any, at []string) {
		if len(at) == 0 || len(path) > 0 && slices.Equal(at, path) {
			return
		}
		key, parent := at[len(at)-1], ""
		if len(at) > 1 {
			parent = at[len(at)-2]
		}
		if l, ok := leadOf(key, parent, value); ok {
			p.leads = append(p.leads, l)
		}
		if more, ok := flagOf(key, value); ok {
			p.flag(more)
		}
		p.count(plainName(key), value)
	})
	if p.number < 0 && p.pages >= 0 {
		p.number = p.bare
	}
	if p.more == unsaid && !p.leadsOn() && slices.ContainsFunc(p.leads, func(l lead) bool { return l.exact }) {
		p.more = no // it says where the next page would stand, and that there is none
	}
	return p
}

// flag takes what a key says: of two that differ, there is more.
func (p *facts) flag(more bool) {
	switch {
	case more:
		p.more = yes
	case p.more == unsaid:
		p.more = no
	}
}

func (p *facts) count(name string, value any) {
	n, ok := number(value)
	if _, isText := value.(string); !ok || isText || n < 0 {
		return
	}
	switch name {
	case "total", "totalcount", "totalresults", "totalsize", "totalitems", "totalrecords", "totalelements", "numfound", "totalhits":
		p.total = n
	case "pages", "totalpages", "pagecount", "lastpage", "totalpagecount", "pagestotal", "numpages":
		p.pages = n
	case "page", "currentpage", "pagenumber", "pageno", "pageindex":
		p.number = n
	case "number":
		p.bare = n
	case "limit", "pagesize", "perpage", "maxresults", "itemsperpage", "resultsperpage":
		p.size = n
	case "offset", "skip", "startat", "start", "startindex", "startposition":
		p.start = n
	}
}

// leadsOn reports whether the result says where the next page is.
func (p facts) leadsOn() bool {
	return slices.ContainsFunc(p.leads, func(l lead) bool { return l.exact && l.text != "" })
}

// number reads a whole number, also from a text.
func number(value any) (int, bool) {
	switch value := value.(type) {
	case json.Number:
		n, err := strconv.Atoi(value.String())
		return n, err == nil
	case string:
		n, err := strconv.Atoi(value)
		return n, err == nil
	case int:
		return value, true
	case float64:
		return int(value), value == float64(int(value))
	}
	return 0, false
}

// text is a word or a number as a text.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case int:
		return strconv.Itoa(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return ""
}
