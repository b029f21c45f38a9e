package browser

import (
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

func TestApproving(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.person(t)
	request := w.start(t, local, "notion")
	p.open(request.URL)
	p.sees("Connect Notion", "Claude Desktop")
	p.press("Continue to Notion")
	p.sees("Connect Notion?")
	p.press("Approve")
	p.sees("Notion is connected")
	if got := w.status(t, local, request); got.Status != connect.Connected || got.CredentialID != w.listed(t, local, "notion")[0].ID {
		t.Errorf("the assistant sees %+v", got)
	}
}
