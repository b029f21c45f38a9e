package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/server"
)

func (p *program) serveCommand() *cobra.Command {
	var demo bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve MCP clients (what alloy-mcp does without a command)",
		Long: `Serve one MCP client on standard input and output, or several over HTTP with
--transport http: streamable HTTP on /mcp and, for older clients, /sse; programs
that do not speak MCP find REST under /api (/api/openapi.json describes it). It
listens on this machine only, unless clients say who they are: with --auth token
each has a token of its own (alloy-mcp token add).`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			p.serving = true
			open := p.open
			if demo {
				sim, err := startSimulator(ctx, "127.0.0.1:0", p.Now, nil)
				if err != nil {
					return err
				}
				defer sim.close(ctx)
				open = func(cmd *cobra.Command) (*session, error) { return p.openDemo(cmd, sim, false) }
			}
			session, err := open(cmd)
			if err != nil {
				return err
			}
			if session.settings.Transport == settings.TransportStdio {
				return p.serveStdio(ctx, session)
			}
			return p.serveHTTP(ctx, session)
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Server, settings.Tokens, settings.Account, settings.Links, settings.Policy)
	cmd.Flags().BoolVar(&demo, "demo", false, "serve a local Alloy inside the process instead of your account")
	return cmd
}

// serveStdio serves one client on standard input and output.
func (p *program) serveStdio(ctx context.Context, s *session) error {
	if s.settings.Auth != settings.AuthNone {
		return &usageError{err: fmt.Errorf("MCP_AUTH is %s (%s), which is for MCP_TRANSPORT=http or sse: on stdio nothing carries a token, and whoever starts the program is its one user; set MCP_TRANSPORT=http, or MCP_AUTH=none",
			s.settings.Auth, s.settings.Source("MCP_AUTH"))}
	}
	store, err := s.openStore(ctx)
	if err != nil {
		return err
	}
	box, err := p.localToolbox(ctx, s, store, false)
	if err != nil {
		return err
	}
	defer box.close(ctx)
	if err := box.expose(ctx); err != nil {
		return err
	}
	srv, err := p.server(ctx, box)
	if err != nil {
		return err
	}
	p.logStart(ctx, s, "stdio")
	if isTerminal(p.Stdin) {
		p.say("An MCP client is expected on standard input; to see what this is, run `%s demo`. Ctrl-C ends it.", name)
	}
	box.warm(ctx)
	if err := srv.ServeStdio(ctx, p.Stdin, p.Stdout); err != nil {
		return fmt.Errorf("serve on standard input and output: %w", err)
	}
	return nil
}

// serveHTTP serves several clients over HTTP.
func (p *program) serveHTTP(ctx context.Context, s *session) error {
	listener, err := p.listen(ctx, s.settings)
	if err != nil {
		return err
	}
	serve, err := p.prepareHTTP(ctx, s, listener)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return serve()
}

// prepareHTTP makes everything that serves the listener. What it returns serves
// until ctx ends.
func (p *program) prepareHTTP(ctx context.Context, s *session, listener net.Listener) (serve func() error, err error) {
	url := s.settings.URL(listener.Addr())
	people, err := s.access(ctx)
	if err != nil {
		return nil, err
	}
	store, err := s.openStore(ctx)
	if err != nil {
		return nil, err
	}
	box, err := p.toolbox(ctx, s, surroundings{origin: connect.PublicURL(url), people: people, store: store})
	if err != nil {
		return nil, err
	}
	if err := box.expose(ctx); err != nil {
		box.close(ctx)
		return nil, err
	}
	srv, err := p.server(ctx, box)
	if err != nil {
		return nil, err
	}
	path := "/mcp"
	if s.settings.Transport == settings.TransportSSE {
		path = "/sse"
	}
	p.logStart(ctx, s, url+path)
	return func() error {
		defer box.close(ctx)
		box.warm(ctx)
		if err := srv.Serve(ctx, listener); err != nil {
			return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
		}
		return nil
	}, nil
}

// listen opens MCP_ADDR, which must be of this machine alone where nobody is asked
// who they are.
func (p *program) listen(ctx context.Context, s *settings.Settings) (net.Listener, error) {
	if err := server.CheckAddr(s.Addr, s.Auth); err != nil {
		return nil, &usageError{err: err}
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.Addr)
	if err != nil {
		return nil, fmt.Errorf("MCP_ADDR: listen on %s: %w (choose another address with --addr; port 0 takes a free one)", s.Addr, err)
	}
	return listener, nil
}

// server makes the MCP server over the tools.
func (p *program) server(ctx context.Context, box *toolbox) (*server.Server, error) {
	var pages http.Handler
	if box.loopback == nil {
		pages = box.pages
	}
	seal, err := state.Key(ctx, box.store, "seal")
	if err != nil {
		return nil, err
	}
	srv, err := server.New(server.Config{
		Tools: box.set, Library: box.set, Accounts: box.set, Version: readBuild().Version, Logger: box.log,
		PublicURL: box.settings.PublicURL, Pages: pages, SealKey: seal,
		Authenticate: box.people.authenticate, Valid: box.people.valid,
	})
	if err != nil {
		return nil, fmt.Errorf("make the server: %w", err)
	}
	return srv, nil
}

// logStart writes the start line: what is served, for whom, by which files.
func (p *program) logStart(ctx context.Context, s *session, endpoint string) {
	s.log.InfoContext(ctx, "serving",
		"version", readBuild().Version, "endpoint", endpoint, "auth", s.settings.Auth, "alloy", s.settings.BaseURL,
		"key_fingerprint", orDash(s.settings.Key.Fingerprint()), "user", orDash(s.user()),
		"environment", orDash(s.settings.Environment), "files", append([]string{}, s.settings.Files...))
}
