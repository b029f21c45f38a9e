package alloy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The defaults of [Config].
const (
	DefaultBaseURL   = "https://production.runalloy.com" // official
	DefaultVersion   = "2025-09"                         // official; 2025-06 was observed to work as well
	DefaultUserAgent = "alloy-mcp"
)

// Config configures a [Client]. The zero value of every field but Key means
// its default.
type Config struct {
	// BaseURL is where Alloy lives: https, or http on a loopback address. A
	// path is kept and put before every path of the API.
	BaseURL string
	// Version is the value of the header x-api-version.
	Version string
	// Key returns the API key. It is asked once for every request, so that a
	// key can change while the program runs.
	Key func(context.Context) (Secret, error)
	// Transport carries the requests of a test. Nil means the client's own,
	// which dials the host of BaseURL and nothing else (Amazon's storage hosts
	// too, for uploads).
	Transport http.RoundTripper
	// Proxy chooses a proxy as http.Transport.Proxy does; nil means none. It
	// has no effect where Transport is set.
	Proxy func(*http.Request) (*url.URL, error)
	// Logger receives one line for each attempt (debug), each retry and each
	// change of a breaker (warn). Nil discards. No line holds a body, a header
	// or a query.
	Logger *slog.Logger
	// Rate is how many requests a minute may go to Alloy; 0 means no limit,
	// since Alloy publishes none. After a 429 it is halved, and recovers by a
	// twentieth every ten seconds.
	Rate float64
	// UserAgent is sent as the header User-Agent.
	UserAgent string
}

// StaticKey returns a [Config.Key] that always answers key.
func StaticKey(key Secret) func(context.Context) (Secret, error) {
	return func(context.Context) (Secret, error) { return key, nil }
}

// limits are the bounds of one call. They are fields, not constants, so that
// the package's own tests need not wait for them.
type limits struct {
	total    time.Duration // of a call whose context has no deadline
	attempt  time.Duration // of one attempt of a read
	bodyIdle time.Duration // between two reads of a body
	body     int64         // bytes of an answer after decompression
}

func defaultLimits() limits {
	return limits{total: 90 * time.Second, attempt: 20 * time.Second, bodyIdle: 10 * time.Second, body: 8 << 20}
}

// checkBaseURL parses the base URL and refuses what would send the API key
// over a readable line or to a host that is certainly not Alloy.
func checkBaseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's error quotes the URL, which may hold a password.
		return nil, errors.New("the base URL is not a URL; the default is " + DefaultBaseURL)
	}
	switch host := strings.ToLower(u.Hostname()); {
	case u.Scheme == "" || host == "":
		return nil, errors.New("the base URL needs a scheme and a host, such as " + DefaultBaseURL)
	case u.User != nil:
		return nil, errors.New("the base URL must not hold a user name or a password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("the base URL must not have a query or a fragment")
	case isNotionHost(host):
		return nil, fmt.Errorf("%s is Notion's own API, which this client does not speak: Notion is reached through Alloy; to try things out without an account run `alloy-mcp simulate`", host)
	case u.Scheme == "https":
	case u.Scheme == "http" && isLoopback(host):
	case u.Scheme == "http":
		return nil, fmt.Errorf("the base URL must be https (http is for loopback addresses only): %s is not loopback", host)
	default:
		return nil, fmt.Errorf("the base URL must be https, not %s", u.Scheme)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

func isNotionHost(host string) bool {
	for _, domain := range [...]string{"notion.com", "notion.so"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
