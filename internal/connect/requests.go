package connect

import (
	"slices"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Bounds on what is kept: the oldest requests give way.
const (
	maxRequests = 1_000
	// keepAfterExpiry is how long an expired request is still known as expired.
	keepAfterExpiry = time.Hour
)

// request is one linking under way. Its fields up to returned never change; the
// rest is guarded by mu.
type request struct {
	id, nonce string
	owner     string
	user      alloy.UserID
	connector alloy.Connector
	method    alloy.AuthMethod
	url       string
	oauthURL  alloy.Secret
	before    map[string]bool // credentials that were there already
	expires   time.Time
	returned  chan struct{} // closed when the person's browser is back

	submitting sync.Mutex // held while a form is being handed to Alloy

	mu         sync.Mutex
	returnedAt time.Time
	credential string
	refused    Status // Denied or Failed, "" while neither
	reason     string
	uncertain  bool // a form was handed over and its answer lost
}

func (r *request) markUncertain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uncertain = true
}

func (r *request) isUncertain() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.uncertain
}

// view returns what the owner may know.
func (r *request) view(now time.Time) Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := Request{
		ID: r.id, ConnectorID: r.connector.ID, URL: r.url, ExpiresAt: r.expires,
		Status: Pending, CredentialID: r.credential, Reason: r.reason,
	}
	switch {
	case r.credential != "":
		v.Status = Connected
	case r.refused != "":
		v.Status = r.refused
	case !r.returnedAt.IsZero() && now.Sub(r.returnedAt) > patience:
		v.Status = Failed
		v.Reason = "the browser came back from the app, but Alloy lists no new connection; access was probably denied"
	case now.After(r.expires):
		v.Status = Expired
	}
	return v
}

// settled reports whether looking at Alloy's list can change nothing any more.
func (r *request) settled(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.credential != "" || r.refused == Denied || now.After(r.expires.Add(patience))
}

// markReturned notes that the browser is back; it reports false if it was before.
func (r *request) markReturned(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.returnedAt.IsZero() {
		return false
	}
	r.returnedAt = now
	close(r.returned)
	return true
}

func (r *request) refuse(status Status, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.credential == "" {
		r.refused, r.reason = status, reason
	}
}

func (r *request) connect(credentialID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.credential, r.refused, r.reason = credentialID, "", ""
}

// requests holds all requests of the process.
type requests struct {
	mu      sync.Mutex
	order   []*request // oldest first
	claimed map[string]bool
}

func newRequests() *requests { return &requests{claimed: make(map[string]bool)} }

func (rs *requests) add(r *request) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	forgetBefore := time.Now().Add(-keepAfterExpiry)
	rs.order = slices.DeleteFunc(rs.order, func(old *request) bool { return old.expires.Before(forgetBefore) })
	if len(rs.order) >= maxRequests {
		rs.order = slices.Delete(rs.order, 0, 1)
	}
	rs.order = append(rs.order, r)
}

func (rs *requests) find(match func(*request) bool) (*request, bool) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range slices.Backward(rs.order) {
		if match(r) {
			return r, true
		}
	}
	return nil, false
}

func (rs *requests) byID(id string) (*request, bool) {
	return rs.find(func(r *request) bool { return r.id == id })
}

func (rs *requests) byNonce(nonce string) (*request, bool) {
	return rs.find(func(r *request) bool { return r.nonce == nonce })
}

func (rs *requests) newest(owner, connectorID string, now time.Time) (*request, bool) {
	return rs.find(func(r *request) bool {
		return r.owner == owner && r.connector.ID == connectorID && r.expires.After(now)
	})
}

// claimNew gives r the newest credential of the list that was not there before
// and that no other request has. Where two requests wait for the same connector,
// one whose browser came back goes first.
func (rs *requests) claimNew(r *request, list []alloy.Credential) string {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if !r.hasReturned() && rs.anotherReturned(r) {
		return ""
	}
	var newest alloy.Credential
	for _, c := range list {
		if r.before[c.ID] || rs.claimed[c.ID] {
			continue
		}
		if newest.ID == "" || c.CreatedAt.After(newest.CreatedAt) {
			newest = c
		}
	}
	if newest.ID != "" {
		rs.claimed[newest.ID] = true
		r.connect(newest.ID)
	}
	return newest.ID
}

func (r *request) hasReturned() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.returnedAt.IsZero()
}

// anotherReturned reports whether a request of the same user and connector is
// waiting for its credential after the browser's return. The caller holds rs.mu.
func (rs *requests) anotherReturned(r *request) bool {
	for _, other := range rs.order {
		if other != r && other.user == r.user && other.connector.ID == r.connector.ID &&
			other.view(time.Now()).Status == Pending && other.hasReturned() {
			return true
		}
	}
	return false
}
