// Package approve keeps the calls that wait for their person's word: what exactly
// would be done, and what the person decided. A decision is made once, and only a
// call that is letter for letter the approved one counts as it.
package approve

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// Status is where a request stands.
type Status string

// The statuses of a [Request].
const (
	Pending  Status = "pending"
	Approved Status = "approved"
	Denied   Status = "denied"
	Expired  Status = "expired"
)

// Lifetime is how long a person may take to decide.
const Lifetime = 10 * time.Minute

// remembered is how long a request and what was decided are known.
const remembered = 25 * time.Minute

// ErrUnknown is returned for a request id that does not exist, has been forgotten,
// or belongs to somebody else; the three cannot be told apart.
var ErrUnknown = errors.New("there is no such request")

// Request is a call that its person is asked about.
type Request struct {
	ID    string `json:"id"`
	Owner string `json:"owner"` // the principal; only it may see and decide it
	User  string `json:"user"`  // the Alloy user it runs for
	// What identifies the action, the account and the arguments.
	What string `json:"what"`
	// Tool and Call are the call itself, to be made once it is approved.
	Tool string          `json:"tool"`
	Call json.RawMessage `json:"call"`
	// The rest is shown to the person.
	ActionID  string    `json:"action_id"`
	Title     string    `json:"title,omitempty"`
	App       string    `json:"app"`
	Effect    string    `json:"effect"`
	Account   string    `json:"account"` // whose
	Agent     string    `json:"agent,omitempty"`
	Reason    string    `json:"reason,omitempty"`    // which rule wants it
	Transport string    `json:"transport,omitempty"` // how the call came; not shown
	Arguments string    `json:"arguments"`           // indented JSON
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires"`
	// Decided is when the person decided; zero before.
	Decided time.Time `json:"-"`
}

// decision is what a person decided.
type decision struct {
	Status Status    `json:"status"`
	At     time.Time `json:"at"`
}

// Requests are the requests in a store. Its methods may be called from several
// goroutines.
type Requests struct {
	store state.Store
	run   func(context.Context, Request)
	deny  func(context.Context, Request)
}

// New returns the requests in store.
func New(store state.Store) *Requests {
	nothing := func(context.Context, Request) {}
	return &Requests{store: store, run: nothing, deny: nothing}
}

// Run says what makes an approved call. It is called once for each, by the process
// in which the person approved. Set it before the first decision.
func (r *Requests) Run(run func(context.Context, Request)) { r.run = run }

// Declined says what is told of a call that its person refused: as with Run, once for
// each.
func (r *Requests) Declined(tell func(context.Context, Request)) { r.deny = tell }

// Ask begins a request, or returns the one that was begun for the same call
// before. Its id and times are set here.
func (r *Requests) Ask(ctx context.Context, request Request) (Request, Status, error) {
	if earlier, status, err := r.Same(ctx, request.Owner, request.What); err == nil && status != Expired {
		return earlier, status, nil
	}
	now := time.Now()
	request.ID, request.Created, request.Expires = rand.Text(), now, now.Add(Lifetime)
	text, err := json.Marshal(request)
	if err != nil {
		return Request{}, "", fmt.Errorf("keep a request for approval: %w", err)
	}
	if err := r.store.Put(ctx, state.Name("approval", request.ID), text, remembered); err != nil {
		return Request{}, "", fmt.Errorf("keep a request for approval: %w", err)
	}
	for range 3 { // an earlier one may be forgotten between the two looks
		err = r.store.Add(ctx, same(request), []byte(request.ID), remembered)
		if err == nil {
			return request, Pending, nil
		}
		if !errors.Is(err, state.ErrExists) {
			break
		}
		var (
			earlier Request
			status  Status
		)
		if earlier, status, err = r.Same(ctx, request.Owner, request.What); err == nil && status != Expired {
			return earlier, status, nil
		}
		if err == nil || errors.Is(err, ErrUnknown) {
			err = r.Forget(ctx, request)
		}
		if err != nil {
			break
		}
	}
	return Request{}, "", fmt.Errorf("keep a request for approval: %w", err)
}

// Same returns the request that was begun for a call, or ErrUnknown.
func (r *Requests) Same(ctx context.Context, owner, what string) (Request, Status, error) {
	id, err := r.store.Get(ctx, same(Request{Owner: owner, What: what}))
	if errors.Is(err, state.ErrNotFound) {
		return Request{}, "", ErrUnknown
	}
	if err != nil {
		return Request{}, "", fmt.Errorf("look up a request for approval: %w", err)
	}
	return r.Get(ctx, owner, string(id))
}

// Forget makes the next equal call a new one, which is asked about again.
func (r *Requests) Forget(ctx context.Context, request Request) error {
	if _, err := r.store.Take(ctx, same(request)); err != nil && !errors.Is(err, state.ErrNotFound) {
		return fmt.Errorf("forget a request for approval: %w", err)
	}
	return nil
}

// Get returns the owner's request and where it stands, or ErrUnknown.
func (r *Requests) Get(ctx context.Context, owner, id string) (Request, Status, error) {
	text, err := r.store.Get(ctx, state.Name("approval", id))
	if errors.Is(err, state.ErrNotFound) {
		return Request{}, "", ErrUnknown
	}
	var request Request
	if err == nil {
		err = json.Unmarshal(text, &request)
	}
	if err != nil {
		return Request{}, "", fmt.Errorf("look up a request for approval: %w", err)
	}
	if request.Owner != owner {
		return Request{}, "", ErrUnknown
	}
	var made decision
	text, err = r.store.Get(ctx, decided(id))
	if err == nil {
		err = json.Unmarshal(text, &made)
	}
	switch {
	case err == nil:
		request.Decided = made.At
		return request, made.Status, nil
	case !errors.Is(err, state.ErrNotFound):
		return Request{}, "", fmt.Errorf("look up a decision: %w", err)
	case time.Now().After(request.Expires):
		return request, Expired, nil
	}
	return request, Pending, nil
}

// Decide notes what the owner decided. The first decision counts; a later one
// changes nothing and is answered with the first. An approved call is handed to what
// Run said before Decide returns.
func (r *Requests) Decide(ctx context.Context, owner, id string, approve bool) (Request, Status, error) {
	request, status, err := r.Get(ctx, owner, id)
	if err != nil || status != Pending {
		return request, status, err
	}
	status, request.Decided = Denied, time.Now()
	if approve {
		status = Approved
	}
	text, err := json.Marshal(decision{status, request.Decided})
	if err == nil {
		err = r.store.Add(ctx, decided(id), text, remembered)
	}
	switch {
	case errors.Is(err, state.ErrExists):
		return r.Get(ctx, owner, id)
	case err != nil:
		return request, "", fmt.Errorf("note a decision: %w", err)
	}
	if approve {
		r.run(ctx, request)
	} else {
		r.deny(ctx, request)
	}
	return request, status, nil
}

func same(request Request) string { return state.Name("approving", request.Owner, request.What) }

func decided(id string) string { return state.Name("decided", id) }
