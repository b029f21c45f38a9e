package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// goOn opens a link to Notion and presses Continue, which leads to Alloy.
func (p *person) goOn(request connect.Request) {
	p.t.Helper()
	p.open(request.URL)
	p.sees("Connect Notion")
	p.press("Continue to Notion")
	p.sees("Connect Notion?")
}

func TestApproving(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "notion")
	p.open(request.URL)
	p.sees("Connect Notion", "Claude Desktop", "10 more minutes", "robin@")
	p.press("Continue to Notion")
	p.press("Approve")
	p.sees("Notion is connected", "Harbour & Pine", "Works", "Go back to your assistant")
	if got := w.status(t, local, request); got.Status != connect.Connected || got.CredentialID != w.listed(t, local, "notion")[0].ID {
		t.Errorf("the assistant sees %+v", got)
	}
	p.reload()
	p.sees("Notion is connected")
	if list := w.listed(t, local, "notion"); len(list) != 1 {
		t.Errorf("after a reload Alloy lists %d", len(list))
	}
}

// What follows a press on Deny is not known of Alloy, so every way ends well.
func TestDenying(t *testing.T) {
	t.Parallel()
	t.Run("back without a word", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		p := w.person(t)
		request := w.start(t, local, "notion")
		p.goOn(request)
		p.press("Deny")
		p.sees("Checking the connection to Notion")
		w.shift(t, "returned", request.ID, "", -time.Minute)
		p.waitsFor("Notion was not connected") // by itself
		p.sees("Notion was not connected", "access was probably denied")
		if got := w.status(t, local, request); got.Status != connect.Failed {
			t.Errorf("the assistant sees %+v", got)
		}
		p.press("Try again")
		p.sees("Connect Notion", "Asked by\nyou")
	})
	t.Run("a page of theirs", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		w.modes(t, func(m *simulator.Modes) { m.Denied = simulator.DeniedPage })
		p := w.person(t)
		request := w.start(t, local, "notion")
		p.goOn(request)
		p.press("Deny")
		p.sees("Not connected")
		p.open(request.URL)
		p.sees("Connect Notion", "nothing has come back yet")
		p.press("Continue to Notion")
		p.press("Approve")
		p.sees("Notion is connected")
	})
	t.Run("with an error", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		w.modes(t, func(m *simulator.Modes) { m.Denied = simulator.DeniedQuery })
		p := w.person(t)
		request := w.start(t, local, "notion")
		p.goOn(request)
		p.press("Deny")
		p.sees("Notion was not connected", "Access was declined")
		if got := w.status(t, local, request); got.Status != connect.Denied {
			t.Errorf("the assistant sees %+v", got)
		}
	})
}

func TestDecliningOnOurPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "notion")
	p.open(request.URL)
	p.press("Do not connect")
	p.sees("Notion was not connected", "Access was declined")
	p.back()
	p.sees("Notion was not connected")
	p.open(request.URL)
	p.sees("Notion was not connected")
	if got := w.status(t, local, request); got.Status != connect.Denied || len(w.listed(t, local, "notion")) > 0 {
		t.Errorf("the assistant sees %+v", got)
	}
	for _, e := range w.sim.Journal() {
		if e.Method == "POST" {
			t.Errorf("Alloy was asked: %s %s", e.Method, e.Path)
		}
	}
}

func TestAnExpiredLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "notion")
	p.open(request.URL)
	w.shift(t, "request", request.ID, "expires", -time.Hour)
	p.press("Continue to Notion") // the page was open all the time
	p.sees("This link has expired", "ten minutes")
	if got := w.status(t, local, request); got.Status != connect.Expired {
		t.Errorf("the assistant sees %+v", got)
	}
	p.press("Try again")
	p.press("Continue to Notion")
	p.press("Approve")
	p.sees("Notion is connected")
}

// callback is where the app sent the browser back to.
func (p *person) callback() string {
	p.t.Helper()
	for _, r := range p.sightings() {
		if strings.HasPrefix(r.url, p.w.site+"/oauth/callback/") {
			return r.url
		}
	}
	p.t.Fatal("the browser never came back from the app")
	return ""
}

// The address on the way back works once: later it only shows its owner how things
// stand.
func TestTheWayBackWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "notion")
	p.goOn(request)
	p.press("Approve")
	p.sees("Notion is connected")
	p.open(p.callback())
	p.sees("Notion is connected")
	first := w.status(t, local, request)
	w.add(t, local, "notion")
	p.open(p.callback())
	p.sees("Notion is connected")
	if got := w.status(t, local, request); got.Status != connect.Connected || got.CredentialID != first.CredentialID {
		t.Errorf("the assistant sees %+v", got)
	}
}

func TestADoubleClickOnContinue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "notion")
	p.open(request.URL)
	p.goes(p.click("Continue to Notion", 2))
	p.waitsFor("Connect Notion?")
	p.goes(p.click("Approve", 2))
	p.waitsFor("Notion is connected")
	if got := w.status(t, local, request); got.Status != connect.Connected {
		t.Errorf("the assistant sees %+v", got)
	}
}

func TestGoingBackAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "notion")
	p.goOn(request)
	p.press("Approve")
	p.sees("Notion is connected")
	p.back()
	p.sees("Connect Notion?") // Alloy's page, which would make another one
	p.back()
	p.sees("Notion is connected")
	first := w.status(t, local, request)
	p.forward()
	p.press("Approve")
	p.sees("Notion is connected")
	if got := w.status(t, local, request); got.CredentialID != first.CredentialID {
		t.Errorf("the request went over to another credential: %+v", got)
	}
}

// The page that waits ends by itself, and without a script.
func TestALateConnectionIsShownOnceItIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	p.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	p.goOn(w.start(t, local, "notion"))
	w.fault(t, simulator.Fault{Kind: simulator.FaultStatus, Status: 503, Method: "GET", Path: "/connectors/notion/credentials"})
	p.press("Approve")
	p.sees("Checking the connection to Notion")
	p.reload()
	p.sees("Checking the connection to Notion")
	w.sim.ClearFaults()
	p.waitsFor("Notion is connected")
}

func TestTheKeyboardIsEnough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	p.open("/connect")
	p.do(chromedp.KeyEvent(kb.Tab))
	if at := evaluate[string](p, `document.activeElement.innerText`); at != "Skip to the content" {
		t.Errorf("Tab comes to %q first", at)
	}
	p.tabTo("Connect Notion")
	p.goes(chromedp.KeyEvent(kb.Enter))
	p.sees("Connect Notion")
	p.tabTo("Continue to Notion")
	p.goes(chromedp.KeyEvent(kb.Enter))
	p.sees("Connect Notion?")
	p.tabTo("Approve")
	p.goes(chromedp.KeyEvent(kb.Enter))
	p.sees("Notion is connected")
}
