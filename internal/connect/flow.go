// Package connect links accounts: it hands out links to pages of ours, sends
// the person on to Alloy or asks for what the app needs, and finds out from
// Alloy's list of credentials what came of it.
//
// Alloy's own link holds a token, so it never leaves this package but as a
// redirect to the person's browser, and it is asked for only when that person
// presses the button. Alloy's redirect back carries nothing (observed), so a
// connection is reported from evidence only: a credential of the right connector
// that was not there before, and that a harmless read succeeds with.
//
// What is known of a request is a handful of facts in the store, each written
// once (see facts.go), so that several processes can serve one request and a
// restart forgets nothing.
package connect

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
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

// Lifetime is how long a link of ours can be opened.
const Lifetime = 10 * time.Minute

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
	Alloy    *alloy.Client
	Catalog  *catalog.Catalog
	Accounts *accounts.Directory
	Store    state.Store
	Origin   Origin
	// Approvals are the calls that people approve on a page; nil means none.
	Approvals *approve.Requests
	// User tells which Alloy user a principal acts as.
	User func(ctx context.Context, principal string) (alloy.UserID, error)
	// Visitors tells who is at the browser; nil means that there is one person,
	// Person, and nobody has to log in.
	Visitors Visitors
	Person   string
	// RedirectURI replaces what stands before "/{nonce}" in the redirect URI. One
	// that does not lead to our callback is sent to Alloy as it is.
	RedirectURI string
	// AuthConfigs holds the id of the customer's own OAuth app by connector id.
	AuthConfigs map[string]string
	// ReturnTo lists the addresses that a program may have people sent back to.
	ReturnTo []string
	// Environment is shown on the pages where it is not production, and then
	// the app's sandbox is named, where one is known.
	Environment string
	Logger      *slog.Logger // nil discards
}

// Flow links accounts. Its methods may be called from several goroutines.
type Flow struct {
	config Config
	log    *slog.Logger
	facts  facts

	looks    singleflight.Group // one look at Alloy's list for each request at a time
	settling sync.WaitGroup
	slots    chan struct{}
	ended    context.Context
	end      context.CancelFunc
}

// maxSettling bounds the requests that are followed when nobody waits for them.
const maxSettling = 64

// New returns a Flow. Close ends what it started.
func New(config Config) *Flow {
	f := &Flow{config: config, log: config.Logger, facts: facts{config.Store}, slots: make(chan struct{}, maxSettling)}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	f.ended, f.end = context.WithCancel(context.Background())
	return f
}

// ConfirmURL is the page on which a person approves or declines a call.
func (f *Flow) ConfirmURL(ctx context.Context, requestID string) (string, error) {
	base, err := f.config.Origin.Base(ctx)
	if err != nil {
		return "", err
	}
	return base + confirmPath + "/" + requestID, nil
}

// Close stops following requests and returns when nothing does any more.
func (f *Flow) Close() {
	f.end()
	f.settling.Wait()
}

// Start is what [Flow.Start] begins.
type Start struct {
	Owner     string // the principal that asks; only it may see the request
	User      alloy.UserID
	Connector alloy.Connector
	Method    alloy.AuthMethod
	// Agent is what the client that asks calls itself; it is shown to the person.
	Agent string
	// ByPerson says that the person began it themselves, on a page or by a command.
	ByPerson bool
	// Replaces is the id of the connection that the new one takes the place of.
	Replaces string
	// ReturnTo is where the person's browser goes at the end; it must be one of
	// Config.ReturnTo.
	ReturnTo string
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

// ReturnError says that an address may not be returned to.
type ReturnError struct{ Address string }

// Error names the setting that allows addresses.
func (e *ReturnError) Error() string {
	return fmt.Sprintf("the return_to %q is none of the addresses in CONNECT_RETURN_TO", e.Address)
}

// reuseWhile is how much of a link's life must be left for a second start of the
// same to get it again.
const reuseWhile = 5 * time.Minute

// Start begins linking an account and returns at once; nothing is asked of Alloy
// before the person opens the link. A repeated start returns the same request as
// long as nobody has used its link.
func (f *Flow) Start(ctx context.Context, start Start) (Request, error) {
	if start.ReturnTo != "" && !f.mayReturnTo(start.ReturnTo) {
		return Request{}, &ReturnError{Address: start.ReturnTo}
	}
	base, err := f.config.Origin.Base(ctx)
	if err != nil {
		return Request{}, fmt.Errorf("open the page for connecting %s: %w", start.Connector.ID, err)
	}
	if p, err := f.newest(ctx, start.Owner, start.Connector.ID); err == nil && p.unused(start, base, time.Now()) {
		return p.view(time.Now()), nil
	}
	now := time.Now().UTC().Truncate(time.Second)
	r := record{
		ID: rand.Text(), Owner: start.Owner, User: start.User.String(), Agent: plain.Line(start.Agent, maxName), ByPerson: start.ByPerson,
		Connector: app{ID: start.Connector.ID, Name: appName([]alloy.Connector{start.Connector}, start.Connector.ID)}, Method: start.Method,
		Replaces: start.Replaces, ReturnTo: start.ReturnTo, Base: base, Created: now, Expires: now.Add(Lifetime),
	}
	if err := f.facts.begin(ctx, r); err != nil {
		return Request{}, fmt.Errorf("keep the request to connect %s: %w", start.Connector.ID, err)
	}
	f.log.InfoContext(ctx, "connecting started", "connector", start.Connector.ID)
	return progress{record: r}.view(now), nil
}

// maxName bounds names that others give, of apps and of assistants, on our pages.
const maxName = 80

// unused reports whether the request is the one that start asks for and its link
// can still be given to the person: who is said to ask is part of it.
func (p progress) unused(start Start, base string, now time.Time) bool {
	return p.sent == nil && p.outcome == nil && p.handed == nil && p.Expires.Sub(now) >= reuseWhile && p.Base == base &&
		p.User == start.User.String() && p.Method.Type == start.Method.Type && p.Replaces == start.Replaces && p.ReturnTo == start.ReturnTo &&
		p.Agent == plain.Line(start.Agent, maxName) && p.ByPerson == start.ByPerson
}

// Check returns the request with this id as it stands now, after a look at
// Alloy's list. While it is pending it waits up to wait for a change. Where ctx
// ends first, the answer is what was known then: that the wait was cut short
// says nothing about the request.
func (f *Flow) Check(ctx context.Context, owner, id string, wait time.Duration) (Request, error) {
	p, err := f.facts.load(ctx, id)
	if err != nil {
		return Request{}, err
	}
	if p.Owner != owner {
		return Request{}, ErrUnknownRequest
	}
	return f.await(ctx, p, wait)
}

// CheckConnector is [Flow.Check] for the newest request of owner for a
// connector. Without one it returns ErrUnknownRequest.
func (f *Flow) CheckConnector(ctx context.Context, owner, connectorID string, wait time.Duration) (Request, error) {
	p, err := f.newest(ctx, owner, connectorID)
	if err != nil {
		return Request{}, err
	}
	return f.await(ctx, p, wait)
}

func (f *Flow) newest(ctx context.Context, owner, connectorID string) (progress, error) {
	id, err := f.facts.newest(ctx, owner, connectorID)
	if err != nil {
		return progress{}, err
	}
	return f.facts.load(ctx, id)
}

// pollEvery is the pause between two looks while somebody waits.
const pollEvery = time.Second

func (f *Flow) await(ctx context.Context, p progress, wait time.Duration) (Request, error) {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for looks := 0; ; looks++ {
		next, err := f.look(ctx, p.ID)
		if err != nil && looks == 0 && ctx.Err() == nil {
			return Request{}, err
		}
		if err == nil {
			p = next
		}
		view := p.view(time.Now())
		if view.Status != Pending || ctx.Err() != nil {
			return view, nil
		}
		select {
		case <-ctx.Done():
			return view, nil
		case <-deadline.C:
			return view, nil
		case <-poll.C:
		}
	}
}

// HasAuthConfig reports whether an OAuth app of the customer's is set for the
// connector.
func (f *Flow) HasAuthConfig(connectorID string) bool { return f.config.AuthConfigs[connectorID] != "" }

// mayReturnTo compares whole addresses: a prefix could lead anywhere.
func (f *Flow) mayReturnTo(address string) bool {
	return slices.Contains(f.config.ReturnTo, address)
}
