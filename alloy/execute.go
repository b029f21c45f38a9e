package alloy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// executeBody holds the four fields of the official reference beside the
// credential; the older guide's "input" is never sent.
type executeBody struct {
	CredentialID      string            `json:"credentialId"`
	RequestBody       any               `json:"requestBody,omitempty"`
	QueryParameters   map[string]any    `json:"queryParameters,omitempty"`
	PathParams        map[string]any    `json:"pathParams,omitempty"`
	AdditionalHeaders map[string]string `json:"additionalHeaders,omitempty"`
}

// Execute runs an action of a connected app and returns what the app answered,
// without Alloy's wrapper.
//
// How often a call may be sent follows from Effect: an action that is not
// EffectRead is sent again only where the first request provably was not
// processed. An app's refusal is an [Error] of KindProvider, also where Alloy
// reports it inside a success. A write whose answer is lost after Alloy said
// 2xx is no error: the result says Truncated or Unreadable.
func (u *UserClient) Execute(ctx context.Context, e Execution) (ExecutionResult, error) {
	k := &call{
		op: "execute " + label(e.ConnectorID) + "." + label(e.ActionID), method: http.MethodPost,
		path: []string{"connectors", e.ConnectorID, "actions", e.ActionID, "execute"},
		user: u.user, class: e.Effect.class(), connector: e.ConnectorID, execute: true, sent: e.Sent,
	}
	if err := u.ready(k.op); err != nil {
		return ExecutionResult{}, err
	}
	if err := e.check(); err != nil {
		return ExecutionResult{}, finish(&Error{Kind: KindInvalidInput, Outcome: OutcomeNotSent, Message: err.Error()}, k, &scrubber{})
	}
	k.body = executeBody{
		CredentialID: e.CredentialID, RequestBody: e.RequestBody, QueryParameters: e.QueryParameters,
		PathParams: e.PathParams, AdditionalHeaders: e.AdditionalHeaders,
	}
	return do(ctx, u.client, k, func(a *answer) (ExecutionResult, *Error) { return decodeExecution(k, a) })
}

func (e Effect) class() class {
	switch e {
	case EffectRead:
		return classExecuteRead
	case EffectPut:
		return classPut
	case EffectWrite:
	}
	return classWrite
}

// check refuses what must not reach a provider.
func (e *Execution) check() error {
	if !isObjectID(e.CredentialID) {
		return fmt.Errorf("%s is not a credential id: it must be 24 hexadecimal digits", label(e.CredentialID))
	}
	for name, value := range e.AdditionalHeaders {
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return fmt.Errorf("%s is not a header name", label(name))
		case deniedHeader(name):
			return fmt.Errorf("the header %s must not be set: Alloy sets it, or it would change the request itself", label(name))
		case !httpguts.ValidHeaderFieldValue(value):
			return fmt.Errorf("the value of the header %s holds characters that a header cannot carry", label(name))
		}
	}
	return nil
}

// deniedHeader reports whether an action may not choose the header: what
// authenticates, routes or frames a request belongs to Alloy.
func deniedHeader(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "authorization", "cookie", "host", "content-length", "transfer-encoding", "connection", "te", "upgrade",
		"forwarded", "x-api-version":
		return true
	}
	for _, prefix := range [...]string{"proxy-", "x-alloy-", "x-forwarded-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func decodeExecution(k *call, a *answer) (ExecutionResult, *Error) {
	if k.class.changes() {
		if result, lost := lostResult(a); lost {
			return result, nil
		}
	}
	object, failure := a.usable()
	inner, result := unwrap(a.body, object)
	if p := knownProviderError(inner); p != nil && (failure == nil || failure.Kind == KindRejected) {
		return ExecutionResult{}, providerFailure(k, a, p, p.vague || partlyDone(inner))
	}
	if failure != nil {
		return ExecutionResult{}, failure
	}
	if p := toldFailure(result.Status, inner); p != nil {
		return ExecutionResult{}, providerFailure(k, a, p, p.vague)
	}
	result.Data = inner
	return result, nil
}

// lostResult recognises a write that was carried out and whose answer is
// missing, cut or not JSON. An empty body is an answer: some apps send none.
func lostResult(a *answer) (ExecutionResult, bool) {
	switch {
	case errors.Is(a.broken, errBodyTooLarge):
		return ExecutionResult{Truncated: true}, true
	case a.broken != nil:
		return ExecutionResult{Unreadable: true}, true
	case len(a.body) == 0:
		return ExecutionResult{}, true
	}
	err := checkJSON(a.body)
	if err == nil || parseComplaint(a.body).route != "" {
		return ExecutionResult{}, false
	}
	return ExecutionResult{Unreadable: !errors.Is(err, errBounds), Truncated: errors.Is(err, errBounds)}, true
}

// unwrap takes the provider's body out of Alloy's wrapper: responseData
// (observed) first, then the forms of other documents, else the body itself.
// "data" alone is never taken for a wrapper: apps have fields of that name.
func unwrap(body []byte, object map[string]json.RawMessage) (json.RawMessage, ExecutionResult) {
	var result ExecutionResult
	_, hasData := object["responseData"]
	_, hasExecution := object["executionId"]
	if hasData || hasExecution {
		result.ExecutionID, result.Status = asText(object["executionId"]), asText(object["status"])
	}
	switch {
	case hasData:
		return object["responseData"], result
	case hasExecution && object["data"] != nil:
		return object["data"], result
	case object["result"] != nil && onlyWrapperKeys(object):
		result.ExecutionID, result.Status = asText(object["executionId"]), asText(object["status"])
		return object["result"], result
	}
	return body, result
}

func onlyWrapperKeys(object map[string]json.RawMessage) bool {
	for name := range object {
		switch name {
		case "success", "result", "status", "executionId", "message":
		default:
			return false
		}
	}
	return true
}
