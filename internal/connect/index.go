package connect

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

// row is a connection as the pages show it.
type row struct {
	ID, ConnectorID, App, Name, Owner string
	Status                            accounts.Status
	Created, Verified                 time.Time
}

func newRow(a accounts.Account, app string) row {
	return row{
		ID: a.ID, ConnectorID: a.ConnectorID, App: app, Name: plain.Line(a.Name, 120), Owner: plain.Line(a.Owner, 120),
		Status: a.Status, Created: a.CreatedAt, Verified: a.VerifiedAt,
	}
}

// StatusWords says a status for people.
func (r row) StatusWords() string {
	switch r.Status {
	case accounts.Working:
		return "Works"
	case accounts.NeedsReconnect:
		return "Needs reconnecting"
	}
	return "Not tested yet"
}

// Works reports whether nothing speaks against the connection.
func (r row) Works() bool { return r.Status != accounts.NeedsReconnect }

// overview is the page /connect.
type overview struct {
	Rows       []row
	Duplicates bool // an app has several accounts
	Query      string
	Category   string
	Categories []string
	Apps       []offer
	Total      int
}

// offer is an app that can be connected.
type offer struct{ ID, Name, Categories string }

// index lists the person's connections and all apps.
func (p *pages) index(w http.ResponseWriter, r *http.Request, who Visitor) {
	user, err := p.flow.config.User(r.Context(), who.Principal)
	if err != nil {
		p.userProblem(w, r, err)
		return
	}
	apps, err := p.flow.config.Catalog.Connectors(r.Context())
	if err != nil {
		p.broken(w, r, err)
		return
	}
	list, err := p.flow.config.Accounts.All(r.Context(), user)
	if err != nil {
		p.broken(w, r, err)
		return
	}
	data := overview{Query: plain.Line(r.URL.Query().Get("q"), 80), Category: plain.Line(r.URL.Query().Get("category"), 80)}
	counts := make(map[string]int)
	for _, a := range list {
		data.Rows = append(data.Rows, newRow(a, appName(apps, a.ConnectorID)))
		counts[a.ConnectorID]++
		data.Duplicates = data.Duplicates || counts[a.ConnectorID] > 1
	}
	data.offer(apps)
	p.show(w, r, http.StatusOK, view{Page: "index", Title: "Your connections", Data: data})
}

// maxCategory bounds the name of a category.
const maxCategory = 40

// offer fills in the apps that match what was searched for.
func (o *overview) offer(apps []alloy.Connector) {
	o.Total = len(apps)
	for _, a := range apps {
		for _, category := range a.Categories {
			if category = plain.Line(category, maxCategory); category != "" && !slices.Contains(o.Categories, category) {
				o.Categories = append(o.Categories, category)
			}
		}
		if o.Category != "" && !slices.ContainsFunc(a.Categories, func(c string) bool { return plain.Line(c, maxCategory) == o.Category }) {
			continue
		}
		if !strings.Contains(strings.ToLower(a.Name+" "+a.ID), strings.ToLower(o.Query)) {
			continue
		}
		name := appName([]alloy.Connector{a}, a.ID)
		o.Apps = append(o.Apps, offer{ID: a.ID, Name: name, Categories: plain.Line(strings.Join(a.Categories, ", "), 80)})
	}
	slices.Sort(o.Categories)
	slices.SortStableFunc(o.Apps, func(a, b offer) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
}

func appName(apps []alloy.Connector, id string) string {
	for _, a := range apps {
		if name := plain.Line(a.Name, maxName); a.ID == id && name != "" {
			return name
		}
	}
	return plain.Line(id, maxName)
}

// userProblem says that there is no Alloy user to act for.
func (p *pages) userProblem(w http.ResponseWriter, r *http.Request, err error) {
	var failed *alloy.Error
	if errors.As(err, &failed) {
		p.broken(w, r, err)
		return
	}
	p.say(w, r, http.StatusConflict, "No Alloy user is set", sentence(plain.Line(err.Error(), 300)), "Whoever runs the server runs “alloy-mcp setup”.")
}

// begin makes a request for an app that the person chose on our page.
func (p *pages) begin(w http.ResponseWriter, r *http.Request, who Visitor) {
	ctx := r.Context()
	connector, err := p.flow.config.Catalog.Connector(ctx, r.PostFormValue("connector"))
	var unknown *catalog.UnknownConnectorError
	if errors.As(err, &unknown) {
		p.say(w, r, http.StatusNotFound, "There is no such app", "Your connections page lists the apps that there are.")
		return
	}
	if err != nil {
		p.broken(w, r, err)
		return
	}
	user, err := p.flow.config.User(ctx, who.Principal)
	if err != nil {
		p.userProblem(w, r, err)
		return
	}
	replaces := r.PostFormValue("replaces")
	if replaces != "" {
		old, err := p.flow.config.Accounts.Find(ctx, user, replaces)
		if err == nil && old.ConnectorID != connector.ID {
			err = &accounts.UnknownError{ConnectorID: connector.ID}
		}
		if err != nil {
			p.noAccount(w, r, err)
			return
		}
	}
	method, err := p.flow.Method(ctx, connector.ID, alloy.AuthType(r.PostFormValue("method")))
	var not *MethodError
	if errors.As(err, &not) {
		p.say(w, r, http.StatusConflict, plain.Line(connector.Name, 60)+" cannot be connected here", sentence(not.Error()), not.Hint())
		return
	}
	if err != nil {
		p.broken(w, r, err)
		return
	}
	request, err := p.flow.Start(ctx, Start{Owner: who.Principal, User: user, Connector: connector, Method: method, ByPerson: true, Replaces: replaces})
	if err != nil {
		p.broken(w, r, err)
		return
	}
	p.redirect(w, r, "/connect/"+request.ID)
}
