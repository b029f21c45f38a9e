package browser

import (
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/approve"
)

// ask has an agent of the principal's ask to delete a block, and returns the path of
// the page.
func (w *world) ask(t *testing.T, principal string) string {
	t.Helper()
	request, _, err := w.asked.Ask(t.Context(), approve.Request{
		Owner: principal, What: "delete", ActionID: "notion.delete-a-block", Title: "Delete a block", App: "Notion", Effect: "destructive",
		Account: "Harbour & Pine, connected 2026-11-20, 6899a58a31f3347848dd209f", Agent: "Claude Desktop",
		Arguments: "{\n  \"block_id\": \"7c0f2f1e-8d7b-4c0a-9a55-0d3e3c1b2a10\",\n  \"note\": \"ha\u202Erm\"\n}",
	})
	if err != nil {
		t.Fatal(err)
	}
	return "/confirm/" + request.ID
}

func TestACallIsAllowedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	page := w.ask(t, local)
	p.open(page)
	p.sees("Allow this in Notion?", "notion.delete-a-block", "Harbour & Pine", "Claude Desktop", "7c0f2f1e-8d7b-4c0a-9a55-0d3e3c1b2a10", `ha\u202erm`)
	p.press("Allow once")
	p.sees("You allowed it")
	p.open(page)
	p.sees("You allowed it")
	if n := w.approved.Load(); n != 1 {
		t.Errorf("run %d times", n)
	}
}

func TestACallIsDeclined(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	p.open(w.ask(t, local))
	p.press("Do not allow")
	p.sees("You did not allow it")
	if n := w.approved.Load(); n != 0 {
		t.Errorf("run %d times", n)
	}
}

// Somebody else sees nothing of a call and decides nothing; its owner logs in and
// lands on the page.
func TestACallIsItsOwnersToAllow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, twoPeople)
	page := w.ask(t, "ada")
	ben := w.person(t)
	ben.logIn("ben")
	ben.open(page)
	ben.sees("This link is not known")
	ada := w.person(t)
	ada.open(page)
	ada.fill("Your token", tokenOf("ada"))
	ada.press("Log in")
	ada.sees("Allow this in Notion?")
	if n := w.approved.Load(); n != 0 {
		t.Errorf("run %d times", n)
	}
	ada.press("Allow once")
	if n := w.approved.Load(); n != 1 {
		t.Errorf("run %d times", n)
	}
}
