package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// toolRow is a tool as MCP lists it.
type toolRow struct {
	Name         string          `json:"name"`
	Title        string          `json:"title"`
	Description  string          `json:"description"`
	InputSchema  json.RawMessage `json:"inputSchema"`
	OutputSchema json.RawMessage `json:"outputSchema,omitempty"`
	Annotations  annotations     `json:"annotations"`
	// ActionID is the action that an exposed tool runs; no part of what clients see.
	ActionID string `json:"action_id,omitempty"`
	own      []string
	// Sources tells of each argument who decided its type: an action of Alloy's
	// or this program. It is no part of what clients see.
	Sources map[string]string `json:"sources,omitempty"`
}

// own is the source of what this program decides.
const own = "alloy-mcp"

// compiledFrom names the action that a tool's schema is compiled from.
func compiledFrom(tool string) string {
	if tool == "notion_search" {
		return pinned.NotionSearch
	}
	return ""
}

// addSources fills in Sources.
func addSources(rows []toolRow) error {
	for i := range rows {
		if rows[i].ActionID != "" {
			if err := rows[i].addSourcesOfAction(); err != nil {
				return err
			}
			continue
		}
		upstream := map[string]json.RawMessage{}
		if action := compiledFrom(rows[i].Name); action != "" {
			metadata, err := pinned.Action(action)
			if err != nil {
				return err
			}
			compiled, err := schemas.FromAction(metadata)
			if err != nil {
				return fmt.Errorf("compile %s: %w", action, err)
			}
			if upstream, err = propertiesOf(compiled.Schema().JSON()); err != nil {
				return err
			}
		}
		properties, err := propertiesOf(rows[i].InputSchema)
		if err != nil {
			return err
		}
		rows[i].Sources = make(map[string]string, len(properties))
		for property := range properties {
			rows[i].Sources[property] = own
			if _, ok := upstream[property]; ok {
				rows[i].Sources[property] = compiledFrom(rows[i].Name)
			}
		}
	}
	return nil
}

// addSourcesOfAction does so for an exposed tool: what is not ours is the action's.
func (r *toolRow) addSourcesOfAction() error {
	properties, err := propertiesOf(r.InputSchema)
	if err != nil {
		return err
	}
	r.Sources = make(map[string]string, len(properties))
	for property := range properties {
		r.Sources[property] = r.ActionID
		if slices.Contains(r.own, property) {
			r.Sources[property] = own
		}
	}
	return nil
}

func propertiesOf(schema json.RawMessage) (map[string]json.RawMessage, error) {
	var object struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(schema, &object); err != nil {
		return nil, fmt.Errorf("read a tool's schema: %w", err)
	}
	return object.Properties, nil
}

type annotations struct {
	Title           string `json:"title"`
	ReadOnlyHint    bool   `json:"readOnlyHint"`
	DestructiveHint bool   `json:"destructiveHint"`
	IdempotentHint  bool   `json:"idempotentHint"`
	OpenWorldHint   bool   `json:"openWorldHint"`
}

func (p *program) toolsCommand() *cobra.Command {
	var (
		markdown, cost       bool
		catalogs, connectors []string
	)
	cmd := &cobra.Command{
		Use:   "tools",
		Short: "Print the tools as clients see them",
		Long: `Print the tools as clients see them.

--cost prints what a model reads of them, and what it reads of a search, of a
description, and of every action of a connector if each were a tool of its own.
Nothing is asked of Alloy: the answers are measured on the actions of the local Alloy
that comes with the program, or on those of --catalog; with --connector on your own.
Tokens are estimated as bytes / 4, which is near what vendors count for JSON in
English; no tokenizer is used.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case markdown && cost:
				return usage(cmd, errors.New("--markdown and --cost exclude each other"))
			case !cost && len(catalogs)+len(connectors) > 0:
				return usage(cmd, errors.New("--catalog and --connector are for --cost"))
			}
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
			rows := toolRows(box.set.Tools())
			switch {
			case markdown:
				return p.write(toolsMarkdown(rows))
			case cost:
				return p.printCost(cmd, box, catalogs, connectors)
			}
			if err := addSources(rows); err != nil {
				return err
			}
			return p.print(cmd, map[string]any{"tools": rows}, func(w io.Writer) error {
				cells := make([][]string, len(rows))
				for i, row := range rows {
					cells[i] = []string{row.Name, row.effect(), row.Title}
				}
				return table(w, []string{"TOOL", "EFFECT", "TITLE"}, cells)
			})
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the table for the README")
	cmd.Flags().BoolVar(&cost, "cost", false, "print what the tools, their answers and exposed actions cost a model to read, in bytes and estimated tokens")
	cmd.Flags().StringArrayVar(&catalogs, "catalog", nil, "with --cost: measure the actions of this `file` or folder; may be repeated")
	cmd.Flags().StringSliceVar(&connectors, "connector", nil, "with --cost: ask Alloy, and measure the actions of this `connector`; may be repeated")
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Server, settings.Policy)
	outputFlag(cmd)
	return cmd
}

func toolRows(list []tools.Tool) []toolRow {
	rows := make([]toolRow, len(list))
	for i, tool := range list {
		rows[i] = toolRow{
			Name: tool.Name, Title: tool.Title, Description: tool.Description,
			InputSchema: tool.InputSchema, OutputSchema: tool.OutputSchema, ActionID: tool.ActionID, own: tool.Own,
			Annotations: annotations{
				Title:        tool.Title,
				ReadOnlyHint: tool.Hints.ReadOnly, DestructiveHint: tool.Hints.Destructive,
				IdempotentHint: tool.Hints.Idempotent, OpenWorldHint: tool.Hints.OpenWorld,
			},
		}
	}
	return rows
}

// effect is what a call may change, in one word.
func (r toolRow) effect() string {
	switch {
	case r.Annotations.ReadOnlyHint:
		return "read"
	case r.Annotations.DestructiveHint:
		return "destructive"
	}
	return "write"
}

// toolsMarkdown is the README's table.
func toolsMarkdown(rows []toolRow) string {
	var b strings.Builder
	b.WriteString("| tool | effect | what it does |\n|---|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", row.Name, row.effect(), strings.ReplaceAll(row.Description, "|", `\|`))
	}
	return b.String()
}
