package shape

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Grid is the form Table.
type Grid struct {
	// Columns are the dotted names of the values that the rows of this part have. A
	// value without records has a row for each of its values, in the columns key
	// and value.
	Columns []string `json:"columns"`
	// Rows have a cell for each column, null where the record has no such value.
	Rows [][]any `json:"rows"`
	// Other is what stands beside the records.
	Other any `json:"other,omitempty"`
}

// tabled makes the part that begins at the steps in another form than JSON. How
// much of the value fits is found by trying.
func (c *cutter) tabled(form Form, steps []int) (Part, error) {
	path, listed := recordsPath(c.root)
	room := c.limit - len(`{"data":}`)
	low, high := 0, 0 // what fitted, and what did not
	var best Part
	for range maxTries {
		c.known = c.fresh(c.limit)
		part, err := c.cutTo(room, steps)
		if err != nil {
			return Part{}, err
		}
		part.Data = present(form, part, path, listed)
		w := part.width()
		if w <= c.limit {
			low, best = room, part
			if !part.Truncated || w > c.limit*4/5 || high == 0 && room >= c.limit*maxGrowth {
				return best, nil
			}
		} else {
			if room <= minRoom {
				return Part{}, fmt.Errorf("a part of %d characters is too small for the value", c.limit)
			}
			high = room
		}
		room = nextRoom(room, c.limit, w, low, high)
		if low > 0 && room <= low {
			break
		}
	}
	if low == 0 {
		return c.least(form, steps, path, listed)
	}
	return best, nil
}

// Limits of the search for the room that fills a part.
const (
	maxTries  = 7
	maxGrowth = 4
)

// nextRoom goes by how much wider the form is, and keeps between what is known.
func nextRoom(room, limit, w, low, high int) int {
	next := room * limit / w * 19 / 20
	if high > 0 && next >= high {
		next = (low + high) / 2
	}
	if next <= low {
		next = low + (high-low)/2
	}
	return min(max(next, minRoom), limit*maxGrowth)
}

// least is the smallest part.
func (c *cutter) least(form Form, steps []int, path []string, listed bool) (Part, error) {
	c.known = c.fresh(0)
	part, err := c.cutTo(minRoom, steps)
	if err != nil {
		return Part{}, err
	}
	part.Data = present(form, part, path, listed)
	if part.width() > c.limit {
		return Part{}, fmt.Errorf("a part of %d characters is too small for the value", c.limit)
	}
	return part, nil
}

// present shows the data of a part in a form. Where it is not the beginning of the
// whole value, the records are not where the path leads.
func present(form Form, part Part, path []string, listed bool) any {
	grid := Grid{Columns: []string{"key", "value"}, Rows: keyed(part.Data)}
	if listed && part.At == "" {
		list, other := takeOut(part.Data, path)
		grid = gridOf(list)
		grid.Other = other
	}
	if form == Markdown {
		return grid.markdown()
	}
	return grid
}

// recordsPath leads to the list with the most records, by the names that are
// shown; a value that is a list is that list.
func recordsPath(root node) (path []string, ok bool) {
	if _, ok := root.value.([]any); ok {
		return nil, true
	}
	most := 0
	var look func(n node, at []string)
	look = func(n node, at []string) {
		switch value := n.value.(type) {
		case []any:
			if len(value) > most {
				if _, isRecord := value[0].(map[string]any); isRecord {
					most, path, ok = len(value), slices.Clone(at), true
				}
			}
		case map[string]any:
			if len(at) < maxRecordsDepth {
				entries := selected(value, n.sel)
				slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
				for _, e := range entries {
					look(child(e, n), append(at[:len(at):len(at)], e.name))
				}
			}
		}
	}
	look(root, nil)
	return path, ok
}

// maxRecordsDepth is how deep in objects records are looked for.
const maxRecordsDepth = 4

// takeOut is the list at the path, and the value without it, nil if nothing is left.
func takeOut(value any, path []string) (list []any, other any) {
	if len(path) == 0 {
		list, _ = value.([]any)
		return list, nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, value
	}
	rest := make(map[string]any, len(object))
	for key, inner := range object {
		if key != path[0] {
			rest[key] = inner
			continue
		}
		var left any
		if list, left = takeOut(inner, path[1:]); left != nil {
			rest[key] = left
		}
	}
	if len(rest) == 0 {
		return list, nil
	}
	return list, rest
}

// gridOf has a row for each record.
func gridOf(list []any) Grid {
	g := Grid{Columns: []string{}, Rows: make([][]any, 0, len(list))}
	index := make(map[string]int)
	for _, record := range list {
		row := make([]any, len(g.Columns))
		for _, c := range flat(record) {
			i, ok := index[c.name]
			if !ok {
				i = len(g.Columns)
				index[c.name] = i
				g.Columns = append(g.Columns, c.name)
			}
			for len(row) <= i {
				row = append(row, nil)
			}
			row[i] = c.value
		}
		g.Rows = append(g.Rows, row)
	}
	for i, row := range g.Rows {
		g.Rows[i] = append(row, make([]any, len(g.Columns)-len(row))...)
	}
	return g
}

// keyed has a row for each value that is no object.
func keyed(value any) [][]any {
	rows := [][]any{}
	if list, ok := value.([]any); ok {
		for _, element := range list {
			for _, c := range flat(element) {
				rows = append(rows, []any{c.name, c.value})
			}
		}
		return rows
	}
	for _, c := range flat(value) {
		rows = append(rows, []any{c.name, c.value})
	}
	return rows
}

// cell is a value of a record and its dotted name.
type cell struct {
	name  string
	value any
}

// flat are the values of a record, in the order of their names; what is no record
// is called value. Where two names are alike, the later one is numbered.
func flat(record any) []cell {
	object, ok := record.(map[string]any)
	if !ok {
		return []cell{{"value", single(record)}}
	}
	var cells []cell
	taken := make(map[string]bool)
	var add func(object map[string]any, prefix string)
	add = func(object map[string]any, prefix string) {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			name := join(prefix, key)
			if inner, ok := object[key].(map[string]any); ok && len(inner) > 0 {
				add(inner, name)
				continue
			}
			for unique, n := name, 2; taken[name]; n++ {
				name = fmt.Sprintf("%s (%d)", unique, n)
			}
			taken[name] = true
			cells = append(cells, cell{name, single(object[key])})
		}
	}
	add(object, "")
	return cells
}

// single is a value in one cell: a list of words and numbers is joined where that
// is clear, and everything else that is nested is its JSON.
func single(value any) any {
	list, ok := value.([]any)
	if _, isObject := value.(map[string]any); !ok && !isObject {
		return value
	}
	words := make([]string, 0, len(list))
	for _, element := range list {
		switch element := element.(type) {
		case string:
			if element != "" && !strings.ContainsAny(element, ",\n") {
				words = append(words, element)
			}
		case json.Number:
			words = append(words, element.String())
		}
	}
	if len(words) > 0 && len(words) == len(list) {
		return strings.Join(words, ", ")
	}
	text, err := encode(value)
	if err != nil {
		return nil
	}
	return string(text)
}
