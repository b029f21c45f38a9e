package simulator

import (
	"encoding/json"
	"net/http"
	"strings"
)

// execution is the body of an execute call: the five documented fields. All others (input, parameters,
// headers, …) are ignored, as Alloy evidently does.
type execution struct {
	CredentialID      string          `json:"credentialId"`
	RequestBody       json.RawMessage `json:"requestBody"`
	QueryParameters   map[string]any  `json:"queryParameters"`
	PathParams        map[string]any  `json:"pathParams"`
	AdditionalHeaders map[string]any  `json:"additionalHeaders"`
}

// execute runs an action. Like Alloy (inferred) it does not hold the body against the action's
// schema; the provider does, where it has a working back end.
func (s *Simulator) execute(c *call) reply {
	con := s.connectors[c.params["connector"]]
	if con == nil {
		return c.connectorNotFound(c.params["connector"])
	}
	act := con.actions[c.params["action"]]
	if act == nil {
		return c.actionNotFound(con.id, c.params["action"])
	}
	var in execution
	if !c.decode(&in) {
		return c.invalidInput(problem{"body", "body must be an object"}) // a guess
	}
	c.entry.CredentialID = in.CredentialID
	if !isObjectID(in.CredentialID) {
		return c.invalidInput(problem{"credentialId", "credentialId must be a valid ID"})
	}
	cred := c.account.credentials.byID(in.CredentialID)
	if cred == nil || cred.UserID != c.actor.ID || cred.ConnectorID != con.id || c.now.Before(cred.VisibleAt) {
		return c.credentialNotFound()
	}
	if cred.revoked {
		return c.credentialRevoked(cred.ID)
	}
	if missing := act.missingPathParams(in.PathParams); len(missing) > 0 {
		return c.invalidInput(missing...)
	}
	answer := s.provide(c, con, act, cred, in)
	if answer.status < http.StatusBadRequest && answer.wrote {
		s.wrote(c, con.id+"."+act.id)
	}
	return s.envelope(c, answer)
}

// provide asks the provider behind the connector: its working back end, or the action's sample.
func (s *Simulator) provide(c *call, con *connector, act *action, cred *credential, in execution) providerReply {
	if c.fault != nil && c.fault.Kind == FaultProvider && !c.fault.AfterEffect {
		return c.fault.providerReply(c.now)
	}
	var answer providerReply
	back := s.backends[con.id]
	if back != nil && back.knows(act.id) {
		answer = back.do(providerCall{
			action: act.id, credential: cred, accepted: s.accepted(c, cred), path: in.PathParams, query: in.QueryParameters,
			headers: in.AdditionalHeaders, body: in.RequestBody, modes: c.modes, now: c.now,
		})
	} else {
		answer = act.sampleReply(s.accepted(c, cred))
	}
	if c.fault != nil && c.fault.Kind == FaultProvider {
		spoiled := c.fault.providerReply(c.now)
		if answer.wrote {
			s.wrote(c, con.id+"."+act.id)
		}
		return spoiled
	}
	return answer
}

// sampleReply answers for a provider without a back end. Everything but GET counts as a write.
func (a *action) sampleReply(accepted bool) providerReply {
	if !accepted {
		return providerReply{status: http.StatusUnauthorized, body: object{"message": "The access token is no longer valid."}}
	}
	var body any = object{}
	if len(a.sample) > 0 {
		body = a.sample
	}
	return providerReply{status: http.StatusOK, body: body, wrote: a.method != "get"}
}

// envelope wraps a provider's answer. {executionId, status, responseData} is observed, the values of status
// are not: "completed" and "failed" are guesses, and so is where an error shows (see [ProviderErrors]).
func (s *Simulator) envelope(c *call, answer providerReply) reply {
	failed := answer.status >= http.StatusBadRequest
	status, header := http.StatusOK, http.Header(nil)
	if failed && c.modes.ProviderErrors != ProviderErrorsInside {
		status, header = answer.status, answer.header
	}
	var body any
	switch {
	case failed && c.modes.ProviderErrors == ProviderErrorsBare:
		body = answer.body
	case c.modes.ResultWrapper:
		body = object{"success": !failed, "result": answer.body}
	case c.modes.BareExecution:
		body = object{"responseData": answer.body}
	default:
		word := "completed"
		if failed {
			word = "failed"
		}
		body = struct {
			ExecutionID  string `json:"executionId"`
			Status       string `json:"status"`
			ResponseData any    `json:"responseData"`
		}{s.ids.objectID("execution"), word, answer.body}
	}
	out := jsonReply(status, body)
	out.header = header
	return out
}

// missingPathParams names the placeholders of the path that have no value; the error's form is a guess.
func (a *action) missingPathParams(given map[string]any) []problem {
	var list []problem
	rest := a.path
	for {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return list
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return list
		}
		if value, exists := given[name]; !exists || value == nil || value == "" {
			list = append(list, problem{"pathParams." + name, "pathParams." + name + " is required"})
		}
		rest = tail
	}
}
