package server

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// statusOf is the HTTP status of an error of the tools. It is the only table.
func statusOf(code tools.Code) int {
	switch code {
	case tools.CodeInvalidArguments:
		return http.StatusBadRequest
	case tools.CodeNotPermitted, tools.CodeNotShared, "refused_by_policy":
		return http.StatusForbidden
	case tools.CodeNotFound, tools.CodeUnknownConnector, tools.CodeUnknownAction:
		return http.StatusNotFound
	case tools.CodeUserRequired, tools.CodeEffectMismatch:
		return http.StatusConflict
	case tools.CodeRateLimited:
		return http.StatusTooManyRequests
	case tools.CodeAPIKeyRejected, tools.CodeUpstreamError: // the key is the server's own
		return http.StatusBadGateway
	case tools.CodeUpstreamUnavailable:
		return http.StatusServiceUnavailable
	case tools.CodeOutcomeUnknown:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// shortly is what a client is told to wait that was limited by somebody who does
// not say for how long, in seconds.
const shortly = 2

// failure is the HTTP answer for a tool's error.
func failure(answer tools.Answer) restAnswer {
	var head struct {
		Code        tools.Code `json:"code"`
		RetryAfterS int        `json:"retry_after_s"`
	}
	_ = json.Unmarshal(answer.JSON, &head) // one without a code is internal
	refused := restAnswer{status: statusOf(head.Code), body: answer.JSON, wait: head.RetryAfterS}
	if refused.status == http.StatusTooManyRequests && refused.wait == 0 {
		refused.wait = shortly
	}
	return refused
}

// refusedAs is an error of ours with a status of its own.
func refusedAs(status int, failed *tools.Error) restAnswer {
	body, err := json.Marshal(failed)
	if err != nil { // it holds texts and numbers
		body = []byte(`{"code":"internal","message":"Something went wrong inside the server.","hint":"Try again."}`)
	}
	return restAnswer{status: status, body: body, wait: failed.RetryAfterS}
}

func misuse(status int, message, hint string) *restAnswer {
	refused := refusedAs(status, &tools.Error{Code: tools.CodeInvalidArguments, Message: message, Hint: hint})
	return &refused
}

const lookItUp = "GET /api/openapi.json describes what there is."

func nowhere() restAnswer {
	return refusedAs(http.StatusNotFound, &tools.Error{Code: tools.CodeNotFound, Message: "Nothing is at this address.", Hint: lookItUp})
}

func wrongMethod(allowed string) restAnswer {
	return *misuse(http.StatusMethodNotAllowed, "This address does not take that method; it takes "+allowed+".", lookItUp)
}

// done is a good answer.
func (s *Server) done(value any) restAnswer {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return s.unreadable(context.Background(), "rest", err)
	}
	return restAnswer{status: http.StatusOK, body: bytes.TrimSuffix(body.Bytes(), []byte("\n"))}
}

// unreadable is for an answer of our own that is not what it should be.
func (s *Server) unreadable(ctx context.Context, name string, err error) restAnswer {
	id := randomText()
	s.log.ErrorContext(ctx, "a tool's answer cannot be shown", "error_id", id, "name", name, "error", err)
	return refusedAs(http.StatusInternalServerError, &tools.Error{
		Code: tools.CodeInternal, Message: "The answer could not be read (error " + id + ").",
		Hint: "Give the error's number to whoever runs the server.",
	})
}

// identify tells who asks, or what to answer. Who is let in is decided where MCP
// clients are; only the words of a refusal are put into an error of REST.
func (s *Server) identify(w http.ResponseWriter, r *http.Request) (tools.Principal, *restAnswer) {
	kept := &keeper{ResponseWriter: w}
	principal, ok := s.authenticate(kept, r)
	if ok {
		return principal, nil
	}
	var frame struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(kept.body.Bytes(), &frame) // without words the status has to do
	failed := &tools.Error{Code: tools.CodeNotPermitted, Message: or(frame.Error.Message, http.StatusText(kept.status)) + "."}
	failed.RetryAfterS, _ = strconv.Atoi(w.Header().Get("Retry-After"))
	switch kept.status {
	case http.StatusTooManyRequests:
		failed.Code, failed.Hint = tools.CodeRateLimited, "Wait as long as Retry-After says."
	case http.StatusServiceUnavailable:
		failed.Code, failed.Hint = tools.CodeUpstreamUnavailable, "Wait as long as Retry-After says; whoever runs the server finds the cause in its log."
	default:
		failed.Hint = "Send the header Authorization: Bearer TOKEN; whoever runs the server makes one with `alloy-mcp token add NAME`."
	}
	refused := refusedAs(kept.status, failed)
	return tools.Principal{}, &refused
}

// keeper keeps an answer back, but for its headers.
type keeper struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

// WriteHeader keeps the status.
func (k *keeper) WriteHeader(status int) { k.status = status }

// Write keeps the body.
func (k *keeper) Write(p []byte) (int, error) { return k.body.Write(p) }
