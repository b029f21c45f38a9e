package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// The budget of the tool list in bytes: what a model reads of it, and all of it.
const (
	readBudget = 7000
	listBudget = 12000
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
	ReadOnlyHint    bool `json:"readOnlyHint"`
	DestructiveHint bool `json:"destructiveHint"`
	IdempotentHint  bool `json:"idempotentHint"`
	OpenWorldHint   bool `json:"openWorldHint"`
}

func (p *program) toolsCommand() *cobra.Command {
	var markdown, cost bool
	cmd := &cobra.Command{
		Use:   "tools",
		Short: "Print the tools as clients see them",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if markdown && cost {
				return usage(cmd, errors.New("--markdown and --cost exclude each other"))
			}
			session, err := p.open(cmd)
			if err != nil {
				return err
			}
			box, err := p.commandToolbox(session)
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
				return p.printCost(cmd, rows, session.settings.SchemaProfile == schemas.Portable)
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
	cmd.Flags().BoolVar(&cost, "cost", false, "print what each tool costs a model to read, in bytes")
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

// costRow is what one tool costs.
type costRow struct {
	Name  string `json:"name"`
	Read  int    `json:"read_bytes"` // name, description and input schema
	Whole int    `json:"list_bytes"` // its part of the tools/list answer
}

// printCost prints the sizes. Over the budget is a failure, so that a check can
// stand in a script; the budget is that of the fixed tools in the portable profile.
func (p *program) printCost(cmd *cobra.Command, rows []toolRow, portable bool) error {
	costs := make([]costRow, 0, len(rows))
	total, fixed := costRow{Name: "total"}, costRow{}
	for _, row := range rows {
		exposed := row.ActionID != ""
		row.ActionID = "" // clients do not see it
		var whole bytes.Buffer
		encoder := json.NewEncoder(&whole)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(row); err != nil {
			return fmt.Errorf("encode the tool %s: %w", row.Name, err)
		}
		cost := costRow{Name: row.Name, Read: len(row.Name) + len(row.Description) + len(row.InputSchema), Whole: whole.Len()}
		total.Read += cost.Read
		total.Whole += cost.Whole // the line break counts for the comma
		if !exposed {
			fixed.Read += cost.Read
			fixed.Whole += cost.Whole
		}
		costs = append(costs, cost)
	}
	data := map[string]any{"tools": costs, "read_bytes": total.Read, "list_bytes": total.Whole, "read_budget": readBudget, "list_budget": listBudget}
	err := p.print(cmd, data, func(w io.Writer) error {
		var cells [][]string
		for _, cost := range append(costs, total, costRow{Name: "budget", Read: readBudget, Whole: listBudget}) {
			cells = append(cells, []string{cost.Name, strconv.Itoa(cost.Read), strconv.Itoa(cost.Whole)})
		}
		return table(w, []string{"TOOL", "MODEL READS", "WHOLE"}, cells)
	})
	if err == nil && (fixed.Read >= readBudget || fixed.Whole >= listBudget) && portable {
		err = errors.New("the tools cost more than their budget")
	}
	return err
}
