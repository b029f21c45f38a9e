package tools

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/shape"
)

const (
	notion       = "notion"
	searchAction = "post-search"
)

// notionSearchOwn are our arguments beside Alloy's.
type notionSearchOwn struct {
	ConnectionID string   `json:"connection_id,omitempty" jsonschema_description:"Which account, if there are several."`
	Fields       []string `json:"fields,omitempty" jsonschema_description:"Paths to keep, e.g. results[].id."`
	Raw          bool     `json:"raw,omitempty" jsonschema_description:"Notion's own JSON."`
}

type notionSearchOut struct {
	Results    []notionRow `json:"results,omitzero"`
	NextCursor string      `json:"next_cursor,omitempty"`
	HasMore    *bool       `json:"has_more,omitempty"`
	Truncated  bool        `json:"truncated,omitempty"`
	Total      int         `json:"total,omitempty"`
	Returned   int         `json:"returned,omitempty"`
	RequestID  string      `json:"request_id,omitempty"`
	Hint       string      `json:"hint,omitempty"`
	Next       *Next       `json:"next,omitempty" jsonschema:"-"`
}

// searchWords are our words for Alloy's parameters; nothing of upstream's text
// is in a tool that every model reads.
func searchWords() map[string]string {
	return map[string]string{
		"query":           "Words of a title.",
		"filter":          "Only one kind.",
		"filter.property": "Always object.",
		"filter.value":    "The kind.",
		"sort":            "Default: latest first.",
		"sort.timestamp":  "Always last_edited_time.",
		"sort.direction":  "ascending or descending.",
		"start_cursor":    "next_cursor of the last answer.",
		"page_size":       "1 to 100; default 25.",
	}
}

// definition makes the tool from the pinned action. Its arguments are checked
// in run, against the live action where that is known.
func (n *notionSearch) definition() (definition, error) {
	tool, err := withOutput[notionSearchOut](Tool{
		Name:  "notion_search",
		Title: "Search Notion",
		Description: "Searches the titles (not the text) of Notion pages and databases shared with the integration; " +
			"without query, lists the latest edited.",
		Hints:       Hints{ReadOnly: true, Idempotent: true, OpenWorld: true},
		InputSchema: n.pinned.schema.Schema().JSON(),
	})
	return definition{
		Tool:  tool,
		check: func(args map[string]any) (map[string]any, error) { return args, nil },
		run:   runNotionSearch,
	}, err
}

// search is one call of the tool, checked and split.
type search struct {
	own      notionSearchOwn
	args     map[string]any // as the caller gave them
	body     map[string]any
	headers  map[string]string
	filtered bool // query or filter leave something out
}

func runNotionSearch(ctx context.Context, s *Set, args map[string]any) (any, error) {
	call, err := s.search.prepare(ctx, args)
	if err != nil {
		return nil, err
	}
	list, data, account, err := s.searchNotion(ctx, call.own.ConnectionID, call)
	if err != nil {
		return nil, err
	}
	if call.own.Raw {
		return s.showHits(ctx, call, account, data)
	}
	out := compactAnswer(list)
	text, err := marshal(out)
	if err != nil {
		return nil, err
	}
	shown, err := s.showHits(ctx, call, account, text)
	if err != nil && call.own.Fields != nil { // what is not in the short form may be in Notion's
		if raw, rawErr := s.showHits(ctx, call, account, data); rawErr == nil {
			return raw, nil
		}
	}
	if err != nil || shown["truncated"] == true {
		return shown, err
	}
	s.leadOn(ctx, call, account, &out)
	if call.own.Fields == nil {
		return out, nil
	}
	if out.Hint != "" {
		shown["hint"] = out.Hint
	}
	if out.Next != nil {
		shown["next"] = out.Next
	}
	return shown, nil
}

// leadOn says what to do next: read the first hit, or find out why there is none.
func (s *Set) leadOn(ctx context.Context, call search, account accounts.Account, out *notionSearchOut) {
	switch {
	case len(out.Results) > 0 && out.Results[0].ID != "":
		next := readNext(out.Results[0])
		if call.own.ConnectionID != "" {
			next.Arguments["connection_id"] = account.ID
		}
		if s.offersNext(ctx, next) {
			out.Next = next
		}
	case len(out.Results) == 0 && !*out.HasMore && call.body["start_cursor"] == nil:
		out.Hint = s.whyNothing(ctx, account, call)
	}
}

func (s *Set) searchNotion(ctx context.Context, connectionID string, call search) (notionList, json.RawMessage, accounts.Account, error) {
	result, account, err := s.execute(ctx, run{
		connectorID: notion, actionID: searchAction, connectionID: connectionID,
		effect: alloy.EffectRead, headers: call.headers, body: call.body, args: call.body,
	})
	if err != nil {
		return notionList{}, nil, account, err
	}
	list, err := readNotionList(result.Data)
	if err != nil {
		return notionList{}, nil, account, &Error{
			Code: CodeUpstreamError, Message: "Notion's answer cannot be read: " + sentence(err.Error()),
			Hint: "Try again; if it stays, whoever runs the server runs `alloy-mcp doctor`.",
		}
	}
	return list, result.Data, account, nil
}

// whyNothing tells two kinds of empty answer apart, with one more read where the
// search left something out: nothing matches, or nothing is shared at all.
func (s *Set) whyNothing(ctx context.Context, account accounts.Account, call search) string {
	if call.filtered {
		probe := search{headers: call.headers, body: map[string]any{"page_size": 1}}
		list, _, _, err := s.searchNotion(ctx, account.ID, probe)
		switch {
		case err != nil:
			return "Nothing matches, or nothing is shared with this integration. " + howToShare
		case len(list.Results) > 0 || list.HasMore:
			return "Nothing matches, though pages are shared. Only titles are searched: try fewer or other words, or none to list the latest."
		}
	}
	return "Nothing in Notion is shared with this integration, so nothing can be found. " + howToShare
}

// offersNext reports whether Alloy lists the action that next names. Where the
// list cannot be had, it is taken to be there.
func (s *Set) offersNext(ctx context.Context, next *Next) bool {
	ctx, cancel := context.WithTimeout(ctx, liveWait)
	defer cancel()
	resources, err := s.config.Catalog.Resources(ctx, notion)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(resources, func(r alloy.Resource) bool {
		return slices.ContainsFunc(r.Actions, func(a alloy.ActionSummary) bool { return notion+"."+a.ID == next.Arguments["action_id"] })
	})
}

// compactAnswer are the hits in short.
func compactAnswer(list notionList) notionSearchOut {
	rows := make([]notionRow, 0, len(list.Results))
	for _, raw := range list.Results {
		if row, ok := compact(raw); ok {
			rows = append(rows, row)
		}
	}
	return notionSearchOut{Results: rows, HasMore: &list.HasMore, NextCursor: list.NextCursor}
}

// readNext is the call that reads a hit: the properties of a page of a database,
// the text of any other page, the rows of a database.
func readNext(row notionRow) *Next {
	action, argument := "get-block-children", "block_id"
	switch {
	case row.Type == "database":
		action, argument = "post-database-query", "database_id"
	case row.Type == "data_source":
		action, argument = "query-data-source", "data_source_id"
	case slices.ContainsFunc(slices.Sorted(maps.Keys(row.Parent)), func(k string) bool { return k == "database_id" || k == "data_source_id" }):
		action, argument = "retrieve-a-page", "page_id"
	}
	return next("run_read", "action_id", notion+"."+action, "arguments", map[string]any{argument: row.ID})
}

// prepare checks the arguments and splits ours from Alloy's.
func (n *notionSearch) prepare(ctx context.Context, args map[string]any) (search, error) {
	current := n.current(ctx)
	call := search{args: maps.Clone(args), headers: current.headers}
	args = current.translate(args)
	checked, err := current.schema.Schema().Check(args)
	if err != nil {
		return search{}, current.removedHint(args, err)
	}
	if call.own, err = decode[notionSearchOwn](checked.Args); err != nil {
		return search{}, err
	}
	if _, err := shape.ParseFields(call.own.Fields); err != nil {
		return search{}, err
	}
	parts, err := current.schema.Split(checked.Args)
	if err != nil {
		return search{}, err
	}
	body, _ := parts.RequestBody.(map[string]any)
	call.body = maps.Clone(body)
	if call.body == nil {
		call.body = make(map[string]any)
	}
	if call.body["page_size"] == nil {
		call.body["page_size"] = defaultPageSize
	}
	_, queried := call.body["query"]
	_, filtered := call.body["filter"]
	call.filtered = queried || filtered
	return call, nil
}

// defaultPageSize keeps an answer to a question without page_size short;
// Notion's own default is 100.
const defaultPageSize = 25
