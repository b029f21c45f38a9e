package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
)

// pulledRow is what `schemas pull` found for one action.
type pulledRow struct {
	Action  string   `json:"action"`
	File    string   `json:"file"`
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
	Changed []string `json:"changed"`

	drift string
}

func (p *program) schemasCommand() *cobra.Command {
	cmd := group("schemas", "Refresh the copies of Alloy's metadata that tools are compiled from", p.schemasPullCommand())
	settings.AddFlags(cmd.PersistentFlags(), settings.Account)
	return cmd
}

func (p *program) schemasPullCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "pull",
		Short: "Get the live actions, write the copies, and show what changed",
		Long: `Get the actions that tools are compiled from as Alloy has them now, show how they
differ from the copies, and write them. Build again to use them. This is for the
source tree: a running server compares by itself and needs no copy.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			session, err := p.openWithKey(cmd)
			if err != nil {
				return err
			}
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				return usage(cmd, fmt.Errorf("there is no folder %s: run this at the top of the source tree, or name the folder with --dir", dir))
			}
			var rows []pulledRow
			for _, action := range pinned.Names() {
				row, err := pull(cmd.Context(), session.client, action, dir)
				if err != nil {
					return err
				}
				rows = append(rows, row)
			}
			return p.print(cmd, map[string]any{"actions": rows}, func(w io.Writer) error {
				cells := make([][]string, len(rows))
				for i, row := range rows {
					cells[i] = []string{row.Action, row.File, row.drift}
				}
				return table(w, []string{"ACTION", "FILE", "DRIFT"}, cells)
			})
		},
	}
	cmd.Flags().StringVar(&dir, "dir", filepath.Join("schemas", "pinned"), "the `folder` of the copies")
	outputFlag(cmd)
	return cmd
}

// pull replaces one copy. What no tool could be compiled from is not written.
func pull(ctx context.Context, client *alloy.Client, actionID, dir string) (pulledRow, error) {
	connectorID, id, _ := strings.Cut(actionID, ".")
	live, err := client.Action(ctx, connectorID, id)
	if err != nil {
		return pulledRow{}, err
	}
	if _, err := schemas.FromAction(live); err != nil {
		return pulledRow{}, fmt.Errorf("the live action %s cannot be compiled, so its copy stays: %w", actionID, err)
	}
	row := pulledRow{Action: actionID, File: filepath.Join(dir, actionID+".json"), drift: "new"}
	before, err := os.ReadFile(row.File)
	switch {
	case err == nil:
		old, err := pinned.Decode(before)
		if err != nil {
			return pulledRow{}, fmt.Errorf("%s: %w", row.File, err)
		}
		drift := schemas.Diff(old, live)
		row.Added, row.Removed, row.Changed, row.drift = drift.Added, drift.Removed, drift.Changed, drift.String()
	case !errors.Is(err, os.ErrNotExist):
		return pulledRow{}, fmt.Errorf("read the copy: %w", err)
	}
	content, err := pinned.Encode(live)
	if err != nil {
		return pulledRow{}, err
	}
	if err := os.WriteFile(row.File, content, 0o644); err != nil { //nolint:gosec // part of the public source tree
		return pulledRow{}, fmt.Errorf("write the copy: %w", err)
	}
	return row, nil
}
