package tools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/index"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

type searchActionsIn struct {
	Query       string `json:"query" jsonschema_description:"What to do; name the app if known."`
	ConnectorID string `json:"connector_id,omitempty" jsonschema_description:"Only this app."`
	Limit       int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=20" jsonschema_description:"Default 5."`
}

type searchActionsOut struct {
	Actions []actionRow `json:"actions"`
	// Nearest are what comes closest where nothing fits.
	Nearest []actionRow `json:"nearest,omitempty"`
	// NotConnected are actions that fit, of apps without an account.
	NotConnected []actionRow `json:"not_connected,omitempty"`
	Catalogue    seenSoFar   `json:"catalogue"`
	Hint         string      `json:"hint,omitempty"`
	Next         *Next       `json:"next,omitempty"`
}

// actionRow is an action as a search shows it.
type actionRow struct {
	ActionID string `json:"action_id"`
	Title    string `json:"title,omitempty"`
	Effect   string `json:"effect"`
	// Guessed says that the effect is a guess from the action's name; running it
	// looks closer.
	Guessed      bool   `json:"effect_guessed,omitempty"`
	Connected    bool   `json:"connected"`
	ConnectionID string `json:"connection_id,omitempty"` // where there is one account
	Account      string `json:"account,omitempty"`       // whose
	Signature    string `json:"signature,omitempty"`
}

// seenSoFar is how much of the catalogue a search has seen, in apps.
type seenSoFar struct {
	Loaded int `json:"loaded"`
	Total  int `json:"total"`
}

// Sizes of an answer.
const (
	defaultActions  = 5
	maxOtherActions = 3
	maxQuery        = 2_000 // bytes that are looked at
	maxSearchAnswer = 2_450 // bytes at the default limit; what is promised is below 2,500
	reindexAfter    = 5 * time.Second
	quick           = 400 * time.Millisecond // for details that a search can do without
)

func searchActions() (definition, error) {
	return define(Tool{
		Name:  "search_actions",
		Title: "Find an action",
		Description: `Finds actions of all apps by what they do, e.g. "create a contact in HubSpot". Returns action_id, effect, arguments in short, and the account. ` +
			"Then call run_read, run_write or run_destructive, as effect says; describe_action first if in doubt.",
		Hints: Hints{ReadOnly: true, Idempotent: true, OpenWorld: true},
	}, runSearchActions)
}

// indexed is a built index, with what it does not tell of an action.
type indexed struct {
	index *index.Index
	docs  map[string]catalog.Doc // by whole action id
}

// newIndex makes the index of what is known, and makes it anew when that grows.
func newIndex(c *catalog.Catalog, log *slog.Logger) *catalog.View[indexed] {
	return catalog.NewView(c, reindexAfter, func(known catalog.Snapshot) indexed {
		built := indexed{docs: make(map[string]catalog.Doc, len(known.Docs))}
		apps := make([]index.App, len(known.Apps))
		for i, a := range known.Apps {
			apps[i] = index.App{ID: a.ID, Name: a.Name, Categories: a.Categories}
		}
		docs := make([]index.Doc, len(known.Docs))
		for i, d := range known.Docs {
			built.docs[d.ConnectorID+"."+d.ActionID] = d
			docs[i] = index.Doc{
				ConnectorID: d.ConnectorID, ActionID: d.ActionID, Name: d.Name, Group: d.Group, Description: d.Description,
				Parameters: d.Parameters, Effect: string(d.Effect),
			}
		}
		var err error
		if built.index, err = index.Build(apps, docs); err != nil {
			log.ErrorContext(context.Background(), "the search index cannot be built", "error", err)
		}
		return built
	})
}

func runSearchActions(ctx context.Context, s *Set, in searchActionsIn) (any, error) {
	principal, _ := PrincipalFrom(ctx)
	if in.ConnectorID != "" {
		if _, err := s.connector(ctx, in.ConnectorID); err != nil {
			return nil, err
		}
	}
	connected, hint, err := s.connectionsByConnector(ctx, false)
	if failed := (*alloy.Error)(nil); errors.As(err, &failed) && failed.Fault == alloy.FaultUpstream {
		hint, err = "Which apps are connected could not be read just now.", nil // what actions there are is known all the same
	}
	if err != nil {
		return nil, err
	}
	apps := slices.Sorted(maps.Keys(connected))
	s.config.Catalog.Prefer(apps...)
	found, known := s.finder.Get(ctx)
	if len(known.Docs) == 0 && known.Err != nil {
		return nil, known.Err
	}
	if found.index == nil {
		return nil, errors.New("there is no index to search in")
	}
	answer := found.index.Search(index.Query{
		Text: in.Query[:min(len(in.Query), maxQuery)], ConnectorID: in.ConnectorID, Connected: apps, Limit: cmp.Or(in.Limit, defaultActions),
		Allowed: func(connectorID, actionID string) bool {
			id := connectorID + "." + actionID
			return s.config.Policy.Decide(policyRequest(principal, id, found.docs[id].Effect, nil)).Allowed
		},
	})
	s.lookCloser(ctx, answer.Hits)
	show := func(hits []index.Hit, limit int) []actionRow {
		rows := make([]actionRow, 0, len(hits))
		for _, hit := range hits[:min(len(hits), limit)] {
			row := s.row(found.docs[hit.ConnectorID+"."+hit.ActionID], connected[hit.ConnectorID])
			if s.maySee(ctx, row.ActionID, catalog.Effect(row.Effect)) == nil { // its effect may have been a guess before
				rows = append(rows, row)
			}
		}
		return rows
	}
	out := searchActionsOut{
		Actions: show(answer.Hits, len(answer.Hits)), NotConnected: show(answer.Elsewhere, maxOtherActions),
		Catalogue: seenSoFar{Loaded: known.Loaded, Total: known.Total},
	}
	if len(out.Actions)+len(out.NotConnected) == 0 {
		out.Nearest = show(answer.Nearest, maxOtherActions)
	}
	out.advise(answer, hint)
	if in.Limit <= defaultActions {
		out.fit()
	}
	return out, nil
}

// lookCloser reads the details of the best hits, as far as that is quick: they turn
// a guessed effect into a known one and tell the arguments.
func (s *Set) lookCloser(ctx context.Context, hits []index.Hit) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	var group sync.WaitGroup
	for _, hit := range hits[:min(len(hits), defaultActions)] {
		if _, known := s.config.Catalog.Known(hit.ConnectorID, hit.ActionID); known {
			continue
		}
		group.Go(func() {
			_, _ = s.config.Catalog.Details(ctx, hit.ConnectorID, hit.ActionID) // the hit is shown without them
		})
	}
	group.Wait()
}

// row shows an action to the caller who has these accounts of its app.
func (s *Set) row(d catalog.Doc, connected []accounts.Account) actionRow {
	r := actionRow{
		ActionID: d.ConnectorID + "." + d.ActionID, Title: clean(d.Name, 80), Effect: string(d.Effect), Guessed: d.Guessed,
		Connected: len(connected) > 0,
	}
	if len(connected) == 1 {
		r.ConnectionID, r.Account = connected[0].ID, clean(connected[0].Owner, 60)
	}
	if details, ok := s.config.Catalog.Known(d.ConnectorID, d.ActionID); ok {
		r.Effect, r.Guessed = string(details.Effect), false
		if schema, err := schemas.FromAction(details.Action, schemas.Hide(versionHeader)); err == nil {
			r.Signature = schema.Signature()
		}
	}
	return r
}

// advise says what to do with the answer.
func (out *searchActionsOut) advise(answer index.Answer, hint string) {
	switch {
	case len(out.Actions) > 0:
		out.Hint, out.Next = hint, next("describe_action", "action_id", out.Actions[0].ActionID)
	case answer.App != "":
		out.Hint = fmt.Sprintf("There is no app %q here. list_connectors tells which there are.", clean(answer.App, 60))
		out.Next = next("list_connectors")
	case len(out.NotConnected) > 0:
		out.Hint = "No connected app does that; those in not_connected do. Running one asks the person to connect the app."
		out.Next = next("describe_action", "action_id", out.NotConnected[0].ActionID)
	case answer.Bare:
		out.Hint = "The query does not say what to do. Search with a verb and a thing, such as: create a contact."
	case len(out.Nearest) > 0:
		out.Hint = "No action of the apps here does that. nearest has what comes closest; tell the person, or search in other words."
	default:
		out.Hint = "No action of the apps here does that, and none comes close; tell the person, or search in other words."
	}
	if out.Catalogue.Loaded < out.Catalogue.Total {
		out.Hint = fmt.Sprintf("Only %d of %d apps have been looked through so far; search again in a moment if it is not here. ", out.Catalogue.Loaded, out.Catalogue.Total) + out.Hint
	}
}

// fit leaves out signatures, the last ones first, until the answer is as short as
// promised.
func (out *searchActionsOut) fit() {
	for _, rows := range [][]actionRow{out.Nearest, out.NotConnected, out.Actions} {
		for i := len(rows) - 1; i >= 0; i-- {
			if text, err := marshal(out); err != nil || len(text) <= maxSearchAnswer {
				return
			}
			rows[i].Signature = ""
		}
	}
	for len(out.Actions) > 1 {
		if text, err := marshal(out); err != nil || len(text) <= maxSearchAnswer {
			return
		}
		out.Actions = out.Actions[:len(out.Actions)-1]
	}
}
