package connect

import (
	"errors"
	"net/http"
	"slices"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
)

// farewell is the page that asks before a connection is deleted.
type farewell struct {
	Account row
	Revoke  string // where the app lists who has access
}

// noAccount answers for an id that is not the visitor's.
func (p *pages) noAccount(w http.ResponseWriter, r *http.Request, err error) {
	var unknown *accounts.UnknownError
	if errors.As(err, &unknown) {
		p.say(w, r, http.StatusNotFound, "There is no such connection", "It may have been disconnected already. Your connections page shows what there is.")
		return
	}
	p.broken(w, r, err)
}

// find returns a connection of the visitor's, or answers.
func (p *pages) find(w http.ResponseWriter, r *http.Request, who Visitor) (row, bool) {
	user, err := p.flow.config.User(r.Context(), who.Principal)
	if err != nil {
		p.userProblem(w, r, err)
		return row{}, false
	}
	a, err := p.flow.config.Accounts.Find(r.Context(), user, r.PathValue("id"))
	if err != nil {
		p.noAccount(w, r, err)
		return row{}, false
	}
	connector, err := p.flow.config.Catalog.Connector(r.Context(), a.ConnectorID)
	if err != nil {
		connector = alloy.Connector{} // the id serves as name then
	}
	return newRow(a, appName([]alloy.Connector{connector}, a.ConnectorID)), true
}

// account says what disconnecting means and asks.
func (p *pages) account(w http.ResponseWriter, r *http.Request, who Visitor) {
	shown, ok := p.find(w, r, who)
	if !ok {
		return
	}
	p.show(w, r, http.StatusOK, view{Page: "account", Title: "Disconnect " + shown.App + "?", Data: farewell{Account: shown, Revoke: known(shown.ConnectorID).revoke}})
}

// disconnect deletes a connection at Alloy.
func (p *pages) disconnect(w http.ResponseWriter, r *http.Request, who Visitor) {
	shown, ok := p.find(w, r, who)
	if !ok {
		return
	}
	user, err := p.flow.config.User(r.Context(), who.Principal)
	if err != nil {
		p.userProblem(w, r, err)
		return
	}
	if _, err := p.flow.config.Accounts.Disconnect(r.Context(), user, shown.ID); err != nil {
		p.noAccount(w, r, err)
		return
	}
	p.flow.log.InfoContext(r.Context(), "account disconnected", "connector", shown.ConnectorID)
	lines := []string{"Alloy has deleted the connection and its access. Assistants that used it are told to connect again."}
	lines = append(lines, shown.App+" may still list Alloy as allowed. You take that back there: "+Revocation(shown.ConnectorID)+".")
	p.show(w, r, http.StatusOK, view{Page: "notice", Title: shown.App + " is disconnected", Data: notice{
		Lines: lines, Link: &link{URL: p.root(r.Context()) + "/connect", Text: "Your connections"},
	}})
}

// tidying is the page that shows which connections stand for the same account.
type tidying struct{ Keep, Remove, Unsure []row }

func (p *pages) duplicates(w http.ResponseWriter, r *http.Request, who Visitor) {
	found, ok := p.compare(w, r, who)
	if !ok {
		return
	}
	p.show(w, r, http.StatusOK, view{Page: "duplicates", Title: "Duplicate connections", Data: tidying{
		Keep: p.rows(r, found.Keep), Remove: p.rows(r, found.Remove), Unsure: p.rows(r, found.Unsure),
	}})
}

func (p *pages) compare(w http.ResponseWriter, r *http.Request, who Visitor) (accounts.Duplicates, bool) {
	user, err := p.flow.config.User(r.Context(), who.Principal)
	if err != nil {
		p.userProblem(w, r, err)
		return accounts.Duplicates{}, false
	}
	found, err := p.flow.config.Accounts.Duplicates(r.Context(), who.Principal, user, "")
	if err != nil {
		p.broken(w, r, err)
		return accounts.Duplicates{}, false
	}
	return found, true
}

func (p *pages) rows(r *http.Request, list []accounts.Account) []row {
	apps, err := p.flow.config.Catalog.Connectors(r.Context())
	if err != nil {
		apps = nil // ids serve as names then
	}
	rows := make([]row, len(list))
	for i, a := range list {
		rows[i] = newRow(a, appName(apps, a.ConnectorID))
	}
	return rows
}

// prune deletes what the person saw and confirmed, and what is still a duplicate.
func (p *pages) prune(w http.ResponseWriter, r *http.Request, who Visitor) {
	found, ok := p.compare(w, r, who)
	if !ok {
		return
	}
	user, err := p.flow.config.User(r.Context(), who.Principal)
	if err != nil {
		p.userProblem(w, r, err)
		return
	}
	deleted := 0
	for _, a := range found.Remove {
		if !slices.Contains(r.PostForm["remove"], a.ID) {
			continue
		}
		if _, err := p.flow.config.Accounts.Disconnect(r.Context(), user, a.ID); err != nil {
			p.broken(w, r, err)
			return
		}
		deleted++
	}
	p.flow.log.InfoContext(r.Context(), "duplicate accounts disconnected", "count", deleted)
	p.redirect(w, r, "/connect")
}
