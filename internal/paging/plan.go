package paging

import (
	"encoding/json"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Arg is an argument of an action: its name and its JSON type, which may be empty.
type Arg struct{ Name, Type string }

// Style is a way of asking for the next page.
type Style string

// The styles.
const (
	Cursor Style = "cursor" // a word of the last result is passed back
	Link   Style = "link"   // the query of a link of the last result is passed back
	LastID Style = "last_id"
	Offset Style = "offset"
	Page   Style = "page"
)

// Plan asks for one page after the other. It remembers what it asked for, so it
// serves one walk through the pages.
type Plan struct {
	args  []Arg
	style Style
	first int // elements of the first page
	zero  int // 1 where the first page has the number 0, so that the last one's is one less
	asked []string
	short bool // the last page has fewer records than were asked for, and nothing else ended the walk
}

// NewPlan is a plan for an action with these arguments.
func NewPlan(args []Arg) *Plan { return &Plan{args: args, first: -1} }

// Next returns the arguments of the page behind result, which args brought. Where
// there is none, more is false, and reason is End, Loop or NoPaging.
func (p *Plan) Next(args map[string]any, result any) (next map[string]any, more bool, reason Reason) {
	page := read(result)
	if p.first < 0 {
		p.first = len(page.list)
		p.asked = append(p.asked, p.mark(args))
	}
	next, reason = p.after(args, page)
	if next == nil {
		return nil, false, reason
	}
	mark := p.mark(next)
	if slices.Contains(p.asked, mark) {
		return nil, false, Loop
	}
	p.asked = append(p.asked, mark)
	return next, true, ""
}

// mark is what tells one page's arguments from another's.
func (p *Plan) mark(args map[string]any) string {
	text, err := json.Marshal(args)
	if err != nil {
		return ""
	}
	return string(text)
}

// after tries the styles, the one with the strongest evidence first, and later
// only the one that was found.
func (p *Plan) after(args map[string]any, page facts) (map[string]any, Reason) {
	for _, try := range []struct {
		style Style
		next  func(map[string]any, facts) map[string]any
	}{{Cursor, p.cursor}, {Link, p.link}, {LastID, p.lastID}, {Offset, p.offset}, {Page, p.page}} {
		if p.style != "" && p.style != try.style {
			continue
		}
		if page.more == no {
			break
		}
		if next := try.next(args, page); next != nil {
			p.style = try.style
			return next, ""
		}
	}
	switch {
	case p.style != "", page.more == no:
		return nil, End
	case !p.has(cursorArg) && !p.has(offsetArg) && !p.has(pageArg):
		return nil, NoPaging
	case page.more == yes || page.leadsOn():
		return nil, NoPaging
	}
	return nil, End
}

func (p *Plan) has(k kind) bool {
	return slices.ContainsFunc(p.args, func(a Arg) bool { return kindOf(a.Name) == k })
}

// find is the argument of a kind, the first one that is named, or the only one.
func (p *Plan) find(k kind) (Arg, bool) {
	i := slices.IndexFunc(p.args, func(a Arg) bool { return kindOf(a.Name) == k })
	if i < 0 {
		return Arg{}, false
	}
	return p.args[i], true
}

// promisesMore reports whether a result says that it is not all.
func (p *Plan) promisesMore(result any) bool {
	page := read(result)
	return page.more == yes || page.leadsOn() || page.total > len(page.list) && page.total > 0
}

// cursor passes back the word that fits an argument best.
func (p *Plan) cursor(args map[string]any, page facts) map[string]any {
	best, arg, word := 0, Arg{}, ""
	for _, l := range page.leads {
		if l.text == "" || l.link && !strings.HasPrefix(l.text, "/") {
			continue
		}
		if !l.exact && len(page.list) == 0 {
			continue
		}
		for _, a := range p.args {
			// What only repeats the argument leads nowhere.
			if score := fit(l, a); score > best && (l.exact || text(args[a.Name]) != l.text) {
				best, arg, word = score, a, l.text
			}
		}
	}
	if best == 0 {
		return nil
	}
	return with(args, arg, word)
}

// fit says how well a lead fits an argument, 0 for not at all.
func fit(l lead, a Arg) int {
	name := plainName(a.Name)
	if l.name == "offset" && name == "offset" && !isNumber(l.text) {
		return 3
	}
	k := kindOf(a.Name)
	if l.link && (name != "nextrecordsurl" || l.name != name) {
		return 0
	}
	switch {
	case k == cursorArg && l.name == name:
		return 5 + bonus(l)
	case k == cursorArg && root(l.name) == root(name):
		return 4 + bonus(l)
	case k == pageArg && root(l.name) == "page" && l.exact && isNumber(l.text), k == offsetArg && root(l.name) == "offset" && l.exact:
		return 4
	case k == pageArg && l.name == "next" && isNumber(l.text):
		return 1
	case k == cursorArg && root(l.name) != "page" && root(l.name) != "offset":
		return 2 + bonus(l)
	}
	return 0
}

func bonus(l lead) int {
	if l.exact {
		return 1
	}
	return 0
}

// link passes back the arguments that the link to the next page has in its query.
func (p *Plan) link(args map[string]any, page facts) map[string]any {
	for _, l := range page.leads {
		if !l.link || !l.exact {
			continue
		}
		u, err := url.Parse(l.text)
		if err != nil {
			continue
		}
		next, turned := maps.Clone(args), false
		if next == nil {
			next = make(map[string]any)
		}
		for name, values := range u.Query() {
			i := slices.IndexFunc(p.args, func(a Arg) bool { return a.Name == name })
			if i < 0 {
				i = slices.IndexFunc(p.args, func(a Arg) bool { return plainName(a.Name) == plainName(name) })
			}
			// What the caller chose stays; only where the page begins changes.
			if i < 0 || len(values) != 1 || !turns(p.args[i].Name) {
				continue
			}
			if text(args[p.args[i].Name]) != values[0] {
				turned = true
			}
			next[p.args[i].Name] = typed(p.args[i], values[0])
		}
		if !turned && u.RawQuery == "" {
			// Salesforce names the rest of a query in the path of its link.
			if a, ok := p.find(cursorArg); ok && strings.HasSuffix(plainName(a.Name), "locator") {
				next[a.Name], turned = path.Base(u.Path), true
			}
		}
		if turned {
			return next
		}
	}
	return nil
}

// turns reports whether an argument says where a page begins.
func turns(arg string) bool {
	k := kindOf(arg)
	return k == cursorArg || k == pageArg || k == offsetArg
}

// lastID asks for what is behind the last record, as Stripe does, where the app
// says that there is more.
func (p *Plan) lastID(args map[string]any, page facts) map[string]any {
	i := slices.IndexFunc(p.args, func(a Arg) bool { return plainName(a.Name) == "startingafter" })
	if i < 0 || page.more != yes || len(page.list) == 0 {
		return nil
	}
	record, ok := page.list[len(page.list)-1].(map[string]any)
	if !ok || text(record["id"]) == "" {
		return nil
	}
	return with(args, p.args[i], text(record["id"]))
}

// offset asks for what is behind as many records as there were.
func (p *Plan) offset(args map[string]any, page facts) map[string]any {
	arg, ok := p.find(offsetArg)
	if !ok || !page.hasList || len(page.list) == 0 || p.ends(args, page) {
		return nil
	}
	now, known := number(args[arg.Name])
	if !known {
		now = page.start
	}
	if page.total >= 0 && now+len(page.list) >= page.total+min(page.start, 1)*first(arg.Name) {
		return nil
	}
	return with(args, arg, strconv.Itoa(now+len(page.list)))
}

// first is the number of the first record where an app counts from 1, as SCIM does.
func first(arg string) int {
	if name := plainName(arg); name == "startindex" || name == "startposition" {
		return 1
	}
	return 0
}

// page asks for the page behind the current one.
func (p *Plan) page(args map[string]any, page facts) map[string]any {
	arg, ok := p.find(pageArg)
	if !ok || !page.hasList || len(page.list) == 0 {
		return nil
	}
	now, known := number(args[arg.Name])
	switch {
	case known:
	case page.number >= 0:
		now = page.number
	default:
		now = 1
	}
	if page.number == 0 && len(p.asked) == 1 {
		p.zero = 1
	}
	switch {
	case page.pages >= 0:
		if now+p.zero >= page.pages {
			return nil
		}
	case p.ends(args, page):
		return nil
	}
	return with(args, arg, strconv.Itoa(now+1))
}

// ends reports whether a page has fewer records than were asked for, where nothing
// says that there are more.
func (p *Plan) ends(args map[string]any, page facts) bool {
	if page.more == yes {
		return false
	}
	size := page.size
	if arg, ok := p.find(limitArg); ok {
		if n, ok := number(args[arg.Name]); ok && (size <= 0 || n < size) {
			size = n
		}
	}
	if size > 0 {
		p.short = len(page.list) < size
	} else {
		p.short = page.total < 0 && len(page.list) < p.first
	}
	return p.short
}

// full reports whether a page of n records has as many as were asked for.
func (p *Plan) full(args map[string]any, n int) bool {
	arg, ok := p.find(limitArg)
	if !ok || n == 0 {
		return false
	}
	limit, known := number(args[arg.Name])
	return known && n >= limit
}

// with are the arguments with one of them changed.
func with(args map[string]any, arg Arg, value string) map[string]any {
	next := maps.Clone(args)
	if next == nil {
		next = make(map[string]any)
	}
	next[arg.Name] = typed(arg, value)
	return next
}

// typed is a text as the argument's type has it.
func typed(arg Arg, value string) any {
	switch arg.Type {
	case "string":
		return value
	case "integer", "number":
		if isNumber(value) {
			return json.Number(value)
		}
		return value
	}
	if k := kindOf(arg.Name); (k == pageArg || k == offsetArg) && isNumber(value) {
		return json.Number(value)
	}
	return value
}
