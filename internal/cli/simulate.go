package cli

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/server"
)

// drain is how long the simulator waits for running requests when it stops.
const drain = 2 * time.Second

func (p *program) simulateCommand() *cobra.Command {
	var (
		addr     string
		catalogs []string
	)
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Run a local Alloy to try things with",
		Long: `Run a local Alloy with a small Notion workspace in it, for trying things out
without an account. It prints the settings that lead to it; /_sim/ holds its
controls. Everything is in memory and forgotten at the end.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sim, err := startSimulator(cmd.Context(), addr, p.Now, catalogs)
			if err != nil {
				return err
			}
			defer sim.close(cmd.Context())
			if err := p.write(fmt.Sprintf("ALLOY_BASE_URL=%s\nALLOY_API_KEY=%s\nALLOY_USER_ID=%s\n", sim.url, sim.key, sim.user)); err != nil {
				return err
			}
			p.say("The simulator runs until Ctrl-C. Export the lines above in another shell, or put them into a file and name it with ENV_FILE.")
			select {
			case <-cmd.Context().Done():
				return nil
			case err := <-sim.ended:
				return fmt.Errorf("serve the simulator on %s: %w", sim.url, err)
			}
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:9090", "where to listen, on this machine only; port 0 takes a free one")
	cmd.Flags().StringArrayVar(&catalogs, "catalog", nil, "a `file` of connectors to add; may be repeated")
	return cmd
}

// simulation is a local Alloy that is being served.
type simulation struct {
	url, key, user string
	server         *http.Server
	ended          chan error // gets what ended serving
}

// startSimulator serves a local Alloy in the background.
func startSimulator(ctx context.Context, addr string, now func() time.Time, catalogs []string) (*simulation, error) {
	if err := server.CheckAddr(addr, settings.AuthNone); err != nil {
		// Its controls give keys away, and the client refuses http beyond this machine.
		return nil, &usageError{err: fmt.Errorf("--addr %s: the simulator listens on this machine only, such as 127.0.0.1:9090", addr)}
	}
	config := simulator.Config{Clock: now}
	for _, path := range catalogs {
		content, err := os.ReadFile(path) //nolint:gosec // the person at the keyboard names the file
		if err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		config.Catalogs = append(config.Catalogs, content)
	}
	sim, err := simulator.New(config)
	if err != nil {
		return nil, fmt.Errorf("make the simulator: %w", err)
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w (choose another address with --addr)", addr, err)
	}
	account := sim.Production()
	s := &simulation{
		url: "http://" + listener.Addr().String(), key: account.APIKey(), user: account.UserID(),
		server: &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute},
		ended:  make(chan error, 1),
	}
	go func() { s.ended <- s.server.Serve(listener) }()
	return s, nil
}

// close lets running requests finish for a moment.
func (s *simulation) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		_ = s.server.Close() // what does not end by itself is ended
	}
}

// openDemo is open for a session with the simulator. No file is read, and what
// the environment says about an account of the person's does not count. With
// quiet only warnings are logged, unless somebody asked for more.
func (p *program) openDemo(cmd *cobra.Command, sim *simulation, quiet bool) (*session, error) {
	given := settings.GivenFlags(cmd.Flags())
	for _, setting := range settings.Table() {
		_, ok := given[setting.Name]
		if ok && (setting.Group == settings.Account || setting.Group == settings.Links || setting.Group == settings.Files) {
			return nil, usage(cmd, fmt.Errorf("--demo brings its own Alloy, so --%s has no meaning: drop one of them", setting.Flag))
		}
	}
	own := map[string]string{
		"ALLOY_BASE_URL": sim.url, "ALLOY_API_KEY": sim.key, "ALLOY_USER_ID": sim.user, "ENV_FILE": os.DevNull,
	}
	s, err := settings.Load(settings.Inputs{Flags: given, LookupEnv: func(name string) (string, bool) {
		if value, ok := own[name]; ok {
			return value, true
		}
		for _, setting := range settings.Table() {
			if setting.Name == name && (setting.Group == settings.Server || setting.Group == settings.Tokens || setting.Group == settings.Logging) {
				return p.LookupEnv(name)
			}
		}
		return "", false
	}})
	if err != nil {
		return nil, err
	}
	if quiet && s.Source("LOG_LEVEL") == "default" {
		s.LogLevel = slog.LevelWarn
	}
	return p.begin(s)
}
