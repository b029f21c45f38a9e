package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
	"github.com/alloy-mcp/alloy-mcp/server"
)

// The budget of the tool list in bytes: what a model reads of it, and all of it.
const (
	readBudget = 7000
	listBudget = 12000
)

// bytesPerToken is the estimate; no tokenizer is at hand that would be right for
// every model.
const bytesPerToken = 4

// costRow is what one tool costs.
type costRow struct {
	Name  string `json:"name"`
	Read  int    `json:"read_bytes"` // name, description and input schema
	Whole int    `json:"list_bytes"` // its part of the tools/list answer
}

// answerCost is what a model reads of something.
type answerCost struct {
	What    string `json:"what"`
	Bytes   int    `json:"bytes"`
	Tokens  int    `json:"estimated_tokens"`
	Largest int    `json:"largest_bytes,omitempty"` // where Bytes is the median of several
	Of      int    `json:"of,omitempty"`            // how many
}

// connectorCost is what the actions of a connector would cost as tools of their own.
type connectorCost struct {
	ConnectorID string `json:"connector_id"`
	Actions     int    `json:"actions"`
	Bytes       int    `json:"bytes"`
	Tokens      int    `json:"estimated_tokens"`
}

// costReport is what `tools --cost` prints.
type costReport struct {
	Tools      []costRow       `json:"tools"`
	Read       int             `json:"read_bytes"`
	Whole      int             `json:"list_bytes"`
	ReadBudget int             `json:"read_budget"`
	ListBudget int             `json:"list_budget"`
	Estimate   string          `json:"token_estimate"`
	Answers    []answerCost    `json:"answers"`
	Connectors []connectorCost `json:"connectors_exposed"`
}

// printCost prints the sizes. Over the budget is a failure, so that a check can
// stand in a script; the budget is that of the fixed tools in the portable profile.
func (p *program) printCost(cmd *cobra.Command, box *toolbox, catalogs, connectors []string) error {
	if _, err := wantsJSON(cmd); err != nil {
		return err
	}
	report := &costReport{ReadBudget: readBudget, ListBudget: listBudget, Estimate: "bytes / 4"}
	fixed, err := p.measureList(cmd.Context(), report, box)
	if err != nil {
		return err
	}
	measure := func(box *toolbox, ids []string) error { return measureAnswers(cmd.Context(), report, box, ids) }
	switch {
	case len(catalogs) > 0 && len(connectors) > 0:
		return usage(cmd, errors.New("--catalog and --connector exclude each other"))
	case len(connectors) > 0:
		err = p.withToolbox(cmd, func(box *toolbox) error { return measure(box, connectors) })
	case len(catalogs) > 0:
		err = p.withCatalogs(cmd, catalogs, measure)
	default:
		err = p.withLocalAlloy(cmd, nil, func(box *toolbox) error {
			ids, err := box.connectorIDs(cmd.Context(), nil)
			if err != nil {
				return err
			}
			return measure(box, ids)
		})
	}
	if err != nil {
		return err
	}
	err = p.print(cmd, report, report.text)
	portable := box.settings.SchemaProfile == schemas.Portable
	if err == nil && portable && (fixed.Read >= readBudget || fixed.Whole >= listBudget) {
		err = errors.New("the tools cost more than their budget")
	}
	return err
}

// measureList adds the list of tools, exposed ones included, and returns what those
// cost that are always there.
func (p *program) measureList(ctx context.Context, report *costReport, box *toolbox) (fixed costRow, err error) {
	if fixed, err = report.countTools(toolRows(box.set.Tools())); err != nil {
		return fixed, err
	}
	srv, err := p.server(ctx, box)
	if err != nil {
		return fixed, err
	}
	list, err := listAnswer(ctx, srv)
	report.Answers = append(report.Answers, costOf("the tools/list answer", list), costOf("the instructions", len(server.Instructions)))
	return fixed, err
}

// measureAnswers adds what a search and a description cost, and each connector.
func measureAnswers(ctx context.Context, report *costReport, box *toolbox, ids []string) error {
	var described []int
	for _, id := range ids {
		sizes, err := mapActions(ctx, box, id, func(actionID string, a alloy.Action, err error) [2]int {
			if err != nil {
				return [2]int{}
			}
			answer, err := box.call(ctx, "describe_action", map[string]any{"action_id": actionID})
			if err != nil || answer.IsError {
				return [2]int{exposedSize(actionID, a), 0}
			}
			return [2]int{exposedSize(actionID, a), len(answer.JSON)}
		})
		if err != nil {
			return err
		}
		row := connectorCost{ConnectorID: id, Actions: len(sizes)}
		for _, size := range sizes {
			row.Bytes += size[0]
			if size[1] > 0 {
				described = append(described, size[1])
			}
		}
		row.Tokens = tokens(row.Bytes)
		report.Connectors = append(report.Connectors, row)
	}
	searched, err := box.searchSizes(ctx)
	if err != nil {
		return err
	}
	report.Answers = append(report.Answers, medianCost("a search", searched), medianCost("a description", described))
	return nil
}

// countTools adds what each tool costs in the list, and returns what the fixed ones do.
func (r *costReport) countTools(rows []toolRow) (fixed costRow, err error) {
	for _, row := range rows {
		exposed := row.ActionID != ""
		row.ActionID = "" // clients do not see it
		var whole bytes.Buffer
		encoder := json.NewEncoder(&whole)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(row); err != nil {
			return fixed, fmt.Errorf("encode the tool %s: %w", row.Name, err)
		}
		cost := costRow{Name: row.Name, Read: len(row.Name) + len(row.Description) + len(row.InputSchema), Whole: whole.Len()}
		r.Read += cost.Read
		r.Whole += cost.Whole // the line break counts for the comma
		r.Tools = append(r.Tools, cost)
		if !exposed {
			fixed.Read += cost.Read
			fixed.Whole += cost.Whole
		}
	}
	return fixed, nil
}

// listAnswer is the size of the result of tools/list as a client gets it.
func listAnswer(ctx context.Context, srv *server.Server) (int, error) {
	var out bytes.Buffer
	question := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}` + "\n"
	if err := srv.ServeStdio(ctx, strings.NewReader(question), &out); err != nil {
		return 0, fmt.Errorf("ask the server for its tools: %w", err)
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		return 0, fmt.Errorf("read the server's tools: %w", err)
	}
	return len(answer.Result), nil
}

// around is what an exposed action's tool has beside its name, description and
// schema: annotations and the keys, in bytes.
const around = 190

// exposedDescription is how much of a description such a tool shows, in bytes.
const exposedDescription = 240

// exposedSize is what an action costs as a tool of its own.
func exposedSize(actionID string, a alloy.Action) int {
	compiled, err := schemas.FromAction(a)
	if err != nil {
		return 0
	}
	return around + len(actionID) + min(len(a.Description), exposedDescription) + len(compiled.Schema().JSON())
}

// typicalSearches are what people ask for.
func typicalSearches() []string {
	return []string{"create a page", "send a message to a channel", "find a contact by email", "list open orders", "update an issue", "delete a file", "who am I"}
}

// searchSizes are the sizes of the answers to typical searches.
func (b *toolbox) searchSizes(ctx context.Context) ([]int, error) {
	var sizes []int
	for _, query := range typicalSearches() {
		answer, err := b.call(ctx, "search_actions", map[string]any{"query": query})
		if err != nil {
			return nil, err
		}
		if failed := answer.Err(); failed != nil {
			return nil, &toolError{code: failed.Code, text: failed.Message + " " + failed.Hint}
		}
		sizes = append(sizes, len(answer.JSON))
	}
	return sizes, nil
}

func tokens(bytes int) int { return (bytes + bytesPerToken - 1) / bytesPerToken }

func costOf(what string, bytes int) answerCost {
	return answerCost{What: what, Bytes: bytes, Tokens: tokens(bytes)}
}

// medianCost is the typical one of several sizes, and the largest.
func medianCost(what string, sizes []int) answerCost {
	if len(sizes) == 0 {
		return answerCost{What: what}
	}
	slices.Sort(sizes)
	cost := costOf(what, sizes[len(sizes)/2])
	cost.Largest, cost.Of = sizes[len(sizes)-1], len(sizes)
	return cost
}

// text is the report for people.
func (r *costReport) text(w io.Writer) error {
	var cells [][]string
	for _, cost := range append(slices.Clone(r.Tools), costRow{"total", r.Read, r.Whole}, costRow{"budget", r.ReadBudget, r.ListBudget}) {
		cells = append(cells, []string{cost.Name, strconv.Itoa(cost.Read), strconv.Itoa(cost.Whole)})
	}
	if err := table(w, []string{"TOOL", "MODEL READS", "WHOLE"}, cells); err != nil {
		return err
	}
	cells = nil
	for _, cost := range r.Answers {
		what, largest := cost.What, "-"
		if cost.Of > 0 {
			what += fmt.Sprintf(" (median of %d)", cost.Of)
			largest = strconv.Itoa(cost.Largest)
		}
		cells = append(cells, []string{what, strconv.Itoa(cost.Bytes), strconv.Itoa(cost.Tokens), largest})
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if err := table(w, []string{"WHAT A MODEL READS", "BYTES", "TOKENS (BYTES/4)", "LARGEST"}, cells); err != nil {
		return err
	}
	cells = nil
	for _, cost := range r.Connectors {
		cells = append(cells, []string{cost.ConnectorID, strconv.Itoa(cost.Actions), strconv.Itoa(cost.Bytes), strconv.Itoa(cost.Tokens)})
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return table(w, []string{"WITH EACH ACTION A TOOL", "ACTIONS", "BYTES", "TOKENS (BYTES/4)"}, cells)
}
