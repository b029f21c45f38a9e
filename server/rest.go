package server

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// Accounts is what programs may do besides calling [Tools]: begin and end
// connections of the principal in the context. It answers as tools do.
type Accounts interface {
	// Initiate begins linking an account; arguments is a JSON object with
	// connector_id and perhaps return_to.
	Initiate(ctx context.Context, arguments json.RawMessage) tools.Answer
	// Disconnect ends a connection.
	Disconnect(ctx context.Context, connectionID string) tools.Answer
}

// endpoint answers one method of one path. Who asks is in the request's context.
type endpoint func(w http.ResponseWriter, r *http.Request) restAnswer

// rest serves /api to programs that do not speak MCP, as openapi.json describes
// it. The tools do the work, so that one place decides who may see what.
func (s *Server) rest() http.Handler {
	mux := http.NewServeMux()
	for path, methods := range s.endpoints() {
		mux.Handle(path, s.resource(methods))
	}
	mux.Handle("/api/", s.resource(nil))
	return mux
}

// endpoints are the paths and their methods.
func (s *Server) endpoints() map[string]map[string]endpoint {
	return map[string]map[string]endpoint{
		"/api/connections":             {http.MethodGet: s.listConnections},
		"/api/connections/{id}":        {http.MethodGet: s.showConnection, http.MethodDelete: s.endConnection},
		"/api/connections/{id}/tokens": {http.MethodGet: s.showTokens},
		"/api/oauth/initiate":          {http.MethodPost: s.initiate},
		"/api/openapi.json":            {http.MethodGet: s.describeREST},
	}
}

// resource serves one path; without methods there is nothing.
func (s *Server) resource(methods map[string]endpoint) http.HandlerFunc {
	allowed := allow(methods)
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		answer := s.admit(w, r, methods, allowed)
		answer.send(w)
		s.log.DebugContext(r.Context(), "rest call", "method", r.Method, "path", r.Pattern, "status", answer.status, "duration", time.Since(began))
	}
}

// admit finds out who asks and has the method's endpoint answer.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, methods map[string]endpoint, allowed string) restAnswer {
	principal, refused := s.identify(w, r)
	if refused != nil {
		return *refused
	}
	if len(methods) == 0 {
		return nowhere()
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	run, ok := methods[method]
	if !ok {
		w.Header().Set("Allow", allowed)
		if method == http.MethodOptions {
			return restAnswer{status: http.StatusNoContent}
		}
		return wrongMethod(allowed)
	}
	ctx, cancel := context.WithTimeout(tools.WithTransport(tools.WithPrincipal(r.Context(), principal), "rest"), s.limits.Call)
	defer cancel()
	defer context.AfterFunc(s.hurrying, cancel)()
	return run(w, r.WithContext(ctx))
}

func allow(methods map[string]endpoint) string {
	list := []string{http.MethodOptions}
	for method := range methods {
		list = append(list, method)
		if method == http.MethodGet {
			list = append(list, http.MethodHead)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// bounded has a call answer in time, as every tool call does: the server's stop
// waits for it, and a panic costs this call alone.
func (s *Server) bounded(ctx context.Context, name string, run func(context.Context) tools.Answer) tools.Answer {
	return s.answerOf(ctx, "rest", name, func() tools.Answer { return run(ctx) })
}

// restAnswer is one HTTP answer.
type restAnswer struct {
	status int
	body   []byte // JSON; nil is none
	wait   int    // seconds until the client may ask again; 0 says nothing
}

func (p restAnswer) send(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if p.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(p.wait))
	}
	if p.body == nil {
		h.Del("Content-Type")
		w.WriteHeader(p.status)
		return
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(p.body)+1)) // for HEAD too
	w.WriteHeader(p.status)
	_, _ = w.Write(append(p.body, '\n')) // the client may be gone
}
