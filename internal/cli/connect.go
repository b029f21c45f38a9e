package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// maxData bounds the fields that are read from standard input.
const maxData = 64 << 10

func (p *program) connectCommand() *cobra.Command {
	var (
		method, data string
		noBrowser    bool
		limit        time.Duration
	)
	cmd := &cobra.Command{
		Use:   "connect CONNECTOR",
		Short: "Connect an account of an app",
		Long: `Connect an account of an app: a page of this program opens in the browser, asks
you once more, and leads to the app or asks for what the app needs. The command
waits until the account works, prints it, and ends; it ends with code 3 where
nothing was connected.

--no-browser prints the link first, on a line of its own on standard output, for
you to open on this machine; with --output json it is an object with request_id,
url and expires_at, and the connection is a second one. --data - connects apps with keys or passwords without any page: it reads
the fields as one JSON object from standard input, so that no secret stands on a
command line; get_credential_metadata names them.`,
		Example: `  alloy-mcp connect notion
  alloy-mcp connect shippo --data - <fields.json`,
		Args: oneArg("the app's id: `alloy-mcp connectors` lists them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if data != "" && data != "-" {
				return usage(cmd, errors.New("--data takes - alone: the fields are read from standard input, since a command line can be seen by others"))
			}
			if limit <= 0 {
				return usage(cmd, errors.New("--timeout must be a time to wait, such as 10m"))
			}
			return p.withToolbox(cmd, func(box *toolbox) error {
				started, err := p.startConnecting(cmd.Context(), box, args[0], method)
				if err != nil {
					return err
				}
				if data == "-" {
					err = p.enterData(cmd, box, started.RequestID)
				} else {
					err = p.showLink(cmd, started, noBrowser)
				}
				if err == nil {
					err = p.awaitConnection(cmd.Context(), box, started.RequestID, limit)
				}
				if err != nil {
					return err
				}
				return p.printConnected(cmd, box, started.RequestID)
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Links)
	cmd.Flags().StringVar(&method, "method", "", "oauth2, apiKey or http, where the app has several")
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "print the link instead of opening it")
	cmd.Flags().StringVar(&data, "data", "", "- reads the fields of the app's form as JSON from standard input")
	cmd.Flags().DurationVar(&limit, "timeout", connectTime, "how `long` to wait")
	outputFlag(cmd)
	return cmd
}

// started is the answer of start_oauth.
type started struct {
	RequestID string `json:"request_id"`
	URL       string `json:"url"`
	ExpiresAt string `json:"expires_at"`
}

// startConnecting begins what the tool start_oauth begins, on the person's own
// account.
func (p *program) startConnecting(ctx context.Context, box *toolbox, connectorID, method string) (started, error) {
	arguments := map[string]any{"connector_id": connectorID}
	if method != "" {
		arguments["method"] = method
	}
	var s started
	err := box.ask(tools.WithAgent(ctx, "alloy-mcp connect"), "start_oauth", arguments, &s)
	return s, err
}

// showLink opens the page, or tells where it is.
func (p *program) showLink(cmd *cobra.Command, s started, noBrowser bool) error {
	asJSON, err := wantsJSON(cmd)
	if err != nil {
		return err
	}
	if !noBrowser {
		if err := p.browse(cmd.Context(), s.URL); err == nil {
			p.say("Opening %s in your browser.", s.URL)
			return nil
		}
		p.say("No browser could be opened; open this link yourself:")
	}
	if asJSON {
		return writeJSON(p.Stdout, s)
	}
	return p.write(s.URL + "\n")
}

// enterData hands over what standard input holds. No error of it repeats a value.
func (p *program) enterData(cmd *cobra.Command, box *toolbox, requestID string) error {
	raw, err := io.ReadAll(io.LimitReader(p.Stdin, maxData+1))
	if err != nil {
		return fmt.Errorf("read the fields: %w", err)
	}
	if len(raw) > maxData {
		return usage(cmd, fmt.Errorf("the fields are larger than %d bytes", maxData))
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var fields map[string]any
	if decoder.Decode(&fields) != nil || fields == nil || decoder.More() {
		return usage(cmd, errors.New(`standard input must hold one JSON object with the fields, such as {"apiKey": "…"}`))
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), dataTime)
	defer cancel()
	_, err = box.flow.Enter(ctx, tools.Local, requestID, fields)
	var wrong *connect.FormError
	switch {
	case errors.As(err, &wrong) && wrong.Refused:
		return &toolError{status: "failed", text: wrong.Error()}
	case errors.As(err, &wrong):
		return usage(cmd, err)
	case errors.Is(err, connect.ErrNeedsBrowser):
		return usage(cmd, fmt.Errorf("%w: leave --data out", err))
	}
	return err
}

// dataTime is how long handing fields to Alloy and testing them may take.
const dataTime = 2 * time.Minute

// printConnected prints the new connection.
func (p *program) printConnected(cmd *cobra.Command, box *toolbox, requestID string) error {
	var answer struct {
		Connections []connectionRow `json:"connections"`
	}
	if err := box.ask(cmd.Context(), "get_connection", map[string]any{"request_id": requestID}, &answer); err != nil {
		return err
	}
	rows := append([]connectionRow{}, answer.Connections...)
	return p.print(cmd, map[string]any{"connections": rows}, func(w io.Writer) error { return connectionsTable(w, rows) })
}
