package simulator

import (
	"net/http"
	"strings"
)

// answer runs a request through the gate and hands it to its route.
func (s *Simulator) answer(c *call) reply {
	if answer, isPage := s.page(c); isPage {
		return answer
	}
	if refusal, refused := s.gate(c); refused {
		return refusal
	}
	if c.tooBig {
		return jsonReply(http.StatusRequestEntityTooLarge, object{"message": "request entity too large"}) // a guess
	}
	handle, found := s.match(c)
	if !found {
		return cannotRoute(c.r.Method, c.r.URL.Path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.actor(c) {
		return c.unknownUser(c.r.Header.Get(userHeader))
	}
	return handle(c)
}

// gate checks the two headers that every call needs. Which of them Alloy checks first
// is unknown; the version is first here, as the routes depend on it.
func (s *Simulator) gate(c *call) (reply, bool) {
	if c.modes.KeyBeforeVersion && !s.authenticate(c) {
		return badKey(), true
	}
	if version := c.r.Header.Get(versionHeader); version != "2025-06" && version != "2025-09" {
		return cannotRoute(c.r.Method, c.r.URL.Path), true
	}
	if !s.authenticate(c) {
		return badKey(), true
	}
	return reply{}, false
}

// authenticate finds the account of the key. The scheme is compared without regard to
// case: official pages of the sister product show it in lower case.
func (s *Simulator) authenticate(c *call) bool {
	values := c.r.Header.Values("Authorization")
	if len(values) != 1 {
		return false
	}
	scheme, key, found := strings.Cut(values[0], " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	for _, account := range []*Account{s.Production(), s.Development()} {
		if key == account.key {
			c.account = account
			c.entry.Account = account.kind
			return true
		}
	}
	return false
}

// actor finds who the call is made as: the user of the header or, without it, the owner of the
// key (official). Anybody unknown is refused on every route that takes the header; that the
// other routes refuse as well is a guess.
func (s *Simulator) actor(c *call) bool {
	id := c.r.Header.Get(userHeader)
	if id == "" {
		c.actor = c.account.users.byID(c.account.ownerID)
		return true
	}
	c.actor = c.account.users.byID(id)
	return c.actor != nil
}
