package tools

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

type listConnectorsIn struct {
	Query     string `json:"query,omitempty" jsonschema:"maxLength=200" jsonschema_description:"Part of a name or category."`
	Connected *bool  `json:"connected,omitempty" jsonschema_description:"Only apps with an account."`
	Limit     int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Default 20."`
	Cursor    string `json:"cursor,omitempty" jsonschema_description:"From the last answer."`
}

type listConnectorsOut struct {
	Connectors []connectorRow `json:"connectors,omitzero"`
	Total      *int           `json:"total,omitempty"`
	NextCursor string         `json:"next_cursor,omitempty"`
	Hint       string         `json:"hint,omitempty"`
	Next       *Next          `json:"next,omitempty" jsonschema:"-"`
}

type connectorRow struct {
	ConnectorID string       `json:"connector_id,omitempty"`
	Name        string       `json:"name,omitempty"`
	Categories  []string     `json:"categories,omitzero"`
	Connections []connection `json:"connections,omitzero"`
}

const defaultConnectors = 20

func listConnectors() (definition, error) {
	tool, err := withOutput[listConnectorsOut](Tool{
		Name:        "list_connectors",
		Title:       "List apps",
		Description: "Lists apps (connectors) and the accounts connected to each.",
		Hints:       Hints{ReadOnly: true, Idempotent: true, OpenWorld: true},
	})
	if err != nil {
		return definition{Tool: tool}, err
	}
	return define(tool, runListConnectors)
}

// listQuestion is what a cursor of the list continues.
type listQuestion struct {
	Query     string `json:"q,omitempty"`
	Connected *bool  `json:"c,omitempty"`
	Limit     int    `json:"l,omitempty"`
}

// question is what is asked, and from where on: the arguments, or what the
// cursor holds. Arguments beside a cursor must not ask for something else.
func (in listConnectorsIn) question(c cursors, principal string) (listQuestion, int, error) {
	asked := listQuestion{Query: in.Query, Connected: in.Connected, Limit: in.Limit}
	if in.Cursor == "" {
		return asked, 0, nil
	}
	held, offset, err := open[listQuestion](c, principal, in.Cursor)
	if err == nil && (asked.Query != "" && asked.Query != held.Query || asked.Connected != nil && formatBool(asked.Connected) != formatBool(held.Connected)) {
		err = errors.New("the cursor continues another question")
	}
	if err != nil {
		return listQuestion{}, 0, &Error{
			Code: CodeInvalidArguments, Message: sentence(err.Error()),
			Hint: "Start again without cursor.", Next: next("list_connectors"),
		}
	}
	if asked.Limit != 0 {
		held.Limit = asked.Limit
	}
	return held, offset, nil
}

func runListConnectors(ctx context.Context, s *Set, in listConnectorsIn) (any, error) {
	principal, _ := PrincipalFrom(ctx)
	question, offset, err := in.question(s.cursors, principal.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.config.Catalog.Connectors(ctx)
	if err != nil {
		return nil, err
	}
	byConnector, hint, err := s.connectionsByConnector(ctx, question.Connected != nil)
	if err != nil {
		return nil, err
	}
	var matching []alloy.Connector
	for _, c := range all {
		if question.Connected != nil && *question.Connected != (len(byConnector[c.ID]) > 0) {
			continue
		}
		if matches(c, question.Query) && s.mayUse(ctx, c.ID).Allowed {
			matching = append(matching, c)
		}
	}
	limit := cmp.Or(question.Limit, defaultConnectors)
	total := len(matching)
	start := min(offset, total)
	end := min(start+limit, total)
	out := listConnectorsOut{Connectors: make([]connectorRow, 0, end-start), Total: &total, Hint: hint}
	for _, c := range matching[start:end] {
		out.Connectors = append(out.Connectors, connectorRow{
			ConnectorID: c.ID, Name: plain.Description(c.Name, 80), Categories: cleanAll(c.Categories), Connections: views(byConnector[c.ID]),
		})
	}
	if end < total {
		if out.NextCursor, err = mint(s.cursors, principal.ID, question, end); err != nil {
			return nil, err
		}
	}
	if total == 0 && out.Hint == "" {
		out.Hint = "Nothing matches. Try a shorter query, or none."
		out.Next = next("list_connectors")
	}
	return out, nil
}

// connectionsByConnector groups the caller's connections. Without an Alloy user
// the apps can still be listed, and the hint says what is missing, unless the
// question is about connections.
func (s *Set) connectionsByConnector(ctx context.Context, needed bool) (groups map[string][]accounts.Account, hint string, err error) {
	user, err := s.user(ctx)
	var missing *UserRequiredError
	if errors.As(err, &missing) && !needed {
		return nil, "Connections are not shown: " + missing.Error() + ". " + missing.Hint(), nil
	}
	if err != nil {
		return nil, "", err
	}
	list, err := s.config.Accounts.All(ctx, user)
	if err != nil {
		return nil, "", err
	}
	groups = make(map[string][]accounts.Account)
	for _, c := range list {
		groups[c.ConnectorID] = append(groups[c.ConnectorID], c)
	}
	return groups, "", nil
}

// matches reports whether every word of query stands in an id, a name or a category.
func matches(c alloy.Connector, query string) bool {
	text := strings.ToLower(c.ID + " " + c.Name + " " + strings.Join(c.Categories, " "))
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(query)), func(word string) bool {
		return !strings.Contains(text, word)
	})
}

func cleanAll(list []string) []string {
	cleaned := make([]string, len(list))
	for i, s := range list {
		cleaned[i] = plain.Description(s, 60)
	}
	return cleaned
}

func formatBool(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}
