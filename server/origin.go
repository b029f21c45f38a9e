package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// originGuard keeps web pages out: those of other sites by their Origin, and
// those that had their name rebound to our address by the Host they ask for.
type originGuard struct {
	hosts   map[string]bool // lower case, as in the Host header
	origins map[string]bool // scheme://host[:port], lower case
}

func parsePublicURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("server: the public URL cannot be parsed: it must look like https://mcp.example.com")
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("server: the public URL %q must be http or https with a host, and without user, query and fragment", u.Redacted())
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

func newOriginGuard(public *url.URL, hosts, origins []string) (originGuard, error) {
	g := originGuard{hosts: map[string]bool{}, origins: map[string]bool{}}
	for _, host := range hosts {
		if host == "" || strings.ContainsAny(host, "/@*") {
			return g, fmt.Errorf("server: allowed host %q must be a host name, with a port if need be", host)
		}
		g.hosts[strings.ToLower(host)] = true
	}
	for _, origin := range origins {
		u, ok := parseOrigin(origin)
		if !ok {
			return g, fmt.Errorf("server: allowed origin %q must look like https://app.example.com", origin)
		}
		g.origins[u.Scheme+"://"+u.Host] = true
	}
	if public != nil {
		host := strings.ToLower(public.Host)
		g.hosts[host] = true
		g.origins[public.Scheme+"://"+host] = true
	}
	return g, nil
}

// check returns why a request is refused, "" for a good one.
func (g originGuard) check(r *http.Request) string {
	host := strings.ToLower(r.Host)
	if !g.knownHost(host, localAddress(r)) {
		return "host"
	}
	origins := r.Header.Values("Origin")
	switch {
	case len(origins) == 0:
		return "" // not a browser, or a same-origin read
	case len(origins) > 1:
		return "origin"
	}
	origin, ok := parseOrigin(origins[0])
	if !ok {
		return "origin"
	}
	if g.origins[origin.Scheme+"://"+origin.Host] || g.sameServer(r, origin, host) {
		return ""
	}
	return "origin"
}

// sameServer reports whether the origin is this server under the host that was
// asked for. The names of this machine stand for each other on one port; nothing
// ends TLS before them, so their scheme is the listener's. A configured host may
// be behind a proxy that does.
func (g originGuard) sameServer(r *http.Request, origin *url.URL, host string) bool {
	hostName, hostPort := splitHost(host)
	if !isLoopback(hostName) {
		return origin.Host == host
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	name, port := splitHost(origin.Host)
	return origin.Scheme == scheme && port == hostPort && isLoopback(name)
}

// splitHost splits a Host header into the name, without brackets, and the port,
// "" where it has none. What is no host of a URL, such as ::1 without brackets, has
// no name.
func splitHost(host string) (name, port string) {
	u, err := url.Parse("http://" + host)
	if err != nil || u.Host != host {
		return "", ""
	}
	return u.Hostname(), u.Port()
}

// knownHost accepts the configured names and the address of the listener. An
// address in the Host header cannot have been rebound; only names can.
func (g originGuard) knownHost(host string, local netip.Addr) bool {
	if g.hosts[host] {
		return true
	}
	name, _ := splitHost(host)
	if g.hosts[name] {
		return true
	}
	address, err := netip.ParseAddr(name)
	loopback := name == "localhost" || err == nil && address.IsLoopback()
	if !local.IsValid() || local.IsLoopback() {
		return loopback
	}
	return err == nil && address.Unmap() == local
}

// localAddress is the address the connection came in on; invalid where the
// request did not come through a [http.Server].
func localAddress(r *http.Request) netip.Addr {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return netip.Addr{}
	}
	port, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.Addr{}
	}
	return port.Addr().Unmap().WithZone("")
}

// parseOrigin accepts exactly a scheme, a host and perhaps a port.
func parseOrigin(text string) (*url.URL, bool) {
	u, err := url.Parse(strings.ToLower(text))
	if err != nil || u.User != nil || u.Host == "" || u.Opaque != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" ||
		u.Path != "" || strings.HasSuffix(text, "#") || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, false
	}
	return u, true
}
