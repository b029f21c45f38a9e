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
	cut
	Hint string `json:"hint,omitempty"`
	Next *Next  `json:"next,omitempty" jsonschema:"-"`
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
	fields   *shape.Selection // nil keeps the answer as it is
	args     map[string]any   // as the caller gave them, for the calls in next
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
		return call.rawAnswer(data)
	}
	out := call.compactAnswer(list, account)
	if len(list.Results) == 0 && !list.HasMore && call.body["start_cursor"] == nil {
		out.Hint = s.whyNothing(ctx, account, call)
	}
	if out.Next != nil && !s.offersNext(ctx, out.Next) {
		out.Next = nil
	}
	if call.fields == nil {
		return out, nil
	}
	return call.selected(out, data)
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

// compactAnswer shows the hits in short, as many as fit.
func (c search) compactAnswer(list notionList, account accounts.Account) notionSearchOut {
	rows := make([]notionRow, 0, len(list.Results))
	for _, raw := range list.Results {
		if row, ok := compact(raw); ok {
			rows = append(rows, row)
		}
	}
	out := notionSearchOut{Results: rows, HasMore: &list.HasMore, NextCursor: list.NextCursor}
	if n := fitting(rows, c.limit()); n < len(rows) {
		out.Results = rows[:n]
		out.NextCursor = ""
		out.cut = cut{Truncated: true, Total: len(rows), Returned: n}
		out.Hint, out.Next = "The rest of this page was cut; call again with a smaller page_size.", c.again("page_size", n)
		if n == 0 { // a smaller page would be no shorter
			out.Hint, out.Next = "The first hit is too long for an answer; call again with raw.", c.again("raw", true)
		}
		return out
	}
	if len(rows) > 0 && rows[0].ID != "" {
		out.Next = readNext(rows[0])
		if c.own.ConnectionID != "" {
			out.Next.Arguments["connection_id"] = account.ID
		}
	}
	return out
}

// rawAnswer gives Notion's own JSON, or what fields name of it.
func (c search) rawAnswer(data json.RawMessage) (any, error) {
	if c.fields != nil {
		return c.keep(data)
	}
	var whole map[string]any
	if err := unmarshal(data, &whole); err != nil {
		return nil, err
	}
	for _, name := range []string{"hint", "next", "status", "url", "code", "message", "truncated", "total", "returned", "cuts"} {
		delete(whole, name) // Notion has none of them, and each would be read as our word
	}
	return c.shortened(whole), nil
}

// shortened cuts an answer that is too long. Whoever continues after a page that
// lacks hits would miss those: then next asks for a smaller page.
func (c search) shortened(answer map[string]any) map[string]any {
	kept, places := shorten(answer, c.limit())
	answer, _ = kept.(map[string]any)
	if len(places) == 0 {
		return answer
	}
	first := summary(places)
	answer["hint"] = "cuts says where the answer was cut. " + selectHint(kept, places[0]) + "Without raw it is short."
	answer["truncated"], answer["total"], answer["returned"], answer["cuts"] = true, first.Total, first.Returned, shown(places)
	if places[0].Path == "results" {
		delete(answer, "next_cursor")
		answer["next"] = c.again("page_size", first.Returned)
	}
	return answer
}

// limit is what the caller can expect: somebody who asks for a large page or for
// the whole JSON gets more. It leaves room for the arguments, which next repeats,
// as long as they are not most of it.
func (c search) limit() int {
	limit := defaultMaxChars
	if c.own.Raw || c.args["page_size"] != nil {
		limit = hardMaxChars
	}
	return max(limit-shape.Width(c.args, limit), defaultMaxChars/2)
}

// again is the same call with one argument changed.
func (c search) again(name string, value any) *Next {
	args := maps.Clone(c.args)
	args[name] = value
	return &Next{Tool: "notion_search", Arguments: args}
}

// selected applies fields to the compact answer or, where a path is not in it,
// to Notion's own JSON.
func (c search) selected(out notionSearchOut, data json.RawMessage) (any, error) {
	short, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	kept, err := c.keep(short)
	if err == nil {
		return kept, nil
	}
	if kept, rawErr := c.keep(data); rawErr == nil {
		return kept, nil
	}
	return nil, err
}

// keep selects from an answer. What continues the list is always kept.
func (c search) keep(text json.RawMessage) (any, error) {
	var answer map[string]any
	if err := unmarshal(text, &answer); err != nil {
		return nil, err
	}
	kept, err := c.fields.Keep(answer)
	if err != nil {
		return nil, &Error{Code: CodeInvalidArguments, Message: sentence(err.Error()), Hint: "Name paths that exist; raw shows Notion's own JSON."}
	}
	object, _ := kept.(map[string]any)
	for _, key := range []string{"has_more", "next_cursor", "truncated", "total", "returned", "hint", "next"} {
		if value, ok := answer[key]; ok {
			object[key] = value
		}
	}
	return c.shortened(object), nil
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
	if call.own.Fields != nil {
		if call.fields, err = shape.ParseFields(call.own.Fields); err != nil {
			return search{}, err
		}
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
