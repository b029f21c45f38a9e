package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"github.com/mark3labs/mcp-go/mcp"
)

// Bounds of the HTTP server. Writes are bounded one by one, see [Limits.Stall],
// since a stream has no end.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	idleTimeout   = 120 * time.Second
	headerBytes   = 32 << 10
	pageBody      = 64 << 10
	// lastRequests is how long a stop waits for clients that keep a connection
	// open, so that a request which is on its way is answered: one that meets a
	// closed connection is lost.
	lastRequests = 250 * time.Millisecond
)

// Handler serves every HTTP path of the server. It can be mounted under any
// path; [Server.Serve] adds time-outs, limits and a clean end.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/mcp", s.serveMCP)
	mux.HandleFunc("/sse", s.serveSSE)
	mux.HandleFunc("/message", s.serveMessage)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuseText(w, http.StatusNotFound, "nothing is here: MCP clients use /mcp, those of the 2024-11-05 revision /sse")
	})
	if s.pages != nil {
		pages := http.MaxBytesHandler(s.pages, pageBody)
		for _, path := range []string{"/connect", "/connect/", "/confirm/", "/oauth/callback", "/oauth/callback/"} {
			mux.Handle(path, pages)
		}
	}
	if s.accounts != nil {
		mux.Handle("/api/", s.rest())
	}
	guarded := s.guarded(mux)
	outer := http.NewServeMux()
	outer.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { probe(w, http.StatusOK, "ok") })
	outer.HandleFunc("GET /readyz", s.serveReady)
	outer.Handle("/", guarded)
	return s.recovered(outer)
}

func probe(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(word + "\n")) // the prober may be gone
}

func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request) {
	if s.stopping.Err() != nil {
		probe(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	probe(w, http.StatusOK, "ready")
}

// guarded refuses what comes from a web page of somebody else.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reason := s.guard.check(r); reason != "" {
			s.log.WarnContext(r.Context(), "refused a request by its host or origin", "reason", reason, "path", r.URL.Path)
			refuseText(w, http.StatusForbidden, "this "+reason+" is not allowed here")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// recovered is outermost: a panic costs its request and nothing of it is shown.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.limits.Stall + s.limits.Call)) // not every writer has one
		if s.stopping.Err() != nil {
			w.Header().Set("Connection", "close") // the client's next request goes elsewhere
		}
		defer func() {
			cause := recover()
			switch cause {
			case nil:
				return
			case http.ErrAbortHandler:
				panic(cause) // how net/http is told to drop the connection
			}
			failed := s.crashed(r.Context(), "http", r.URL.Path, cause)
			refuse(w, http.StatusInternalServerError, errorFrame(nil, mcp.INTERNAL_ERROR, failed.Message, nil))
		}()
		next.ServeHTTP(w, r)
	})
}

// Serve serves HTTP on the listener until ctx ends, then drains: readiness turns
// to 503, streams end, connections are closed after their next answer, and
// running calls get [Limits.Drain] to finish; shortly before its end their
// contexts end, so that they answer. It returns nil if all did. Without authentication it refuses a listener that other
// machines can reach.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if s.auth == nil {
		if err := CheckAddr(listener.Addr().String(), ""); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	var conns connections
	web := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes,
		ConnState:         conns.track,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	listener = netutil.LimitListener(listener, s.limits.Sockets)
	go func() { served <- web.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serving HTTP on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	stopped := s.shutDown(context.WithoutCancel(ctx), web, listener, &conns)
	if err := <-served; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return errors.Join(stopped, err)
	}
	return stopped
}

func (s *Server) shutDown(ctx context.Context, web *http.Server, listener net.Listener, conns *connections) error {
	s.log.InfoContext(ctx, "stopping: waiting for running calls", "limit", s.limits.Drain)
	s.stop()
	closed := conns.closed()
	if s.limits.Notice > 0 {
		<-time.After(s.limits.Notice)
	}
	waitShortly(closed)
	_ = listener.Close() // Shutdown drops what new connections ask for, so none may come
	waitShortly(conns.closed())
	ctx, cancel := context.WithTimeout(ctx, s.limits.Drain)
	defer cancel()
	defer time.AfterFunc(s.limits.drainCalls(), func() { s.hurry() }).Stop()
	err := web.Shutdown(ctx)
	if errors.Is(err, net.ErrClosed) {
		err = nil // it closes the listener once more, unless Serve has noticed before
	}
	if err == nil {
		err = s.waitForCalls(ctx)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("stopping: calls were still running after %v", s.limits.Drain), web.Close())
	}
	return nil
}

// waitShortly waits for the connections of clients that are about to ask.
func waitShortly(closed <-chan struct{}) {
	select {
	case <-closed:
	case <-time.After(lastRequests):
	}
}

// waitForCalls waits for calls that were given up but still run.
func (s *Server) waitForCalls(ctx context.Context) error {
	over := make(chan struct{})
	go func() {
		s.calls.Wait()
		close(over)
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
