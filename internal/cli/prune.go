package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// pruned is what `connections prune` prints.
type pruned struct {
	Kept    []connectionRow `json:"kept"`
	Removed []connectionRow `json:"removed"`
	// Unsure are connections of apps that do not tell whose they are.
	Unsure []connectionRow `json:"unsure"`
	DryRun bool            `json:"dry_run,omitempty"`
}

func (p *program) pruneCommand() *cobra.Command {
	var (
		connector   string
		yes, dryRun bool
	)
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Delete connections that stand for an account that another one has too",
		Long: `Test the connections with one harmless read each, and delete at Alloy those that
stand for an account that another one has too, or that their app rejects while
another one works. The newest that works is kept, and what the settings pin. Where
an app does not tell whose a connection is, nothing is deleted. On a terminal you
are asked first.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withToolbox(cmd, func(box *toolbox) error {
				ctx := cmd.Context()
				user, err := box.people.userOf(ctx, tools.Local)
				if err != nil {
					return err
				}
				found, err := box.accounts.Duplicates(asPerson(ctx), tools.Local, user, connector)
				if err != nil {
					return err
				}
				result := pruned{Kept: rowsOf(found.Keep), Removed: rowsOf(found.Remove), Unsure: rowsOf(found.Unsure), DryRun: dryRun}
				if len(found.Remove) > 0 && !dryRun {
					if isTerminal(p.Stdin) && !yes {
						if err := connectionsTable(p.Stderr, result.Removed); err != nil {
							return err
						}
					}
					ok, err := p.agreed(ctx, yes, fmt.Sprintf("Delete these %d connections? [y/N]", len(found.Remove)))
					if err != nil || !ok {
						return err
					}
					for i, account := range found.Remove {
						if _, err := box.accounts.Disconnect(ctx, user, account.ID); err != nil {
							return fmt.Errorf("after deleting %d of %d: %w", i, len(found.Remove), err)
						}
					}
				}
				p.say("%s", result.words())
				return p.print(cmd, result, result.table)
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Links)
	cmd.Flags().StringVar(&connector, "connector", "", "only connections of this `connector`")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only show what would be deleted")
	outputFlag(cmd)
	return cmd
}

func (r pruned) words() string {
	what := "deleted"
	if r.DryRun {
		what = "would be deleted"
	}
	return fmt.Sprintf("%d %s, %d kept, %d not told apart.", len(r.Removed), what, len(r.Kept), len(r.Unsure))
}

func (r pruned) table(w io.Writer) error {
	var cells [][]string
	for _, part := range []struct {
		word string
		rows []connectionRow
	}{{"removed", r.Removed}, {"kept", r.Kept}, {"unsure", r.Unsure}} {
		for _, row := range part.rows {
			cells = append(cells, []string{part.word, row.ConnectionID, row.ConnectorID, orDash(row.Name), orDash(row.Owner), row.Status, orDash(row.CreatedAt)})
		}
	}
	return table(w, []string{"", "CONNECTION", "CONNECTOR", "NAME", "OWNER", "STATUS", "CREATED"}, cells)
}

func rowsOf(list []accounts.Account) []connectionRow {
	rows := make([]connectionRow, len(list))
	for i, a := range list {
		rows[i] = rowOfAccount(a)
	}
	return rows
}
