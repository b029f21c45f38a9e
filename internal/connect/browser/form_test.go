package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// right is what a connector's field takes at the simulated app.
func (w *world) right(connectorID, field string) string {
	return fmt.Sprint(w.sim.ProviderData(connectorID)[field])
}

// Every kind of form takes the wrong secret, says so, and takes the right one.
// Neither is anywhere in the browser afterwards.
func TestForms(t *testing.T) {
	t.Parallel()
	const wrong = "canary-wrong-secret-7d1e"
	for _, test := range []struct {
		connectorID, app, secret, label, complaint string
		fill                                       map[string]string // further fields by label
	}{
		{"shipStation", "ShipStation", "apiKey", "API key", "Authorization has been denied", nil},
		{"shippo", "Shippo", "accessToken", "Access token", "Token does not exist", nil},
		{"jira", "Jira", "password", "Password", "must be authenticated", map[string]string{"Domain": "harbourpine", "Username": "robin@harbourpine.example"}},
	} {
		t.Run(test.connectorID, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			p := w.person(t)
			p.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
			request := w.start(t, local, test.connectorID)
			p.open(request.URL)
			for label, value := range test.fill {
				p.fill(label, value)
			}
			p.fill(test.label, wrong)
			p.press("Connect " + test.app)
			p.sees("Connect "+test.app, test.app+" does not accept this", test.complaint, "Nothing was kept")
			if list := w.listed(t, local, test.connectorID); len(list) > 0 {
				t.Errorf("the wrong one is kept: %+v", list)
			}
			p.forgot(wrong)
			for label, value := range test.fill {
				if got := p.value(label); got != value {
					t.Errorf("%s has to be typed again: %q", label, got)
				}
			}
			right := w.right(test.connectorID, test.secret)
			p.fill(test.label, right)
			p.press("Connect " + test.app)
			p.sees(test.app+" is connected", "Works")
			p.forgot(wrong, right)
			p.back()
			p.forgot(wrong, right)
			p.open("/connect")
			p.forgot(wrong, right)
			if got := w.status(t, local, request); got.Status != connect.Connected || len(w.listed(t, local, test.connectorID)) != 1 {
				t.Errorf("the assistant sees %+v", got)
			}
		})
	}
}

// forgot fails the test if a secret is on the page, in the history, in an address or
// a referrer, or in what the browser keeps for our site.
func (p *person) forgot(secrets ...string) {
	p.t.Helper()
	ctx, cancel := p.context()
	defer cancel()
	cookies, err := chromedp.CallBrowser(ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: p.tab.profile()})
	if err != nil {
		p.t.Fatal(err)
	}
	kept := map[string]string{
		"the page":    p.source() + evaluate[string](p, `[...document.querySelectorAll("input")].map(e => e.value).join("\n")`),
		"the history": strings.Join(p.history(), "\n"),
	}
	for _, cookie := range cookies.Cookies {
		kept["the cookies"] += cookie.Name + "=" + cookie.Value + "\n"
	}
	if strings.HasPrefix(p.url(), p.w.site) {
		kept["the storage"] = evaluate[string](p, `JSON.stringify(localStorage) + JSON.stringify(sessionStorage)`)
	}
	for _, r := range p.sightings() {
		kept["the addresses"] += r.url + "\n"
		kept["the referrers"] += r.referrer + "\n"
	}
	for where, text := range kept {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				p.t.Errorf("%s: there is %q", where, secret)
			}
		}
	}
}

// The browser holds a form back that lacks something, and so do we.
func TestAMissingField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "jira")
	p.open(request.URL)
	p.fill("Domain", "harbourpine")
	p.do(p.click("Connect Jira", 1))
	if at := evaluate[string](p, `document.activeElement.labels[0].innerText`); at != "Username" {
		t.Errorf("the browser points at %q", at)
	}
	p.withoutRequired()
	p.press("Connect Jira")
	p.sees("Connect Jira", "Please correct this", "Username is missing.", "Password is missing.")
	if p.status() != 200 || !strings.HasPrefix(evaluate[string](p, `document.title`), "Error: ") {
		t.Errorf("the page is %d, %q", p.status(), evaluate[string](p, `document.title`))
	}
	if at := evaluate[string](p, `document.activeElement.labels[0].innerText`); at != "Username" {
		t.Errorf("the cursor is in %q", at)
	}
	if got := evaluate[string](p, field("Username")+`[0].getAttribute("aria-describedby").split(" ").map(id => document.getElementById(id).innerText).join("|")`); !strings.Contains(got, "Username is missing.") {
		t.Errorf("the field is described by %q", got)
	}
	p.fill("Username", "robin@harbourpine.example")
	p.fill("Password", w.right("jira", "password"))
	p.goes(chromedp.KeyEvent(kb.Enter))
	p.sees("Jira is connected")
}

func TestADoubleClickOnAForm(t *testing.T) {
	t.Parallel()
	t.Run("with the right key", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		p := w.person(t)
		p.open(w.start(t, local, "shippo").URL)
		p.fill("Access token", w.right("shippo", "accessToken"))
		p.goes(p.click("Connect Shippo", 2))
		p.waitsFor("Shippo is connected")
		if list := w.listed(t, local, "shippo"); len(list) != 1 {
			t.Errorf("Alloy lists %d", len(list))
		}
	})
	t.Run("with a wrong one", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		p := w.person(t)
		p.open(w.start(t, local, "shippo").URL)
		p.fill("Access token", "wrong")
		p.goes(p.click("Connect Shippo", 2))
		p.waitsFor("Connect Shippo")
		p.sees("Connect Shippo", "Token does not exist")
		if list := w.listed(t, local, "shippo"); len(list) > 0 {
			t.Errorf("Alloy lists %+v", list)
		}
	})
}

func TestGoingBackAndReloadingAfterAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "shippo")
	p.open(request.URL)
	p.fill("Access token", "canary-wrong")
	p.press("Connect Shippo")
	p.sees("Connect Shippo", "Token does not exist")
	p.back()
	p.sees("Connect Shippo")
	if got := p.value("Access token"); got != "" {
		t.Errorf("the key is still there: %q", got)
	}
	p.reload()
	p.sees("Connect Shippo", "Token does not exist")
	p.fill("Access token", w.right("shippo", "accessToken"))
	p.press("Connect Shippo")
	p.sees("Shippo is connected")
	p.reload()
	p.sees("Shippo is connected")
	p.back()
	p.sees("Shippo is connected")
	if list := w.listed(t, local, "shippo"); len(list) != 1 {
		t.Errorf("Alloy lists %d", len(list))
	}
}

func TestDecliningSendsNothingThatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "shippo")
	p.open(request.URL)
	p.fill("Access token", "canary-typed-and-not-sent")
	p.press("Do not connect")
	p.sees("Shippo was not connected")
	for _, r := range p.sightings() {
		if strings.Contains(r.body, "canary") {
			t.Errorf("it went to %s", r.url)
		}
	}
	if got := w.status(t, local, request); got.Status != connect.Denied {
		t.Errorf("the assistant sees %+v", got)
	}
}

// An app that needs nothing, and one that asks for everything.
func TestUnusualForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.load(t, openData)
	w.load(t, warehouse)
	p := w.person(t)
	p.open(w.start(t, local, "openData").URL)
	p.sees("Connect Open Data", "nothing from you but your consent")
	p.press("Connect Open Data")
	p.sees("Open Data is connected", "could not be tested")
	p.open(w.start(t, local, "warehouse").URL)
	p.fill("Account", "harbour")
	p.fill("Private key", "k")
	p.fill("Port (optional)", "high")
	p.press("Connect Warehouse")
	p.sees("Connect Warehouse", "Port must be")
	p.fill("Private key", "k")
	p.fill("Port (optional)", "8080")
	p.press("Connect Warehouse")
	p.sees("Warehouse is connected")
}
