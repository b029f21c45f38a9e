package doctor

import (
	"context"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// platform checks what everything else rests on. It reports whether Alloy
// answered the key.
func (e *examination) platform(ctx context.Context) bool {
	address := e.checkBaseURL()
	key := e.checkKeyForm()
	switch {
	case key && !address:
		e.skip(CheckKey, "not tried: it is not sent to a wrong address")
		e.skipPlatform()
		return false
	case !key || e.config.Client == nil:
		if key {
			e.skip(CheckKey, "not tried: no client could be made from the settings")
		}
		e.skipPlatform()
		return false
	case !e.checkConnectors(ctx):
		e.skipPlatform()
		return false
	}
	e.checkNotion(ctx)
	e.checkSchema(ctx)
	return true
}

// skipPlatform names the platform's checks that were not made.
func (e *examination) skipPlatform() {
	done := make(map[Check]bool)
	for _, f := range e.report.Findings {
		done[f.Check] = true
	}
	for _, check := range [...]Check{CheckVersion, CheckConnectors, CheckNotion, CheckSchema} {
		if !done[check] {
			e.skip(check, "not checked: see above")
		}
	}
}

// Alloy's other hosts, which answer otherwise or not at all. Seen in public
// projects' settings.
func wrongHost(host string) (cause string, wrong bool) {
	switch host {
	case "mcp.runalloy.com", "mcp-api.runalloy.com":
		return "That is Alloy's own MCP product, another API: it wants another Accept header (else 406), and its keys and credentials need not be the same.", true
	case "api.runalloy.com":
		return "That host only serves the pages of the OAuth consent.", true
	case "embedded.runalloy.com":
		return "That is Alloy Embedded, another product.", true
	case "app.runalloy.com", "dashboard.runalloy.com", "docs.runalloy.com", "status.runalloy.com", "runalloy.com", "www.runalloy.com":
		return "That is a web site for people, not the API.", true
	}
	return "", false
}

// versionPath finds an API version in a path.
var versionPath = regexp.MustCompile(`/20\d\d-\d\d(/|$)`)

// checkBaseURL judges the base URL's form and host. Whether something answers
// there is the business of the first call.
func (e *examination) checkBaseURL() bool {
	raw := e.config.baseURL()
	u, err := url.Parse(raw)
	f := Finding{Check: CheckBaseURL, State: Problem, Cure: "Leave ALLOY_BASE_URL unset: the default is " + alloy.DefaultBaseURL + "."}
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "":
		f.Message = "ALLOY_BASE_URL is not a plain URL"
		e.add(f)
		return false
	case u.Scheme != "https" && !isLoopback(u.Hostname()):
		f.Message = raw + " is not https: the API key would travel readable"
		e.add(f)
		return false
	}
	host := strings.ToLower(u.Hostname())
	if cause, wrong := wrongHost(host); wrong {
		f.Message, f.Cause = raw+" is not the Connectivity API", cause
		e.add(f)
		return false
	}
	switch {
	case versionPath.MatchString(u.Path):
		f.State, f.Message = Warning, raw+" has a version in its path"
		f.Cause = "The Connectivity API has none there; the version travels in the header x-api-version."
		e.add(f)
	case raw == alloy.DefaultBaseURL:
		e.ok(CheckBaseURL, raw)
	case isLoopback(host):
		e.ok(CheckBaseURL, raw+": on this machine, so a simulator or a tunnel rather than Alloy")
	default:
		f.State, f.Message = Warning, raw+" is not Alloy's address ("+alloy.DefaultBaseURL+"): whoever runs it sees the API key"
		e.add(f)
	}
	return true
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// checkConnectors makes the first call, which shows at once whether Alloy is
// there, takes the key and knows the version.
func (e *examination) checkConnectors(ctx context.Context) bool {
	connectors, err := call(ctx, e, e.config.Client.Connectors)
	if err != nil {
		e.explainFirst(ctx, asError(err), err)
		return false
	}
	e.connectors = connectors
	e.ok(CheckKey, "accepted (fingerprint "+e.config.Key.Fingerprint()+")")
	e.checkVersionValue()
	if len(connectors) == 0 {
		e.add(Finding{
			Check: CheckConnectors, State: Problem, Message: "Alloy takes the key, but shows it no connector",
			Cause: "The key has no Connectivity permission, or belongs to an environment in which nothing is set up.",
			Cure:  "In Alloy's dashboard check that the account has Connectivity and that the key is of the right environment (Settings, API Keys).",
		})
		return true
	}
	e.ok(CheckConnectors, count(len(connectors), "connector"))
	return true
}

// explainFirst explains why the first call failed.
func (e *examination) explainFirst(ctx context.Context, failure *alloy.Error, err error) {
	switch failure.Kind {
	case alloy.KindUnauthorized, alloy.KindForbidden:
		e.explainRefusedKey(ctx, failure)
	case alloy.KindRoute, alloy.KindNotFound:
		e.explainRoute(failure)
	default:
		e.skip(CheckKey, "could not be tried: Alloy gave no usable answer")
		e.add(failed(CheckConnectors, "the list of connectors", err))
	}
}

// knownVersion reports whether the version is one that was seen to work:
// 2025-09 is official, 2025-06 was observed.
func knownVersion(version string) bool { return version == "2025-09" || version == "2025-06" }

func (e *examination) checkVersionValue() {
	version := e.config.version()
	if knownVersion(version) {
		e.ok(CheckVersion, "x-api-version "+version+" is accepted")
		return
	}
	e.add(Finding{
		Check: CheckVersion, State: Warning,
		Message: "x-api-version " + version + " is accepted, but this program knows 2025-09 (and 2025-06)",
		Cure:    "Leave ALLOY_API_VERSION unset unless Alloy told you otherwise.",
	})
}

// explainRoute: a page "Cannot GET /connectors" means a version header that
// Alloy does not know, or another place than the API (official guide).
func (e *examination) explainRoute(failure *alloy.Error) {
	e.skip(CheckKey, "could not be tried: there is no such path at that address")
	f := Finding{Check: CheckVersion, State: Problem, Message: "GET /connectors is not known there: " + seen(failure)}
	u, err := url.Parse(e.config.baseURL())
	switch {
	case !knownVersion(e.config.version()):
		f.Cause = "Alloy answers so to a version it does not know, and ALLOY_API_VERSION is " + e.config.version() + "."
		f.Cure = "Leave ALLOY_API_VERSION unset: the default is " + alloy.DefaultVersion + "."
	case err == nil && strings.Trim(u.Path, "/") != "":
		f.Cause = "The version header is right, so the path of ALLOY_BASE_URL (" + u.Path + ") is wrong."
		f.Cure = "Leave ALLOY_BASE_URL unset: the default is " + alloy.DefaultBaseURL + "."
	case failure.Status >= 300 && failure.Status < 400:
		f.Cause = "That address sends on to another one; it is not followed, because the key would go along."
		f.Cure = "Set ALLOY_BASE_URL to the address that answers itself; the default is " + alloy.DefaultBaseURL + "."
	default:
		f.Cause = "The version header is one that works, so something else than the Connectivity API answers at " + e.config.baseURL() + "."
		f.Cure = "Leave ALLOY_BASE_URL unset (the default is " + alloy.DefaultBaseURL + "); if it is, a proxy may drop the header x-api-version, or Alloy moved: see " + statusPage + "."
	}
	e.add(f)
}
