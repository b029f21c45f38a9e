package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// evidence is what was seen of a credential.
type evidence struct {
	Works *bool     `json:"works,omitempty"` // nil where it was never used
	At    time.Time `json:"at,omitzero"`     // of the last use that succeeded
	Owner string    `json:"owner,omitempty"`
	// Linked: its owner connected it here, in the browser of whoever asked.
	Linked bool `json:"linked,omitempty"`
	// Foreign: somebody else's browser finished the link. It is never used.
	Foreign bool `json:"foreign,omitempty"`
}

const (
	// evidenceFor bounds what is kept of credentials that are gone.
	evidenceFor = 400 * 24 * time.Hour
	// seenEvery is how often a success is written down again.
	seenEvery = time.Minute
	maxOwner  = 120
)

func evidenceKey(user alloy.UserID, id string) string {
	return state.Name("account", user.String(), id)
}

func (d *Directory) evidence(ctx context.Context, user alloy.UserID, id string) (evidence, error) {
	var seen evidence
	text, err := d.config.Store.Get(ctx, evidenceKey(user, id))
	switch {
	case errors.Is(err, state.ErrNotFound):
		return evidence{}, nil
	case err != nil:
		return evidence{}, fmt.Errorf("read what is known of a connection: %w", err)
	case json.Unmarshal(text, &seen) != nil:
		return evidence{}, nil // written by another version: nothing is known then
	}
	return seen, nil
}

// note changes what is known of a credential. That it cannot be written down
// harms no call, so it is only logged.
func (d *Directory) note(ctx context.Context, user alloy.UserID, id string, change func(*evidence)) error {
	ctx = context.WithoutCancel(ctx)
	seen, err := d.evidence(ctx, user, id)
	if err != nil {
		return err
	}
	before, err := json.Marshal(seen)
	if err != nil {
		return err
	}
	change(&seen)
	after, err := json.Marshal(seen)
	if err != nil || string(before) == string(after) {
		return err
	}
	if err := d.config.Store.Put(ctx, evidenceKey(user, id), after, evidenceFor); err != nil {
		return fmt.Errorf("keep what is known of a connection: %w", err)
	}
	return nil
}

// Worked records that a use of the account succeeded; owner is whose it turned
// out to be, "" where the use did not tell.
func (d *Directory) Worked(ctx context.Context, user alloy.UserID, id, owner string) {
	d.logged(ctx, d.note(ctx, user, id, func(seen *evidence) {
		yes, now := true, time.Now().UTC().Truncate(time.Second)
		if seen.Works == nil || !*seen.Works || now.Sub(seen.At) >= seenEvery {
			seen.Works, seen.At = &yes, now
		}
		if owner = plain.Line(owner, maxOwner); owner != "" {
			seen.Owner = owner
		}
	}))
}

// Failed records that the app or Alloy rejected the account itself.
func (d *Directory) Failed(ctx context.Context, user alloy.UserID, id string) {
	d.logged(ctx, d.note(ctx, user, id, func(seen *evidence) {
		no := false
		seen.Works = &no
	}))
}

// Linked records that the user's own person connected the account here.
func (d *Directory) Linked(ctx context.Context, user alloy.UserID, id string) error {
	return d.note(ctx, user, id, func(seen *evidence) { seen.Linked = !seen.Foreign })
}

// Disown records that somebody else than the one who asked finished linking the
// account. It is not used from then on, whoever names it.
func (d *Directory) Disown(ctx context.Context, user alloy.UserID, id string) error {
	return d.note(ctx, user, id, func(seen *evidence) { seen.Foreign, seen.Linked = true, false })
}

func (d *Directory) logged(ctx context.Context, err error) {
	if err != nil {
		d.log.WarnContext(ctx, "what a use showed of a connection is not kept", "error", err)
	}
}

// account shows a credential with what was seen of it.
func (seen evidence) account(c alloy.Credential) Account {
	a := Account{Credential: c, Owner: seen.Owner, Status: Unverified, VerifiedAt: seen.At}
	switch {
	case seen.Works == nil:
	case *seen.Works:
		a.Status = Working
	default:
		a.Status = NeedsReconnect
	}
	return a
}
