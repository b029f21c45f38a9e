package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// maxArguments bounds what is read from standard input, as on every transport.
const maxArguments = 4 << 20

func (p *program) callCommand() *cobra.Command {
	var (
		text string
		yes  bool
	)
	cmd := &cobra.Command{
		Use:   "call TOOL [--json ARGS | key=value…]",
		Short: "Run a tool and print its JSON",
		Long: `Run a tool in this process, as the person at the keyboard, and print the JSON of its
answer or its error alone on standard output. key=value is read as the tool's
schema wants it; --json takes all arguments as one object, --json - from
standard input.

call start_oauth stays until the account is connected, since the link that it
prints leads to this process. call run_destructive asks before it runs anything;
--yes is the answer where nobody can be asked.`,
		Example: `  alloy-mcp call list_connectors query=notion
  alloy-mcp call notion_search query=roadmap page_size=5
  alloy-mcp call notion_search --json '{"filter": {"property": "object", "value": "page"}}'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the tool: `alloy-mcp tools` lists them")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			session, err := p.open(cmd)
			if err != nil {
				return err
			}
			box, err := p.commandToolbox(cmd.Context(), session)
			if err != nil {
				return err
			}
			defer box.close(cmd.Context())
			if err := box.expose(cmd.Context()); err != nil {
				return err
			}
			raw, err := p.callArguments(cmd, box.set.Tools(), args, text)
			if err != nil {
				return err
			}
			return p.call(cmd.Context(), box, args[0], raw, yes)
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Links, settings.Policy)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "approve a destructive action without being asked")
	cmd.Flags().StringVar(&text, "json", "", "the `arguments` as one JSON object; - reads them from standard input")
	return cmd
}

// callArguments returns the arguments of a call as JSON.
func (p *program) callArguments(cmd *cobra.Command, list []tools.Tool, args []string, text string) (json.RawMessage, error) {
	switch {
	case !cmd.Flag("json").Changed:
		raw, err := pairArguments(list, args[0], args[1:])
		if err != nil {
			return nil, usage(cmd, err)
		}
		return raw, nil
	case len(args) > 1:
		return nil, usage(cmd, fmt.Errorf("--json and %q exclude each other", args[1]))
	case text != "-":
		return json.RawMessage(text), nil
	}
	raw, err := io.ReadAll(io.LimitReader(p.Stdin, maxArguments+1))
	if err != nil {
		return nil, fmt.Errorf("read the arguments: %w", err)
	}
	if len(raw) > maxArguments {
		return nil, usage(cmd, fmt.Errorf("the arguments are larger than %d bytes", maxArguments))
	}
	return raw, nil
}

// call runs the tool and prints its answer.
func (p *program) call(ctx context.Context, box *toolbox, tool string, raw json.RawMessage, yes bool) error {
	answer, err := p.perform(ctx, box, tool, raw, yes)
	if err != nil {
		return err
	}
	if err := p.write(string(answer.JSON) + "\n"); err != nil {
		return err
	}
	if err := silenced(judge(answer)); err != nil {
		return err
	}
	var started struct {
		Status    string `json:"status"`
		RequestID string `json:"request_id"`
		URL       string `json:"url"`
	}
	if err := json.Unmarshal(answer.JSON, &started); err != nil || started.Status != "pending" || started.URL == "" {
		return nil //nolint:nilerr // an answer of another shape starts nothing to wait for
	}
	return p.awaitConnection(ctx, box, started.RequestID, connectTime)
}

// perform runs the tool, with the approval of the person at the keyboard where that
// is needed, and waits for what takes long.
func (p *program) perform(ctx context.Context, box *toolbox, tool string, raw json.RawMessage, yes bool) (tools.Answer, error) {
	ctx = asPerson(ctx)
	answer := box.set.Call(ctx, tool, raw)
	if a := answer.Approval; a != nil {
		if !yes && isTerminal(p.Stdin) {
			p.say("%s", a.Message)
			reply, err := p.prompter().ask(ctx, "Allow this once? [y/N]")
			if err != nil {
				return answer, fmt.Errorf("read the answer: %w", err)
			}
			yes = isYes(reply)
			answer = box.set.Call(tools.WithDecision(ctx, a.RequestID, yes), tool, raw)
		} else if yes {
			answer = box.set.Call(tools.WithDecision(ctx, a.RequestID, true), tool, raw)
		}
	}
	for {
		var running struct {
			Status    string `json:"status"`
			RequestID string `json:"request_id"`
		}
		if json.Unmarshal(answer.JSON, &running) != nil || running.Status != "running" || ctx.Err() != nil {
			return answer, ctx.Err()
		}
		arguments, err := json.Marshal(map[string]any{"request_id": running.RequestID, "wait_seconds": 45})
		if err != nil {
			return answer, fmt.Errorf("encode the arguments: %w", err)
		}
		answer = box.set.Call(ctx, "get_result", arguments)
	}
}

// connectTime is how long a person gets to connect an account, unless the call says.
const connectTime = 10 * time.Minute

// awaitConnection waits until the person has followed a link to this process, or
// until limit has passed.
func (p *program) awaitConnection(ctx context.Context, box *toolbox, requestID string, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for first := true; ; first = false {
		var answer struct {
			Request struct {
				Status string `json:"status"`
				Reason string `json:"reason"`
			} `json:"request"`
		}
		wait := max(0, min(45, int(time.Until(deadline).Seconds())))
		if first {
			wait = 0 // fields that were handed over may have settled it
		}
		err := box.ask(ctx, "get_connection", map[string]any{"request_id": requestID, "wait_seconds": wait}, &answer)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case answer.Request.Status == "connected":
			p.say("Connected.")
			return nil
		case answer.Request.Status == "pending":
			if !time.Now().Before(deadline) {
				return &toolError{status: "pending", text: fmt.Sprintf("the account was not connected within %v, and the link ends with this command", limit)}
			}
			if first {
				p.say("Waiting until the account is connected. Ctrl-C gives up.")
			}
		default:
			return &toolError{status: answer.Request.Status, text: fmt.Sprintf("the account was not connected: %s. %s", answer.Request.Status, answer.Request.Reason)}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second): // an answer that did not wait must not make this spin
		}
	}
}
