package server

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// authenticate tells who sends the request, or answers it. Nothing behind it sees
// the credentials.
func (s *Server) authenticate(w http.ResponseWriter, r *http.Request) (tools.Principal, bool) {
	defer r.Header.Del("Authorization")
	if s.auth == nil {
		return tools.Principal{ID: tools.Local}, true
	}
	from, credentials := sender(r), r.Header.Get("Authorization")
	if wait := s.failures.empty(from); wait > 0 && !s.regulars.know(credentials) {
		refuseFor(w, wait, "too many requests from your address failed to authenticate")
		return tools.Principal{}, false
	}
	principal, err := s.auth(r)
	if err != nil || principal.ID == "" {
		s.regulars.drop(credentials)
		s.turnAway(w, r, from, err)
		return tools.Principal{}, false
	}
	s.regulars.add(credentials)
	if wait := s.rates.take(principal.ID); wait > 0 {
		refuseFor(w, wait, "too many requests")
		return tools.Principal{}, false
	}
	return principal, true
}

// turnAway answers a request that authenticates nobody. Only credentials that lead
// nowhere count as a failure: a client without any asks how to get some.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, from netip.Prefix, err error) {
	refused := &refusal{http.StatusUnauthorized, true, "authentication is required"}
	_ = errors.As(err, &refused)
	s.log.InfoContext(r.Context(), "refused a request without valid credentials",
		"path", r.URL.Path, "client", from.Addr().String(), "status", refused.status, "reason", refused.words)
	if refused.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
		refuse(w, refused.status, errorFrame(nil, mcp.INTERNAL_ERROR, refused.words, nil))
		return
	}
	challenge := `Bearer realm="alloy-mcp"`
	if refused.sent {
		challenge += `, error="invalid_token", error_description="` + refused.words + `"`
		_ = s.failures.take(from)
		if s.failures.empty(from) > 0 {
			s.log.WarnContext(r.Context(), "an address failed to authenticate too often and has to wait", "client", from.String())
		}
	}
	w.Header().Set("WWW-Authenticate", challenge)
	refuse(w, refused.status, errorFrame(nil, mcp.INVALID_REQUEST, refused.words, nil))
}

// refuseFor answers a request that may be sent again after a while.
func refuseFor(w http.ResponseWriter, wait time.Duration, words string) {
	seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
	w.Header().Set("Retry-After", seconds)
	refuse(w, http.StatusTooManyRequests, errorFrame(nil, mcp.INTERNAL_ERROR, words+": wait "+seconds+" s", nil))
}

// sender is where a request comes from: its address, of IPv6 the network of 64
// bits, which one client has to itself. What a proxy says of others is not asked,
// since anybody can say it.
func sender(r *http.Request) netip.Prefix {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{} // no TCP: all share one
	}
	address := from.Addr().Unmap()
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	prefix, _ := address.Prefix(bits) // fails for other sizes only
	return prefix
}

// recheck is how often an open stream asks whether its holder may stay.
const recheck = 500 * time.Millisecond

// endWhenRevoked calls end when the principal's credentials no longer count. It
// stops with ctx.
func (s *Server) endWhenRevoked(ctx context.Context, principal tools.Principal, end func()) {
	if s.valid == nil {
		return
	}
	go func() {
		tick := time.NewTicker(recheck)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if !s.valid(ctx, principal) {
				s.log.InfoContext(ctx, "ended a stream whose credentials no longer count")
				end()
				return
			}
		}
	}()
}
