package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// runFlags are the flags of `actions run`.
type runFlags struct {
	json       string
	connection string
	fields     []string
	dryRun     bool
	allPages   bool
	yes        bool
}

func (p *program) actionsRunCommand() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run CONNECTOR.ACTION [key=value… | --json ARGS]",
		Short: "Run an action and print the JSON of its outcome",
		Long: `Run an action as the person at the keyboard, with the tool of its effect, and print
the JSON of the outcome or the error on standard output. key=value is read as the
action's schema wants it; --json takes all arguments as one object, --json - from
standard input.

A destructive action asks before it runs; --yes is the answer where nobody can be
asked. A change is sent at most once: where nobody can know whether it was made,
the outcome is unknown and the exit code 1. The exit code is 3 where an account has
to be connected first, 4 where the policy or nobody's approval stands against it, and
5 where Alloy or the app cannot be reached.`,
		Example: `  alloy-mcp actions run notion.post-search query=roadmap --fields results[].id,results[].url
  alloy-mcp actions run notion.post-page --json - --dry-run < page.json`,
		Args: actionArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := wantsJSON(cmd); err != nil {
				return err
			}
			return p.withToolbox(cmd, func(box *toolbox) error {
				return p.runAction(cmd, box, args, flags)
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Links, settings.Policy)
	f := cmd.Flags()
	f.StringVar(&flags.json, "json", "", "the `arguments` as one JSON object; - reads them from standard input")
	f.StringVar(&flags.connection, "connection", "", "the `connection` to use, if there are several")
	f.StringSliceVar(&flags.fields, "fields", nil, "`paths` to keep of the result, such as results[].id")
	f.BoolVar(&flags.dryRun, "dry-run", false, "only show what would be sent (of a change)")
	f.BoolVar(&flags.allPages, "all-pages", false, "follow the pages of the result (of a read)")
	f.BoolVarP(&flags.yes, "yes", "y", false, "approve a destructive action without being asked")
	outputFlag(cmd)
	return cmd
}

func (p *program) runAction(cmd *cobra.Command, box *toolbox, args []string, flags runFlags) error {
	ctx, actionID := cmd.Context(), args[0]
	_, described, err := box.describe(ctx, actionID, "")
	if err != nil {
		return p.showFailure(err)
	}
	read := described.Effect == "read"
	switch {
	case read && flags.dryRun:
		return usage(cmd, fmt.Errorf("--dry-run is for changes: %s only reads", actionID))
	case !read && flags.allPages:
		return usage(cmd, fmt.Errorf("--all-pages is for reads: the effect of %s is %s", actionID, described.Effect))
	}
	arguments, err := p.actionArguments(cmd, box, args, flags.json)
	if err != nil {
		return err
	}
	call := map[string]any{"action_id": actionID, "arguments": arguments}
	for key, value := range map[string]any{"connection_id": flags.connection, "dry_run": flags.dryRun, "all_pages": flags.allPages} {
		if value != "" && value != false {
			call[key] = value
		}
	}
	if read && len(flags.fields) > 0 {
		call["fields"] = flags.fields
	}
	raw, err := json.Marshal(call)
	if err != nil {
		return fmt.Errorf("encode the call: %w", err)
	}
	answer, err := p.perform(ctx, box, "run_"+described.Effect, raw, flags.yes)
	if err != nil {
		return err
	}
	if !read && len(flags.fields) > 0 {
		answer = box.selected(ctx, answer, flags.fields)
	}
	return p.showAnswer(answer)
}

// actionArguments returns the arguments of a run as JSON, by the action's own schema.
func (p *program) actionArguments(cmd *cobra.Command, box *toolbox, args []string, text string) (json.RawMessage, error) {
	connectorID, id, _ := strings.Cut(args[0], ".")
	action, err := box.catalog.Action(cmd.Context(), connectorID, id)
	if err != nil {
		return nil, err
	}
	compiled, err := schemas.FromAction(action)
	if err != nil {
		return nil, fmt.Errorf("compile the schema of %s: %w", args[0], err)
	}
	return p.callArguments(cmd, []tools.Tool{{Name: args[0], InputSchema: compiled.Schema().JSON()}}, args, text)
}

// selected is the part of a change's result that was asked for. Where there is none,
// it is the whole answer.
func (b *toolbox) selected(ctx context.Context, answer tools.Answer, fields []string) tools.Answer {
	var done struct {
		Outcome   string          `json:"outcome"`
		RequestID string          `json:"request_id"`
		Data      json.RawMessage `json:"data"`
	}
	if answer.IsError || json.Unmarshal(answer.JSON, &done) != nil || done.Outcome != "completed" || done.Data == nil {
		return answer
	}
	part, err := b.call(ctx, "get_result", map[string]any{"request_id": done.RequestID, "fields": fields})
	if err != nil || part.IsError {
		b.log.WarnContext(ctx, "the change was made, but its result has no such fields; all of it is shown", "fields", strings.Join(fields, ","))
		return answer
	}
	return part
}

// showAnswer prints the JSON of an answer, and fails as it says.
func (p *program) showAnswer(answer tools.Answer) error {
	if err := p.write(indented(answer.JSON) + "\n"); err != nil {
		return err
	}
	return silenced(judge(answer))
}

// showFailure prints the error of a tool as JSON.
func (p *program) showFailure(err error) error {
	var failed *toolError
	if !errors.As(err, &failed) || failed.answer == nil {
		return err
	}
	if err := p.write(indented(failed.answer) + "\n"); err != nil {
		return err
	}
	return silenced(err)
}

// silenced keeps the exit code of an error that was printed.
func silenced(err error) error {
	var failed *toolError
	if errors.As(err, &failed) {
		failed.text = ""
	}
	return err
}
