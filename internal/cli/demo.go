package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/demo"
)

func (p *program) demoCommand() *cobra.Command {
	var stay bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a session with a local Alloy: no account, no key, no files",
		Long: `Start a local Alloy and the server in this process, and show a real session of an
MCP client: find an app, connect an account through the consent page, search,
read, and a mistake with the error that helps. Nothing of yours is read or
written. With --serve it stays up and prints what to paste into a client.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.demo(cmd, stay)
		},
	}
	cmd.Flags().BoolVar(&stay, "serve", false, "stay up afterwards and print snippets for clients")
	return cmd
}

func (p *program) demo(cmd *cobra.Command, stay bool) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	sim, err := startSimulator(ctx, "127.0.0.1:0", p.Now, nil)
	if err != nil {
		return err
	}
	defer sim.close(ctx)
	session, err := p.openDemo(cmd, sim, true)
	if err != nil {
		return err
	}
	session.settings.Addr, session.settings.Transport, session.settings.Auth = "127.0.0.1:0", settings.TransportHTTP, settings.AuthNone
	listener, err := p.listen(ctx, session.settings)
	if err != nil {
		return err
	}
	serve, err := p.prepareHTTP(ctx, session, listener)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	served := make(chan error, 1)
	go func() { served <- serve() }()
	endpoint := session.settings.URL(listener.Addr()) + "/mcp"
	err = demo.Run(ctx, demo.Config{Endpoint: endpoint, Version: readBuild().Version, Out: p.Stdout})
	if err == nil && stay {
		err = p.stayUp(ctx, endpoint, served)
	}
	cancel()
	return errors.Join(err, <-served)
}

// stayUp prints what to paste into clients and waits for Ctrl-C.
func (p *program) stayUp(ctx context.Context, endpoint string, served chan error) error {
	binary, err := os.Executable()
	if err != nil {
		binary = name
	}
	if err := p.write(fmt.Sprintf(`
It stays up until Ctrl-C. For a client that speaks HTTP:

  claude mcp add --transport http alloy-demo %[1]s
  {"mcpServers": {"alloy-demo": {"type": "http", "url": "%[1]s"}}}

For one that starts programs (Claude Desktop, Cursor), with an Alloy of its own:

  {"mcpServers": {"alloy-demo": {"command": %[2]q, "args": ["serve", "--demo"]}}}
`, endpoint, binary)); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-served:
		served <- nil
		return err
	}
}
