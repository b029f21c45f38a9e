package connect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Loopback serves our pages from this process, where no HTTP server of ours runs
// (stdio and commands). It listens only once somebody asks for a link, on
// 127.0.0.1 and, where there is one, ::1.
type Loopback struct {
	// Port is tried first; if it is taken, any free port is used.
	Port int
	// Handler serves the pages.
	Handler http.Handler

	mu     sync.Mutex
	base   string
	server *http.Server
}

// Base starts the listener if it is not running and returns its URL with the
// host name localhost, which is what redirect URIs are registered with.
func (l *Loopback) Base(ctx context.Context) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.base != "" {
		return l.base, nil
	}
	listeners, err := listenLoopback(ctx, l.Port)
	if err != nil && l.Port != 0 {
		listeners, err = listenLoopback(ctx, 0)
	}
	if err != nil {
		return "", fmt.Errorf("listen on this machine for the browser: %w", err)
	}
	port := listeners[0].Addr().(*net.TCPAddr).Port
	l.base = "http://localhost:" + strconv.Itoa(port)
	l.server = &http.Server{
		Handler:           onlyHost("localhost:"+strconv.Itoa(port), "127.0.0.1:"+strconv.Itoa(port), "[::1]:"+strconv.Itoa(port))(l.Handler),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	for _, listener := range listeners {
		go func() { _ = l.server.Serve(listener) }() // ends with ErrServerClosed
	}
	return l.base, nil
}

// Close stops the listener; pages being written are finished.
func (l *Loopback) Close(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return nil
	}
	l.base = ""
	return l.server.Shutdown(ctx)
}

// listenLoopback listens on 127.0.0.1 and on ::1 at the same port. A machine
// without IPv6 is served by the first alone.
func listenLoopback(ctx context.Context, port int) ([]net.Listener, error) {
	var config net.ListenConfig
	v4, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	bound := v4.Addr().(*net.TCPAddr).Port
	v6, err := config.Listen(ctx, "tcp6", net.JoinHostPort("::1", strconv.Itoa(bound)))
	switch {
	case err == nil:
		return []net.Listener{v4, v6}, nil
	case hasIPv6(ctx):
		// Somebody else answers on ::1 at this port, and a browser might prefer it.
		return nil, errors.Join(err, v4.Close())
	}
	return []net.Listener{v4}, nil
}

func hasIPv6(ctx context.Context) bool {
	var config net.ListenConfig
	probe, err := config.Listen(ctx, "tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	return probe.Close() == nil
}

// onlyHost refuses requests for other hosts, which is how a web page would reach
// this listener through a name of its own (DNS rebinding).
func onlyHost(hosts ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if slices.Contains(hosts, r.Host) {
				next.ServeHTTP(w, r)
				return
			}
			http.Error(w, "This address is for localhost only.", http.StatusForbidden)
		})
	}
}
