package connect

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// confirmPath is where people approve calls.
const confirmPath = "/confirm"

// deciding is the page that shows what exactly would be done.
type deciding struct {
	approve.Request

	Left int // the minutes to decide
}

// maxShownArguments bounds what a page shows of arguments, in bytes.
const maxShownArguments = 200 << 10

// Asked are the arguments as text, with nothing hidden in it.
func (d deciding) Asked() string {
	if len(d.Arguments) <= len("{}") {
		return ""
	}
	text := plain.Visible(d.Arguments)
	if len(text) <= maxShownArguments {
		return text
	}
	return fmt.Sprintf("%s\n… and %d bytes more, which this page does not show: allow it only if you know what they are", strings.ToValidUTF8(text[:maxShownArguments], ""), len(text)-maxShownArguments)
}

// waiting loads the call of the path for a visitor, or answers.
func (p *pages) waiting(w http.ResponseWriter, r *http.Request, who Visitor) (approve.Request, approve.Status, bool) {
	if p.flow.config.Approvals == nil {
		p.nothing(w, r)
		return approve.Request{}, "", false
	}
	request, status, err := p.flow.config.Approvals.Get(r.Context(), who.Principal, r.PathValue("id"))
	switch {
	case errors.Is(err, approve.ErrUnknown):
		p.say(w, r, http.StatusNotFound, "This link is not known",
			"It is old, it is somebody else's, or the program that made it has ended since. Nothing was done.", "Ask your assistant again.")
	case err != nil:
		p.broken(w, r, err)
	}
	return request, status, err == nil
}

// confirm shows what a call would do, or what was decided.
func (p *pages) confirm(w http.ResponseWriter, r *http.Request, who Visitor) {
	request, status, ok := p.waiting(w, r, who)
	if !ok {
		return
	}
	if status == approve.Pending {
		p.show(w, r, http.StatusOK, view{Page: "confirm", Title: "Allow this in " + request.App + "?", Data: deciding{request, int(math.Ceil(time.Until(request.Expires).Minutes()))}})
		return
	}
	p.decided(w, r, request, status)
}

func (p *pages) decided(w http.ResponseWriter, r *http.Request, request approve.Request, status approve.Status) {
	switch status {
	case approve.Approved:
		p.say(w, r, http.StatusOK, "You allowed it", line(request.ActionID)+" is run once, now.", "Your assistant sees how it went. You can close this window.")
	case approve.Denied:
		p.say(w, r, http.StatusOK, "You did not allow it", "Nothing was done, and your assistant is told so. You can close this window.")
	case approve.Expired:
		p.say(w, r, http.StatusGone, "This link has expired", "A link works for ten minutes. Nothing was done.", "Ask your assistant again if you want it.")
	case approve.Pending:
	}
}

// decide does what the person pressed.
func (p *pages) decide(w http.ResponseWriter, r *http.Request, who Visitor) {
	request, _, ok := p.waiting(w, r, who)
	if !ok {
		return
	}
	allow := !r.URL.Query().Has("decline")
	_, status, err := p.flow.config.Approvals.Decide(r.Context(), who.Principal, request.ID, allow)
	if err != nil {
		p.broken(w, r, err)
		return
	}
	p.flow.log.InfoContext(r.Context(), "a person decided on a call", "action", request.ActionID, "effect", request.Effect, "decision", string(status))
	p.redirect(w, r, confirmPath+"/"+request.ID)
}
