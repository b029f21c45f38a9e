package connect

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/alloy-mcp/alloy-mcp/internal/plain"
)

//go:embed pages/*.html pages/style.css
var sources embed.FS

// pages serves the person's side of a flow.
type pages struct {
	flow  *Flow
	tmpl  func() (*template.Template, error) // reads them when the first is asked for
	style []byte
}

// Pages serves the person's side of the flow, /connect and what is below it,
// /oauth/callback/{nonce}, and /confirm/{id} for calls that people approve. No step needs a script, and nothing is loaded from
// elsewhere.
func (f *Flow) Pages() (http.Handler, error) {
	style, err := sources.ReadFile("pages/style.css")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	p := &pages{flow: f, tmpl: sync.OnceValues(readPages), style: style}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /connect/style.css", p.serveStyle)
	mux.HandleFunc("POST /connect/login", p.enter)
	mux.HandleFunc("POST /connect/logout", p.leave)
	mux.HandleFunc("GET /connect", p.known(p.index))
	mux.HandleFunc("POST /connect/new", p.known(p.begin))
	mux.HandleFunc("GET /connect/duplicates", p.known(p.duplicates))
	mux.HandleFunc("POST /connect/duplicates", p.known(p.prune))
	mux.HandleFunc("GET /connect/account/{id}", p.known(p.account))
	mux.HandleFunc("POST /connect/account/{id}", p.known(p.disconnect))
	mux.HandleFunc("GET /connect/{id}", p.known(p.open))
	mux.HandleFunc("POST /connect/{id}", p.known(p.act))
	mux.HandleFunc("GET "+confirmPath+"/{id}", p.known(p.confirm))
	mux.HandleFunc("POST "+confirmPath+"/{id}", p.known(p.decide))
	mux.HandleFunc("GET "+callbackPath+"/{nonce}", p.callback)
	mux.HandleFunc("GET "+callbackPath, p.bareCallback)
	mux.HandleFunc("/", p.nothing)
	// A form on another site must not be able to submit ours.
	return http.NewCrossOriginProtection().Handler(secure(p.readable(mux))), nil
}

func (p *pages) nothing(w http.ResponseWriter, r *http.Request) {
	p.say(w, r, http.StatusNotFound, "Nothing here", "This address leads nowhere. Ask your assistant for a new link.")
}

func readPages() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{"when": when, "day": day, "clock": clock, "line": line, "initial": initial}).ParseFS(sources, "pages/*.html")
}

// secure sets the headers that keep a page with a password field to itself.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// No form-action: 'self' would block the way from a form to the app.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		// With no-referrer the form's POST would carry Origin: null.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// forgetPages has the browser drop the pages that it keeps whole for going back, with
// what was typed into them. No-store alone does not.
func forgetPages(w http.ResponseWriter) { w.Header().Set("Clear-Site-Data", `"cache"`) }

// maxForm bounds the body of a submitted form.
const maxForm = 64 << 10

// readable refuses forms that cannot be read, so that none is taken for an empty one.
func (p *pages) readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var tooLong *http.MaxBytesError
		switch err := r.ParseForm(); {
		case errors.As(err, &tooLong):
			p.say(w, r, http.StatusRequestEntityTooLarge, "That is too much text", "All fields together hold 64 KB. Nothing was stored; go back and check what you pasted.")
		case err != nil:
			p.say(w, r, http.StatusBadRequest, "The form could not be read", "Nothing was stored; go back and try again.")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (p *pages) serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "private, max-age=300")
	_, _ = w.Write(p.style) // the browser may be gone
}

// known serves a page to people who are known, and asks others who they are.
func (p *pages) known(serve func(http.ResponseWriter, *http.Request, Visitor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := p.visitor(r)
		if !ok {
			p.showLogin(w, r)
			return
		}
		serve(w, r, who)
	}
}

// view is what every page shows, and what its own template does.
type view struct {
	Page  string // the template
	Title string
	Wrong bool // what the person sent cannot be used
	Data  any
	// Refresh has the browser ask again after so many seconds; 0 never.
	Refresh int

	Root        string // what stands before /connect, where a proxy serves us below a path
	Who         string // "" where there is one person only
	Environment string
}

// notice is a page without a form.
type notice struct {
	Lines []string
	Link  *link
}

type link struct{ URL, Text string }

func (p *pages) say(w http.ResponseWriter, r *http.Request, status int, title string, lines ...string) {
	p.show(w, r, status, view{Page: "notice", Title: title, Data: notice{Lines: lines}})
}

// broken says that something of ours failed.
func (p *pages) broken(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody reads it
	}
	p.flow.log.ErrorContext(r.Context(), "a page failed", "path", route(r), "error", err)
	p.say(w, r, http.StatusBadGateway, "That did not work", advice(err), "Reload this page to see how things stand.")
}

// route is the path without what identifies a request.
func route(r *http.Request) string {
	if r.Pattern != "" {
		return r.Pattern
	}
	return "/"
}

func (p *pages) show(w http.ResponseWriter, r *http.Request, status int, v view) {
	v.Root = p.root(r.Context())
	v.Environment = p.flow.environment()
	if p.flow.config.Visitors != nil {
		if who, ok := p.visitor(r); ok {
			v.Who = who.Name
		}
	}
	body := new(strings.Builder)
	tmpl, err := p.tmpl()
	if err == nil {
		err = tmpl.ExecuteTemplate(body, v.Page+".html", v)
	}
	if err != nil {
		p.flow.log.ErrorContext(r.Context(), "a page cannot be made", "page", v.Page, "error", err)
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body.String())) // the browser may be gone
}

// base is where the pages are reached; empty where nobody can tell.
func (p *pages) base(ctx context.Context) string {
	base, err := p.flow.config.Origin.Base(ctx)
	if err != nil {
		return ""
	}
	return base
}

func (p *pages) root(ctx context.Context) string {
	u, err := url.Parse(p.base(ctx))
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.Path, "/")
}

// redirect sends the browser to another page of ours, by a GET.
func (p *pages) redirect(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, p.root(r.Context())+path, http.StatusSeeOther) //nolint:gosec // a path of ours, see localPage
}

// line shows a text of others.
func line(s string) string { return plain.Line(s, maxName) }

// initial stands for an app's icon: nothing is loaded from elsewhere.
func initial(name string) string {
	for _, letter := range name {
		if unicode.IsLetter(letter) || unicode.IsDigit(letter) {
			return strings.ToUpper(string(letter))
		}
	}
	return "?"
}

// The times are UTC, which needs no script to be right everywhere.

func when(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return day(t) + ", " + clock(t)
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

func clock(t time.Time) string { return t.UTC().Format("15:04") + " UTC" }
