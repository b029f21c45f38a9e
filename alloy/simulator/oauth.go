package simulator

import (
	"net/http"
	"net/url"
	"strings"
)

// The OAuth of Alloy as it was observed: the link leads to Alloy, Alloy is the provider's OAuth client, finishing
// makes a new credential every time, and the browser comes back to the bare redirectUri. The pages of Alloy and
// of the provider are one page here.

const strategyPath = "/api/strategy/connector/"

func (s *Simulator) linkSecret() []byte {
	return []byte(s.production.key + s.develop.key)
}

// oauthLink answers the link that begins OAuth. Nothing is stored yet: the link alone carries what
// is needed, under exactly the three parameters observed.
func (s *Simulator) oauthLink(c *call, con *connector, u *user, redirectURI string) reply {
	query := url.Values{
		"userId": {u.ID}, "redirectUri": {redirectURI}, "token": {signLink(s.linkSecret(), u.ID, c.now)},
	}
	return c.created(object{"oauthUrl": c.base + strategyPath + url.PathEscape(con.id) + "/authorize?" + query.Encode()})
}

// page serves what a browser or an uploader asks for: no key, no version header.
func (s *Simulator) page(c *call) (reply, bool) {
	path := c.r.URL.Path
	if strings.HasPrefix(path, uploadPath) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.upload(c), true
	}
	rest, found := strings.CutPrefix(path, strategyPath)
	id, isAuthorize := strings.CutSuffix(rest, "/authorize")
	if !found || !isAuthorize || strings.Contains(id, "/") {
		return reply{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch c.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return s.authorize(c, id), true
	default:
		return cannotRoute(c.r.Method, path), true
	}
}

// attempt is a link that somebody opened.
type attempt struct {
	con      *connector
	account  *Account
	user     *user
	redirect *url.URL
}

// authorize shows the consent page, or carries out what was pressed on it.
func (s *Simulator) authorize(c *call, connectorID string) reply {
	try, problem := s.openLink(c, connectorID)
	if problem != "" {
		return s.showProblem(http.StatusBadRequest, problem)
	}
	if c.r.Method != http.MethodPost {
		return s.showConsent(c, try)
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return s.showProblem(http.StatusBadRequest, "The form could not be read.")
	}
	switch form.Get("decision") {
	case "approve":
		return s.approve(c, try, form.Get("pages") == "none")
	case "deny":
		return s.deny(c, try)
	default:
		return s.showProblem(http.StatusBadRequest, "Nothing was chosen.")
	}
}

// openLink checks a link and returns what is wrong with it for the person who opened it.
func (s *Simulator) openLink(c *call, connectorID string) (attempt, string) {
	query := c.r.URL.Query()
	claims, genuine := readLink(s.linkSecret(), query.Get("token"))
	if !genuine || claims.User.ID != query.Get("userId") {
		return attempt{}, "This link is not valid."
	}
	if c.now.Unix() >= claims.Expires {
		return attempt{}, "This link has expired. Links work for one hour; please ask for a new one."
	}
	try := attempt{con: s.connectors[connectorID]}
	if try.con == nil || try.con.method("oauth2") == nil {
		return attempt{}, "This link is not valid."
	}
	for _, a := range []*Account{s.production, s.develop} {
		if u := a.users.byID(claims.User.ID); u != nil {
			try.account, try.user = a, u
		}
	}
	if try.user == nil {
		return attempt{}, "The user that this link was made for no longer exists."
	}
	redirect, err := url.Parse(query.Get("redirectUri"))
	if err != nil || !validRedirect(query.Get("redirectUri")) {
		return attempt{}, "This link is not valid."
	}
	try.redirect = redirect
	return try, ""
}

// approve makes the credential: a new one at every press (observed).
func (s *Simulator) approve(c *call, try attempt, nothingShared bool) reply {
	cred := try.account.addCredential(try.user, try.con, "oauth2", nil, c.now.Add(c.modes.ListDelay))
	if cred == nil {
		return s.showProblem(http.StatusInsufficientStorage, "The simulator holds no more credentials; reset it.")
	}
	cred.nothingShared = cred.nothingShared || nothingShared
	c.entry.Account, c.entry.Connector = try.account.kind, try.con.id
	s.wrote(c, "credentials.oauth")
	return redirectTo(try.target(c.modes, c.modes.RedirectQuery))
}

// deny: what Alloy does then is unknown; all three ways are guesses.
func (s *Simulator) deny(c *call, try attempt) reply {
	switch c.modes.Denied {
	case DeniedPage:
		return s.showProblem(http.StatusForbidden, "Access was denied. Nothing was connected; you can close this window.")
	case DeniedQuery:
		return redirectTo(try.target(c.modes, "error=access_denied"))
	default:
		return redirectTo(try.target(c.modes, ""))
	}
}

// target is where the browser goes back to. Observed: nothing is added. Whether a query that was there survives is
// unknown; it is dropped here unless the mode keeps it.
func (try attempt) target(m Modes, added string) string {
	to := *try.redirect
	query := []string{}
	if m.KeepRedirectQuery && to.RawQuery != "" {
		query = append(query, to.RawQuery)
	}
	if added != "" {
		query = append(query, added)
	}
	to.RawQuery = strings.Join(query, "&")
	return to.String()
}

func redirectTo(location string) reply {
	return reply{status: http.StatusFound, header: http.Header{"Location": {location}, "Cache-Control": {"no-store"}}}
}
