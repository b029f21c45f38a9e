package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// lintedAction is how far one action could be compiled.
type lintedAction struct {
	ActionID string `json:"action_id"`
	Full     bool   `json:"full"`
	// Why tells what is missing, one line each.
	Why []string `json:"why,omitempty"`
	// Hidden are the parameters that no argument stands for, each with the reason.
	Hidden []string `json:"hidden,omitempty"`

	unread error
}

// lintedConnector counts the actions of a connector.
type lintedConnector struct {
	ConnectorID string `json:"connector_id"`
	Actions     int    `json:"actions"`
	Full        int    `json:"full"`
	Partly      int    `json:"partly"`
	Unread      int    `json:"unread"` // whose details could not be read
	Hidden      int    `json:"hidden_parameters"`
}

// lintReport is what `lint` prints.
type lintReport struct {
	Connectors []lintedConnector `json:"connectors"`
	Total      lintedConnector   `json:"total"`
	Actions    []lintedAction    `json:"actions"`
}

func (p *program) lintCommand() *cobra.Command {
	var (
		catalogs []string
		strict   bool
	)
	cmd := &cobra.Command{
		Use:   "lint [CONNECTOR…]",
		Short: "Tell which actions could not be compiled fully, and why",
		Long: `Compile the actions of connectors to the schemas that models are shown, and tell
which could not be compiled fully and why: a schema that is broken or too large to be
checked whole, something that is shown in words only, no example that is valid, a
parameter that had to be left out. Parameters for credentials and of the transport are
left out on purpose, since Alloy supplies them; they are counted, and listed in
--output json.

Without CONNECTOR it looks at all that may be used: one request to Alloy for every
action. --catalog reads files shaped like schemas/testdata/catalogs/*.json instead, and asks
nobody.`,
		Example: `  alloy-mcp lint notion slack
  alloy-mcp lint --catalog schemas/testdata/catalogs --strict`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := wantsJSON(cmd); err != nil {
				return err
			}
			return p.withCatalogs(cmd, catalogs, func(box *toolbox, ids []string) error {
				if len(args) > 0 {
					ids = args
				}
				report, err := p.lint(cmd.Context(), box, ids)
				if err != nil {
					return err
				}
				err = p.print(cmd, report, report.text)
				if missing := report.Total.Actions - report.Total.Full; err == nil && strict && missing > 0 {
					p.say("%s: %d of %d actions are not compiled fully", name, missing, report.Total.Actions)
					err = &statusError{code: exitFailed}
				}
				return err
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Policy)
	cmd.Flags().StringArrayVar(&catalogs, "catalog", nil, "a `file` or folder of actions to read instead of asking Alloy; may be repeated")
	cmd.Flags().BoolVar(&strict, "strict", false, "end with 1 when an action is not compiled fully")
	outputFlag(cmd)
	return cmd
}

// withCatalogs runs a command over the files, which a local Alloy then serves, or
// without any over the Alloy of the settings. ids are the connectors that the files
// hold, or all that may be used.
func (p *program) withCatalogs(cmd *cobra.Command, named []string, run func(box *toolbox, ids []string) error) error {
	if len(named) == 0 {
		return p.withToolbox(cmd, func(box *toolbox) error {
			ids, err := box.connectorIDs(cmd.Context(), nil)
			if err != nil {
				return err
			}
			return run(box, ids)
		})
	}
	files, err := catalogFiles(named, "")
	if err != nil {
		return usage(cmd, err)
	}
	var ids []string
	for _, file := range files {
		if err := read(file, func(r io.Reader) error {
			id, err := connectorOf(r)
			ids = append(ids, id)
			return err
		}); err != nil {
			return err
		}
	}
	return p.withLocalAlloy(cmd, files, func(box *toolbox) error { return run(box, ids) })
}

// withLocalAlloy runs a command over a local Alloy that has the files' connectors.
func (p *program) withLocalAlloy(cmd *cobra.Command, files []string, run func(*toolbox) error) error {
	sim, err := startSimulator(cmd.Context(), "127.0.0.1:0", p.Now, files)
	if err != nil {
		return err
	}
	defer sim.close(cmd.Context())
	bare := &cobra.Command{Use: cmd.Use} // flags that lead to an Alloy of the person's mean nothing here
	session, err := p.openDemo(bare, sim, true)
	if err != nil {
		return err
	}
	box, err := p.commandToolbox(cmd.Context(), session)
	if err != nil {
		return err
	}
	defer box.close(cmd.Context())
	return run(box)
}

// connectorOf is the id of the connector that a file of actions is about.
func connectorOf(r io.Reader) (string, error) {
	var file struct {
		Connector struct {
			ID string `json:"id"`
		} `json:"connector"`
	}
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return "", fmt.Errorf("decode the catalogue: %w", err)
	}
	if file.Connector.ID == "" {
		return "", errors.New("the catalogue names no connector")
	}
	return file.Connector.ID, nil
}

// connectorIDs lists the connectors that may be used.
func (b *toolbox) connectorIDs(ctx context.Context, filter map[string]any) ([]string, error) {
	arguments := map[string]any{"limit": 100}
	maps.Copy(arguments, filter)
	rows, err := b.connectors(ctx, arguments)
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ConnectorID
	}
	return ids, err
}

// lint compiles the actions of the connectors.
func (p *program) lint(ctx context.Context, box *toolbox, ids []string) (*lintReport, error) {
	report := &lintReport{Connectors: []lintedConnector{}, Total: lintedConnector{ConnectorID: "total"}, Actions: []lintedAction{}}
	for _, id := range ids {
		actions, err := mapActions(ctx, box, id, lintAction)
		if err != nil {
			return nil, err
		}
		row := lintedConnector{ConnectorID: id}
		for i := range actions {
			row.count(&actions[i])
			report.Total.count(&actions[i])
		}
		if row.Actions > 0 && row.Unread == row.Actions {
			return nil, fmt.Errorf("read the actions of %s: %w", id, actions[0].unread)
		}
		report.Connectors = append(report.Connectors, row)
		report.Actions = append(report.Actions, actions...)
	}
	return report, nil
}

func (c *lintedConnector) count(a *lintedAction) {
	c.Actions++
	c.Hidden += len(a.Hidden)
	switch {
	case a.unread != nil:
		c.Unread++
	case a.Full:
		c.Full++
	default:
		c.Partly++
	}
}

// loading is how many details are asked for at once: enough to be quick, and few
// enough to leave Alloy's limits to the server that runs beside.
const loading = 8

// mapActions reads the details of every action of a connector, some at a time, and
// returns what each of them gave, in Alloy's order.
func mapActions[T any](ctx context.Context, box *toolbox, connectorID string, each func(id string, a alloy.Action, err error) T) ([]T, error) {
	connector, err := box.catalog.Connector(ctx, connectorID)
	if err != nil {
		return nil, err
	}
	resources, err := box.catalog.Resources(ctx, connector.ID)
	if err != nil {
		return nil, fmt.Errorf("list the actions of %s: %w", connectorID, err)
	}
	var ids []string
	for _, resource := range resources {
		for _, action := range resource.Actions {
			ids = append(ids, action.ID)
		}
	}
	results, numbers := make([]T, len(ids)), make(chan int)
	var crew sync.WaitGroup
	for range min(loading, len(ids)) {
		crew.Go(func() {
			for i := range numbers {
				action, err := box.catalog.Action(ctx, connectorID, ids[i])
				results[i] = each(connectorID+"."+ids[i], action, err)
			}
		})
	}
	for i := range ids {
		if ctx.Err() != nil {
			break
		}
		numbers <- i
	}
	close(numbers)
	crew.Wait()
	return results, ctx.Err()
}

// lintAction compiles one action.
func lintAction(id string, action alloy.Action, err error) lintedAction {
	linted := lintedAction{ActionID: id}
	add := func(format string, args ...any) {
		linted.Why = append(linted.Why, plain.Line(fmt.Sprintf(format, args...), 300))
	}
	if err != nil {
		linted.unread = err
		add("its details could not be read: %v", err)
		return linted
	}
	compiled, err := schemas.FromAction(action)
	if err != nil {
		add("it cannot be compiled: %v", err)
		return linted
	}
	if !compiled.Validated() {
		add("arguments are checked only in part")
	}
	for _, note := range compiled.Notes() {
		add("%s", note)
	}
	if _, err := compiled.Example(); err != nil {
		add("there is no example: %v", err)
	}
	for _, hidden := range compiled.Hidden() {
		linted.Hidden = append(linted.Hidden, plain.Line(hidden.Name+" ("+hidden.In+"): "+hidden.Reason, 200))
		if hidden.Reason == "limit" {
			add("the parameter %s is left out: there are too many", hidden.Name)
		}
	}
	linted.Full = len(linted.Why) == 0
	return linted
}

// text is the report for people: the counts, then what is not compiled fully.
func (r *lintReport) text(w io.Writer) error {
	var cells, missing [][]string
	for _, row := range append(slices.Clone(r.Connectors), r.Total) {
		cells = append(cells, []string{
			row.ConnectorID, strconv.Itoa(row.Actions), strconv.Itoa(row.Full), strconv.Itoa(row.Partly), strconv.Itoa(row.Unread), strconv.Itoa(row.Hidden),
		})
	}
	for _, action := range r.Actions {
		if !action.Full {
			missing = append(missing, []string{action.ActionID, strings.Join(action.Why, "; ")})
		}
	}
	if err := table(w, []string{"CONNECTOR", "ACTIONS", "FULL", "IN PART", "UNREAD", "HIDDEN PARAMETERS"}, cells); err != nil || len(missing) == 0 {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return table(w, []string{"NOT FULLY COMPILED", "WHY"}, missing)
}
