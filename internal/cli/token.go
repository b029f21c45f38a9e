package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/token"
)

// tokenRow is a token as the commands print it.
type tokenRow struct {
	Name        string `json:"name"`
	User        string `json:"user"` // empty: one of its own
	CreatedAt   string `json:"created_at"`
	Fingerprint string `json:"fingerprint"`
	Token       string `json:"token,omitempty"` // when it is made, never again
}

func rowOfToken(t token.Token) tokenRow {
	return tokenRow{Name: t.Name, User: t.User, CreatedAt: t.CreatedAt.Format(time.RFC3339), Fingerprint: t.Fingerprint()}
}

func tokenTable(w io.Writer, rows []tokenRow) error {
	cells := make([][]string, len(rows))
	for i, row := range rows {
		cells[i] = []string{row.Name, orDash(row.User), row.CreatedAt, row.Fingerprint}
	}
	return table(w, []string{"TOKEN", "ALLOY USER", "CREATED", "FINGERPRINT"}, cells)
}

func (p *program) tokenCommand() *cobra.Command {
	cmd := group("token", "Give people and programs tokens for the HTTP server, and take them back",
		p.tokenAddCommand(), p.tokenListCommand(), p.tokenRevokeCommand())
	cmd.Long = `Give people and programs tokens for the HTTP server (MCP_AUTH=token), and take
them back. A running server sees a change within two seconds. Only hashes are
kept, in MCP_TOKENS_FILE.`
	settings.AddFlags(cmd.PersistentFlags(), settings.Tokens)
	return cmd
}

// tokens opens the file of tokens.
func (p *program) tokens(cmd *cobra.Command) (*token.File, error) {
	s, err := p.load(cmd, false)
	if err != nil {
		return nil, err
	}
	p.warn(s)
	return tokensFile(s)
}

func (p *program) tokenAddCommand() *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a token and print it, this once",
		Long: `Make a token and print it, alone on the last line: it is shown this once. Its
holder acts as the Alloy user that --user names, or else as a user of its own
called mcp-NAME, which is created when it is first needed.`,
		Args: oneArg("the token's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := wantsJSON(cmd); err != nil {
				return err // before there is a token that nobody was shown
			}
			file, err := p.tokens(cmd)
			if err != nil {
				return err
			}
			bearer, added, err := file.Add(args[0], user, p.Now())
			if err != nil {
				return tokenError(cmd, err)
			}
			p.say("The token of %s follows; it is shown this once. Clients send it as `Authorization: Bearer TOKEN`. Take it back with `%s token revoke %s`.", added.Name, name, added.Name)
			row := rowOfToken(added)
			row.Token = bearer
			err = p.print(cmd, row, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, bearer)
				return err
			})
			if err != nil {
				_, undone := file.Revoke(added.Name)
				return errors.Join(err, undone)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "the Alloy `user` that the holder acts as, an id or a username (default a user of its own, mcp-NAME)")
	outputFlag(cmd)
	return cmd
}

func (p *program) tokenListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens, without the tokens themselves",
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, err := p.tokens(cmd)
			if err != nil {
				return err
			}
			list, err := file.List()
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			rows := make([]tokenRow, len(list))
			for i, t := range list {
				rows[i] = rowOfToken(t)
			}
			return p.print(cmd, map[string]any{"tokens": rows, "total": len(rows)}, func(w io.Writer) error {
				return tokenTable(w, rows)
			})
		},
	}
	outputFlag(cmd)
	return cmd
}

func (p *program) tokenRevokeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Take a token back",
		Long: `Take a token back: a running server refuses it within two seconds. The Alloy user
of its holder stays, with the accounts that it connected; whoever gets a token of
the same name acts as that user.`,
		Args: oneArg("the token's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := p.tokens(cmd)
			if err != nil {
				return err
			}
			revoked, err := file.Revoke(args[0])
			if errors.Is(err, token.ErrUnknown) {
				return fmt.Errorf("there is no token %q in %s: `%s token list` shows those there are", args[0], file.Path(), name)
			}
			if err != nil {
				return err
			}
			if revoked.User == "" {
				p.say("The Alloy user mcp-%s stays, if it was ever needed, and so do its accounts: `%s users delete mcp-%s` deletes them.", revoked.Name, name, revoked.Name)
			}
			row := rowOfToken(revoked)
			return p.print(cmd, row, func(w io.Writer) error { return tokenTable(w, []tokenRow{row}) })
		},
	}
	outputFlag(cmd)
	return cmd
}

// tokenError says what to do about a token that cannot be made.
func tokenError(cmd *cobra.Command, err error) error {
	var exists *token.ExistsError
	switch {
	case errors.As(err, new(*token.InvalidError)):
		return usage(cmd, err)
	case errors.As(err, &exists):
		return fmt.Errorf("%w (`%s token revoke %s`)", err, name, exists.Token.Name)
	}
	return err
}
