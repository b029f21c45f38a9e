package tools

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/shape"
)

// showHits shows an answer of Notion's, in short or its own, as far as it was asked
// for and fits. The rest is kept for get_result.
func (s *Set) showHits(ctx context.Context, search search, account accounts.Account, answer json.RawMessage) (map[string]any, error) {
	fields, err := search.asked(answer)
	if err != nil {
		return nil, err
	}
	principal, _ := PrincipalFrom(ctx) // without one, nothing was searched
	c := &call{
		id: rand.Text(), owner: principal.ID, tool: "notion_search", actionID: notion + "." + searchAction, connectionID: account.ID,
		effect: catalog.Read, began: time.Now(), done: make(chan struct{}), verbatim: true,
	}
	c.finish(ledger.Completed, answer, nil)
	out, err := c.part(view{fields: fields, maxChars: search.limit()})
	if field := (*shape.FieldError)(nil); errors.As(err, &field) {
		return nil, &Error{Code: CodeInvalidArguments, Message: sentence(field.Error()), Hint: "Name paths that exist; raw shows Notion's own JSON."}
	}
	if err != nil {
		return nil, err
	}
	shown, _ := out.Data.(map[string]any)
	for _, name := range []string{"hint", "next", "status", "url", "code", "message", "truncated", "total", "returned", "cuts", "start_cursor"} {
		delete(shown, name) // Notion has none of them, and each would be read as our word
	}
	if !out.Truncated {
		return shown, nil
	}
	s.calls.add(c)
	s.calls.retire(c)
	shown["truncated"], shown["total"], shown["returned"], shown["cuts"] = true, out.Total, out.Returned, out.Cuts
	shown["request_id"], shown["hint"], shown["next"] = out.RequestID, out.Hint, out.Next
	if cursor, ok := shown["next_cursor"]; ok && out.Cuts[0].Path == "results" {
		// Whoever went on with it at once would miss the hits that are not shown.
		delete(shown, "next_cursor")
		if cursor != nil && !slices.ContainsFunc(out.Cuts, func(c shape.Cut) bool { return c.Path == "next_cursor" }) {
			shown["start_cursor"] = cursor
			shown["hint"] = out.Hint + " Behind all of it, the list goes on with start_cursor."
		}
	}
	return shown, nil
}

// asked are the fields of an answer that are to be shown: with those that were asked
// for, what continues the list.
func (c search) asked(answer json.RawMessage) ([]string, error) {
	if len(c.own.Fields) == 0 {
		return nil, nil
	}
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(answer, &whole); err != nil {
		return nil, err
	}
	fields := slices.Clone(c.own.Fields)
	for _, name := range []string{"has_more", "next_cursor"} {
		if whole[name] != nil && !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	return fields, nil
}

// limit is what the caller can expect: somebody who asks for a large page or for
// the whole JSON gets more.
func (c search) limit() int {
	if c.own.Raw || c.args["page_size"] != nil {
		return shape.HardMaxChars
	}
	return shape.DefaultMaxChars
}
