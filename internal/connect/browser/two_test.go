package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// gone waits until Alloy lists nothing of a principal's for a connector, and fails
// the test if anything of it can be used.
func (p *person) gone(principal, connectorID string) {
	p.t.Helper()
	p.until(func() bool { return len(p.w.listed(p.t, principal, connectorID)) == 0 }, "what was lent is still at Alloy")
	list, err := p.w.accounts.Of(p.t.Context(), p.w.users[principal], connectorID)
	if err != nil || len(list) > 0 {
		p.t.Errorf("%s can use %+v, %v", principal, list, err)
	}
}

func TestALinkInAnotherPersonsBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoPeople)
	ben := w.person(t)
	ben.logIn("ben")
	request := w.start(t, "ada", "notion")
	ben.open(request.URL)
	ben.sees("This link is somebody else's", "Nothing was connected")
	if ben.status() != http.StatusForbidden {
		t.Errorf("the page is %d", ben.status())
	}
	for _, path := range []string{"", "?decline"} {
		ben.post("/connect/"+request.ID+path, nil)
		ben.sees("This link is somebody else's")
	}
	if got := w.status(t, "ada", request); got.Status != connect.Pending {
		t.Errorf("the request: %+v", got)
	}
}

// post sends a form that no page of ours has, from one of our pages.
func (p *person) post(path string, fields map[string]string) {
	p.t.Helper()
	p.open("/connect")
	var inputs strings.Builder
	for name, value := range fields {
		inputs.WriteString(`{ const i = document.createElement("input"); i.type = "hidden"; i.name = ` + quote(name) + `; i.value = ` + quote(value) + `; f.append(i); }`)
	}
	evaluate[string](p, `(() => { const f = document.createElement("form"); f.method = "post"; f.action = `+quote(path)+`; `+inputs.String()+`
		const b = document.createElement("button"); b.textContent = "Forged"; f.append(b); document.querySelector("main").prepend(f); return ""; })()`)
	p.press("Forged")
}

// Ada copies Alloy's own link from her address bar and talks Ben into following it.
func TestAlloysLinkInAnotherPersonsBrowser(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"a stranger", "ben"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, twoPeople)
			ada, ben := w.person(t), w.person(t)
			ada.logIn("ada")
			if who == "ben" {
				ben.logIn("ben")
			}
			request := w.start(t, "ada", "notion")
			ada.goOn(request)
			ben.open(ada.url())
			ben.press("Approve")
			ben.sees("This was begun in another browser", "Your account is not used", "being deleted")
			ben.gone("ada", "notion")
			if list := w.listed(t, "ben", "notion"); len(list) > 0 {
				t.Errorf("Ben has %+v", list)
			}
			ada.open(request.URL)
			ada.sees("Notion was not connected", "another browser")
			if got := w.status(t, "ada", request); got.Status != connect.Failed || got.CredentialID != "" {
				t.Errorf("the assistant sees %+v", got)
			}
			w.shift(t, "unwanted", request.ID, "", -time.Minute) // she needs longer than this test
			ada.press("Try again")
			ada.press("Continue to Notion")
			ada.press("Approve")
			ada.sees("Notion is connected")
		})
	}
}

// The way back of one person's request, followed by another, connects nothing and
// touches nothing of theirs.
func TestTheWayBackInAnotherPersonsBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoPeople)
	ada, ben := w.person(t), w.person(t)
	ada.logIn("ada")
	ben.logIn("ben")
	hers, his := w.start(t, "ada", "notion"), w.start(t, "ben", "notion")
	ada.goOn(hers)
	ben.goOn(his)
	back := evaluate[string](ada, `new URL(location.href).searchParams.get("redirectUri")`)
	ben2 := ben.secondTab()
	ben2.open(back)
	ben2.sees("This was begun in another browser")
	ben.press("Approve")
	ben.sees("Notion is connected", "Ben Okafor")
	if got := w.status(t, "ben", his); got.Status != connect.Connected {
		t.Errorf("Ben's own: %+v", got)
	}
	if got := w.status(t, "ada", hers); got.Status != connect.Failed {
		t.Errorf("Ada's: %+v", got)
	}
}

// Connections and requests of others are as if they were not there.
func TestIdsOfOthersOpenNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoPeople)
	ada, ben := w.person(t), w.person(t)
	ada.logIn("ada")
	ada.goOn(w.start(t, "ada", "notion"))
	ada.press("Approve")
	ada.sees("Notion is connected")
	id := w.listed(t, "ada", "notion")[0].ID
	ben.logIn("ben")
	ben.open("/connect/account/" + id)
	ben.sees("There is no such connection")
	ben.post("/connect/account/"+id, nil)
	ben.sees("There is no such connection")
	ben.post("/connect/new", map[string]string{"connector": "notion", "replaces": id})
	ben.post("/connect/duplicates", map[string]string{"remove": id})
	ben.open("/connect")
	ben.sees("Your connections", "Nothing is connected yet")
	if strings.Contains(ben.source(), id) {
		t.Error("Ben's page holds the id of Ada's connection")
	}
	if list := w.listed(t, "ada", "notion"); len(list) != 1 {
		t.Errorf("Ada's connections: %+v", list)
	}
}

// Two windows of one person: both are finished, one connection comes of it.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoPeople)
	first := w.person(t)
	first.logIn("ada")
	request := w.start(t, "ada", "notion")
	second := first.secondTab()
	first.goOn(request)
	second.open(request.URL)
	second.sees("Connect Notion", "nothing has come back yet")
	second.press("Continue to Notion")
	first.press("Approve")
	first.sees("Notion is connected")
	got := w.status(t, "ada", request)
	second.press("Approve")
	second.sees("Notion is connected")
	if now := w.status(t, "ada", request); now.CredentialID != got.CredentialID {
		t.Errorf("the request went over to another credential: %+v", now)
	}
	usable, err := w.accounts.Of(t.Context(), w.users["ada"], "notion")
	if err != nil || len(usable) != 1 {
		t.Errorf("usable: %+v, %v", usable, err)
	}
}

// One window declines while the other is at the app: declining is what counts.
func TestDecliningInOneTabAndApprovingInTheOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first := w.person(t)
	request := w.start(t, local, "notion")
	second := first.secondTab()
	first.goOn(request)
	second.open(request.URL)
	second.press("Do not connect")
	first.press("Approve")
	first.sees("Notion was not connected", "nothing is kept")
	first.gone(local, "notion")
}
