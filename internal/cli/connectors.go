package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
)

// connectorRow and connectionRow are rows of the tools' answers.
type connectorRow struct {
	ConnectorID string          `json:"connector_id"`
	Name        string          `json:"name"`
	Categories  []string        `json:"categories"`
	Connections []connectionRow `json:"connections"`
}

type connectionRow struct {
	ConnectionID string `json:"connection_id"`
	ConnectorID  string `json:"connector_id"`
	Name         string `json:"name,omitempty"`
	Owner        string `json:"owner,omitempty"`
	Status       string `json:"status"`
	CreatedAt    string `json:"created_at,omitempty"`
	VerifiedAt   string `json:"verified_at,omitempty"`
}

// withToolbox runs a command that asks the tools.
func (p *program) withToolbox(cmd *cobra.Command, run func(*toolbox) error) error {
	session, err := p.openWithKey(cmd)
	if err != nil {
		return err
	}
	box, err := p.commandToolbox(cmd.Context(), session)
	if err != nil {
		return err
	}
	defer box.close(cmd.Context())
	return run(box)
}

func (p *program) connectorsCommand() *cobra.Command {
	var connected bool
	cmd := &cobra.Command{
		Use:   "connectors [TEXT]",
		Short: "List the apps, or those with TEXT in their name or category",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("%s takes one text at most: put it in quotes", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withToolbox(cmd, func(box *toolbox) error {
				arguments := map[string]any{"limit": 100}
				if len(args) == 1 {
					arguments["query"] = args[0]
				}
				if connected {
					arguments["connected"] = true
				}
				rows, err := box.connectors(cmd.Context(), arguments)
				if err != nil {
					return err
				}
				return p.print(cmd, map[string]any{"connectors": rows, "total": len(rows)}, func(w io.Writer) error {
					return connectorsTable(w, rows)
				})
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Links)
	cmd.Flags().BoolVar(&connected, "connected", false, "only apps with an account")
	outputFlag(cmd)
	return cmd
}

// connectors asks for all pages.
func (b *toolbox) connectors(ctx context.Context, arguments map[string]any) ([]connectorRow, error) {
	rows := []connectorRow{}
	for {
		var page struct {
			Connectors []connectorRow `json:"connectors"`
			NextCursor string         `json:"next_cursor"`
		}
		if err := b.ask(ctx, "list_connectors", arguments, &page); err != nil {
			return nil, err
		}
		rows = append(rows, page.Connectors...)
		if page.NextCursor == "" || len(page.Connectors) == 0 {
			return rows, nil
		}
		arguments["cursor"] = page.NextCursor
	}
}

func connectorsTable(w io.Writer, rows []connectorRow) error {
	cells := make([][]string, len(rows))
	for i, row := range rows {
		accounts := "-"
		if n := len(row.Connections); n > 0 {
			accounts = strconv.Itoa(n)
		}
		cells[i] = []string{row.ConnectorID, row.Name, orDash(strings.Join(row.Categories, ", ")), accounts}
	}
	return table(w, []string{"CONNECTOR", "NAME", "CATEGORIES", "CONNECTIONS"}, cells)
}

func (p *program) connectionsCommand() *cobra.Command {
	var (
		connector string
		verify    bool
	)
	cmd := &cobra.Command{
		Use:   "connections",
		Short: "List the connected accounts",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withToolbox(cmd, func(box *toolbox) error {
				arguments := map[string]any{}
				if connector != "" {
					arguments["connector_id"] = connector
				}
				if verify {
					arguments["verify"] = true
				}
				var answer struct {
					Connections []connectionRow `json:"connections"`
				}
				if err := box.ask(cmd.Context(), "get_connection", arguments, &answer); err != nil {
					return err
				}
				rows := append([]connectionRow{}, answer.Connections...)
				return p.print(cmd, map[string]any{"connections": rows}, func(w io.Writer) error {
					return connectionsTable(w, rows)
				})
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Links)
	cmd.Flags().StringVar(&connector, "connector", "", "only accounts of this `connector`")
	cmd.Flags().BoolVar(&verify, "verify", false, "test each with a harmless read")
	outputFlag(cmd)
	cmd.AddCommand(p.pruneCommand())
	return cmd
}

func connectionsTable(w io.Writer, rows []connectionRow) error {
	cells := make([][]string, len(rows))
	for i, row := range rows {
		cells[i] = []string{row.ConnectionID, row.ConnectorID, orDash(row.Name), orDash(row.Owner), orDash(row.Status), orDash(row.CreatedAt)}
	}
	return table(w, []string{"CONNECTION", "CONNECTOR", "NAME", "OWNER", "STATUS", "CREATED"}, cells)
}

// tokensRow is the answer of get_tokens.
type tokensRow struct {
	ConnectionID string `json:"connection_id"`
	ConnectorID  string `json:"connector_id,omitempty"`
	Type         string `json:"type"`
	ManagedBy    string `json:"managed_by"`
	ExpiresAt    string `json:"expires_at"`
	UpdatedAt    string `json:"updated_at,omitempty"`
	Note         string `json:"note,omitempty"`
}

func (p *program) tokensCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "tokens CONNECTION",
		Aliases: []string{"get-tokens"},
		Short:   "Print what is known of a connection's tokens; Alloy hands out none",
		Args:    oneArg("the connection's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withToolbox(cmd, func(box *toolbox) error {
				var row tokensRow
				if err := box.ask(cmd.Context(), "get_tokens", map[string]any{"connection_id": args[0]}, &row); err != nil {
					return err
				}
				return p.print(cmd, row, func(w io.Writer) error {
					err := table(w, []string{"CONNECTION", "CONNECTOR", "TYPE", "KEPT BY", "EXPIRES", "UPDATED"}, [][]string{
						{row.ConnectionID, orDash(row.ConnectorID), row.Type, row.ManagedBy, row.ExpiresAt, orDash(row.UpdatedAt)},
					})
					if err == nil && row.Note != "" {
						_, err = fmt.Fprintf(w, "\n%s\n", printable(row.Note))
					}
					return err
				})
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account)
	outputFlag(cmd)
	return cmd
}
