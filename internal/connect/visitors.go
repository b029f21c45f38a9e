package connect

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// Visitor is who is at the browser.
type Visitor struct {
	Principal string // the same as the person's agent has
	Name      string // for the page
}

// ErrNotWelcome is returned for what proves nobody.
var ErrNotWelcome = errors.New("nobody is known by this token")

// Visitors tells people apart by the token that their agents use.
type Visitors interface {
	// Login returns who the token belongs to, and a proof to be kept in its place:
	// the token cannot be found from it. Its error is ErrNotWelcome where the token
	// is nobody's.
	Login(ctx context.Context, token string) (who Visitor, proof string, err error)
	// Welcome reports whether whoever logged in with the proof still may.
	Welcome(ctx context.Context, who Visitor, proof string) bool
}

// loginLife is how long a browser stays logged in.
const loginLife = 12 * time.Hour

// login is what a cookie stands for.
type login struct {
	Visitor

	Proof string `json:"proof"`
}

// cookieName has the prefix that makes browsers insist on https and on the path,
// where the page is served by https.
func cookieName(base string) string {
	if strings.HasPrefix(base, "https://") {
		return "__Host-alloymcp"
	}
	return "alloymcp"
}

// visitor returns who is at the browser; false means that nobody is known.
func (p *pages) visitor(r *http.Request) (Visitor, bool) {
	if p.flow.config.Visitors == nil {
		return Visitor{Principal: p.flow.config.Person}, true
	}
	cookie, err := r.Cookie(cookieName(p.base(r.Context())))
	if err != nil || len(cookie.Value) > 64 {
		return Visitor{}, false
	}
	text, err := p.flow.config.Store.Get(r.Context(), state.Name("login", cookie.Value))
	if err != nil {
		return Visitor{}, false
	}
	var in login
	if json.Unmarshal(text, &in) != nil || !p.flow.config.Visitors.Welcome(r.Context(), in.Visitor, in.Proof) {
		return Visitor{}, false
	}
	return in.Visitor, true
}

// wrongToken in the address of a page says that a token was entered there in vain.
const wrongToken = "wrong"

// showLogin asks for the person's token, in the place of the page they wanted.
func (p *pages) showLogin(w http.ResponseWriter, r *http.Request) {
	next, problem := r.URL.Path, ""
	if next == "/connect/new" || !localPage(next) { // the first is a button's address alone
		next = "/connect"
	}
	if r.URL.Query().Has(wrongToken) {
		problem = "Nobody here has this token. Copy it whole; whoever runs the server can make a new one."
	}
	p.show(w, r, http.StatusUnauthorized, view{Page: "login", Title: "Log in", Wrong: problem != "", Data: struct{ Problem, Next string }{problem, next}})
}

// enter logs a person in.
func (p *pages) enter(w http.ResponseWriter, r *http.Request) {
	if p.flow.config.Visitors == nil {
		p.redirect(w, r, "/connect")
		return
	}
	next := r.PostFormValue("next")
	if !localPage(next) {
		next = "/connect"
	}
	who, proof, err := p.flow.config.Visitors.Login(r.Context(), strings.TrimSpace(r.PostFormValue("token")))
	if err != nil {
		if !errors.Is(err, ErrNotWelcome) {
			p.flow.log.ErrorContext(r.Context(), "nobody can log in to the pages", "error", err)
		}
		p.redirect(w, r, next+"?"+wrongToken)
		return
	}
	text, err := json.Marshal(login{Visitor: who, Proof: proof})
	value := rand.Text()
	if err == nil {
		err = p.flow.config.Store.Put(r.Context(), state.Name("login", value), text, loginLife)
	}
	if err != nil {
		p.broken(w, r, err)
		return
	}
	base := p.base(r.Context())
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure over https; over http it is loopback only
		Name: cookieName(base), Value: value, Path: "/", MaxAge: int(loginLife.Seconds()),
		HttpOnly: true, Secure: strings.HasPrefix(base, "https://"), SameSite: http.SameSiteLaxMode,
	})
	p.redirect(w, r, next)
}

// leave logs the person out.
func (p *pages) leave(w http.ResponseWriter, r *http.Request) {
	name := cookieName(p.base(r.Context()))
	if cookie, err := r.Cookie(name); err == nil {
		_, err := p.flow.config.Store.Take(r.Context(), state.Name("login", cookie.Value))
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			p.broken(w, r, err)
			return
		}
	}
	forgetPages(w)
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: strings.HasPrefix(name, "__Host-"), SameSite: http.SameSiteLaxMode}) //nolint:gosec // as it was set
	p.redirect(w, r, "/connect")
}

// localPage reports whether an address is one of our pages: anything else would send
// people elsewhere in our name, or show them what somebody wrote into an address.
func localPage(to string) bool {
	rest, ours := strings.CutPrefix(to, "/connect")
	if !ours {
		rest, ours = strings.CutPrefix(to, confirmPath)
		ours = ours && rest != ""
	}
	if !ours || rest == "" {
		return ours
	}
	for _, element := range strings.Split(rest, "/")[1:] {
		if element == "" || len(element) > 26 || strings.ContainsFunc(element, func(r rune) bool {
			return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			return false
		}
	}
	return rest[0] == '/'
}
