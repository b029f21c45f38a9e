package connect

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
)

// send asks Alloy for the link behind ours, once the person wants to go there.
// Every press of the button makes another link; what was there before the first
// one counts.
func (f *Flow) send(ctx context.Context, p progress, data map[string]any) (alloy.Secret, error) {
	user, err := p.user()
	if err != nil {
		return alloy.Secret{}, err
	}
	nonce := rand.Text()
	uri, ours := redirectURI(f.config.RedirectURI, p.Base, nonce)
	if err := f.snapshot(ctx, p, user, ours); err != nil {
		return alloy.Secret{}, err
	}
	link, err := f.config.Alloy.As(user).StartOAuth(ctx, alloy.OAuthRequest{
		ConnectorID: p.Connector.ID, RedirectURI: uri, AuthConfigID: f.config.AuthConfigs[p.Connector.ID], Data: data,
	})
	if err != nil {
		return alloy.Secret{}, err
	}
	if ours {
		if err := f.facts.nonce(ctx, nonce, p.ID); err != nil {
			return alloy.Secret{}, err
		}
	}
	f.follow(p.ID)
	return link.URL, nil
}

// snapshot keeps which credentials were there before anything began.
func (f *Flow) snapshot(ctx context.Context, p progress, user alloy.UserID, ours bool) error {
	if p.sent != nil {
		return nil
	}
	list, err := f.config.Accounts.Credentials(ctx, user, p.Connector.ID)
	if err != nil {
		return err
	}
	before := make([]string, len(list))
	for i, c := range list {
		before[i] = c.ID
	}
	_, err = f.facts.note(ctx, "sent", p.ID, sent{At: time.Now(), Before: before, Ours: ours})
	return err
}

// refusedError says that the app rejects what the person entered.
type refusedError struct{ app, reason string }

func (e *refusedError) Error() string {
	return e.app + " does not accept this: " + sentence(e.reason) + " Nothing was kept; check it and try again."
}

// errHanding says that the same form is being handed over at this moment.
var errHanding = errors.New("what you entered is being handed to Alloy already")

// hand gives what the person entered to Alloy, once for each request: of two
// submissions at the same time (a double click) one does it and the other waits.
// What the app rejects at once is deleted again.
func (f *Flow) hand(ctx context.Context, p progress, data map[string]any) error {
	first, err := f.facts.note(ctx, "handed", p.ID, time.Now())
	if err != nil {
		return err
	}
	if !first {
		return errHanding
	}
	user, err := p.user()
	if err != nil {
		return err
	}
	if err := f.snapshot(ctx, p, user, false); err != nil {
		return f.takenBack(ctx, p, data, err)
	}
	id, err := f.config.Alloy.As(user).CreateCredential(ctx, p.Connector.ID, p.Method.Type, secrets(p.Method, data))
	if err != nil {
		return f.notHanded(ctx, p, data, err)
	}
	proof, err := f.config.Accounts.Probe(ctx, p.Owner, user, p.Connector.ID, id)
	if err == nil && proof.Result == accounts.Rejected && !proof.Missing {
		if err := f.config.Accounts.Discard(ctx, user, p.Connector.ID, id); err != nil {
			f.log.WarnContext(ctx, "a rejected connection is still at Alloy", "connector", p.Connector.ID, "error", err)
		}
		refused := &refusedError{app: p.Connector.Name, reason: withoutSecrets(refusal(proof.Err), p.Method, data)}
		return f.takenBack(ctx, p, data, refused)
	}
	if _, err := f.facts.claim(ctx, p.User, id, p.ID); err != nil {
		return err
	}
	p.found = &found{CredentialID: id, At: time.Now()}
	if _, err := f.facts.note(ctx, "found", p.ID, *p.found); err != nil {
		return err
	}
	if err := f.facts.withdraw(ctx, "mistake", p.ID); err != nil {
		return err
	}
	if proof.Result == accounts.Rejected { // stored, and not usable yet
		f.follow(p.ID)
		return nil
	}
	return f.connected(ctx, p, user)
}

// notHanded lets the person correct what Alloy refused. Where nobody knows
// whether it was stored, handing it over again could store it twice.
func (f *Flow) notHanded(ctx context.Context, p progress, data map[string]any, err error) error {
	f.log.WarnContext(ctx, "storing a credential failed", "connector", p.Connector.ID, "error", err)
	var failed *alloy.Error
	if errors.As(err, &failed) && (failed.Outcome == alloy.OutcomeUnknown || failed.Outcome == alloy.OutcomeCompleted) {
		_, noteErr := f.facts.note(ctx, "doubted", p.ID, time.Now())
		f.follow(p.ID)
		return errors.Join(err, noteErr)
	}
	return f.takenBack(ctx, p, data, err)
}

// takenBack lets the person hand the form over again, and returns why they have to.
// Of two clicks the browser shows the answer to the second, so what was wrong with
// the first is kept before the second can find the form open again.
func (f *Flow) takenBack(ctx context.Context, p progress, data map[string]any, err error) error {
	values := make(map[string]string, len(data))
	for name, value := range data {
		values[name] = fmt.Sprint(value)
	}
	return errors.Join(err, f.mistaken(ctx, p, values, err), f.facts.withdraw(ctx, "handed", p.ID))
}

// mistaken keeps what was wrong with a form, without the secrets in it.
func (f *Flow) mistaken(ctx context.Context, p progress, values map[string]string, problem error) error {
	fields, err := Fields(p.Method)
	if err != nil {
		return err
	}
	m := mistake{Values: make(map[string]string)}
	for _, field := range fields {
		if value := values[field.Name]; value != "" && !field.Secret {
			m.Values[field.Name] = value
		}
	}
	var wrong *FormError
	if errors.As(problem, &wrong) {
		m.Problems, m.Other = wrong.Problems, wrong.Other
	} else {
		m.Other = advice(problem)
	}
	return f.facts.mistaken(ctx, p.ID, m)
}

// secrets marks what must not be repeated by any error on the way.
func secrets(method alloy.AuthMethod, data map[string]any) map[string]any {
	fields, err := Fields(method)
	if err != nil {
		return data
	}
	out := make(map[string]any, len(data))
	maps.Copy(out, data)
	for _, field := range fields {
		if text, ok := out[field.Name].(string); ok && field.Secret {
			out[field.Name] = alloy.NewSecret(text)
		}
	}
	return out
}

// ErrNeedsBrowser is returned for fields of an app that asks for consent itself.
var ErrNeedsBrowser = errors.New("the app asks for consent in the browser, and its page asks for all fields")

// withoutSecrets blanks what the person entered in an app's words: some repeat the
// key that they reject.
func withoutSecrets(reason string, method alloy.AuthMethod, data map[string]any) string {
	fields, err := Fields(method)
	if err != nil {
		return "the app rejects it"
	}
	for _, field := range fields {
		if text, ok := data[field.Name].(string); ok && field.Secret && text != "" {
			reason = strings.ReplaceAll(reason, text, "…")
		}
	}
	return reason
}

// Enter hands over fields that a person gave a program of ours instead of a page:
// the values of "data" as the credential metadata names them. It returns the
// request as it then stands. Its errors are [*FormError], [ErrUnknownRequest] and
// those of Alloy and the store.
func (f *Flow) Enter(ctx context.Context, owner, id string, data map[string]any) (Request, error) {
	p, err := f.facts.load(ctx, id)
	if err != nil {
		return Request{}, err
	}
	if p.Owner != owner {
		return Request{}, ErrUnknownRequest
	}
	if p.Method.Type == alloy.AuthOAuth2 {
		return Request{}, fmt.Errorf("%s: %w", p.Connector.ID, ErrNeedsBrowser)
	}
	checked, err := CheckData(p.Method, data)
	if err != nil {
		return Request{}, err
	}
	if err := f.hand(ctx, p, checked); err != nil {
		var refused *refusedError
		if errors.As(err, &refused) {
			return Request{}, &FormError{Refused: true, Other: refused.Error()}
		}
		return Request{}, err
	}
	return f.Check(ctx, owner, id, 0)
}
