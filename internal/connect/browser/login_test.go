package browser

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

func TestLoggingInAndOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoPeople)
	p := w.person(t)
	request := w.start(t, "ada", "notion")
	p.open(request.URL)
	p.sees("Log in")
	if p.status() != http.StatusUnauthorized {
		t.Errorf("the page is %d", p.status())
	}
	p.fill("Your token", "amcp_canary-of-nobody")
	p.press("Log in")
	p.sees("Log in", "Nobody here has this token")
	p.forgot("amcp_canary-of-nobody")
	p.fill("Your token", tokenOf("ada"))
	p.press("Log in")
	p.sees("Connect Notion", "Ada Lindqvist") // where she wanted to go
	p.forgot("amcp_canary-of-nobody", tokenOf("ada"))
	p.press("Your connections")
	p.press("Log out")
	p.sees("Log in")
	p.back()
	p.until(func() bool { return p.heading() == "Log in" }, "after logging out a page can be gone back to")
	p.open(request.URL)
	p.sees("Log in")
}

// Whoever may no longer use the server may no longer use its pages, at once.
func TestARevokedLogin(t *testing.T) {
	t.Parallel()
	everybody := &crowd{gone: make(map[string]bool)}
	w := newWorld(t, func(c *connect.Config) { c.Visitors, c.Person = everybody, "" })
	p := w.person(t)
	p.logIn("ada")
	p.open(w.start(t, "ada", "shippo").URL)
	p.fill("Access token", w.right("shippo", "accessToken"))
	everybody.revoke("ada")
	p.press("Connect Shippo")
	p.sees("Log in")
	if list := w.listed(t, "ada", "shippo"); len(list) > 0 {
		t.Errorf("it was stored all the same: %+v", list)
	}
	p.fill("Your token", tokenOf("ben"))
	p.press("Log in")
	p.sees("This link is somebody else's")
}

// What the page is told about where to go on is not believed.
func TestTheWayAfterLoggingInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoPeople)
	p := w.person(t)
	for _, next := range []string{"https://evil.example/", "//evil.example", "/connect\n//evil.example"} {
		p.open("/connect")
		evaluate[string](p, `document.querySelector("[name=next]").value = `+quote(next))
		p.fill("Your token", tokenOf("ada"))
		p.press("Log in")
		p.sees("Your connections")
		p.press("Log out")
	}
}

// elsewhere is another site, with a page of its own making.
func (p *person) elsewhere(page string) string {
	p.t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>elsewhere</title><h1>Elsewhere</h1>" + page)) // the browser may be gone
	}))
	p.t.Cleanup(site.Close)
	p.lured = append(p.lured, site.URL)
	return site.URL
}

// Another site can neither log people in as somebody else nor press our buttons nor
// show our pages as part of its own.
func TestOtherSitesAreKeptOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoPeople)
	p := w.person(t)
	p.open(p.elsewhere(`<form method="post" action="` + w.site + `/connect/login"><input type="hidden" name="token" value="` + tokenOf("ben") + `"><button>Go</button></form>`))
	p.press("Go")
	if p.status() != http.StatusForbidden {
		t.Errorf("logging in from elsewhere: %d\n%s", p.status(), p.text())
	}
	p.open("/connect")
	p.sees("Log in")
	p.logIn("ada")
	request := w.start(t, "ada", "notion")
	for _, path := range []string{"/connect/" + request.ID, "/connect/" + request.ID + "?decline", "/connect/logout", "/connect/new"} {
		p.open(p.elsewhere(`<form method="post" action="` + w.site + path + `"><input type="hidden" name="connector" value="notion"><button>Go</button></form>`))
		p.press("Go")
		if p.status() != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d\n%s", path, p.status(), p.text())
		}
	}
	if got := w.status(t, "ada", request); got.Status != connect.Pending {
		t.Errorf("the request: %+v", got)
	}
	p.open(p.elsewhere(`<iframe src="` + request.URL + `"></iframe>`))
	if inside := evaluate[bool](p, `(() => { try { return frames[0].document.body.innerText.includes("Connect"); } catch { return false; } })()`); inside {
		t.Error("our page is shown in a frame")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if framing := strings.Join(p.troubles, "\n"); !strings.Contains(framing, "frame-ancestors") {
		t.Errorf("the browser did not object to the frame: %s", framing)
	}
	p.troubles = nil
}
