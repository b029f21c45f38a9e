package tools

import (
	"encoding/json"
	"errors"
	"fmt"
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
	Results    []json.RawMessage `json:"results"`
	NextCursor string            `json:"next_cursor"`
	HasMore    bool              `json:"has_more"`
}

// readNotionList decodes Notion's answer. A body without results is an error:
// it must not look like an empty list.
func readNotionList(data json.RawMessage) (notionList, error) {
	var list notionList
	if err := json.Unmarshal(data, &list); err != nil {
		return notionList{}, errors.New("it is not an object with a list of results")
	}
	if list.Results == nil {
		var keys map[string]json.RawMessage
		_ = json.Unmarshal(data, &keys) // it was an object a moment ago
		return notionList{}, fmt.Errorf("it has no results, but these keys: %s", clean(strings.Join(sortedKeys(keys), ", "), 200))
	}
	return list, nil
}

// compact shortens one page, database or data source.
func compact(raw json.RawMessage) notionRow {
	var object struct {
		Object     string                     `json:"object"`
		ID         string                     `json:"id"`
		URL        string                     `json:"url"`
		Edited     string                     `json:"last_edited_time"`
		Parent     map[string]any             `json:"parent"`
		Title      json.RawMessage            `json:"title"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(raw, &object) != nil {
		return notionRow{}
	}
	row := notionRow{
		ID: object.ID, Type: object.Object, URL: object.URL, Edited: object.Edited,
		Title: plainText(object.Title), Parent: shortParent(object.Parent),
	}
	if row.Title == "" {
		row.Title = titleProperty(object.Properties)
	}
	if row.Title == "" {
		row.Title = "(untitled)"
	}
	return row
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

// shortParent drops "type", which only repeats the name of the other key.
func shortParent(parent map[string]any) map[string]any {
	kind, _ := parent["type"].(string)
	if id, ok := parent[kind]; ok && kind != "" {
		return map[string]any{kind: id}
	}
	return parent
}
