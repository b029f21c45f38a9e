package tools

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
)

// Unfinished is an id that a person is typing.
type Unfinished struct {
	// Of is the URI template of a [Resource] or the name of a [Prompt], Argument one
	// of its variables or arguments.
	Of, Argument string
	// Typed is its beginning.
	Typed string
	// Others are the arguments that have a value already.
	Others map[string]string
}

// maxCompletions is how many ids a client takes at once (official).
const maxCompletions = 100

// patienceOfTyping is how long a completion waits for a list that is still being read.
const patienceOfTyping = 2 * time.Second

// Complete returns the ids that begin with what was typed, at most a hundred, and
// how many there are. Only what the caller may use is told.
func (s *Set) Complete(ctx context.Context, u Unfinished) (ids []string, total int) {
	find := s.completeConnector
	switch {
	case u.Of == uriConnector && u.Argument == "id", u.Of == uriAction && u.Argument == "connector", u.Of == findAndRun && u.Argument == "connector":
	case u.Of == uriAction && u.Argument == "action":
		find = s.completeAction
	default:
		return []string{}, 0
	}
	ctx, cancel := context.WithTimeout(ctx, patienceOfTyping)
	defer cancel()
	ids = find(ctx, s.config.Catalog.Snapshot(ctx), u)
	total = len(ids)
	slices.Sort(ids)
	return ids[:min(total, maxCompletions)], total
}

func (s *Set) completeConnector(ctx context.Context, seen catalog.Snapshot, u Unfinished) []string {
	ids := []string{}
	for _, app := range seen.Apps {
		if begins(app.ID, u.Typed) && s.mayUse(ctx, app.ID).Allowed {
			ids = append(ids, app.ID)
		}
	}
	return ids
}

// completeAction looks in the connector that was chosen already, else in all.
func (s *Set) completeAction(ctx context.Context, seen catalog.Snapshot, u Unfinished) []string {
	connector := u.Others["connector"]
	ids, taken := []string{}, map[string]bool{}
	for i := range seen.Docs {
		doc := &seen.Docs[i]
		if connector != "" && doc.ConnectorID != connector || taken[doc.ActionID] || !begins(doc.ActionID, u.Typed) {
			continue
		}
		if s.maySee(ctx, doc.ConnectorID+"."+doc.ActionID, doc.Effect) == nil {
			taken[doc.ActionID] = true
			ids = append(ids, doc.ActionID)
		}
	}
	return ids
}

// begins compares without regard to case. An id that would not be shown as it is,
// is none to offer.
func begins(id, typed string) bool {
	return len(id) >= len(typed) && strings.EqualFold(id[:len(typed)], typed) && clean(id, 600) == id
}
