package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// How long things take, and how long each is waited for.
const (
	// linkLife is how long Alloy's own link works (decoded from samples).
	linkLife = time.Hour
	// patience is how long after the person's return a credential may still
	// appear: some are listed late (observed: seconds).
	patience = 30 * time.Second
	// proofPatience is how long a new credential may be rejected before that is
	// believed: some need up to a minute after OAuth (observed).
	proofPatience = time.Minute
	// doubtPatience is how long a read that cannot tell is repeated.
	doubtPatience = 10 * time.Second
	// strayPatience is how long a new credential is left to the callback that
	// should announce it.
	strayPatience = 8 * time.Second
	// handTime is how long handing a form to Alloy may take; whoever is not back
	// by then has died on the way.
	handTime = time.Minute
	// keepFor is how long a request is known, from its start.
	keepFor = 2*time.Hour + Lifetime
)

// record is a request as it was asked for. It never changes.
type record struct {
	ID        string           `json:"id"`
	Owner     string           `json:"owner"`
	User      string           `json:"user"`
	Agent     string           `json:"agent,omitempty"`
	ByPerson  bool             `json:"by_person,omitempty"`
	Connector app              `json:"connector"`
	Method    alloy.AuthMethod `json:"method"`
	Replaces  string           `json:"replaces,omitempty"`
	ReturnTo  string           `json:"return_to,omitempty"`
	Base      string           `json:"base"`
	Created   time.Time        `json:"created"`
	Expires   time.Time        `json:"expires"`
}

type app struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// sent says that the person pressed the button: what was there before, and
// whether Alloy sends the browser back to us.
type sent struct {
	At     time.Time `json:"at"`
	Before []string  `json:"before"`
	Ours   bool      `json:"ours"`
}

// found is the credential that came of a request.
type found struct {
	CredentialID string    `json:"credential_id"`
	At           time.Time `json:"at"`
}

// outcome is how a request ended.
type outcome struct {
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// mistake is what was wrong with a form, and what to fill it in with again: nothing
// secret.
type mistake struct {
	Problems map[string]string `json:"problems,omitempty"` // a sentence by field
	Other    string            `json:"other,omitempty"`
	Values   map[string]string `json:"values,omitempty"`
}

// progress is everything that is known of a request.
type progress struct {
	record
	sent     *sent
	handed   *time.Time // a form is being handed to Alloy, or was when a process died
	doubted  bool       // it was handed over and the answer is lost
	mistake  *mistake   // what was wrong with the last form
	returned *time.Time // the person's browser is back
	unwanted *time.Time // a browser last brought what must not be kept
	found    *found
	outcome  *outcome
}

// view returns what the owner may know.
func (p progress) view(now time.Time) Request {
	v := Request{ID: p.ID, ConnectorID: p.Connector.ID, URL: p.Base + "/connect/" + p.ID, ExpiresAt: p.Expires, Status: Pending}
	switch {
	case p.outcome != nil && p.outcome.Status == Connected && p.unwanted != nil:
		v.Status, v.Reason = Failed, finishedElsewhere
	case p.outcome != nil:
		v.Status, v.Reason = p.outcome.Status, p.outcome.Reason
		if p.outcome.Status == Connected && p.found != nil {
			v.CredentialID = p.found.CredentialID
		}
	case p.found != nil:
	case p.doubtful(now) && now.Sub(*p.handed) > handTime+patience:
		v.Status = Failed
		v.Reason = "what the person entered was handed to Alloy, its answer was lost, and Alloy lists no new connection"
	case p.returned != nil && now.Sub(*p.returned) > patience:
		v.Status = Failed
		v.Reason = "the browser came back from the app, but Alloy lists no new connection; access was probably denied"
	case p.handed != nil:
	case p.sent != nil && now.After(p.sent.At.Add(linkLife+patience)), p.sent == nil && now.After(p.Expires):
		v.Status = Expired
	}
	return v
}

// over reports whether looking at Alloy's list can change nothing any more.
func (p progress) over(now time.Time) bool {
	switch {
	case p.unwanted != nil:
		return now.Sub(*p.unwanted) > 2*patience
	case p.outcome != nil:
		return true
	case p.found != nil:
		return false
	case p.sent == nil:
		return true
	case p.Method.Type != alloy.AuthOAuth2:
		return !p.doubtful(now) || now.Sub(*p.handed) > handTime+2*patience
	}
	return now.After(p.sent.At.Add(linkLife + 2*patience))
}

// doubtful reports whether nobody can tell what became of a form.
func (p progress) doubtful(now time.Time) bool {
	return p.handed != nil && (p.doubted || now.Sub(*p.handed) > handTime)
}

// user is whom the request is for. What is stored was a user's id.
func (p progress) user() (alloy.UserID, error) { return alloy.ParseUserID(p.User) }

// facts keeps requests in a store. Every key is written once, but for the
// pointers to the newest request and to the last one that came back, the time when
// something unwanted came last, and what was wrong with the last form.
type facts struct{ store state.Store }

func (f facts) begin(ctx context.Context, r record) error {
	if err := f.add(ctx, state.Name("request", r.ID), r); err != nil {
		return err
	}
	return f.store.Put(ctx, state.Name("newest", r.Owner, r.Connector.ID), []byte(r.ID), Lifetime+linkLife)
}

func (f facts) newest(ctx context.Context, owner, connectorID string) (string, error) {
	id, err := f.store.Get(ctx, state.Name("newest", owner, connectorID))
	if errors.Is(err, state.ErrNotFound) {
		return "", ErrUnknownRequest
	}
	return string(id), err
}

// load reads all facts of a request.
func (f facts) load(ctx context.Context, id string) (progress, error) {
	var p progress
	switch ok, err := f.read(ctx, state.Name("request", id), &p.record); {
	case err != nil:
		return progress{}, fmt.Errorf("read a request: %w", err)
	case !ok:
		return progress{}, ErrUnknownRequest
	}
	var at time.Time
	for _, fact := range []struct {
		kind string
		into any
		set  func()
	}{
		{"sent", new(sent), nil},
		{"handed", &at, func() { handed := at; p.handed = &handed }},
		{"doubted", &at, func() { p.doubted = true }},
		{"mistake", new(mistake), nil},
		{"returned", &at, func() { back := at; p.returned = &back }},
		{"unwanted", &at, func() { brought := at; p.unwanted = &brought }},
		{"found", new(found), nil},
		{"outcome", new(outcome), nil},
	} {
		ok, err := f.read(ctx, state.Name(fact.kind, id), fact.into)
		if err != nil {
			return progress{}, fmt.Errorf("read a request: %w", err)
		}
		if !ok {
			continue
		}
		switch value := fact.into.(type) {
		case *sent:
			p.sent = value
		case *mistake:
			p.mistake = value
		case *found:
			p.found = value
		case *outcome:
			p.outcome = value
		default:
			fact.set()
		}
	}
	return p, nil
}

func (f facts) read(ctx context.Context, key string, into any) (bool, error) {
	text, err := f.store.Get(ctx, key)
	if errors.Is(err, state.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("decode %T: %w", into, err)
	}
	return true, nil
}

func (f facts) add(ctx context.Context, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return f.store.Add(ctx, key, text, keepFor)
}

// note writes a fact of a request; false means that it was written before.
func (f facts) note(ctx context.Context, kind, id string, value any) (bool, error) {
	err := f.add(ctx, state.Name(kind, id), value)
	if errors.Is(err, state.ErrExists) {
		return false, nil
	}
	return err == nil, err
}

// unwanted remembers that a browser brought what must not be kept. Every link that
// was made for the request can bring more, so the last time counts.
func (f facts) unwanted(ctx context.Context, id string, at time.Time) error {
	return f.put(ctx, "unwanted", id, at, keepFor)
}

// mistaken remembers what was wrong with a form, for the page that shows it again.
func (f facts) mistaken(ctx context.Context, id string, m mistake) error {
	return f.put(ctx, "mistake", id, m, Lifetime)
}

func (f facts) put(ctx context.Context, kind, id string, value any, ttl time.Duration) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return f.store.Put(ctx, state.Name(kind, id), text, ttl)
}

// withdraw takes a fact back that turned out to be none.
func (f facts) withdraw(ctx context.Context, kind, id string) error {
	_, err := f.store.Take(ctx, state.Name(kind, id))
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	return err
}

// claim gives the credential to the request, unless another has it.
func (f facts) claim(ctx context.Context, user, credentialID, id string) (bool, error) {
	key := state.Name("claim", user, credentialID)
	err := f.store.Add(ctx, key, []byte(id), keepFor)
	if !errors.Is(err, state.ErrExists) {
		return err == nil, err
	}
	holder, err := f.store.Get(ctx, key)
	if errors.Is(err, state.ErrNotFound) {
		return false, nil
	}
	return string(holder) == id, err
}

// nonce makes the callback's address belong to a request, as long as Alloy's link
// works.
func (f facts) nonce(ctx context.Context, nonce, id string) error {
	return f.store.Add(ctx, state.Name("nonce", nonce), []byte(id), linkLife+patience)
}

// takeNonce returns the request that a callback belongs to. Only one caller is the
// first, but whose link it was stays known: a link can be followed again, by others
// too.
func (f facts) takeNonce(ctx context.Context, nonce string) (id string, first bool, err error) {
	found, err := f.store.Get(ctx, state.Name("nonce", nonce))
	if errors.Is(err, state.ErrNotFound) {
		return "", false, ErrUnknownRequest
	}
	if err != nil {
		return "", false, err
	}
	first, err = f.note(ctx, "spent", nonce, time.Now())
	return string(found), first, err
}

// last remembers which request of a user and connector came back last.
func (f facts) last(ctx context.Context, p progress) error {
	return f.store.Put(ctx, state.Name("last", p.User, p.Connector.ID), []byte(p.ID), patience)
}

func (f facts) lastID(ctx context.Context, p progress) (string, error) {
	id, err := f.store.Get(ctx, state.Name("last", p.User, p.Connector.ID))
	if errors.Is(err, state.ErrNotFound) {
		return "", nil
	}
	return string(id), err
}
