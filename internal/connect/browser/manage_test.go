package browser

import (
	"strings"
	"testing"
)

func TestDisconnectingAsksFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	p.goOn(w.start(t, local, "notion"))
	p.press("Approve")
	p.press("Your connections")
	p.sees("Your connections", "Harbour & Pine", "Works")
	p.press("Disconnect Notion, Harbour & Pine, Alloy")
	p.sees("Disconnect Notion?", "cannot be undone", "Notion, Settings, Connections", w.listed(t, local, "notion")[0].ID)
	p.press("Keep it")
	p.sees("Your connections", "Harbour & Pine")
	if len(w.listed(t, local, "notion")) != 1 {
		t.Error("keeping it has deleted it")
	}
	p.press("Disconnect Notion, Harbour & Pine, Alloy")
	p.press("Disconnect Notion")
	p.sees("Notion is disconnected", "may still list Alloy")
	if list := w.listed(t, local, "notion"); len(list) > 0 {
		t.Errorf("Alloy still lists %+v", list)
	}
	p.reload() // the browser sends it again
	p.sees("There is no such connection")
	p.press("Your connections")
	p.sees("Your connections", "Nothing is connected yet")
}

// What no longer works is connected anew from the list, and then removed.
func TestReconnecting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	p.furnish()
	dead := w.listed(t, local, "jira")[0].ID
	p.open("/connect")
	p.sees("Your connections", "Needs reconnecting")
	p.press("Reconnect Jira, Robin Akers, robin@harbourpine.example")
	p.sees("Connect Jira again", "Asked by\nyou")
	p.fill("Domain", "harbourpine")
	p.fill("Username", "robin@harbourpine.example")
	p.fill("Password", w.right("jira", "password"))
	p.press("Connect Jira")
	p.sees("Jira is connected", "Works")
	if list := w.listed(t, local, "jira"); len(list) != 1 || list[0].ID == dead {
		t.Errorf("Alloy lists %+v; the dead one was %s", list, dead)
	}
}

func TestDuplicatesAreSortedOutByThePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	p.furnish()
	before := len(w.listed(t, local, "notion"))
	p.open("/connect")
	p.press("Look for duplicates")
	p.sees("Duplicate connections", "Can be deleted", "Only you can tell", "Kept")
	p.do(p.clickAt(p.find(`[...document.querySelectorAll("[name=remove]")]`, "the box"), 1))
	p.press("Delete the selected") // none is
	if got := len(w.listed(t, local, "notion")); got != before {
		t.Errorf("nothing was selected, and of %d there are %d", before, got)
	}
	p.press("Look for duplicates")
	p.press("Delete the selected")
	p.sees("Your connections")
	if got := w.listed(t, local, "notion"); len(got) != 1 {
		t.Errorf("Alloy lists %+v", got)
	}
	if got := w.listed(t, local, "shippo"); len(got) != 2 {
		t.Errorf("what cannot be told apart was deleted: %+v", got)
	}
	p.open("/connect/duplicates")
	p.sees("Duplicate connections", "There are none")
}

func TestSearching(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.load(t, app("longOne", `<b>Bold & "quoted"</b>`, "apiKey", ""))
	p := w.person(t)
	p.open("/connect")
	p.sees("Your connections", "5 of 5 apps", `<b>Bold & "quoted"</b>`)
	p.fill("Name", "SHIP")
	p.press("Search")
	p.sees("Your connections", "2 of 5 apps", "Shippo", "ShipStation")
	if strings.Contains(p.text(), "Notion") {
		t.Error("Notion is shown too")
	}
	if got := p.value("Name"); got != "SHIP" {
		t.Errorf("the field says %q", got)
	}
	evaluate[string](p, `document.querySelector("#category").value = "productivity"`)
	p.press("Search")
	p.sees("Your connections", "No app matches")
	p.press("Show all 5")
	p.sees("Your connections", "5 of 5 apps")
	p.open(`/connect?q="><script>alert(1)</script>`)
	p.sees("Your connections", "No app matches")
	p.open("/connect")
	p.press("Connect Shippo")
	p.sees("Connect Shippo", "Asked by\nyou")
}

// A program sends people here and wants them back.
func TestGoingBackToWhereOneCameFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	back := p.elsewhere("")
	request := w.start(t, local, "notion")
	w.change(t, "request", request.ID, func(fact map[string]any) { fact["return_to"] = back + "/done?a=b" })
	p.goOn(request)
	p.press("Approve")
	p.sees("Elsewhere")
	if want := back + "/done?a=b&request_id=" + request.ID + "&status=connected"; p.url() != want {
		t.Errorf("the browser is sent to %s, want %s", p.url(), want)
	}
	p.open(request.URL)
	p.sees("Notion is connected")
	p.press("Go back to where you came from")
	p.sees("Elsewhere")
}
