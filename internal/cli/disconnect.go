package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

func (p *program) disconnectCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "disconnect CONNECTION",
		Short: "Have Alloy forget a connection and its tokens",
		Long: `Have Alloy forget a connection and its tokens. The app itself may go on listing
Alloy as allowed; the command says where to take that back. On a terminal you are
asked first.`,
		Args: oneArg("the connection's id: `alloy-mcp connections` lists them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withToolbox(cmd, func(box *toolbox) error {
				ctx := cmd.Context()
				user, err := box.people.userOf(ctx, tools.Local)
				if err != nil {
					return err
				}
				account, err := box.accounts.Find(ctx, user, args[0])
				if err != nil {
					return noSuchAccount(err)
				}
				question := fmt.Sprintf("Disconnect %s (%s)? [y/N]", account.ConnectorID, accountName(account))
				if ok, err := p.agreed(ctx, yes, question); err != nil || !ok {
					return err
				}
				if account, err = box.accounts.Disconnect(ctx, user, account.ID); err != nil {
					return noSuchAccount(err)
				}
				p.say("Alloy has forgotten the connection and its tokens. %s may still list Alloy as allowed; to take that back: %s.", account.ConnectorID, connect.Revocation(account.ConnectorID))
				return p.print(cmd, map[string]any{"disconnected": rowOfAccount(account)}, func(w io.Writer) error {
					return connectionsTable(w, []connectionRow{rowOfAccount(account)})
				})
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	outputFlag(cmd)
	return cmd
}

// agreed asks a person at a terminal. A program that calls has decided already.
func (p *program) agreed(ctx context.Context, yes bool, question string) (bool, error) {
	prompter := p.prompter()
	if yes || !prompter.interactive() {
		return true, nil
	}
	answer, err := prompter.ask(ctx, question)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if !strings.HasPrefix(strings.ToLower(answer), "y") {
		p.say("Nothing was changed.")
		return false, nil
	}
	return true, nil
}

func noSuchAccount(err error) error {
	var unknown *accounts.UnknownError
	if errors.As(err, &unknown) {
		return &toolError{code: tools.CodeNotFound, text: "This user has no connection with that id. `alloy-mcp connections` lists those there are."}
	}
	return err
}

func rowOfAccount(a accounts.Account) connectionRow {
	row := connectionRow{ConnectionID: a.ID, ConnectorID: a.ConnectorID, Name: printable(a.Name), Owner: printable(a.Owner), Status: string(a.Status)}
	if !a.CreatedAt.IsZero() {
		row.CreatedAt = a.CreatedAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	if !a.VerifiedAt.IsZero() {
		row.VerifiedAt = a.VerifiedAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	return row
}

func accountName(a accounts.Account) string {
	switch {
	case a.Owner != "":
		return printable(a.Owner)
	case a.Name != "":
		return printable(a.Name)
	}
	return a.ID
}
