package connect

import (
	"context"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

//go:embed page.html
var pageSource string

// page is what the one template shows: a title, sentences, and perhaps a form.
type page struct {
	Title  string
	Lines  []string
	Form   *form
	Status int
}

// Pages serves the person's side of the flow: /connect/{id} and
// /oauth/callback/{nonce}. No step needs a script, and nothing is loaded from
// elsewhere.
func (f *Flow) Pages() (http.Handler, error) {
	tmpl, err := template.New("page").Parse(pageSource)
	if err != nil {
		return nil, err
	}
	pages := &pages{flow: f, tmpl: tmpl}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /connect/{id}", pages.open)
	mux.HandleFunc("POST /connect/{id}", pages.submit)
	mux.HandleFunc("GET "+callbackPath+"/{nonce}", pages.callback)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		pages.show(w, r, page{Status: http.StatusNotFound, Title: "Nothing here", Lines: []string{"This address leads nowhere. Ask your assistant for a new link."}})
	})
	// A form on another site must not be able to submit ours.
	return http.NewCrossOriginProtection().Handler(secure(mux)), nil
}

type pages struct {
	flow *Flow
	tmpl *template.Template
}

// secure sets the headers that keep a page with a password field to itself.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		// With no-referrer the form's POST would carry Origin: null.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// open sends the person on to Alloy, or shows the form of a connector that has
// no OAuth.
func (p *pages) open(w http.ResponseWriter, r *http.Request) {
	request, ok := p.pending(w, r)
	if !ok {
		return
	}
	if request.method.Type != alloy.AuthOAuth2 {
		p.showForm(w, r, request, "", http.StatusOK)
		return
	}
	http.Redirect(w, r, request.oauthURL.Reveal(), http.StatusSeeOther)
}

// pending finds the request of the path and answers for it if it is over.
func (p *pages) pending(w http.ResponseWriter, r *http.Request) (*request, bool) {
	request, ok := p.flow.requests.byID(r.PathValue("id"))
	if !ok {
		p.show(w, r, page{
			Status: http.StatusNotFound, Title: "This link is not known",
			Lines: []string{"It may have been made by a program that has ended since.", "Ask your assistant for a new link."},
		})
		return nil, false
	}
	switch view := request.view(time.Now()); view.Status {
	case Connected:
		p.show(w, r, page{
			Status: http.StatusOK, Title: request.connector.Name + " is connected",
			Lines: []string{"There is nothing left to do here. You can close this window."},
		})
		return nil, false
	case Denied:
		p.show(w, r, page{
			Status: http.StatusGone, Title: request.connector.Name + " was not connected",
			Lines: []string{"Access was denied, so nothing was stored.", "To try again, ask your assistant for a new link."},
		})
		return nil, false
	case Expired:
		p.show(w, r, page{
			Status: http.StatusGone, Title: "This link has expired",
			Lines: []string{"Links work for ten minutes. Nothing was connected.", "Ask your assistant for a new one."},
		})
		return nil, false
	}
	if request.isUncertain() {
		p.show(w, r, page{
			Status: http.StatusConflict, Title: "It may be connected already",
			Lines: []string{"What you entered was handed to Alloy, but its answer was lost, so nobody knows yet.", "Ask your assistant to show the connections; if it is not there, ask for a new link."},
		})
		return nil, false
	}
	return request, true
}

// callback receives the browser from Alloy. It says what Alloy's list shows, not
// what the redirect suggests.
func (p *pages) callback(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	if r.Method != http.MethodGet { // a preview's HEAD must not use it up
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	request, ok := p.flow.requests.byNonce(r.PathValue("nonce"))
	if !ok || !request.markReturned(now) {
		p.show(w, r, page{
			Status: http.StatusNotFound, Title: "This address was used already",
			Lines: []string{"It works once, and only for the request it was made for.", "If nothing is connected, ask your assistant for a new link."},
		})
		return
	}
	// Alloy is not known to add anything to the redirect; should it report an
	// error after all, the report is believed.
	if r.URL.Query().Get("error") != "" {
		request.refuse(Denied, "the app reported that access was denied")
	} else if err := p.flow.lookFor(r.Context(), request, 3*time.Second); err != nil && !errors.Is(err, context.Canceled) {
		p.flow.log.WarnContext(r.Context(), "looking for the new connection failed", "connector", request.connector.ID, "error", err)
	}
	name := request.connector.Name
	switch view := request.view(time.Now()); view.Status {
	case Connected:
		p.show(w, r, page{Status: http.StatusOK, Title: name + " is connected", Lines: []string{"Go back to your assistant. You can close this window."}})
	case Denied:
		p.show(w, r, page{Status: http.StatusOK, Title: name + " was not connected", Lines: []string{"Access was denied, so nothing was stored.", "To try again, ask your assistant for a new link."}})
	default:
		p.show(w, r, page{
			Status: http.StatusOK, Title: "Back from " + name,
			Lines: []string{"Alloy does not list a new connection yet; some take up to half a minute.", "Go back to your assistant: it sees the connection as soon as it is there."},
		})
	}
}

// lookFor looks at Alloy's list until the request is settled or patience ends.
func (f *Flow) lookFor(ctx context.Context, r *request, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait+5*time.Second)
	defer cancel()
	_, err := f.await(ctx, r, wait)
	return err
}

func (p *pages) show(w http.ResponseWriter, r *http.Request, content page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(content.Status)
	if err := p.tmpl.Execute(w, content); err != nil {
		p.flow.log.DebugContext(r.Context(), "page not written", "error", err)
	}
}
