// Package connect links accounts: it hands out links to pages of ours, sends
// the person on to Alloy, and finds out from Alloy's list of credentials what
// came of it.
//
// Alloy's own link holds a token, so it never leaves this package but as a
// redirect to the person's browser. Alloy's redirect back carries nothing
// (observed), so a connection is reported from evidence only: a credential of
// the right connector that was not there before.
package connect

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Status is where a request stands.
type Status string

// The statuses of a [Request].
const (
	Pending   Status = "pending"
	Connected Status = "connected"
	Denied    Status = "denied"
	Expired   Status = "expired"
	Failed    Status = "failed"
)

// Lifetime is how long a link of ours works. Alloy's link behind it is valid for
// one hour (decoded from samples).
const Lifetime = 10 * time.Minute

const (
	// patience is how long after the person's return a missing credential may
	// still appear: some are listed late (observed: seconds).
	patience = 30 * time.Second
	// pollEvery is the pause between two looks at Alloy's list while somebody waits.
	pollEvery = time.Second
)

// ErrUnknownRequest is returned for a request id that does not exist, has been
// forgotten, or belongs to somebody else; the three cannot be told apart.
var ErrUnknownRequest = errors.New("there is no such request")

// Origin tells where our pages can be reached, without a slash at the end:
// "http://localhost:3000". It may start a listener to be able to tell.
type Origin interface {
	Base(ctx context.Context) (string, error)
}

// PublicURL is the [Origin] of pages that an HTTP server of ours serves.
type PublicURL string

// Base returns the URL itself.
func (u PublicURL) Base(context.Context) (string, error) { return string(u), nil }

// Config is what a [Flow] needs.
type Config struct {
	Alloy  *alloy.Client
	Origin Origin
	// RedirectURI replaces what stands before "/{nonce}" in the redirect URI. One
	// that does not lead to our callback is sent to Alloy as it is.
	RedirectURI string
	// AuthConfigs holds the id of the customer's own OAuth app by connector id.
	AuthConfigs map[string]string
	Logger      *slog.Logger // nil discards
}

// Flow links accounts. It keeps its requests in memory, bounded and expiring.
type Flow struct {
	config   Config
	log      *slog.Logger
	requests *requests
}

// New returns a Flow without requests.
func New(config Config) *Flow {
	log := config.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Flow{config: config, log: log, requests: newRequests()}
}

// Start is what [Flow.Start] begins.
type Start struct {
	Owner     string // the principal that asks; only it may see the request
	User      alloy.UserID
	Connector alloy.Connector
	Method    alloy.AuthMethod
}

// Request is what its owner may know of a linking under way.
type Request struct {
	ID          string
	ConnectorID string
	Status      Status
	URL         string // our page, for the person's browser
	ExpiresAt   time.Time
	// CredentialID is the new connection once Status is Connected.
	CredentialID string
	// Reason says why, where Status is Denied or Failed.
	Reason string
}

// Start begins linking an account and returns at once. For OAuth it asks Alloy
// for its link first, so that what Alloy refuses is known now and not when the
// person clicks. A repeated start makes a second request; the first stays valid.
func (f *Flow) Start(ctx context.Context, start Start) (Request, error) {
	base, err := f.config.Origin.Base(ctx)
	if err != nil {
		return Request{}, fmt.Errorf("open the page for connecting %s: %w", start.Connector.ID, err)
	}
	user := f.config.Alloy.As(start.User)
	existing, err := user.ConnectorCredentials(ctx, start.Connector.ID)
	if err != nil {
		return Request{}, err
	}
	r := &request{
		id: rand.Text(), nonce: rand.Text(),
		owner: start.Owner, user: start.User, connector: start.Connector, method: start.Method,
		before: make(map[string]bool, len(existing)), returned: make(chan struct{}),
		expires: time.Now().Add(Lifetime),
	}
	r.url = base + "/connect/" + r.id
	for _, c := range existing {
		r.before[c.ID] = true
	}
	if start.Method.Type == alloy.AuthOAuth2 {
		link, err := user.StartOAuth(ctx, alloy.OAuthRequest{
			ConnectorID:  start.Connector.ID,
			RedirectURI:  redirectURI(f.config.RedirectURI, base, r.nonce),
			AuthConfigID: f.config.AuthConfigs[start.Connector.ID],
		})
		if err != nil {
			return Request{}, err
		}
		r.oauthURL = link.URL
	}
	f.requests.add(r)
	f.log.InfoContext(ctx, "connecting started", "connector", start.Connector.ID)
	return r.view(time.Now()), nil
}

// Check returns the request with this id as it stands now, after a look at
// Alloy's list. While it is pending it waits up to wait for a change. Where ctx
// ends first, the answer is what was known then: that the wait was cut short
// says nothing about the request.
func (f *Flow) Check(ctx context.Context, owner, id string, wait time.Duration) (Request, error) {
	r, ok := f.requests.byID(id)
	if !ok || r.owner != owner {
		return Request{}, ErrUnknownRequest
	}
	return f.await(ctx, r, wait)
}

// CheckConnector is [Flow.Check] for the newest request of owner for a
// connector. Without one it returns ErrUnknownRequest.
func (f *Flow) CheckConnector(ctx context.Context, owner, connectorID string, wait time.Duration) (Request, error) {
	r, ok := f.requests.newest(owner, connectorID, time.Now())
	if !ok {
		return Request{}, ErrUnknownRequest
	}
	return f.await(ctx, r, wait)
}

func (f *Flow) await(ctx context.Context, r *request, wait time.Duration) (Request, error) {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	returned := r.returned
	for looks := 0; ; looks++ {
		err := f.look(ctx, r)
		view := r.view(time.Now())
		if err != nil && (looks == 0 || ctx.Err() == nil) {
			return Request{}, err
		}
		if err != nil || view.Status != Pending {
			return view, nil
		}
		poll := time.NewTimer(pollEvery)
		select {
		case <-ctx.Done():
			poll.Stop()
			return view, nil
		case <-deadline.C:
			poll.Stop()
			return view, nil
		case <-returned:
			returned = nil // look at once, then every pollEvery
			poll.Stop()
		case <-poll.C:
		}
	}
}

// look compares Alloy's list with the one from before the request.
func (f *Flow) look(ctx context.Context, r *request) error {
	if r.settled(time.Now()) || r.method.Type != alloy.AuthOAuth2 && !r.isUncertain() {
		return nil
	}
	now, err := f.config.Alloy.As(r.user).ConnectorCredentials(ctx, r.connector.ID)
	if err != nil {
		return err
	}
	if id := f.requests.claimNew(r, now); id != "" {
		f.log.InfoContext(ctx, "account connected", "connector", r.connector.ID)
	}
	return nil
}

// HasAuthConfig reports whether an OAuth app of the customer's is set for the
// connector.
func (f *Flow) HasAuthConfig(connectorID string) bool { return f.config.AuthConfigs[connectorID] != "" }
