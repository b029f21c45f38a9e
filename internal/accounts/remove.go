package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// Disconnect deletes one of the user's accounts at Alloy and returns what it was.
// Alloy forgets its tokens; the app's own consent stays until somebody revokes it
// there. An id that is not the user's is an [*UnknownError].
func (d *Directory) Disconnect(ctx context.Context, user alloy.UserID, id string) (Account, error) {
	account, err := d.Find(ctx, user, id)
	if err != nil {
		return Account{}, err
	}
	return account, d.remove(ctx, user, account.ConnectorID, id)
}

// Discard deletes a credential that must not stay, whoever may use it: one that
// the app rejects at once, or that a foreign browser brought.
func (d *Directory) Discard(ctx context.Context, user alloy.UserID, connector, id string) error {
	return d.remove(ctx, user, connector, id)
}

func (d *Directory) remove(ctx context.Context, user alloy.UserID, connector, id string) error {
	d.Forget(user, connector)
	if err := d.config.Alloy.As(user).DeleteCredential(ctx, connector, id); err != nil {
		return err
	}
	d.Forget(user, connector)
	_, err := d.config.Store.Take(context.WithoutCancel(ctx), evidenceKey(user, id))
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		d.log.WarnContext(ctx, "what was known of a deleted connection is still kept", "error", err)
	}
	return nil
}

// Duplicates says what can be deleted without losing anything.
type Duplicates struct {
	Keep   []Account // one for each owner: the newest that works, or the one that the settings pin
	Remove []Account // of the same owner as one that is kept, or rejected by its app
	// Unsure are accounts of an app that does not tell whose they are.
	Unsure []Account
}

// maxCompared bounds the reads of one comparison.
const maxCompared = 60

// Duplicates tests the user's accounts for a principal, of one connector or with "" of
// all, and sorts out which stand for the same account at the app. Nothing is deleted.
func (d *Directory) Duplicates(ctx context.Context, principal string, user alloy.UserID, connector string) (Duplicates, error) {
	list, err := d.All(ctx, user)
	if err != nil {
		return Duplicates{}, err
	}
	byConnector := make(map[string][]Account)
	for _, a := range list {
		if connector == "" || a.ConnectorID == connector {
			byConnector[a.ConnectorID] = append(byConnector[a.ConnectorID], a)
		}
	}
	var found Duplicates
	tested := 0
	for _, id := range sorted(byConnector) {
		group := byConnector[id]
		if len(group) < 2 {
			found.Keep = append(found.Keep, group...)
			continue
		}
		if tested += len(group); tested > maxCompared {
			return Duplicates{}, fmt.Errorf("there are more than %d accounts to compare: name one connector", maxCompared)
		}
		for i := range group {
			if group[i], _, err = d.Verify(ctx, principal, user, group[i]); err != nil {
				return Duplicates{}, err
			}
		}
		found.sort(group, d.config.Pins)
	}
	return found, nil
}

// sort files the accounts of one connector, newest first.
func (found *Duplicates) sort(group []Account, pins Pins) {
	pinned := func(a Account) bool { return a.ID == pins.Any || a.ID == pins.ByConnector[a.ConnectorID] }
	kept := make(map[string]bool) // by owner
	keep := func(a Account) {
		found.Keep = append(found.Keep, a)
		kept[a.Owner] = true
	}
	works := func(a Account) bool { return a.Status != NeedsReconnect }
	anyWorks := slices.ContainsFunc(group, works)
	for _, a := range group {
		if pinned(a) {
			keep(a)
		}
	}
	for _, a := range group {
		switch {
		case pinned(a):
		case works(a) && a.Owner == "":
			found.Unsure = append(found.Unsure, a)
		case works(a) && kept[a.Owner]:
			found.Remove = append(found.Remove, a)
		case works(a):
			keep(a)
		}
	}
	for _, a := range group {
		switch {
		case pinned(a) || works(a):
		case kept[a.Owner] || a.Owner == "" && anyWorks:
			found.Remove = append(found.Remove, a)
		default: // the last trace of this owner: it can be connected again
			keep(a)
		}
	}
}

func sorted(m map[string][]Account) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
