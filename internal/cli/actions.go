package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
)

func (p *program) actionsCommand() *cobra.Command {
	return group("actions", "Find, describe and run actions, and measure how well they are found",
		p.actionsSearchCommand(), p.actionsShowCommand(), p.actionsRunCommand(), p.actionsEvalCommand())
}

// foundRow is an action as search_actions tells it.
type foundRow struct {
	ActionID     string `json:"action_id"`
	Title        string `json:"title,omitempty"`
	Effect       string `json:"effect"`
	Guessed      bool   `json:"effect_guessed,omitempty"`
	Connected    bool   `json:"connected"`
	ConnectionID string `json:"connection_id,omitempty"`
	Account      string `json:"account,omitempty"`
	Signature    string `json:"signature,omitempty"`
}

// foundActions is the answer of search_actions.
type foundActions struct {
	Actions      []foundRow `json:"actions"`
	Nearest      []foundRow `json:"nearest,omitempty"`
	NotConnected []foundRow `json:"not_connected,omitempty"`
	Catalogue    struct {
		Loaded int `json:"loaded"`
		Total  int `json:"total"`
	} `json:"catalogue"`
	Hint string `json:"hint,omitempty"`
}

func (p *program) actionsSearchCommand() *cobra.Command {
	var (
		connector string
		limit     int
	)
	cmd := &cobra.Command{
		Use:   "search QUERY…",
		Short: "Find actions by what they do",
		Long: `Find actions of all apps by what they do, in your own words, the way a model does.
The words of the query need no quotes. "?" behind an effect marks a guess from the
action's name; running it looks closer.`,
		Example: `  alloy-mcp actions search create a page in notion
  alloy-mcp actions search refund --connector stripe --limit 10`,
		Args: atLeastOneArg("what the action is to do"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := wantsJSON(cmd); err != nil {
				return err
			}
			return p.withToolbox(cmd, func(box *toolbox) error {
				arguments := map[string]any{"query": strings.Join(args, " ")}
				if connector != "" {
					arguments["connector_id"] = connector
				}
				if cmd.Flag("limit").Changed {
					arguments["limit"] = limit
				}
				var found foundActions
				if err := box.ask(cmd.Context(), "search_actions", arguments, &found); err != nil {
					return err
				}
				return p.print(cmd, found, func(w io.Writer) error { return p.foundText(w, &found) })
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Policy)
	cmd.Flags().StringVar(&connector, "connector", "", "only actions of this `connector`")
	cmd.Flags().IntVar(&limit, "limit", 5, "how `many` at most, 1 to 20")
	outputFlag(cmd)
	return cmd
}

// foundText shows what was found in a table, and what else there is to say as words.
func (p *program) foundText(w io.Writer, found *foundActions) error {
	var cells [][]string
	add := func(rows []foundRow, mark string) {
		for _, row := range rows {
			effect, account := row.Effect, mark
			if row.Guessed {
				effect += "?"
			}
			if row.Connected && mark == "" {
				account = firstText(row.Account, row.ConnectionID, "connected")
			}
			cells = append(cells, []string{row.ActionID, effect, orDash(account), row.Title})
		}
	}
	add(found.Actions, "")
	add(found.NotConnected, "not connected")
	add(found.Nearest, "nearest")
	if len(cells) > 0 {
		if err := table(w, []string{"ACTION", "EFFECT", "ACCOUNT", "TITLE"}, cells); err != nil {
			return err
		}
	}
	if found.Hint != "" {
		p.say("%s", printable(found.Hint))
	}
	return nil
}

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// atLeastOneArg takes one argument or more, called what.
func atLeastOneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s takes at least one argument, %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// actionArg is the first argument of a command about one action.
func actionArg(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%s takes the action, such as notion.post-page: `alloy-mcp actions search` finds it", cmd.CommandPath())
	}
	if connector, action, dotted := strings.Cut(args[0], "."); !dotted || connector == "" || action == "" {
		return errors.New(quoted(args[0]) + " is no action: it has the form connector.action, such as notion.post-page")
	}
	return nil
}

func quoted(text string) string { return fmt.Sprintf("%q", text) }
