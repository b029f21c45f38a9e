package cli

import "github.com/spf13/cobra"

func (p *program) actionsCommand() *cobra.Command {
	return group("actions", "Find actions, and measure how well they are found", p.actionsEvalCommand())
}
