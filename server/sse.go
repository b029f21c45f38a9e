package server

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// clients are the SSE streams that are open.
type clients struct {
	caps streamCaps
	mu   sync.Mutex
	open map[string]*link // by session id
}

func (c *clients) add(id string, client *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[string]*link{}
	}
	c.open[id] = client
}

func (c *clients) remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
}

func (c *clients) find(id string) *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open[id]
}

// serveSSE is the stream of a 2024-11-05 client. It lasts until the client goes;
// when the server drains, until its calls are answered.
func (s *Server) serveSSE(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		refuseText(w, http.StatusMethodNotAllowed, "use GET")
		return
	}
	principal, ok := s.authenticate(w, r)
	if !ok {
		return
	}
	if s.stopping.Err() != nil {
		refuseText(w, http.StatusServiceUnavailable, "the server is stopping")
		return
	}
	if !s.sse.caps.take(principal.ID) {
		w.Header().Set("Retry-After", "30")
		refuseText(w, http.StatusTooManyRequests, "too many open streams: close one first")
		return
	}
	defer s.sse.caps.give(principal.ID)

	ctx, gone := context.WithCancel(r.Context())
	defer gone()
	s.endWhenRevoked(ctx, principal, gone)
	e := newExchange(w, &s.limits, gone)
	defer e.finish()
	l, cancelCalls, cancelStreams := s.newLink(tools.WithTransport(ctx, "sse"), principal, e.sendEvent)
	defer cancelCalls()
	defer cancelStreams()
	defer l.end()
	l.legacyOnly = true

	id := s.sessions.issue(principal.ID, 0)
	s.sse.add(id, l)
	defer s.sse.remove(id)
	if err := e.announce(s.messagePath(r) + "?sessionId=" + id); err != nil {
		return
	}
	select {
	case <-ctx.Done():
		return
	case <-s.stopping.Done():
	}
	s.sse.remove(id)
	cancelStreams()
	_ = l.finish(s.limits.Notice+2*lastRequests+s.limits.Drain, cancelCalls) // calls are told to answer before
}

// announce opens the stream with the address for messages.
func (e *exchange) announce(endpoint string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.flusher == nil {
		return http.ErrNotSupported
	}
	e.open()
	err := e.write([]byte("event: endpoint\ndata: " + endpoint + "\n\n"))
	e.flusher.Flush()
	return err
}

// messagePath is where the client POSTs: beside /sse, under whatever path the
// server is mounted.
func (s *Server) messagePath(r *http.Request) string {
	if s.public != nil && s.public.Path != "" {
		return s.public.EscapedPath() + "/message"
	}
	requested, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return "/message"
	}
	return strings.TrimSuffix(requested.EscapedPath(), "/sse") + "/message"
}

// serveMessage takes a message for an open stream and answers there.
func (s *Server) serveMessage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		refuseText(w, http.StatusMethodNotAllowed, "use POST")
		return
	}
	principal, ok := s.authenticate(w, r)
	if !ok {
		return
	}
	id := r.URL.Query().Get("sessionId")
	if _, ok := s.sessions.owns(principal.ID, id); !ok {
		s.foreignSession(w, r, nil)
		return
	}
	client := s.sse.find(id)
	if client == nil {
		refuse(w, http.StatusNotFound, errorFrame(nil, mcp.INVALID_REQUEST, "this stream is closed: open /sse again", nil))
		return
	}
	body, _, held, ok := s.receive(w, r)
	defer func() { s.buffered.give(held) }()
	if !ok {
		return
	}
	client.accept(body)
	w.WriteHeader(http.StatusAccepted)
}
