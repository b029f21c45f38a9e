package connect_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

func TestAnApprovedLinkConnects(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	if request.Status != connect.Pending || !strings.HasPrefix(request.URL, b.pages.URL+"/connect/") {
		t.Fatalf("started as %+v", request)
	}
	if got := b.check(t, request.ID, 0); got.Status != connect.Pending {
		t.Fatalf("before anybody clicked: %s", got.Status)
	}
	status, page := b.decide(t, request.URL, "approve")
	if status != http.StatusOK || !strings.Contains(page, "is connected") {
		t.Errorf("the last page: %d\n%s", status, page)
	}
	got := b.check(t, request.ID, 0)
	if got.Status != connect.Connected || got.CredentialID == "" {
		t.Fatalf("after the approval: %+v", got)
	}
	if list := b.listed(t, "notion"); len(list) != 1 || list[0].ID != got.CredentialID {
		t.Errorf("Alloy lists %+v; the request says %s", list, got.CredentialID)
	}
}

func TestTheLinkRevealsNothingOfAlloys(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	if strings.Contains(request.URL, "token=") || strings.Contains(request.URL, "strategy") {
		t.Errorf("the link is Alloy's: %s", request.URL)
	}
	b.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ours, page := b.browse(t, http.MethodGet, request.URL, nil)
	if strings.Contains(page, "token=") || strings.Contains(page, "strategy") {
		t.Errorf("our page holds Alloy's link:\n%s", page)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"} {
		if got := ours.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	on, body := b.browse(t, http.MethodPost, request.URL, url.Values{})
	if on.StatusCode != http.StatusSeeOther || !strings.Contains(on.Header.Get("Location"), "token=") || body != "" {
		t.Errorf("the button leads by %s to %q, body %q", on.Status, on.Header.Get("Location"), body)
	}
}

func TestALateCredentialIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.modes(t, func(m *simulator.Modes) { m.ListDelay = 8 * time.Second })
	request := b.start(t, "notion")
	_, page := b.decide(t, request.URL, "approve")
	if strings.Contains(page, "is connected") {
		t.Error("the page says connected before Alloy lists anything")
	}
	if got := b.check(t, request.ID, 30*time.Second); got.Status != connect.Connected {
		t.Errorf("after the delay: %+v", got)
	}
}

func TestDenying(t *testing.T) {
	t.Parallel()
	t.Run("reported in the redirect", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, nil)
		b.modes(t, func(m *simulator.Modes) { m.Denied = simulator.DeniedQuery })
		request := b.start(t, "notion")
		b.decide(t, request.URL, "deny")
		if got := b.check(t, request.ID, 0); got.Status != connect.Denied || got.Reason == "" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a bare redirect is no success", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, nil)
		request := b.start(t, "notion")
		if _, page := b.decide(t, request.URL, "deny"); strings.Contains(page, "is connected") {
			t.Error("the page says connected")
		}
		if got := b.check(t, request.ID, 0); got.Status != connect.Pending {
			t.Errorf("right after: %s, want pending while a credential may still come", got.Status)
		}
	})
}

func TestOnlyTheOwnerSeesARequest(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	for _, id := range []string{request.ID, "nobody-made-this", ""} {
		if _, err := b.flow.Check(t.Context(), "mallory", id, 0); !errors.Is(err, connect.ErrUnknownRequest) {
			t.Errorf("mallory asks for %q: %v, want ErrUnknownRequest", id, err)
		}
	}
	if _, err := b.flow.CheckConnector(t.Context(), "mallory", "notion", 0); !errors.Is(err, connect.ErrUnknownRequest) {
		t.Errorf("mallory asks for notion: %v", err)
	}
}

func TestACallbackAloneConnectsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	callback := b.goOn(t, request.URL).Query().Get("redirectUri")
	if !strings.HasPrefix(callback, b.pages.URL+"/oauth/callback/") {
		t.Fatalf("the redirect URI is %q", callback)
	}
	for range 2 {
		if got, page := b.browse(t, http.MethodGet, callback, nil); got.StatusCode != http.StatusOK || !strings.Contains(page, "Checking the connection") {
			t.Errorf("a visit answers %s\n%s", got.Status, page)
		}
	}
	if got := b.check(t, request.ID, 0); got.Status == connect.Connected {
		t.Error("visiting the callback alone connected something")
	}
	if got, page := b.browse(t, http.MethodGet, b.pages.URL+"/oauth/callback/NOSUCHNONCE", nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown nonce answers %s\n%s", got.Status, page)
	}
}

func TestTwoRequestsShareNoCredential(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	first := b.start(t, "notion")
	b.goOn(t, first.URL) // so that the second start makes another request
	second := b.start(t, "notion")
	b.decide(t, second.URL, "approve")
	if got := b.check(t, second.ID, 0); got.Status != connect.Connected {
		t.Fatalf("the approved one: %+v", got)
	}
	if got := b.check(t, first.ID, 0); got.Status != connect.Pending {
		t.Errorf("the other one took the credential: %+v", got)
	}
}

func TestUnknownAndBrokenLinks(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for _, path := range []string{"/connect/x", "/connect/", "/connect/../etc", "/oauth/callback/x", "/else"} {
		response, page := b.browse(t, http.MethodGet, b.pages.URL+path, nil)
		if response.StatusCode != http.StatusNotFound || !strings.Contains(page, "<h1>") {
			t.Errorf("%s answers %s\n%.200s", path, response.Status, page)
		}
	}
}

func TestTheRedirectURICanBeReplaced(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, configured string
		want             func(base, got string) bool
	}{
		{"none", "", func(base, got string) bool { return strings.HasPrefix(got, base+"/oauth/callback/") }},
		{"not ours is sent unchanged", "https://app.example/back", func(_, got string) bool { return got == "https://app.example/back" }},
		{"not ours though local", "http://localhost:1/oauth/callback", func(_, got string) bool { return got == "http://localhost:1/oauth/callback" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(c *connect.Config) { c.RedirectURI = test.configured })
			request := b.start(t, "notion")
			if got := b.goOn(t, request.URL).Query().Get("redirectUri"); !test.want(b.pages.URL, got) {
				t.Errorf("the redirect URI is %q", got)
			}
		})
	}
}

// A wait that is cut short says where the request stands, not that something failed.
func TestAWaitThatIsCutShortIsNoFailure(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	request := b.start(t, "notion")
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	got, err := b.flow.Check(ctx, "local", request.ID, 30*time.Second)
	if err != nil || got.Status != connect.Pending {
		t.Errorf("got %+v, error %v, want pending", got, err)
	}
}
