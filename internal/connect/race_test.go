package connect_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// A person with many windows presses everything at once. One thing happens, and it
// is what the assistant, the pages and Alloy's list agree on.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	for range 8 {
		b := newBench(t, nil)
		request := b.start(t, "notion")
		consent := b.goOn(t, request.URL)
		b.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		approved, _ := b.approve(t, consent)
		back := approved.Header.Get("Location")
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { b.press(t, http.MethodGet, back) })
			all.Go(func() { b.press(t, http.MethodPost, request.URL) })
			all.Go(func() { b.press(t, http.MethodPost, request.URL+"?decline") })
			all.Go(func() { b.press(t, http.MethodGet, request.URL) })
		}
		all.Wait()
		switch got := b.check(t, request.ID, 30*time.Second); got.Status {
		case connect.Connected:
			if list := b.listed(t, "notion"); len(list) != 1 || list[0].ID != got.CredentialID {
				t.Errorf("connected is %s, and Alloy lists %+v", got.CredentialID, list)
			}
		case connect.Denied:
			b.gone(t, "notion")
		default:
			t.Errorf("it ended as %+v", got)
		}
	}
}

// press sends a request whose answer does not matter.
func (b *bench) press(t *testing.T, method, address string) {
	t.Helper()
	var response *http.Response
	var err error
	if method == http.MethodPost {
		response, err = b.browser.PostForm(address, url.Values{})
	} else {
		response, err = b.browser.Get(address)
	}
	if err != nil {
		t.Error(err)
		return
	}
	_ = response.Body.Close()
}

// The person comes back from the app between the look at the request and its end.
func TestDecliningAMomentAfterComingBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	b.modes(t, func(m *simulator.Modes) { m.ListDelay = 5 * time.Second })
	consent := b.goOn(t, request.URL)
	b.approve(t, consent) // and comes back, before Alloy lists anything
	if err := b.flow.Decline(t.Context(), request.ID); err != nil {
		t.Fatal(err)
	}
	b.gone(t, "notion")
	if got := b.check(t, request.ID, 0); got.Status != connect.Denied {
		t.Errorf("it ended as %+v", got)
	}
}
