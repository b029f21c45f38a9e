package notion

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// outline is the seeded workspace. Indentation, two spaces a level, is the tree; the first sign of a line says what it is:
//
//	"# " page, "% " database: icon, title | author | days since the last edit [| private]
//	": " the columns of the database above, "+ " a row of it
//	"@ " a comment on the page above; every other sign is a block, see blockSigns
//
//go:embed outline.txt
var outline string

// seedDay is "today" of the seeded content: fixed, so that answers are the same on every day.
func seedDay() time.Time { return time.Date(2025, time.November, 20, 16, 0, 0, 0, time.UTC) }

func blockSigns() map[string]string {
	return map[string]string{
		">": "paragraph", "-": "bulleted_list_item", "1.": "numbered_list_item", "2.": "numbered_list_item",
		"3.": "numbered_list_item", "!": "heading_2", "[ ]": "to_do", "[x]": "to_do", "\"": "quote", "$": "code",
		"*": "callout", "^": "toggle",
	}
}

// planter reads the outline line by line; open[i] is the node that lines of level i stand under.
type planter struct {
	w     *Workspace
	open  []*node
	lines int
	rows  map[string]string // ids of rows by title, for relations
}

func seedPeople() []person {
	return []person{
		{handle: "olive", name: "Olive Hart", email: "olive@harbourpine.example"},
		{handle: "robin", name: "Robin Akers", email: "robin@harbourpine.example"},
		{handle: "priya", name: "Priya Nair", email: "priya@harbourpine.example"},
		{handle: "tomas", name: "Tomás Vidal", email: "tomas@harbourpine.example"},
		{handle: "mei", name: "Mei Tanaka", email: "mei@harbourpine.example"},
		{handle: "jonas", name: "Jonas Berg", email: "jonas@harbourpine.example"},
		{handle: "bot", name: "Alloy", bot: true},
	}
}

// plant fills an empty workspace. The outline is part of the program: a fault in it is a panic at the start.
func (w *Workspace) plant() {
	for _, p := range seedPeople() {
		p.id = w.newID()
		w.people = append(w.people, &p)
	}
	p := &planter{w: w, rows: map[string]string{}}
	for line := range strings.Lines(outline) {
		line = strings.TrimRight(line, "\n")
		text := strings.TrimLeft(line, " ")
		if text == "" {
			continue
		}
		p.lines++
		if err := p.line((len(line)-len(text))/2, text); err != nil {
			panic(fmt.Sprintf("outline line %q: %v", line, err))
		}
	}
}

func (p *planter) line(level int, text string) error {
	if level > len(p.open) {
		return fmt.Errorf("indented too far")
	}
	p.open = p.open[:level]
	sign, rest, _ := strings.Cut(text, " ")
	if sign == "[" { // "[ ] text"
		sign, rest = "[ ]", strings.TrimPrefix(rest, "] ")
	}
	switch sign {
	case "#", "%":
		return p.titled(sign, rest)
	case ":":
		return p.columns(rest)
	case "+":
		return p.row(rest)
	case "@":
		return p.comment(rest)
	}
	kind, known := blockSigns()[sign]
	if !known {
		return fmt.Errorf("sign %q", sign)
	}
	content := object{"rich_text": plainText(rest)}
	if sign == "[x]" {
		content["checked"] = true
	}
	n := p.fresh(kindBlock, p.open[level-1].editedBy, p.open[level-1].edited)
	n.blockType = kind
	n.content = p.complete(kind, content)
	return p.place(n)
}

func (p *planter) complete(kind string, content object) object {
	rich := content["rich_text"]
	delete(content, "rich_text")
	out, err := completeContent("", kind, content, object{"rich_text": rich})
	if err != nil {
		panic(err) // only rich text of a request can be wrong
	}
	return out
}

// fresh makes a node under the deepest open one.
func (p *planter) fresh(k kind, author string, edited time.Time) *node {
	n := &node{id: p.w.newID(), kind: k, createdBy: author, editedBy: author, edited: edited}
	if len(p.open) > 0 {
		n.parent = p.open[len(p.open)-1].id
	}
	n.created = edited.Add(-time.Duration(20+p.lines%90) * 24 * time.Hour)
	return n
}

func (p *planter) place(n *node) error {
	p.open = append(p.open, n)
	return p.w.insert(n, -1)
}

// titled reads a page or database.
func (p *planter) titled(sign, rest string) error {
	fields := strings.Split(rest, "|")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	if len(fields) < 3 {
		return fmt.Errorf("wants title | author | days")
	}
	days, err := strconv.Atoi(fields[2])
	if err != nil {
		return err
	}
	author := p.w.personByHandle(fields[1]).id
	edited := seedDay().AddDate(0, 0, -days).Add(-time.Duration(p.lines) * time.Minute)
	icon, title := splitIcon(fields[0])
	n := p.fresh(kindPage, author, edited)
	n.icon = icon
	n.private = len(fields) > 3 && fields[3] == "private"
	if sign == "%" {
		n.kind, n.title, n.description, n.dataSource = kindDatabase, plainText(title), []any{}, p.w.newID()
	} else {
		n.props = object{"title": object{"id": "title", "type": "title", "title": plainText(title)}}
	}
	return p.place(n)
}

func splitIcon(text string) (icon any, title string) {
	first, rest, found := strings.Cut(text, " ")
	if r, _ := utf8.DecodeRuneInString(first); found && unicode.Is(unicode.So, r) {
		return object{"type": "emoji", "emoji": first}, rest
	}
	return nil, text
}

// columns reads "Name=type(option;option), …".
func (p *planter) columns(text string) error {
	db := p.open[len(p.open)-1]
	db.props = object{}
	for column := range strings.SplitSeq(text, ", ") {
		name, kind, found := strings.Cut(column, "=")
		if !found {
			return fmt.Errorf("column %q", column)
		}
		kind, options, _ := strings.Cut(strings.TrimSuffix(kind, ")"), "(")
		var list []string
		if options != "" {
			list = strings.Split(options, ";")
		}
		db.props[name] = newSchema(db.id, name, kind, list)
	}
	return nil
}

// row reads "title | Column=value | …" and gives the row a line of text.
func (p *planter) row(text string) error {
	db := p.open[len(p.open)-1]
	fields := strings.Split(text, " | ")
	title := fields[0]
	n := p.fresh(kindPage, db.editedBy, db.edited.Add(-time.Duration(p.lines*7)*time.Minute))
	n.props = object{}
	a := &ask{Caller: Caller{Version: newVersion}}
	for name, s := range db.props {
		if asObject(s)["type"] == "title" {
			n.props[name] = object{"id": "title", "type": "title", "title": plainText(title)}
		}
	}
	for _, field := range fields[1:] {
		name, value, _ := strings.Cut(field, "=")
		schema := asObject(db.props[name])
		if schema == nil {
			return fmt.Errorf("no column %q", name)
		}
		kind, _ := schema["type"].(string)
		raw, err := p.seedValue(kind, value)
		if err != nil {
			return err
		}
		stored, err := p.w.readValue(a, db.id, name, schema, object{kind: raw})
		if err != nil {
			return err
		}
		n.props[name] = stored
	}
	p.rows[title] = n.id
	return p.place(n)
}

// seedValue writes a value of the outline as a request would.
func (p *planter) seedValue(kind, value string) (any, error) {
	list := func(one func(string) object) []any {
		var out []any
		for item := range strings.SplitSeq(value, ";") {
			out = append(out, one(item))
		}
		return out
	}
	switch kind {
	case "rich_text":
		return []any{object{"text": object{"content": value}}}, nil
	case "number":
		return strconv.ParseFloat(value, 64)
	case "checkbox":
		return value == "yes", nil
	case "select", "status":
		return object{"name": value}, nil
	case "multi_select":
		return list(func(item string) object { return object{"name": item} }), nil
	case "people":
		return list(func(item string) object { return object{"id": p.w.personByHandle(item).id} }), nil
	case "relation":
		return list(func(item string) object { return object{"id": p.rows[item]} }), nil
	case "date":
		return object{"start": value}, nil
	}
	return value, nil
}

func (p *planter) comment(text string) error {
	handle, words, _ := strings.Cut(text, ": ")
	on := p.open[len(p.open)-1]
	p.w.comments = append(p.w.comments, &comment{
		id: p.w.newID(), discussion: p.w.newID(), parent: on.id, author: p.w.personByHandle(handle).id,
		at: on.edited, text: plainText(words),
	})
	return nil
}
