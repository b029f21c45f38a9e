package doctor

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	// clockTolerance is what is left aside: a Date header has whole seconds, and
	// an answer takes its time.
	clockTolerance = 90 * time.Second
	// linkLife is how long an OAuth link of Alloy's is good for (observed).
	linkLife = time.Hour

	callbackPath = "/oauth/callback"
	// alloyCallback is where a provider sends people back to Alloy (official);
	// own OAuth apps register it with the provider.
	alloyCallback = "https://api.runalloy.com/api/strategy/connector/{connector}/callback"
)

// checkClock compares this machine's clock with Alloy's: by the Date header of
// its answers, else by accounts that seem to come from the future.
func (e *examination) checkClock() {
	skew, known := e.sight.skew()
	if !known {
		e.clockByAccounts()
		return
	}
	if skew.Abs() <= clockTolerance {
		e.ok(CheckClock, "agrees with Alloy's")
		return
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	f := Finding{
		Check: CheckClock, State: Warning, Message: "this machine's clock is " + skew.Abs().Round(time.Second).String() + " " + direction + " Alloy's",
		Cause: "Links and tokens seem to expire too early or too late, and what was just connected looks old.",
		Cure:  "Let the system set its time by itself (NTP).",
	}
	if skew.Abs() > linkLife {
		f.State = Problem
	}
	e.add(f)
}

func (e *examination) clockByAccounts() {
	now := e.config.now()
	for _, c := range e.credentials {
		if ahead := c.CreatedAt.Sub(now); ahead > clockTolerance {
			e.add(Finding{
				Check: CheckClock, State: Warning,
				Message: "this machine's clock is at least " + ahead.Round(time.Second).String() + " behind Alloy's: an account seems to come from the future",
				Cure:    "Let the system set its time by itself (NTP).",
			})
			return
		}
	}
	e.skip(CheckClock, "not known: no answer of Alloy's told the time")
}

// noteRedirect says what people look for in vain.
const noteRedirect = "Alloy comes back to it without a code, which is right: the account is found by listing"

// checkRedirect judges the address that Alloy sends the browser back to.
func (e *examination) checkRedirect() {
	raw := e.config.RedirectURI
	if raw == "" {
		e.ok(CheckRedirect, "our own "+callbackPath+". "+noteRedirect+". Nothing is registered with Notion")
		return
	}
	f := Finding{Check: CheckRedirect, State: Problem, Cure: "Leave ALLOY_REDIRECT_URI unset, or end it with " + callbackPath + "."}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		f.Message = "ALLOY_REDIRECT_URI is not an http or https URL"
	case u.User != nil || u.Fragment != "":
		f.Message = "ALLOY_REDIRECT_URI must not hold a user name, a password or a “#”"
	case strings.EqualFold(u.Hostname(), "api.runalloy.com"):
		f.Message = "ALLOY_REDIRECT_URI is Alloy's own callback"
		f.Cause = "There are two redirects. " + alloyCallback + " is where the app sends people back to Alloy; it is registered with the app, and only for an OAuth app of your own. ALLOY_REDIRECT_URI is where Alloy sends them afterwards."
	default:
		f = e.weighRedirect(f, u)
	}
	e.add(f)
}

// weighRedirect finds what is allowed and still goes wrong.
func (e *examination) weighRedirect(f Finding, u *url.URL) Finding {
	f.State = Warning
	raw := e.config.RedirectURI
	switch public, err := url.Parse(e.publicURL()); {
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		f.Message = raw + " is not https: anybody on the way sees and can change what the browser gets"
	case u.RawQuery != "":
		f.Message = raw + " holds a query, and whether Alloy keeps it is not known"
	case strings.TrimRight(u.Path, "/") != callbackPath:
		f.Message = raw + " is not a page of ours: the browser ends there, and the account is found by listing alone"
	case err == nil && !sameOrigin(u, public):
		f.Message = raw + " leads to another address than this server's, " + e.publicURL()
		f.Cause = "The browser arrives there after the consent, and sees an error unless something forwards it to this server."
		f.Cure = "Set PUBLIC_URL to the address people use, or leave ALLOY_REDIRECT_URI unset."
	default:
		return Finding{Check: CheckRedirect, State: OK, Message: raw + ". " + noteRedirect}
	}
	return f
}

func (e *examination) publicURL() string {
	if e.config.PublicURL != "" {
		return e.config.PublicURL
	}
	return "http://" + e.config.Addr
}

// sameOrigin compares scheme, host and port; the names of this machine are one.
func sameOrigin(a, b *url.URL) bool {
	host := func(u *url.URL) string {
		name := strings.ToLower(u.Hostname())
		if isLoopback(name) {
			name = "localhost"
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		return u.Scheme + "://" + net.JoinHostPort(name, port)
	}
	return host(a) == host(b)
}

// checkPort tries to listen where the pages of a consent, or the server, will.
func (e *examination) checkPort(ctx context.Context) {
	addr := e.config.Addr
	host, port, err := net.SplitHostPort(addr)
	f := Finding{Check: CheckPort, State: Problem, Cure: "Set MCP_ADDR to an address such as 127.0.0.1:3000."}
	switch {
	case addr == "":
		e.skip(CheckPort, "not checked: no address is known")
		return
	case err != nil:
		f.Message = "MCP_ADDR " + addr + " is not a host and a port"
		e.add(f)
		return
	case !isLoopback(host) && e.config.Transport != "stdio" && (e.config.Auth == "" || e.config.Auth == "none"):
		f.Message = addr + " can be reached from other machines, and nobody is asked who they are (MCP_AUTH=none): the server refuses to start so"
		f.Cure = "Set MCP_AUTH=token and give each person a token (`alloy-mcp token add NAME`), or set MCP_ADDR to 127.0.0.1:3000."
		e.add(f)
		return
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		e.add(e.portTaken(ctx, addr, err))
		return
	}
	_ = listener.Close() // nobody can have connected in between that we would have answered
	if port == "0" {
		e.ok(CheckPort, "any free port of "+host)
		return
	}
	e.ok(CheckPort, addr+" is free")
}

// portTaken explains why the address cannot be listened on.
func (e *examination) portTaken(ctx context.Context, addr string, err error) Finding {
	f := Finding{Check: CheckPort, State: Problem, Message: addr + " cannot be listened on: " + listenReason(err)}
	f.Cure = "Set MCP_ADDR to a free port, such as 127.0.0.1:0 for any, or end the other program."
	switch {
	case errors.Is(err, syscall.EADDRINUSE) && oursAnswers(ctx, addr):
		f.State, f.Message = OK, addr+" is taken by a server that answers as alloy-mcp does: it is running already"
		f.Cure = ""
		return f
	case errors.Is(err, syscall.EACCES):
		f.Cause = "Ports below 1024 belong to the administrator."
	case errors.Is(err, syscall.EADDRINUSE):
		f.Cause = "Another program listens there."
	}
	if e.config.Transport == "stdio" || e.config.Transport == "" {
		f.State = Warning
		f.Cause += " On stdio another free port is taken for the pages of a consent, so this does no harm"
		if e.config.RedirectURI != "" {
			f.State = Problem
			f.Cause = strings.TrimSuffix(f.Cause, ", so this does no harm") + ", which the fixed ALLOY_REDIRECT_URI then misses"
		}
		f.Cause = strings.TrimSpace(f.Cause) + "."
	}
	return f
}

func listenReason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err.Error()
	}
	return err.Error()
}

// oursAnswers asks what listens on this machine whether it is well, as our own
// server is asked.
func oursAnswers(ctx context.Context, addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !isLoopback(host) {
		return false
	}
	return plainGet(ctx, addr, "/healthz") == "ok" && plainGet(ctx, addr, "/readyz") == "ready"
}

// plainGet reads a page of a few bytes from this machine: HTTP without anything
// that could lead elsewhere, such as a proxy, a redirect or a cookie.
func plainGet(ctx context.Context, addr, path string) string {
	const patience = 2 * time.Second
	dialer := net.Dialer{Timeout: patience}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return ""
	}
	defer func() { _ = conn.Close() }() // everything was read
	if conn.SetDeadline(time.Now().Add(patience)) != nil {
		return ""
	}
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.0\r\nHost: "+addr+"\r\n\r\n"); err != nil {
		return ""
	}
	response, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, 8<<10)), nil)
	if err != nil {
		return ""
	}
	defer func() { _ = response.Body.Close() }() // the connection is closed as well
	body, err := io.ReadAll(io.LimitReader(response.Body, 64))
	if err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	return strings.TrimSpace(string(body))
}
