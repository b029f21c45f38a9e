package alloy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Notion demands a version of its API in a header (official). NotionVersion is the
// one that Alloy's Notion action ids belong to (a guess from their names).
const (
	NotionVersionHeader = "Notion-Version"
	NotionVersion       = "2022-06-28"
)

// What the search of Notion is called in Alloy's catalogue (observed).
const (
	notionConnector  = "notion"
	notionSearch     = "post-search"
	notionSplit      = "2025-09-03" // from here on databases are searched as data sources (official)
	maxNotionResults = 100
)

// NotionSearch asks for pages and databases by title.
type NotionSearch struct {
	// CredentialID names the Notion connection; it may be empty where the
	// user has exactly one.
	CredentialID string
	Query        string // matched against titles only; "" finds everything shared
	// Object is "page", "database" or "data_source" to find only those. The
	// last two mean the same; the one that Version knows is sent.
	Object string
	// Order is "ascending" or "descending", by the time of the last edit;
	// "" leaves it to Notion.
	Order       string
	StartCursor string // NextCursor of the page of results before
	PageSize    int    // 1 to 100; 0 leaves it to Notion
	Version     string // the header Notion-Version; "" means 2022-06-28
}

// NotionItem is one page or database.
type NotionItem struct {
	ID         string
	Object     string // "page", "database" or "data_source"
	Title      string // "" for an untitled one
	URL        string
	ParentType string // such as "page_id" or "workspace"
	ParentID   string // "" in the workspace
	CreatedAt  time.Time
	EditedAt   time.Time
	Archived   bool
}

// NotionSearchResult is one page of results.
type NotionSearchResult struct {
	Items      []NotionItem
	NextCursor string // "" where HasMore is false
	HasMore    bool
	Data       json.RawMessage // Notion's answer in full
}

// SearchNotion finds pages and databases that are shared with the user's
// Notion connection. What was shared or made a moment ago may be missing (official).
func (u *UserClient) SearchNotion(ctx context.Context, s NotionSearch) (NotionSearchResult, error) {
	k := &call{op: "search Notion", user: u.user, connector: notionConnector}
	if err := u.ready(k.op); err != nil {
		return NotionSearchResult{}, err
	}
	fail := func(e *Error) (NotionSearchResult, error) { return NotionSearchResult{}, finish(e, k, &scrubber{}) }
	body, err := s.body()
	if err != nil {
		return fail(&Error{Kind: KindInvalidInput, Outcome: OutcomeNotSent, Message: err.Error()})
	}
	if s.CredentialID == "" {
		if s.CredentialID, err = u.onlyNotion(ctx, k); err != nil {
			return NotionSearchResult{}, err
		}
	}
	result, err := u.Execute(ctx, Execution{
		ConnectorID: notionConnector, ActionID: notionSearch, CredentialID: s.CredentialID, Effect: EffectRead,
		RequestBody: body, AdditionalHeaders: map[string]string{NotionVersionHeader: s.version()},
	})
	if err != nil {
		return NotionSearchResult{}, err
	}
	found, failure := decodeNotion(result.Data)
	if failure != nil {
		return fail(failure)
	}
	return found, nil
}

// onlyNotion returns the user's Notion connection where there is exactly one.
func (u *UserClient) onlyNotion(ctx context.Context, k *call) (string, error) {
	all, err := u.ConnectorCredentials(ctx, notionConnector)
	switch {
	case err != nil:
		return "", err
	case len(all) == 0:
		return "", finish(&Error{
			Kind: KindCredentialNotFound, Outcome: OutcomeNotSent, Message: "the user has no Notion connection", Advice: "Connect Notion first.",
		}, k, &scrubber{})
	case len(all) > 1:
		names := make([]string, 0, len(all))
		for _, c := range all {
			names = append(names, label(c.ID)+" ("+label(c.Name)+")")
		}
		return "", finish(&Error{
			Kind: KindInvalidInput, Outcome: OutcomeNotSent, Message: "the user has several Notion connections: " + strings.Join(names[:min(len(names), 20)], ", "),
			Advice: "Name one of them.",
		}, k, &scrubber{})
	}
	return all[0].ID, nil
}

func (s *NotionSearch) version() string {
	if s.Version == "" {
		return NotionVersion
	}
	return s.Version
}

// body builds Notion's request; the cursor belongs inside it.
func (s *NotionSearch) body() (map[string]any, error) {
	body := map[string]any{}
	if s.Query != "" {
		body["query"] = s.Query
	}
	switch s.Object {
	case "":
	case "page", "database", "data_source":
		object := s.Object
		if object != "page" {
			object = "database"
			if s.version() >= notionSplit {
				object = "data_source"
			}
		}
		body["filter"] = map[string]string{"property": "object", "value": object}
	default:
		return nil, fmt.Errorf("%s is not an object to search for: use page, database or data_source", label(s.Object))
	}
	switch s.Order {
	case "":
	case "ascending", "descending":
		body["sort"] = map[string]string{"timestamp": "last_edited_time", "direction": s.Order}
	default:
		return nil, fmt.Errorf("%s is not an order: use ascending or descending", label(s.Order))
	}
	if s.PageSize < 0 || s.PageSize > maxNotionResults {
		return nil, fmt.Errorf("a page has 1 to %d results, not %d", maxNotionResults, s.PageSize)
	}
	if s.PageSize > 0 {
		body["page_size"] = s.PageSize
	}
	if s.StartCursor != "" {
		body["start_cursor"] = s.StartCursor
	}
	return body, nil
}

type notionRow struct {
	Object         looseText
	ID             looseText
	URL            looseText
	Title          []notionText
	Properties     map[string]notionProperty
	Parent         map[string]json.RawMessage
	CreatedTime    looseTime `json:"created_time"`
	LastEditedTime looseTime `json:"last_edited_time"`
	Archived       looseText
	InTrash        looseText `json:"in_trash"`
}

type notionText struct {
	PlainText looseText `json:"plain_text"`
}

// notionProperty keeps the title of a page; other properties have other shapes.
type notionProperty struct{ title []notionText }

// UnmarshalJSON never fails: only the property of type title matters here.
func (p *notionProperty) UnmarshalJSON(b []byte) error {
	var row struct {
		Type  looseText
		Title json.RawMessage
	}
	if json.Unmarshal(b, &row) == nil && row.Type == "title" && json.Unmarshal(row.Title, &p.title) != nil {
		p.title = nil
	}
	return nil
}

func (r *notionRow) item() NotionItem {
	item := NotionItem{
		ID: string(r.ID), Object: string(r.Object), URL: string(r.URL), CreatedAt: time.Time(r.CreatedTime), EditedAt: time.Time(r.LastEditedTime),
		Archived: r.Archived == "true" || r.InTrash == "true", Title: plainText(r.Title),
		ParentType: asText(r.Parent["type"]),
	}
	item.ParentID = asText(r.Parent[item.ParentType])
	for _, property := range r.Properties {
		if item.Title == "" {
			item.Title = plainText(property.title)
		}
	}
	return item
}

func plainText(parts []notionText) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteString(string(part.PlainText))
	}
	return b.String()
}

func decodeNotion(data json.RawMessage) (NotionSearchResult, *Error) {
	a := &answer{body: data}
	var list struct {
		Results    []notionRow
		NextCursor looseText `json:"next_cursor"`
		HasMore    looseText `json:"has_more"`
	}
	object := nestedObject(data)
	if !isArray(object["results"]) {
		return NotionSearchResult{}, strangeEnvelope(a, object, "results")
	}
	if err := json.Unmarshal(data, &list); err != nil {
		e := strangeEnvelope(a, object, "results")
		e.Message = "Notion's results have an unknown shape"
		return NotionSearchResult{}, e
	}
	result := NotionSearchResult{
		Items: make([]NotionItem, 0, len(list.Results)), NextCursor: string(list.NextCursor), HasMore: list.HasMore == "true", Data: data,
	}
	for i := range list.Results {
		if item := list.Results[i].item(); item.ID != "" {
			result.Items = append(result.Items, item)
		}
	}
	if len(result.Items) == 0 && len(list.Results) > 0 {
		return NotionSearchResult{}, strangeEnvelope(a, object, "results with ids")
	}
	return result, nil
}
