package alloy

import (
	"net/http"
	"strings"
)

const (
	statusPage = "status.runalloy.com"
	lastResort = "support@runalloy.com"
	// adviceLocal is for a base URL on this machine where nobody listens.
	adviceLocal = "The base URL is on this machine: check that the local server runs there (`alloy-mcp simulate` starts one), or correct the base URL."
)

// verdict says whose fault a failure is and what a person should do about it.
func verdict(e *Error, k *call) (Fault, string) {
	switch e.Kind {
	case KindUnauthorized:
		return FaultOperator, "Check the API key: it must be a Connectivity key of the right environment (development and production have keys of their own), from Alloy's dashboard under Settings, API Keys."
	case KindForbidden:
		return FaultOperator, "The API key lacks a permission for this: check its permissions in Alloy's dashboard."
	case KindNoUser:
		return FaultOperator, "Set the Alloy user to act for."
	case KindRoute:
		return FaultOperator, uncertain(e, k, "Check the base URL and the API version (header x-api-version, normally "+DefaultVersion+"): Alloy answers so to a wrong path or version.")
	case KindUnknownUser:
		return FaultOperator, asWhom(k) + "Create the user, or use its id of 24 hexadecimal digits (not an e-mail address): GET /users lists this key's users."
	case KindCredentialNotFound:
		return FaultPerson, asWhom(k) + "List that user's credentials; if this one is not among them it belongs to another user or key, or was deleted: connect the app again."
	case KindCredentialRevoked:
		return FaultPerson, "The access was revoked or has expired: connect the app again."
	case KindInvalidInput:
		return FaultCaller, "Correct the arguments and call again."
	case KindAuthTypeNotFound:
		return FaultCaller, "Read the connector's credential metadata and use one of the authentication types it lists."
	case KindNotFound:
		return FaultCaller, "Check the id: ids are case-sensitive; list what exists first."
	case KindRateLimited:
		return FaultUpstream, "Too many requests, at Alloy or at the connected app: wait, then call again."
	case KindCanceled:
		if e.Outcome == OutcomeNotSent || e.Outcome == OutcomeRejected {
			return FaultCaller, "Nothing was changed: call again if it is still wanted."
		}
		return FaultCaller, uncertain(e, k, "")
	case KindUnavailable:
		return FaultUpstream, uncertain(e, k, "See "+statusPage+"; if it lasts, write to "+lastResort+".")
	case KindProvider:
		return providerVerdict(e, k)
	case KindEnvelope, KindUnreadable, KindTooLarge:
		return FaultUpstream, uncertain(e, k, "Alloy's answer is not what this client knows: see "+statusPage+"; if it lasts, report it to "+lastResort+".")
	case KindRejected:
		return FaultCaller, "Read the message; if it does not explain itself, write to " + lastResort + "."
	}
	return FaultUpstream, ""
}

// uncertain puts the advice that matters most first: look before repeating.
func uncertain(e *Error, k *call, advice string) string {
	switch e.Outcome {
	case OutcomeUnknown, OutcomeCompleted:
		if k.class == classCreateLink {
			return strings.TrimSpace("Ask for a new link: one that nobody follows leaves nothing behind. " + advice)
		}
	case OutcomeNotSent, OutcomeRejected:
	}
	switch e.Outcome {
	case OutcomeUnknown:
		if k.class.idempotent() {
			return strings.TrimSpace("It may have been done; doing it again does no harm. " + advice)
		}
		return strings.TrimSpace("Check whether it took effect before doing it again. " + advice)
	case OutcomeCompleted:
		return strings.TrimSpace("It was carried out: do not repeat it. " + advice)
	case OutcomeNotSent, OutcomeRejected:
	}
	return advice
}

func asWhom(k *call) string {
	if k.user.IsZero() {
		return ""
	}
	return "The call ran as Alloy user " + k.user.String() + ". "
}

// providerVerdict knows Notion's codes by name and the rest by status.
func providerVerdict(e *Error, k *call) (Fault, string) {
	p := e.Provider
	if p == nil {
		return FaultProvider, ""
	}
	switch p.Code {
	case "unauthorized", "invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed":
		return FaultPerson, "The app no longer accepts this connection: connect it again."
	case "restricted_resource":
		return FaultPerson, "The connection may not do this: share the page or database with it (page menu, Connections, add) or grant the capability."
	case "object_not_found":
		return FaultPerson, "It does not exist or is not shared with the connection: check the id, then share it (page menu, Connections, add)."
	case "rate_limited", "ratelimited":
		return FaultProvider, "The app limits the rate of calls: wait, then call again."
	case "validation_error":
		return FaultCaller, "Correct the arguments named in the message."
	}
	switch {
	case p.Status == 401:
		return FaultPerson, "The app no longer accepts this connection: connect it again."
	case p.Status == 403:
		return FaultPerson, "The connection lacks a permission in the app: grant it there, or connect again with more rights."
	case p.Status == 429:
		return FaultProvider, "The app limits the rate of calls: wait, then call again."
	case p.Status >= 500, p.Status == http.StatusRequestTimeout:
		return FaultProvider, uncertain(e, k, "The app itself failed: try again later.")
	case p.vague:
		return FaultProvider, uncertain(e, k, "Whether the app refused the call or failed is not said: see its message.")
	}
	return FaultCaller, uncertain(e, k, "The app refused the call: correct the arguments by its message.")
}
