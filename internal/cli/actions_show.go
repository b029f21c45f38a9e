package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
)

// describedAction is the answer of describe_action.
type describedAction struct {
	ActionID     string          `json:"action_id"`
	Title        string          `json:"title,omitempty"`
	Description  string          `json:"description,omitempty"`
	Effect       string          `json:"effect"`
	Signature    string          `json:"signature,omitempty"`
	Path         string          `json:"path,omitempty"`
	Schema       json.RawMessage `json:"schema,omitempty"`
	Deeper       []string        `json:"deeper,omitempty"`
	Example      json.RawMessage `json:"example,omitempty"`
	Returns      json.RawMessage `json:"returns,omitempty"`
	Validated    *bool           `json:"validated,omitempty"`
	ConnectionID string          `json:"connection_id,omitempty"`
	Status       string          `json:"status,omitempty"`
	Connections  []connectionRow `json:"connections,omitempty"`
	Hint         string          `json:"hint,omitempty"`
}

func (p *program) actionsShowCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "show CONNECTOR.ACTION",
		Short: "Show one action: its effect, arguments, an example, the account it would use",
		Example: `  alloy-mcp actions show notion.post-page
  alloy-mcp actions show notion.post-page --path children[]`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("%s takes one action, but got %d", cmd.CommandPath(), len(args))
			}
			return actionArg(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := wantsJSON(cmd); err != nil {
				return err
			}
			return p.withToolbox(cmd, func(box *toolbox) error {
				raw, described, err := box.describe(cmd.Context(), args[0], path)
				if err != nil {
					return err
				}
				return p.print(cmd, raw, func(w io.Writer) error { return described.text(w) })
			})
		},
	}
	settings.AddFlags(cmd.Flags(), settings.Account, settings.Policy)
	cmd.Flags().StringVar(&path, "path", "", "show this argument, or something in it, in full: a `path` such as filter.value or children[]")
	outputFlag(cmd)
	return cmd
}

// describe asks for an action. That no account is connected yet is no failure here.
func (b *toolbox) describe(ctx context.Context, actionID, path string) (json.RawMessage, *describedAction, error) {
	arguments := map[string]any{"action_id": actionID}
	if path != "" {
		arguments["path"] = path
	}
	answer, err := b.call(ctx, "describe_action", arguments)
	if err != nil {
		return nil, nil, err
	}
	if failed := answer.Err(); failed != nil {
		return nil, nil, &toolError{code: failed.Code, text: failed.Message + " " + failed.Hint, answer: answer.JSON}
	}
	described := &describedAction{}
	if err := json.Unmarshal(answer.JSON, described); err != nil {
		return nil, nil, fmt.Errorf("read the answer of describe_action: %w", err)
	}
	return answer.JSON, described, nil
}

// text is the action for people.
func (d *describedAction) text(w io.Writer) error {
	var b bytes.Buffer
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-13s%s\n", name, printable(value))
		}
	}
	line("action", d.ActionID)
	line("title", d.Title)
	line("description", d.Description)
	line("effect", d.Effect)
	line("signature", d.Signature)
	line("account", d.account())
	if d.Validated != nil && !*d.Validated {
		line("checked", "only in part: its schema could not be read in full")
	}
	if err := d.arguments(&b); err != nil {
		return err
	}
	if len(d.Deeper) > 0 {
		fmt.Fprintf(&b, "\nIn full with --path: %s\n", printable(strings.Join(d.Deeper, ", ")))
	}
	for _, part := range []struct {
		name string
		json json.RawMessage
	}{{"Example", d.Example}, {"Returns", d.Returns}} {
		if len(part.json) > 0 {
			fmt.Fprintf(&b, "\n%s:\n%s\n", part.name, indented(part.json))
		}
	}
	if len(d.Example) > 0 {
		fmt.Fprintf(&b, "\nRun it: alloy-mcp actions run %s --json '…'\n", shellWord(printable(d.ActionID)))
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, "\n%s\n", printable(d.Hint))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// shellWord is text as a shell takes it for one word: the ids are those of others.
func shellWord(text string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:@%+,", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !safe(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// account is what a call would use.
func (d *describedAction) account() string {
	switch d.Status {
	case "connect_required":
		connector, _, _ := strings.Cut(d.ActionID, ".")
		return "none is connected: alloy-mcp connect " + connector
	case "reconnect_required":
		return d.ConnectionID + ", which has to be connected again"
	case "choose_connection":
		var ids []string
		for _, c := range d.Connections {
			ids = append(ids, strings.TrimSpace(c.ConnectionID+" "+c.Owner))
		}
		return "several: choose with --connection among " + strings.Join(ids, ", ")
	}
	return d.ConnectionID
}

// argumentSchema is what of a schema the table shows.
type argumentSchema struct {
	property

	Description string                     `json:"description"`
	Enum        []any                      `json:"enum"`
	Properties  map[string]json.RawMessage `json:"properties"`
	Required    []string                   `json:"required"`
}

// arguments shows the properties of an object in a table, in the order of the
// schema, and any other schema as JSON.
func (d *describedAction) arguments(w io.Writer) error {
	var schema argumentSchema
	if err := json.Unmarshal(d.Schema, &schema); err != nil || len(schema.Properties) == 0 {
		if len(d.Schema) > 0 && (d.Path != "" || err != nil) {
			_, err = fmt.Fprintf(w, "\nSchema of %s:\n%s\n", printable(d.Path), indented(d.Schema))
		} else if len(d.Schema) > 0 {
			_, err = fmt.Fprint(w, "\nIt takes no arguments.\n")
		}
		return err
	}
	names, err := keysInOrder(d.Schema, "properties")
	if err != nil {
		return err
	}
	rows := make([][]string, 0, len(names))
	for _, name := range names {
		var argument argumentSchema
		if err := json.Unmarshal(schema.Properties[name], &argument); err != nil {
			return fmt.Errorf("read the schema of %s: %w", name, err)
		}
		required := "no"
		if slices.Contains(schema.Required, name) {
			required = "yes"
		}
		rows = append(rows, []string{name, argument.kind(), required, orDash(argument.words())})
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return table(w, []string{"ARGUMENT", "TYPE", "REQUIRED", "WHAT IT IS"}, rows)
}

func (s argumentSchema) kind() string {
	kind := strings.Join(s.Type, " or ")
	if s.Items != nil && len(s.Items.Type) > 0 {
		kind += " of " + strings.Join(s.Items.Type, " or ")
	}
	return orDash(kind)
}

// words are the description and, where there are few, the values.
func (s argumentSchema) words() string {
	words := s.Description
	if len(s.Enum) > 0 && len(s.Enum) <= 12 {
		values := make([]string, len(s.Enum))
		for i, value := range s.Enum {
			values[i] = fmt.Sprint(value)
		}
		words = strings.TrimSpace(words + " One of " + strings.Join(values, ", ") + ".")
	}
	return words
}

// keysInOrder are the keys of an object that is a member of object, as they are
// written.
func keysInOrder(object json.RawMessage, member string) ([]string, error) {
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(object, &outer); err != nil {
		return nil, fmt.Errorf("read a schema: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(outer[member]))
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("read a schema: %w", err)
	}
	var keys []string
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("read a schema: %w", err)
		}
		key, _ := token.(string)
		keys = append(keys, key)
		var skipped json.RawMessage
		if err := decoder.Decode(&skipped); err != nil {
			return nil, fmt.Errorf("read a schema: %w", err)
		}
	}
	return keys, nil
}

// indented is JSON for people. Strings in it are escaped, so nothing moves the cursor.
func indented(raw json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return string(raw)
	}
	return b.String()
}
