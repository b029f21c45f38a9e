package notion

import (
	"crypto/sha256"
	"encoding/base64"
	"math"
	"strconv"
	"strings"
)

const maxPageSize = 100

// window is the part of a list that a caller asked for.
type window struct {
	size   int
	cursor string
}

// bodyWindow reads page_size and start_cursor from the body.
func (a *ask) bodyWindow() (window, error) { return readWindow("body", a.body) }

// queryWindow reads them from the query, where numbers may be text.
func (a *ask) queryWindow() (window, error) { return readWindow("query", a.Query) }

func readWindow(where string, from object) (window, error) {
	win := window{size: maxPageSize}
	if size, given := from["page_size"]; given && size != nil {
		n, isNumber := number(size)
		if text, isText := size.(string); isText && where == "query" {
			parsed, err := strconv.ParseFloat(text, 64)
			n, isNumber = parsed, err == nil
		}
		switch {
		case !isNumber || n != math.Trunc(n):
			return win, invalid("%s failed validation: %s.page_size should be a number, instead was `%s`.", where, where, short(size))
		case n < 1:
			return win, invalid("%s failed validation: %s.page_size should be ≥ `1`, instead was `%s`.", where, where, short(size))
		case n > maxPageSize:
			return win, invalid("%s failed validation: %s.page_size should be ≤ `100`, instead was `%s`.", where, where, short(size))
		}
		win.size = int(n)
	}
	if cursor, given := from["start_cursor"]; given && cursor != nil {
		text, isText := cursor.(string)
		if !isText || text == "" {
			return win, invalid("%s failed validation: %s.start_cursor should be a string, instead was `%s`.", where, where, short(cursor))
		}
		win.cursor = text
	}
	return win, nil
}

// number reads a JSON number.
func number(v any) (float64, bool) {
	n, isNumber := v.(float64)
	return n, isNumber
}

// cursorFor seals the id that a next page begins with together with what was asked, so that a cursor of another query,
// or one that somebody made up, is refused.
func cursorFor(question, id string) string {
	sum := sha256.Sum256([]byte(question + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(append(sum[:6:6], strings.ReplaceAll(id, "-", "")...))
}

// page cuts the window out of items and makes a list object. question tells lists apart, idOf the items of one.
func page[T any](win window, question string, items []T, idOf func(T) string, render func(T) object) (object, error) {
	start := 0
	if win.cursor != "" {
		start = -1
		for i, item := range items {
			if cursorFor(question, idOf(item)) == win.cursor {
				start = i
				break
			}
		}
		if start < 0 {
			return nil, invalid("The start_cursor provided is invalid: %s", short(win.cursor))
		}
	}
	end := min(start+win.size, len(items))
	results := make([]any, 0, end-start)
	for _, item := range items[start:end] {
		results = append(results, render(item))
	}
	list := object{"object": "list", "results": results, "next_cursor": nil, "has_more": end < len(items)}
	if end < len(items) {
		list["next_cursor"] = cursorFor(question, idOf(items[end]))
	}
	return list, nil
}
