package connect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// lookTime bounds one look, whoever waits for it.
const lookTime = 20 * time.Second

// look brings a request up to date: it compares Alloy's list with the one from
// before, and tests what is new. Looks at the same time are one look, which goes
// on when its first caller leaves.
func (f *Flow) look(ctx context.Context, id string) (progress, error) {
	done := f.looks.DoChan(id, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
		defer cancel()
		return f.lookOnce(ctx, id)
	})
	select {
	case <-ctx.Done():
		return progress{}, ctx.Err()
	case result := <-done:
		p, _ := result.Val.(progress)
		return p, result.Err
	}
}

func (f *Flow) lookOnce(ctx context.Context, id string) (progress, error) {
	p, err := f.facts.load(ctx, id)
	if err != nil || p.over(time.Now()) {
		return p, err
	}
	if p.unwanted != nil {
		return p, f.drop(ctx, p)
	}
	if p.found == nil {
		if err := f.find(ctx, p); err != nil {
			return p, err
		}
		if p, err = f.facts.load(ctx, id); err != nil || p.found == nil {
			return p, err
		}
	}
	if p.outcome == nil {
		if err := f.prove(ctx, p); err != nil {
			return p, err
		}
	}
	return f.facts.load(ctx, id)
}

// find looks for the newest credential that was not there before and that no
// other request has.
func (f *Flow) find(ctx context.Context, p progress) error {
	user, err := p.user()
	if err != nil {
		return err
	}
	list, err := f.config.Accounts.Credentials(ctx, user, p.Connector.ID)
	if err != nil {
		return err
	}
	for _, c := range list { // newest first
		if p.sent.knew(c, p.Method.Type) {
			continue
		}
		mine, err := f.mine(ctx, p, c)
		if err != nil || !mine {
			return err
		}
		claimed, err := f.facts.claim(ctx, p.User, c.ID, p.ID)
		if err != nil {
			return err
		}
		if claimed {
			_, err := f.facts.note(ctx, "found", p.ID, found{CredentialID: c.ID, At: time.Now()})
			return err
		}
	}
	return nil
}

// knew reports whether a credential cannot be what came of going on to the app: it
// was there before, or is of another type than was asked for.
func (s *sent) knew(c alloy.Credential, asked alloy.AuthType) bool {
	return slices.Contains(s.Before, c.ID) || c.AuthType != "" && !sameType(c.AuthType, asked)
}

// sameType compares loosely: how Alloy spells a type in its list is observed for
// few connectors only.
func sameType(listed, asked alloy.AuthType) bool {
	return (listed == alloy.AuthOAuth2) == (asked == alloy.AuthOAuth2)
}

// mine reports whether a new credential may be taken to be of this request. One
// whose callback is on its way, to this request or to another of the same person,
// waits for it.
func (f *Flow) mine(ctx context.Context, p progress, c alloy.Credential) (bool, error) {
	if p.returned != nil || p.handed != nil {
		return true, nil
	}
	last, err := f.facts.lastID(ctx, p)
	if err != nil || last != "" && last != p.ID {
		return false, err
	}
	if !p.sent.Ours {
		return true, nil // no callback of ours can arrive: the list alone tells
	}
	if f.config.Visitors != nil {
		return false, nil // who pressed the button is proved by the callback alone
	}
	strayed := p.ID + c.ID
	if _, err := f.facts.note(ctx, "stray", strayed, time.Now()); err != nil {
		return false, err
	}
	var since time.Time
	if _, err := f.facts.read(ctx, state.Name("stray", strayed), &since); err != nil {
		return false, err
	}
	return time.Since(since) >= strayPatience, nil
}

// prove tests the new credential and ends the request when the result is plain or
// patience is.
func (f *Flow) prove(ctx context.Context, p progress) error {
	user, err := p.user()
	if err != nil {
		return err
	}
	proof, err := f.config.Accounts.Probe(ctx, p.Owner, user, p.Connector.ID, p.found.CredentialID)
	if err != nil {
		return err
	}
	age := time.Since(p.found.At)
	switch {
	case proof.Result == accounts.Proven, proof.Result == accounts.Untested && (proof.Err == nil || age >= doubtPatience):
		return f.connected(ctx, p, user)
	case proof.Result == accounts.Rejected && age >= proofPatience:
		reason := "Alloy stored a connection, but " + p.Connector.Name + " does not accept it"
		if p.Method.Type == alloy.AuthOAuth2 { // else the app's words may repeat what the person entered
			reason += ": " + refusal(proof.Err)
		}
		return f.finish(ctx, p, Failed, reason)
	}
	return nil
}

// connected ends the request well.
func (f *Flow) connected(ctx context.Context, p progress, user alloy.UserID) error {
	if err := f.config.Accounts.Linked(ctx, user, p.found.CredentialID); err != nil {
		return err
	}
	f.config.Accounts.Forget(user, p.Connector.ID)
	if err := f.finish(ctx, p, Connected, ""); err != nil {
		return err
	}
	f.replace(ctx, p, user)
	return nil
}

// replace removes the connection that a new one takes the place of, if the app
// really rejects it; one that works is left to the person.
func (f *Flow) replace(ctx context.Context, p progress, user alloy.UserID) {
	if p.Replaces == "" || p.Replaces == p.found.CredentialID {
		return
	}
	proof, err := f.config.Accounts.Probe(ctx, p.Owner, user, p.Connector.ID, p.Replaces)
	if err != nil || proof.Result != accounts.Rejected {
		return
	}
	if err := f.config.Accounts.Discard(ctx, user, p.Connector.ID, p.Replaces); err != nil {
		f.log.WarnContext(ctx, "the connection that was replaced is still there", "connector", p.Connector.ID, "error", err)
	}
}

// finishedElsewhere is why a request failed that another browser finished.
const finishedElsewhere = "it was finished in another browser than the one it was begun in, so it is not used"

// An app sends the browser back at once, so what the browser brought is as old as its
// return. Before and after, that leaves room for clocks that differ; what is older or
// younger is of another attempt.
const (
	broughtBefore = 2 * time.Minute
	broughtAfter  = 3 * time.Second
)

// brought reports whether a credential can be what a browser brought at the time.
func brought(c alloy.Credential, at time.Time) bool {
	return c.CreatedAt.IsZero() || c.CreatedAt.After(at.Add(-broughtBefore)) && c.CreatedAt.Before(at.Add(broughtAfter))
}

// drop gets rid of what a browser brought that must not be kept. Alloy does not tell
// which link a credential is of, so all go that can be the one, those included that
// this or another request has taken to be its own.
func (f *Flow) drop(ctx context.Context, p progress) error {
	user, err := p.user()
	if err != nil {
		return err
	}
	list, err := f.config.Accounts.Credentials(ctx, user, p.Connector.ID)
	if err != nil {
		return err
	}
	for _, c := range list {
		if p.sent == nil || p.sent.knew(c, p.Method.Type) || !brought(c, *p.unwanted) {
			continue
		}
		if err := f.config.Accounts.Disown(ctx, user, c.ID); err != nil {
			return err
		}
		f.log.WarnContext(ctx, "security: a connection that its person did not agree to is deleted", "connector", p.Connector.ID, "request", p.ID[:6])
		if err := f.config.Accounts.Discard(ctx, user, p.Connector.ID, c.ID); err != nil {
			f.log.ErrorContext(ctx, "security: a connection that its person did not agree to could not be deleted at Alloy; it is not used", "connector", p.Connector.ID, "error", err)
		}
	}
	return nil
}

// finish writes how the request ended; the first who does is right.
func (f *Flow) finish(ctx context.Context, p progress, status Status, reason string) error {
	first, err := f.facts.note(ctx, "outcome", p.ID, outcome{Status: status, Reason: reason})
	if err != nil {
		return fmt.Errorf("keep how connecting %s ended: %w", p.Connector.ID, err)
	}
	if first {
		f.log.InfoContext(ctx, "connecting ended", "connector", p.Connector.ID, "status", string(status))
	}
	return nil
}

// decline ends a request as its person says. Of declining and coming back from the app
// in another window at the same moment, each is written before it looks for the other.
func (f *Flow) decline(ctx context.Context, p progress) error {
	if err := f.finish(ctx, p, Denied, "the person declined on our page"); err != nil {
		return err
	}
	p, err := f.facts.load(ctx, p.ID)
	if err != nil || p.returned == nil || p.outcome.Status != Denied {
		return err
	}
	defer f.follow(p.ID)
	return f.facts.unwanted(ctx, p.ID, time.Now())
}

// follow looks at a request until it is over, though nobody may be waiting. Where
// too many are followed already, whoever asks next looks.
func (f *Flow) follow(id string) {
	select {
	case f.slots <- struct{}{}:
	default:
		return
	}
	f.settling.Go(func() {
		defer func() { <-f.slots }()
		poll := time.NewTicker(pollEvery)
		defer poll.Stop()
		for {
			p, err := f.look(f.ended, id)
			if f.ended.Err() != nil || errors.Is(err, ErrUnknownRequest) || err == nil && f.settled(p, time.Now()) {
				return
			}
			select {
			case <-f.ended.Done():
				return
			case <-poll.C:
			}
		}
	})
}

// settled reports whether following the request is of no more use.
func (f *Flow) settled(p progress, now time.Time) bool {
	return p.over(now) || p.unwanted == nil && p.view(now).Status != Pending
}

// refusal says in one line why an account is not accepted.
func refusal(err error) string {
	var failed *alloy.Error
	if err == nil {
		return "nobody knows why"
	}
	if !errors.As(err, &failed) {
		return plain.Line(err.Error(), 200)
	}
	if failed.Provider != nil && failed.Provider.Message != "" {
		return plain.Line(failed.Provider.Message, 200)
	}
	return plain.Line(failed.Message, 200)
}
