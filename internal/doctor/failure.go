package doctor

import (
	"errors"
	"strconv"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// Where to look and to write when Alloy is the trouble (official addresses).
const (
	statusPage  = "https://status.runalloy.com"
	supportMail = "support@runalloy.com"
)

// asError returns the client's error in err. Others cannot occur, but a doctor
// must not fall ill: they are taken as they are. No error is one of no kind.
func asError(err error) *alloy.Error {
	var failure *alloy.Error
	switch {
	case err == nil:
		return &alloy.Error{}
	case errors.As(err, &failure):
		return failure
	}
	return &alloy.Error{Kind: alloy.KindRejected, Message: err.Error()}
}

// seen is what Alloy said, in one clause: message, status, code.
func seen(f *alloy.Error) string {
	var extra []string
	if f.Status != 0 {
		extra = append(extra, "HTTP "+strconv.Itoa(f.Status))
	}
	if f.Code != "" {
		extra = append(extra, f.Code)
	}
	if f.Provider != nil && f.Provider.Code != "" {
		extra = append(extra, "provider code "+f.Provider.Code)
	}
	text := strings.TrimRight(f.Message, ".")
	if text == "" {
		text = string(f.Kind)
	}
	if len(extra) > 0 {
		text += " (" + strings.Join(extra, ", ") + ")"
	}
	if len(f.Keys) > 0 {
		text += "; keys seen: " + strings.Join(f.Keys, ", ")
	}
	for _, detail := range f.Details {
		text += "; " + strings.TrimPrefix(detail.Property+": "+detail.Message, ": ")
	}
	return text
}

// failed makes the finding of a call that failed, for the kinds of failure that
// mean the same everywhere. what is the subject of the sentence, such as "the
// list of users".
func failed(check Check, what string, err error) Finding {
	failure := asError(err)
	f := Finding{Check: check, State: Problem, Message: what + " could not be read: " + seen(failure), Cure: failure.Advice}
	switch failure.Kind {
	case alloy.KindUnavailable, alloy.KindUnreadable, alloy.KindTooLarge, alloy.KindRateLimited:
		return unavailable(f, failure)
	case alloy.KindCanceled:
		f.State, f.Cure = Skipped, ""
		f.Message = "not finished: the check was interrupted"
	case alloy.KindEnvelope:
		f.Cause = "Alloy answers in a shape this program does not know: it changed, or the base URL leads to something else."
		f.Cure = "Check ALLOY_BASE_URL and ALLOY_API_VERSION; if they are right, send us the page of `alloy-mcp doctor --report`."
	case alloy.KindForbidden:
		f.Cause = "The API key lacks a permission."
		f.Cure = "In Alloy's dashboard give the key the permission, or make another key: Settings, API Keys."
	}
	return f
}

func unavailable(f Finding, failure *alloy.Error) Finding {
	f.exit, f.upstream = ExitUnavailable, true
	switch {
	case failure.Kind == alloy.KindRateLimited:
		f.Cause = "Alloy, or an app behind it, counts too many requests."
		f.Cure = "Wait a minute and run this again; see " + statusPage + "."
	case failure.Kind == alloy.KindUnreadable:
		f.Cause = "Something between here and Alloy answered in its place (a proxy, a login page of the network), or Alloy is in trouble."
		f.Cure = "Open " + statusPage + "; try another network; check ALLOY_BASE_URL."
	case failure.Status == 0 && failure.Outcome == alloy.OutcomeNotSent:
		f.Cause = "This machine cannot reach Alloy: no network, DNS, a firewall or a proxy, or ALLOY_BASE_URL is wrong."
		f.Cure = "Check the network and ALLOY_BASE_URL; open " + statusPage + "."
	default:
		f.Cause = "Alloy is in trouble, or slow."
		f.Cure = "Open " + statusPage + " and run this again later."
	}
	return f
}
