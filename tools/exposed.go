package tools

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// What a tool of one action takes beside the action's arguments: as run_read and
// run_write do, but for what says which action it is.
type exposedReadIn struct {
	ConnectionID string   `json:"connection_id,omitempty" jsonschema_description:"Which account, if there are several."`
	Fields       []string `json:"fields,omitempty" jsonschema_description:"Paths of the result to keep, e.g. results[].id."`
	MaxChars     int      `json:"max_chars,omitempty" jsonschema:"minimum=1000,maximum=40000" jsonschema_description:"Of the result; default 16000."`
}

type exposedChangeIn struct {
	ConnectionID   string `json:"connection_id,omitempty" jsonschema_description:"Which account, if there are several."`
	DryRun         bool   `json:"dry_run,omitempty" jsonschema_description:"Only show what would be sent."`
	IdempotencyKey string `json:"idempotency_key,omitempty" jsonschema:"maxLength=255" jsonschema_description:"Calls with the same key run once."`
}

// maxToolBytes bounds name, description and schema of an exposed tool; one client
// cuts what has more than 4,000.
const maxToolBytes = 3_950

// Limits of upstream's words in a tool that every model reads, in bytes.
const (
	maxExposedTitle = 80
	maxExposedWords = 300
	maxExposedID    = 160
)

// exposable is an action that becomes a tool of its own.
type exposable struct {
	id     string // connector.action
	action alloy.Action
	effect catalog.Effect
}

// exposed makes the tool of one action. A call of it is a call of the tool that runs
// actions of this effect: what guards and records that guards and records this.
func (s *Set) exposed(name string, e exposable) (definition, error) {
	runner, ok := s.byName[toolFor(e.effect)]
	if !ok {
		return definition{}, fmt.Errorf("no tool runs actions of the effect %q", e.effect)
	}
	compiled, err := compileAction(e.action)
	if err != nil {
		return definition{}, err
	}
	own, err := schemas.Reflect[exposedChangeIn]()
	if e.effect == catalog.Read {
		own, err = schemas.Reflect[exposedReadIn]()
	}
	if err != nil {
		return definition{}, err
	}
	tool := Tool{Name: name, Title: e.title(), Hints: runner.Hints, ActionID: e.id}
	layout, err := compiled.Tool(own, s.config.Profile, maxToolBytes-len(name)-len(e.describe(true)))
	if err != nil {
		return definition{}, fmt.Errorf("make a tool of %s: %w", e.id, err)
	}
	tool.Description, tool.InputSchema = e.describe(layout.Collapsed), layout.JSON
	for _, shown := range layout.Own {
		tool.Own = append(tool.Own, shown)
	}
	slices.Sort(tool.Own)
	form, err := schemas.ReadForm(layout.Portable)
	if err != nil {
		return definition{}, err
	}
	return definition{
		Tool: tool, form: form,
		check: func(args map[string]any) (map[string]any, error) {
			run, err := runArguments(e.id, layout, args)
			if err != nil {
				return nil, err
			}
			return runner.check(run)
		},
		run: runner.run,
	}, nil
}

// runArguments are the arguments of run_read, run_write or run_destructive that do
// what a call of an exposed tool asks for. That it can be called with the names that
// describe_action shows follows from its names being the same.
func runArguments(actionID string, layout schemas.ToolSchema, args map[string]any) (map[string]any, error) {
	run, arguments := map[string]any{"action_id": actionID}, maps.Clone(args)
	for ours, shown := range layout.Own {
		if v, ok := args[shown]; ok {
			run[ours] = v
			delete(arguments, shown)
		}
	}
	if rest, ok := args[layout.Rest]; ok && layout.Rest != "" {
		more, isObject := rest.(map[string]any)
		if !isObject {
			return nil, &argumentsError{errors.New(layout.Rest + " must be a JSON object of further arguments")}
		}
		delete(arguments, layout.Rest)
		for name, v := range more {
			if _, twice := arguments[name]; twice {
				return nil, &argumentsError{fmt.Errorf("%s is given twice, once in %s", clean(name, 60), layout.Rest)}
			}
			arguments[name] = v
		}
	}
	if len(arguments) > 0 {
		run["arguments"] = arguments
	}
	return run, nil
}

// title and description are our words around upstream's, which are cleaned, short
// and in quotation marks.
func (e exposable) title() string {
	title := quotable(e.action.DisplayName, maxExposedTitle)
	if title == "" {
		title = clean(e.id, maxExposedTitle)
	}
	connectorID, _, _ := strings.Cut(e.id, ".")
	return title + " (" + clean(connectorID, maxExposedTitle/2) + ")"
}

func (e exposable) describe(collapsed bool) string {
	text := fmt.Sprintf("Runs the action %s, whose effect is %s", clean(e.id, maxExposedID), e.effect)
	switch e.effect {
	case catalog.Read:
		text += "."
	case catalog.Write:
		text += ", at most once. If outcome is unknown, check before repeating."
	case catalog.Destructive:
		text += ", at most once. The person may be asked first."
	}
	words := quotable(e.action.Description, maxExposedWords)
	if words == "" {
		words = quotable(e.action.DisplayName, maxExposedTitle)
	}
	if words != "" {
		text += ` Alloy's own words: "` + words + `"`
	}
	if collapsed {
		text += " describe_action shows its arguments in full."
	}
	return text
}

// quotable makes upstream's text fit to stand between quotation marks.
func quotable(text string, limit int) string {
	return strings.ReplaceAll(plain.Description(text, limit), `"`, "'")
}

// inProfile shows a fixed tool in the profile, and notes what its arguments may be
// written like.
func (d *definition) inProfile(p schemas.Profile) (err error) {
	if d.form, err = schemas.ReadForm(d.InputSchema); err != nil {
		return err
	}
	var shown json.RawMessage
	if shown, err = p.Render(d.InputSchema); err == nil {
		d.InputSchema = shown
	}
	return err
}
