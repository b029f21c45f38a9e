package connect

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
)

// asking is the page of a request that waits for the person.
type asking struct {
	ID, App, Agent, User string
	ByPerson             bool
	Expires              time.Time
	Left                 int  // the minutes until then
	Sent                 bool // the person went on to the app before
	Form                 bool // the person enters what the app needs
	OAuth                bool // and goes on to the app
	Fields               []filled
	Missing              bool // fields have problems
	Problem              string
	Sandbox              string
}

// filled is a field with what was wrong with it, and what was entered before
// where it is no secret.
type filled struct {
	Field

	Value, Problem string
	DescribedBy    string // the ids of its help and of its problem
	First          bool   // the first that has a problem
}

// mine loads the request of the path for a visitor, or answers.
func (p *pages) mine(w http.ResponseWriter, r *http.Request, who Visitor) (progress, bool) {
	found, err := p.flow.facts.load(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, ErrUnknownRequest):
		p.say(w, r, http.StatusNotFound, "This link is not known",
			"It is old, or the program that made it has ended since.", "Ask your assistant for a new link.")
		return progress{}, false
	case err != nil:
		p.broken(w, r, err)
		return progress{}, false
	case found.Owner != who.Principal:
		p.flow.log.WarnContext(r.Context(), "security: somebody else opened a link", "connector", found.Connector.ID, "request", found.ID[:6])
		p.say(w, r, http.StatusForbidden, "This link is somebody else's",
			"It connects an account for the person whose assistant made it, and works in that person's browser only.",
			"Nothing was connected. If somebody sent you this link, do not follow it.")
		return progress{}, false
	}
	return found, true
}

// open shows where a request stands, and what the person can do about it.
func (p *pages) open(w http.ResponseWriter, r *http.Request, who Visitor) {
	request, ok := p.mine(w, r, who)
	if !ok {
		return
	}
	if looked, err := p.flow.look(r.Context(), request.ID); err == nil {
		request = looked
	}
	p.standing(w, r, request)
}

func (p *pages) standing(w http.ResponseWriter, r *http.Request, request progress) {
	now := time.Now()
	state := request.view(now)
	switch {
	case state.Status != Pending:
		p.result(w, r, request, state)
	case request.found != nil, request.returned != nil, request.handed != nil:
		p.checking(w, r, request)
	default:
		p.ask(w, r, request)
	}
}

// ask shows the request and the button or the form.
func (p *pages) ask(w http.ResponseWriter, r *http.Request, request progress) {
	fields, err := Fields(request.Method)
	if err != nil {
		p.say(w, r, http.StatusBadGateway, "This app cannot be connected here", "Alloy describes its fields in a form that cannot be read.", "support@runalloy.com can help.")
		return
	}
	data := asking{
		ID: request.ID, App: request.Connector.Name, Agent: request.Agent, ByPerson: request.ByPerson, User: p.flow.userName(r.Context(), request.User),
		Expires: request.Expires, Left: int(math.Ceil(time.Until(request.Expires).Minutes())), Sent: request.sent != nil && request.Method.Type == alloy.AuthOAuth2,
		OAuth: request.Method.Type == alloy.AuthOAuth2, Form: len(fields) > 0,
	}
	data.Sandbox = p.flow.Sandbox(request.Connector.ID)
	var wrong mistake
	if request.mistake != nil {
		wrong = *request.mistake
	}
	data.Problem = wrong.Other
	for i, field := range fields {
		f := fill(i, field, wrong)
		f.First = f.Problem != "" && !data.Missing
		data.Missing = data.Missing || f.First
		data.Fields = append(data.Fields, f)
	}
	title := "Connect " + request.Connector.Name
	if request.Replaces != "" {
		title += " again"
	}
	p.show(w, r, http.StatusOK, view{Page: "ask", Title: title, Wrong: data.Problem != "" || data.Missing, Data: data})
}

// fill puts into a field what was entered before, and what was wrong with it.
func fill(i int, field Field, wrong mistake) filled {
	f := filled{Field: field, Value: wrong.Values[field.Name], Problem: wrong.Problems[field.Name]}
	var ids []string
	if field.Help != "" || field.Example != "" {
		ids = append(ids, "h"+strconv.Itoa(i))
	}
	if f.Problem != "" {
		ids = append(ids, "e"+strconv.Itoa(i))
	}
	f.DescribedBy = strings.Join(ids, " ")
	return f
}

// act does what the person pressed.
func (p *pages) act(w http.ResponseWriter, r *http.Request, who Visitor) {
	request, ok := p.mine(w, r, who)
	if !ok {
		return
	}
	now := time.Now()
	waiting := request.view(now).Status == Pending && request.found == nil && request.returned == nil
	switch {
	case !waiting, request.handed != nil:
		p.redirect(w, r, "/connect/"+request.ID)
	case r.URL.Query().Has("decline"): // in the address, since a field may have any name
		if err := p.flow.decline(context.WithoutCancel(r.Context()), request); err != nil {
			p.broken(w, r, err)
			return
		}
		p.redirect(w, r, "/connect/"+request.ID)
	default:
		p.accept(w, r, request)
	}
}

// accept goes on with the request. What is wrong is shown by the page that the
// browser is sent back to: a page that answers a form cannot be reloaded or gone
// back to without sending the form again.
func (p *pages) accept(w http.ResponseWriter, r *http.Request, request progress) {
	// What was begun goes on when the browser is closed, so that its end is known.
	ctx := context.WithoutCancel(r.Context())
	to, err := p.goOn(ctx, request, r.PostForm)
	if err != nil {
		p.broken(w, r, err)
		return
	}
	if to.IsZero() {
		p.redirect(w, r, "/connect/"+request.ID)
		return
	}
	http.Redirect(w, r, to.Reveal(), http.StatusSeeOther) //nolint:gosec // package alloy lets no link but Alloy's through
}

// goOn returns where the browser goes, if it goes to the app.
func (p *pages) goOn(ctx context.Context, request progress, form url.Values) (alloy.Secret, error) {
	fields, err := Fields(request.Method)
	if err != nil {
		return alloy.Secret{}, err
	}
	values := make(map[string]string)
	for _, field := range fields {
		values[field.Name] = form.Get(field.Name)
	}
	data, err := CheckData(request.Method, entered(fields, form))
	if err != nil {
		return alloy.Secret{}, p.flow.mistaken(ctx, request, values, err)
	}
	if request.Method.Type != alloy.AuthOAuth2 {
		if err := p.flow.hand(ctx, request, data); err != nil {
			p.flow.log.InfoContext(ctx, "a form was not taken", "connector", request.Connector.ID, "error", err)
		}
		return alloy.Secret{}, nil
	}
	to, err := p.flow.send(ctx, request, data)
	if err != nil {
		p.flow.log.WarnContext(ctx, "Alloy made no link", "connector", request.Connector.ID, "error", err)
		return alloy.Secret{}, p.flow.mistaken(ctx, request, values, err)
	}
	return to, p.flow.facts.withdraw(ctx, "mistake", request.ID)
}

// callback receives the browser from Alloy. It believes what Alloy's list shows,
// not what the redirect suggests.
func (p *pages) callback(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet { // a preview's HEAD must not use it up
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	// The browser may be gone already: of two clicks at the app the second one counts.
	ctx := context.WithoutCancel(r.Context())
	id, first, err := p.flow.facts.takeNonce(ctx, r.PathValue("nonce"))
	if errors.Is(err, ErrUnknownRequest) {
		p.say(w, r, http.StatusNotFound, "This address is not known",
			"It belongs to an attempt to connect an app that is long over. Your connections page shows whether the app is connected.",
			"If it is not, ask your assistant for a new link.")
		return
	}
	var request progress
	if err == nil {
		_, err = p.flow.facts.note(ctx, "returned", id, time.Now())
	}
	if err == nil {
		request, err = p.flow.facts.load(ctx, id)
	}
	if err != nil {
		p.broken(w, r, err)
		return
	}
	who, known := p.visitor(r)
	switch {
	case !known || who.Principal != request.Owner:
		p.foreign(w, r, request)
		return
	case !first:
		p.redirect(w, r, "/connect/"+id)
		return
	case request.outcome != nil && request.outcome.Status == Denied: // in another tab, before
		err = p.flow.facts.unwanted(ctx, id, time.Now())
		p.flow.follow(id)
	case r.URL.Query().Get("error") != "": // not known to happen; if it does, it is believed
		err = p.flow.finish(ctx, request, Denied, "the app reported that access was denied")
	default:
		err = p.flow.facts.last(ctx, request)
		p.flow.follow(id)
	}
	if err != nil {
		p.broken(w, r, err)
		return
	}
	// What is plain within seconds needs no page in between.
	if settled, err := p.flow.await(r.Context(), request, atOnce); err == nil && settled.Status != Pending && request.ReturnTo != "" {
		http.Redirect(w, r, returnAddress(request.ReturnTo, settled), http.StatusSeeOther)
		return
	}
	p.redirect(w, r, "/connect/"+id)
}

// atOnce is how long the browser waits for a result before it is shown a page.
const atOnce = 3 * time.Second

// foreign ends a request that another browser finished than the one it was begun
// in: somebody may have been sent the link to lend an account unknowingly.
func (p *pages) foreign(w http.ResponseWriter, r *http.Request, request progress) {
	ctx := context.WithoutCancel(r.Context())
	p.flow.log.WarnContext(ctx, "security: a link was finished in another browser", "connector", request.Connector.ID, "request", request.ID[:6])
	err := errors.Join(p.flow.facts.unwanted(ctx, request.ID, time.Now()), p.flow.finish(ctx, request, Failed, finishedElsewhere))
	p.flow.follow(request.ID)
	if err != nil {
		p.broken(w, r, err)
		return
	}
	p.say(w, r, http.StatusForbidden, "This was begun in another browser",
		"The link belongs to somebody else's assistant, or you were logged out here in the meantime. Your account is not used, and what Alloy stored of it is being deleted.",
		"If somebody sent you the link, tell whoever runs this server, and take the access back in the settings of the app.")
}

// bareCallback receives a browser that Alloy sent without a nonce, as an address
// set by hand has it.
func (p *pages) bareCallback(w http.ResponseWriter, r *http.Request) {
	p.say(w, r, http.StatusOK, "Back from the app", "Go back to your assistant: it sees the connection as soon as Alloy lists it.")
}

// ended is the page of a request that is over.
type ended struct {
	Good    bool
	Lines   []string
	Account *row
	Back    *link
	Again   *again
}

// again is what a second attempt is begun with.
type again struct{ Connector, Method, Replaces string }

const tryAgain = "Try again here, or ask your assistant for a new link."

func (p *pages) result(w http.ResponseWriter, r *http.Request, request progress, is Request) {
	name := request.Connector.Name
	data := ended{Good: is.Status == Connected}
	title, status := name+" was not connected", http.StatusGone
	if !data.Good {
		data.Again = &again{Connector: request.Connector.ID, Method: string(request.Method.Type), Replaces: request.Replaces}
	}
	switch is.Status {
	case Connected:
		title, status = name+" is connected", http.StatusOK
		data.Account = p.connectedAs(r.Context(), request)
		data.Lines = []string{"Go back to your assistant, which goes on from here. You can close this window."}
		if data.Account != nil && data.Account.Status == accounts.Unverified {
			data.Lines = append([]string{"Alloy has stored the connection. It could not be tested, so its first use will show whether it works."}, data.Lines...)
		}
	case Denied:
		data.Lines = []string{"Access was declined, so nothing is kept.", tryAgain}
	case Expired:
		title = "This link has expired"
		data.Lines = []string{"A link works for ten minutes. Nothing was connected.", tryAgain}
	default:
		data.Lines = []string{sentence(is.Reason), tryAgain}
	}
	if request.ReturnTo != "" {
		data.Back = &link{URL: returnAddress(request.ReturnTo, is), Text: "Go back to where you came from"}
	}
	forgetPages(w)
	p.show(w, r, status, view{Page: "result", Title: title, Data: data})
}

// connectedAs shows the new connection; nil where it cannot be looked up now.
func (p *pages) connectedAs(ctx context.Context, request progress) *row {
	user, err := request.user()
	if err != nil || request.found == nil {
		return nil
	}
	list, err := p.flow.config.Accounts.Of(ctx, user, request.Connector.ID)
	if err != nil {
		return nil
	}
	for _, a := range list {
		if a.ID == request.found.CredentialID {
			shown := newRow(a, request.Connector.Name)
			return &shown
		}
	}
	return nil
}

// checking is shown while Alloy's list or the app has not told yet.
func (p *pages) checking(w http.ResponseWriter, r *http.Request, request progress) {
	name := request.Connector.Name
	lines := []string{"Alloy does not list the new connection yet. That can take half a minute."}
	if request.found != nil {
		lines = []string{"Alloy has stored the connection. " + name + " does not accept it yet. That can take a minute."}
	}
	if request.doubtful(time.Now()) {
		lines = []string{"What you entered was handed to Alloy, but its answer was lost. We are looking whether it was stored; do not enter it again."}
	}
	lines = append(lines, "This page looks again by itself, and your assistant sees the result too.")
	p.show(w, r, http.StatusOK, view{Page: "notice", Title: "Checking the connection to " + name, Refresh: 2, Data: notice{
		Lines: lines, Link: &link{URL: p.root(r.Context()) + "/connect/" + request.ID, Text: "Look now"},
	}})
}

// returnAddress adds how it ended to an address of a program's.
func returnAddress(address string, is Request) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set("request_id", is.ID)
	q.Set("status", string(is.Status))
	u.RawQuery = q.Encode()
	return u.String()
}

// nameTime is how long a page waits to learn what a user is called.
const nameTime = 2 * time.Second

// userName returns a user's name at Alloy, or the id where it cannot be learned
// quickly.
func (f *Flow) userName(ctx context.Context, id string) string {
	user, err := alloy.ParseUserID(id)
	if err != nil {
		return id
	}
	ctx, cancel := context.WithTimeout(ctx, nameTime)
	defer cancel()
	known, err := f.config.Alloy.User(ctx, user)
	if err != nil || known.Username == "" {
		return id
	}
	return known.Username
}
