package tools

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// notionRow is one hit, as short as a model can use it.
type notionRow struct {
	ID     string         `json:"id,omitempty"`
	Type   string         `json:"type,omitempty"`
	Title  string         `json:"title,omitempty"`
	URL    string         `json:"url,omitempty"`
	Parent map[string]any `json:"parent,omitempty"`
	Edited string         `json:"edited,omitempty"`
}

// notionList is what Notion's search answers.
type notionList struct {
	Results    []json.RawMessage
	NextCursor string
	HasMore    bool
}

// readNotionList decodes Notion's answer. A body without results is an error:
// it must not look like an empty list.
func readNotionList(data json.RawMessage) (notionList, error) {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) != nil || object == nil {
		return notionList{}, errors.New("it is not an object with a list of results")
	}
	list := notionList{NextCursor: textIn(object["next_cursor"])}
	if json.Unmarshal(object["results"], &list.Results) != nil || list.Results == nil {
		return notionList{}, fmt.Errorf("it has no list of results, but these keys: %s", clean(strings.Join(slices.Sorted(maps.Keys(object)), ", "), 200))
	}
	list.HasMore = list.NextCursor != "" || string(object["has_more"]) == "true"
	return list, nil
}

// compact shortens one page, database or data source. A field of another type
// than Notion's is left out by itself; what is no object at all is not shown.
func compact(raw json.RawMessage) (row notionRow, ok bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || object == nil {
		return notionRow{}, false
	}
	row = notionRow{
		ID: clean(textIn(object["id"]), 100), Type: clean(textIn(object["object"]), 40), URL: clean(textIn(object["url"]), 1_000),
		Edited: withoutMillis(clean(textIn(object["last_edited_time"]), 40)), Title: plainText(object["title"]),
	}
	var parent map[string]any
	if json.Unmarshal(object["parent"], &parent) == nil {
		row.Parent = shortParent(parent)
	}
	if row.Title == "" {
		var properties map[string]json.RawMessage
		_ = json.Unmarshal(object["properties"], &properties) // another type has no title
		row.Title = titleProperty(properties)
	}
	if row.Title == "" {
		row.Title = "(untitled)"
	}
	return row, true
}

// textIn returns a JSON string's text, and nothing for anything else.
func textIn(raw json.RawMessage) string {
	var text string
	_ = json.Unmarshal(raw, &text) // anything else leaves it empty
	return text
}

// withoutMillis drops the fraction of a second that Notion writes and that is
// always zero, since it rounds to the minute (official). Any other text stays.
func withoutMillis(stamp string) string {
	if seconds, ok := strings.CutSuffix(stamp, ".000Z"); ok {
		return seconds + "Z"
	}
	return stamp
}

// titleProperty finds a page's title: the one property of the type "title",
// whatever its name.
func titleProperty(properties map[string]json.RawMessage) string {
	for _, raw := range properties {
		var property struct {
			Type  string          `json:"type"`
			Title json.RawMessage `json:"title"`
		}
		if json.Unmarshal(raw, &property) == nil && property.Type == "title" {
			return plainText(property.Title)
		}
	}
	return ""
}

func plainText(rich json.RawMessage) string {
	var parts []struct {
		PlainText string `json:"plain_text"`
		Text      struct {
			Content string `json:"content"`
		} `json:"text"`
	}
	if json.Unmarshal(rich, &parts) != nil {
		return ""
	}
	var b strings.Builder
	for _, part := range parts {
		if part.PlainText != "" {
			b.WriteString(part.PlainText)
		} else {
			b.WriteString(part.Text.Content)
		}
	}
	return clean(b.String(), 200)
}

// shortParent drops "type", which only repeats the name of the other key, and all
// that Notion does not have there: texts and flags.
func shortParent(parent map[string]any) map[string]any {
	kind, _ := parent["type"].(string)
	if id, ok := parent[kind]; ok && kind != "" {
		parent = map[string]any{kind: id}
	}
	short := make(map[string]any, len(parent))
	for name, value := range parent {
		switch value := value.(type) {
		case string:
			short[clean(name, 40)] = clean(value, 100)
		case bool, nil:
			short[clean(name, 40)] = value
		}
	}
	return short
}
