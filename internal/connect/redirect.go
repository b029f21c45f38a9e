package connect

import (
	"net/url"
	"strings"
)

const callbackPath = "/oauth/callback"

// redirectURI returns where Alloy shall send the browser back to, and whether
// that is our callback. The nonce is an element of the path, because Alloy is not
// known to keep a query string. A configured URI that does not lead to our
// callback is sent unchanged: then no callback arrives and the list alone tells.
func redirectURI(configured, base, nonce string) (uri string, ours bool) {
	if configured == "" {
		return base + callbackPath + "/" + nonce, true
	}
	if leadsHere(configured, base) {
		return strings.TrimRight(configured, "/") + "/" + nonce, true
	}
	return configured, false
}

// leadsHere reports whether uri is our callback: the origin of base and its path.
func leadsHere(uri, base string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	b, err := url.Parse(base + callbackPath)
	if err != nil {
		return false
	}
	return u.Scheme == b.Scheme && u.Host == b.Host && strings.TrimRight(u.Path, "/") == b.Path && u.RawQuery == ""
}
