package connect_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// byName knows people whose token is their name.
type byName struct{}

func (byName) Login(_ context.Context, token string) (connect.Visitor, string, error) {
	return connect.Visitor{Principal: token, Name: token}, token, nil
}

func (byName) Welcome(context.Context, connect.Visitor, string) bool { return true }

// logIn opens a browser and logs a person in.
func (b *bench) logIn(t *testing.T, name string) *http.Client {
	t.Helper()
	b.browser = newBrowser(t)
	if response, page := b.browse(t, http.MethodPost, b.pages.URL+"/connect/login", url.Values{"token": {name}}); response.StatusCode != http.StatusOK {
		t.Fatalf("logging in answers %s\n%s", response.Status, page)
	}
	return b.browser
}

// approve presses Approve at the app, in the bench's browser.
func (b *bench) approve(t *testing.T, consent *url.URL) (*http.Response, string) {
	t.Helper()
	return b.browse(t, http.MethodPost, consent.String(), url.Values{"decision": {"approve"}, "pages": {"all"}})
}

// gone waits until something was deleted at Alloy and nothing of the connector is
// listed.
func (b *bench) gone(t *testing.T, connectorID string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deleted := func(e simulator.Entry) bool { return e.Method == http.MethodDelete && e.Status == http.StatusOK }
	for !slices.ContainsFunc(b.sim.Journal(), deleted) || len(b.listed(t, connectorID)) > 0 {
		select {
		case <-ctx.Done():
			t.Fatalf("Alloy still lists %+v", b.listed(t, connectorID))
		case <-tick.C:
		}
	}
}

// Ada makes links, and Ben is talked into following one of them to the app and
// approving there. Whatever Ada did with her other links before, what Ben brings is
// deleted and never used for her.
func TestWhatAnotherBrowserBringsIsDeleted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		ada  func(t *testing.T, b *bench, request connect.Request)
	}{
		{"at once", func(*testing.T, *bench, connect.Request) {}},
		{"after she connected her own account by another link of the same request", func(t *testing.T, b *bench, request connect.Request) {
			t.Helper()
			b.approve(t, b.goOn(t, request.URL))
			if got := b.check(t, request.ID, 0); got.Status != connect.Connected {
				t.Fatalf("her own: %+v", got)
			}
		}},
		{"after she followed the very same link herself", func(t *testing.T, b *bench, request connect.Request) {
			t.Helper()
			b.approve(t, b.lent)
			if got := b.check(t, request.ID, 0); got.Status != connect.Connected {
				t.Fatalf("her own: %+v", got)
			}
		}},
		{"long after she came back without having approved", func(t *testing.T, b *bench, request connect.Request) {
			t.Helper()
			b.browse(t, http.MethodGet, b.goOn(t, request.URL).Query().Get("redirectUri"), nil)
			b.shift(t, "returned", request.ID, "", -10*time.Minute)
		}},
		{"after she declined", func(t *testing.T, b *bench, request connect.Request) {
			t.Helper()
			b.browse(t, http.MethodPost, request.URL+"?decline", url.Values{})
		}},
		{"while another request of hers waits for anything new", func(t *testing.T, b *bench, _ connect.Request) {
			t.Helper()
			other := b.startAs(t, "notion", func(s *connect.Start) { s.Owner = "ada" })
			b.browse(t, http.MethodGet, b.goOn(t, other.URL).Query().Get("redirectUri"), nil)
			b.modes(t, func(m *simulator.Modes) { m.ListDelay = time.Second })
			b.keepLooking(t, other.ID)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(c *connect.Config) { c.Visitors = byName{} })
			b.owner = "ada"
			b.logIn(t, "ada")
			request := b.startAs(t, "notion", func(s *connect.Start) { s.Owner = "ada" })
			b.lent = b.goOn(t, request.URL)
			test.ada(t, b, request)
			b.logIn(t, "ben")
			if response, page := b.approve(t, b.lent); response.StatusCode != http.StatusForbidden || !strings.Contains(page, "another browser") {
				t.Errorf("Ben is told %s\n%s", response.Status, page)
			}
			b.gone(t, "notion")
			if got := b.check(t, request.ID, 0); got.Status == connect.Connected || got.CredentialID != "" {
				t.Errorf("the assistant sees %+v", got)
			}
		})
	}
}

// keepLooking has Ada's assistant ask for a request all the time, so that nobody
// sees something new before that request does.
func (b *bench) keepLooking(t *testing.T, id string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var looking sync.WaitGroup
	looking.Go(func() {
		for ctx.Err() == nil {
			if _, err := b.flow.Check(ctx, "ada", id, 0); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	t.Cleanup(func() { cancel(); looking.Wait() })
}

// Two clicks at the app come back twice, and the browser shows what the second one is
// answered.
func TestComingBackTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	consent := b.goOn(t, request.URL)
	for range 2 {
		if _, page := b.approve(t, consent); !strings.Contains(page, "<span>notion is connected</span>") {
			t.Errorf("the page says\n%s", page)
		}
	}
	if got := b.check(t, request.ID, 0); got.Status != connect.Connected {
		t.Errorf("the assistant sees %+v", got)
	}
}

// Who declines on our page and approves in another tab has declined.
func TestApprovingAfterDecliningKeepsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	consent := b.goOn(t, request.URL)
	b.browse(t, http.MethodPost, request.URL+"?decline", url.Values{})
	if _, page := b.approve(t, consent); !strings.Contains(page, "Access was declined, so nothing is kept") {
		t.Errorf("the page says\n%s", page)
	}
	b.gone(t, "notion")
	if got := b.check(t, request.ID, 0); got.Status != connect.Denied {
		t.Errorf("the assistant sees %+v", got)
	}
}
