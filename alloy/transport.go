package alloy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"
)

// errHostRefused is the cause of a request to a host that is not Alloy's.
var errHostRefused = errors.New("this client talks to Alloy's host only")

// wires are the two transports of a client. A write over HTTP/1.1 gets a
// connection of its own: on a kept-alive one, which the server may be closing
// at that moment, nobody could tell a lost write from one never read.
type wires struct {
	shared http.RoundTripper
	single http.RoundTripper
	hosts  *hostList
}

func newWires(config Config, base *url.URL) wires {
	hosts := &hostList{base: hostPort(base)}
	if config.Transport != nil {
		return wires{shared: config.Transport, single: config.Transport, hosts: hosts}
	}
	shared, single := newTransport(config, hosts), newTransport(config, hosts)
	single.DisableKeepAlives = true
	return wires{shared: shared, single: single, hosts: hosts}
}

func newTransport(config Config, hosts *hostList) *http.Transport {
	t := &http.Transport{
		DialContext:            hosts.dial,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    5 * time.Second,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		// What a stream over HTTP/2 holds while its call waits to read a large
		// answer; 4 MiB by default.
		HTTP2:              &http.HTTP2Config{MaxReceiveBufferPerStream: 512 << 10},
		DisableCompression: true, // decompressed here, so that the limit counts what comes out
	}
	if config.Proxy != nil {
		t.Proxy = func(r *http.Request) (*url.URL, error) {
			proxy, err := config.Proxy(r)
			if proxy != nil && err == nil {
				hosts.addProxy(hostPort(proxy))
			}
			return proxy, err
		}
	}
	return t
}

func (w wires) closeIdle() {
	for _, rt := range [...]http.RoundTripper{w.shared, w.single} {
		if t, ok := rt.(interface{ CloseIdleConnections() }); ok {
			t.CloseIdleConnections()
		}
	}
}

// hostList is the list of hosts that may be dialled.
type hostList struct {
	base    string // host:port of the base URL
	proxies sync.Map
}

func (h *hostList) addProxy(addr string) { h.proxies.Store(addr, struct{}{}) }

// permits reports whether a request may go to u: to the base URL's host, or
// over TLS to Amazon's storage, where Alloy keeps uploaded files (official).
func (h *hostList) permits(u *url.URL) bool {
	addr := hostPort(u)
	return addr == h.base || u.Scheme == "https" && isStorageAddress(addr)
}

// dial opens a connection to a listed host, and fails for any other.
func (h *hostList) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}
	addr = strings.ToLower(addr)
	_, isProxy := h.proxies.Load(addr)
	switch {
	case addr == h.base || isProxy: // named in the settings, so loopback and private addresses are meant
	case isStorageAddress(addr):
		dialer.ControlContext = refuseSpecialAddress
	default:
		return nil, fmt.Errorf("%w: refused to dial %s", errHostRefused, addr)
	}
	return dialer.DialContext(ctx, network, addr)
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		switch u.Scheme {
		case "http":
			port = "80"
		case "socks5", "socks5h":
			port = "1080"
		default:
			port = "443"
		}
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}

func isStorageAddress(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	return err == nil && port == "443" && strings.HasSuffix(host, ".amazonaws.com") &&
		!strings.HasPrefix(host, ".")
}

// refuseSpecialAddress refuses a connection to an address that is not on the
// public internet: a storage host's name comes from Alloy's answer, and a name
// can be made to point anywhere.
func refuseSpecialAddress(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s is not an address", errHostRefused, address)
	}
	ip := ap.Addr().Unmap().WithZone("")
	for _, prefix := range specialPrefixes() {
		if prefix.Contains(ip) {
			return fmt.Errorf("%w: %s is in the special-purpose range %s", errHostRefused, ip, prefix)
		}
	}
	return nil
}

// specialPrefixes are the ranges that IANA's special-purpose registries keep
// from the public internet, with the deprecated site-local range and multicast.
func specialPrefixes() []netip.Prefix {
	texts := [...]string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
		"192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
		"::/128", "::1/128", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
		"100:0:0:1::/64", "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
		"5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	}
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}
