package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
)

// userRow is an Alloy user as the commands print it.
type userRow struct {
	UserID   string `json:"user_id"`
	Username string `json:"username"`
	FullName string `json:"full_name"`
}

func rowOf(user alloy.User) userRow {
	return userRow{UserID: user.ID.String(), Username: user.Username, FullName: user.FullName}
}

func (p *program) usersCommand() *cobra.Command {
	cmd := group("users", "List, create, show and delete Alloy users",
		p.usersListCommand(), p.usersCreateCommand(), p.usersShowCommand(), p.usersDeleteCommand())
	settings.AddFlags(cmd.PersistentFlags(), settings.Account)
	return cmd
}

func (p *program) usersListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the Alloy users of the API key",
		RunE: func(cmd *cobra.Command, _ []string) error {
			session, err := p.openWithKey(cmd)
			if err != nil {
				return err
			}
			users, err := session.client.Users(cmd.Context())
			if err != nil {
				return err
			}
			rows := make([]userRow, len(users))
			for i, user := range users {
				rows[i] = rowOf(user)
			}
			return p.print(cmd, map[string]any{"users": rows, "total": len(rows)}, func(w io.Writer) error {
				return usersTable(w, rows)
			})
		},
	}
	outputFlag(cmd)
	return cmd
}

func usersTable(w io.Writer, rows []userRow) error {
	cells := make([][]string, len(rows))
	for i, row := range rows {
		cells[i] = []string{row.UserID, orDash(row.Username), orDash(row.FullName)}
	}
	return table(w, []string{"USER ID", "USERNAME", "FULL NAME"}, cells)
}

func (p *program) usersCreateCommand() *cobra.Command {
	var fullName string
	cmd := &cobra.Command{
		Use:   "create USERNAME",
		Short: "Create an Alloy user",
		Args:  oneArg("the username"),
		RunE: func(cmd *cobra.Command, args []string) error {
			session, err := p.openWithKey(cmd)
			if err != nil {
				return err
			}
			user, err := session.client.CreateUser(cmd.Context(), args[0], fullName)
			if err != nil {
				return err
			}
			return p.printUser(cmd, user)
		},
	}
	cmd.Flags().StringVar(&fullName, "full-name", "", "the person's full name")
	outputFlag(cmd)
	return cmd
}

func (p *program) usersShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show USER",
		Short: "Show an Alloy user, named by id or username",
		Args:  oneArg("the user's id or username"),
		RunE: func(cmd *cobra.Command, args []string) error {
			session, err := p.openWithKey(cmd)
			if err != nil {
				return err
			}
			user, err := session.findUser(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return p.printUser(cmd, user)
		},
	}
	outputFlag(cmd)
	return cmd
}

func (p *program) usersDeleteCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete USER",
		Short: "Delete an Alloy user with all accounts that it connected",
		Args:  oneArg("the user's id or username"),
		RunE: func(cmd *cobra.Command, args []string) error {
			session, err := p.openWithKey(cmd)
			if err != nil {
				return err
			}
			user, err := session.findUser(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if !yes {
				if err := p.confirm(cmd, fmt.Sprintf("Delete the Alloy user %s (%s) and every account it connected?", printable(user.Username), user.ID)); err != nil {
					return err
				}
			}
			if err := session.client.DeleteUser(cmd.Context(), user.ID); err != nil {
				return err
			}
			return p.printUser(cmd, user)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	outputFlag(cmd)
	return cmd
}

func (p *program) printUser(cmd *cobra.Command, user alloy.User) error {
	row := rowOf(user)
	return p.print(cmd, row, func(w io.Writer) error { return usersTable(w, []userRow{row}) })
}

// findUser returns the user that who names by id or by username.
func (s *session) findUser(ctx context.Context, who string) (alloy.User, error) {
	if id, err := alloy.ParseUserID(who); err == nil {
		return s.client.User(ctx, id)
	}
	users, err := s.client.Users(ctx)
	if err != nil {
		return alloy.User{}, err
	}
	for _, user := range users {
		if user.Username == who {
			return user, nil
		}
	}
	return alloy.User{}, fmt.Errorf("there is no Alloy user %q among the %d of this API key: `%s users list` shows them", who, len(users), name)
}

// errDeclined is what a person's no becomes.
var errDeclined = errors.New("nothing was done")

// confirm asks a question that only "yes" or "y" answers. Without a person there
// is nobody to ask.
func (p *program) confirm(cmd *cobra.Command, question string) error {
	if !isTerminal(p.Stdin) {
		return usage(cmd, errors.New("standard input is no terminal, so nobody can confirm: add --yes"))
	}
	_, _ = fmt.Fprintf(p.Stderr, "%s [y/N] ", question) // nobody to tell where this fails
	answer, err := bufio.NewReader(p.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if isYes(answer) {
		return nil
	}
	return errDeclined
}

// isYes reports whether an answer is "yes" or "y".
func isYes(answer string) bool {
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
