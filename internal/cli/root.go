package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
)

// root returns the command tree. It does nothing expensive: most starts are
// those of a server that a client waits for.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   name,
		Short: "Give AI agents the apps behind Alloy, over the Model Context Protocol",
		Long: `alloy-mcp gives AI agents the apps behind Alloy Automation's Connectivity API,
over the Model Context Protocol. Without a command it serves on standard input
and output, which is how desktop clients start it.

Try it without an account:   alloy-mcp demo
Set it up with your own key:  alloy-mcp setup`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	settings.AddFlags(root.PersistentFlags(), settings.Files, settings.Logging)
	root.SetFlagErrorFunc(usage)
	serve := p.serveCommand()
	root.RunE = serve.RunE
	root.Flags().AddFlagSet(serve.Flags())
	root.AddCommand(
		p.setupCommand(),
		serve,
		p.demoCommand(),
		p.simulateCommand(),
		p.callCommand(),
		p.toolsCommand(),
		p.connectorsCommand(),
		p.actionsCommand(),
		p.connectCommand(),
		p.connectionsCommand(),
		p.disconnectCommand(),
		p.tokensCommand(),
		p.usersCommand(),
		p.tokenCommand(),
		p.policyCommand(),
		p.lintCommand(),
		p.schemasCommand(),
		p.doctorCommand(),
		p.configCommand(),
		p.versionCommand(),
	)
	wrapArgs(root)
	return root
}

// usage marks err as a mistake in how cmd was called.
func usage(cmd *cobra.Command, err error) error {
	if errors.As(err, new(*usageError)) {
		return err
	}
	return &usageError{err: err, help: cmd.CommandPath()}
}

// wrapArgs makes the errors about arguments, which cobra reports plainly, errors
// of usage, for cmd and everything under it.
func wrapArgs(cmd *cobra.Command) {
	check := cmd.Args
	if check == nil {
		check = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		}
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage(cmd, err)
		}
		return nil
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

// unknownCommand says which command may have been meant.
func unknownCommand(cmd *cobra.Command, arg string) error {
	if !cmd.HasSubCommands() {
		return fmt.Errorf("%s takes no arguments, but got %q", cmd.CommandPath(), arg)
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(arg); len(near) > 0 {
		return fmt.Errorf("there is no command %q under %s: is %q meant?", arg, cmd.CommandPath(), near[0])
	}
	return fmt.Errorf("there is no command %q under %s", arg, cmd.CommandPath())
}

// group returns a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var names []string
			for _, sub := range cmd.Commands() {
				names = append(names, sub.Name())
			}
			return usage(cmd, fmt.Errorf("say what to do: %s %s", cmd.CommandPath(), strings.Join(names, "|")))
		},
	}
	cmd.AddCommand(subs...)
	return cmd
}

// oneArg takes exactly one argument, called what.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s takes one argument, %s, but got %d", cmd.CommandPath(), what, len(args))
	}
}
