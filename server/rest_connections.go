package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

func (s *Server) listConnections(_ http.ResponseWriter, r *http.Request) restAnswer {
	query, refused := queryOf(r, "connector_id")
	if refused != nil {
		return *refused
	}
	found, refused := s.connections(r.Context(), query)
	if refused != nil {
		return *refused
	}
	return s.done(map[string]any{"connections": found})
}

func (s *Server) showConnection(_ http.ResponseWriter, r *http.Request) restAnswer {
	query, refused := queryOf(r, "tokens")
	if refused != nil {
		return *refused
	}
	withTokens := query["tokens"] == "true"
	if value, given := query["tokens"]; given && !withTokens && value != "false" {
		return refusedAs(http.StatusBadRequest, &tools.Error{
			Code: tools.CodeInvalidArguments, Message: "The query parameter tokens must be true or false.", Hint: "Correct it and ask again.",
		})
	}
	id := r.PathValue("id")
	found, refused := s.connections(r.Context(), map[string]string{"connection_id": id})
	if refused != nil {
		return *refused
	}
	if len(found) != 1 {
		return s.unreadable(r.Context(), "get_connection", fmt.Errorf("there are %d connections of one id", len(found)))
	}
	if withTokens {
		tokens := s.tool(r.Context(), "get_tokens", map[string]string{"connection_id": id})
		if tokens.IsError {
			return failure(tokens)
		}
		found[0]["tokens"] = tokens.JSON
	}
	return s.done(found[0])
}

// connections asks the tools and returns connections alone: what to call next is
// a model's concern.
func (s *Server) connections(ctx context.Context, arguments map[string]string) ([]map[string]json.RawMessage, *restAnswer) {
	answer := s.tool(ctx, "get_connection", arguments)
	if answer.IsError {
		refused := failure(answer)
		return nil, &refused
	}
	var shown struct {
		Connections []map[string]json.RawMessage `json:"connections"`
	}
	if err := json.Unmarshal(answer.JSON, &shown); err != nil {
		refused := s.unreadable(ctx, "get_connection", err)
		return nil, &refused
	}
	return append([]map[string]json.RawMessage{}, shown.Connections...), nil
}

func (s *Server) showTokens(_ http.ResponseWriter, r *http.Request) restAnswer {
	if _, refused := queryOf(r); refused != nil {
		return *refused
	}
	answer := s.tool(r.Context(), "get_tokens", map[string]string{"connection_id": r.PathValue("id")})
	if answer.IsError {
		return failure(answer)
	}
	return restAnswer{status: http.StatusOK, body: answer.JSON}
}

func (s *Server) endConnection(_ http.ResponseWriter, r *http.Request) restAnswer {
	if _, refused := queryOf(r); refused != nil {
		return *refused
	}
	answer := s.bounded(r.Context(), "disconnect", func(ctx context.Context) tools.Answer {
		return s.accounts.Disconnect(ctx, r.PathValue("id"))
	})
	if answer.IsError {
		return failure(answer)
	}
	return restAnswer{status: http.StatusNoContent}
}

func (s *Server) initiate(w http.ResponseWriter, r *http.Request) restAnswer {
	if _, refused := queryOf(r); refused != nil {
		return *refused
	}
	body, refused := s.object(w, r)
	if refused != nil {
		return *refused
	}
	agent := or(r.UserAgent(), "a program")
	answer := s.bounded(tools.WithAgent(r.Context(), agent), "initiate", func(ctx context.Context) tools.Answer {
		return s.accounts.Initiate(ctx, body)
	})
	if answer.IsError {
		return failure(answer)
	}
	return restAnswer{status: http.StatusOK, body: answer.JSON}
}

// tool calls a tool for the principal in ctx.
func (s *Server) tool(ctx context.Context, name string, arguments map[string]string) tools.Answer {
	raw, err := json.Marshal(arguments)
	if err != nil { // texts can always be encoded
		raw = nil
	}
	return s.bounded(ctx, name, func(ctx context.Context) tools.Answer { return s.tools.Call(ctx, name, raw) })
}

// maxObject bounds the body of a request.
const maxObject = 64 << 10

// object reads a body that must be a JSON object. The type is insisted on because
// a web page can send any other to us without asking.
func (s *Server) object(w http.ResponseWriter, r *http.Request) (json.RawMessage, *restAnswer) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, misuse(http.StatusUnsupportedMediaType, "The Content-Type must be application/json.", "Send the arguments as one JSON object.")
	}
	body, held, err := readBody(r, maxObject, &s.buffered)
	defer s.buffered.give(held)
	switch {
	case errors.Is(err, errTooLarge):
		w.Header().Set("Connection", "close") // the rest of the body is not read
		return nil, misuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is larger than %d bytes.", maxObject), "Send less.")
	case errors.Is(err, errBusy):
		w.Header().Set("Connection", "close")
		refused := refusedAs(http.StatusServiceUnavailable, &tools.Error{
			Code: tools.CodeUpstreamUnavailable, Message: "The server is busy.", Hint: "Try again in a second.", RetryAfterS: 1,
		})
		return nil, &refused
	case err != nil:
		return nil, misuse(http.StatusBadRequest, "The body could not be read.", "Send it again.")
	case !strings.HasPrefix(strings.TrimLeft(string(body), " \t\r\n"), "{"):
		return nil, misuse(http.StatusBadRequest, "The body must be a JSON object.", "Send the arguments as one JSON object.")
	}
	return body, nil
}

// queryOf reads the query, in which nothing but the known names may stand, once
// each: a misspelt one would be passed over in silence.
func queryOf(r *http.Request, known ...string) (map[string]string, *restAnswer) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, misuse(http.StatusBadRequest, "The query cannot be read.", "Encode what stands behind the question mark.")
	}
	query := make(map[string]string, len(values))
	for name, given := range values {
		switch {
		case !slices.Contains(known, name):
			hint := "This path takes none."
			if len(known) > 0 {
				hint = "This path takes " + strings.Join(known, ", ") + "."
			}
			return nil, misuse(http.StatusBadRequest, fmt.Sprintf("There is no query parameter %q here.", clip(name)), hint)
		case len(given) > 1:
			return nil, misuse(http.StatusBadRequest, "The query parameter "+name+" is given more than once.", "Give it once.")
		}
		query[name] = given[0]
	}
	return query, nil
}

// clip shortens a name that a client made up.
func clip(name string) string {
	const most = 60
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}
