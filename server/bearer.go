package server

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// ErrInvalidToken is what the function that is given to [Bearer] returns for a
// token that lets nobody in: unknown, revoked or expired. Any other error says
// that nobody can tell at the moment, which is not the client's fault.
var ErrInvalidToken = errors.New("the token is unknown, revoked or expired")

// refusal is why a request was not let in, in words for its sender.
type refusal struct {
	status int
	sent   bool // credentials were sent, and lead nowhere
	words  string
}

func (r *refusal) Error() string { return r.words }

// Bearer returns a [Config.Authenticate] that finds the bearer token of a request
// (RFC 6750) in exactly one Authorization header and asks verify whose it is. A
// token in the URL is refused even beside a good header, since URLs are logged;
// none is looked for in a body.
func Bearer(verify func(ctx context.Context, token string) (tools.Principal, error)) func(*http.Request) (tools.Principal, error) {
	// The characters of a token (RFC 6750, b64token).
	form := regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)
	return func(r *http.Request) (tools.Principal, error) {
		token, refused := bearerToken(r)
		switch {
		case refused != nil:
			return tools.Principal{}, refused
		case !form.MatchString(token):
			return tools.Principal{}, &refusal{http.StatusUnauthorized, true, "the Authorization header must hold one token and nothing else"}
		}
		principal, err := verify(r.Context(), token)
		switch {
		case errors.Is(err, ErrInvalidToken):
			return tools.Principal{}, &refusal{http.StatusUnauthorized, true, "the token is unknown, revoked or expired: ask whoever runs this server for a new one"}
		case err != nil:
			return tools.Principal{}, &refusal{http.StatusServiceUnavailable, false, "tokens cannot be checked at the moment: whoever runs this server finds the cause in its log"}
		}
		return principal, nil
	}
}

// bearerToken is what the request gives as its token.
func bearerToken(r *http.Request) (string, *refusal) {
	given := r.Header.Values("Authorization")
	switch {
	case r.URL.Query().Has("access_token"):
		return "", &refusal{http.StatusUnauthorized, true, "a token in the URL is not accepted: send the header Authorization: Bearer TOKEN"}
	case len(given) > 1:
		return "", &refusal{http.StatusUnauthorized, true, "there are several Authorization headers: send one"}
	case len(given) == 1:
		scheme, token, _ := strings.Cut(given[0], " ")
		if token = strings.TrimLeft(token, " "); strings.EqualFold(scheme, "Bearer") && token != "" {
			return token, nil
		}
	}
	return "", &refusal{http.StatusUnauthorized, false, "authentication is required: send the header Authorization: Bearer TOKEN"}
}
