package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/plain"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

type describeActionIn struct {
	ActionID string         `json:"action_id" jsonschema_description:"E.g. notion.post-page."`
	Path     string         `json:"path,omitempty" jsonschema:"maxLength=400" jsonschema_description:"Argument to show in full."`
	Context  map[string]any `json:"context,omitempty" jsonschema_description:"Ids such as database_id: adds that object's own fields."`
}

type describeActionOut struct {
	ActionID    string          `json:"action_id"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	Effect      string          `json:"effect,omitempty"`
	Signature   string          `json:"signature,omitempty"`
	Path        string          `json:"path,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
	// Deeper are paths of what the schema tells in words only.
	Deeper []string `json:"deeper,omitempty"`
	// Context says whose fields the schema has.
	Context string          `json:"context,omitempty"`
	Example map[string]any  `json:"example,omitzero"`
	Returns json.RawMessage `json:"returns,omitempty"`
	// Validated is false where arguments cannot be checked in full.
	Validated *bool `json:"validated,omitempty"`
	useOf
	Hint string `json:"hint,omitempty"`
	Next *Next  `json:"next,omitempty"`
}

// Sizes of an answer in bytes.
const (
	maxDescribe     = 3_950 // what is promised is below 4,000
	maxPart         = 3_000
	maxExampleShown = 2_000
	maxDeeperShown  = 8 // paths
	maxDeeperBytes  = 500
)

// wholeExample is the path of an example that is too large to be shown beside the
// schema. No argument is called that.
const wholeExample = "*example"

func describeAction() (definition, error) {
	return define(Tool{
		Name:        "describe_action",
		Title:       "Describe an action",
		Description: "Shows one action: arguments (JSON Schema), effect, a valid example, what it returns, the account it would use.",
		Hints:       Hints{ReadOnly: true, Idempotent: true, OpenWorld: true},
	}, runDescribeAction)
}

func runDescribeAction(ctx context.Context, s *Set, in describeActionIn) (any, error) {
	action, schema, err := s.action(ctx, in.ActionID)
	if err != nil {
		return nil, err
	}
	d := &description{id: in.ActionID, action: action, schema: schema, effect: s.effectOf(in.ActionID, action)}
	if err := s.maySee(ctx, d.id, d.effect); err != nil {
		return nil, err
	}
	if len(in.Context) > 0 {
		if err := s.specialise(ctx, d, in.Context); err != nil {
			return nil, err
		}
	} else if keys := contextKeys(d); len(keys) > 0 {
		d.notes = append(d.notes, "context with "+strings.Join(keys, " or ")+" adds the fields of that object.")
	}
	if in.Path != "" {
		return d.part(in.Path)
	}
	return d.whole(s.useOf(ctx, d))
}

// description is what is known of an action before it is made to fit.
type description struct {
	id     string
	action alloy.Action
	schema *schemas.ActionSchema
	effect catalog.Effect
	// special is what a live read has made of some arguments, nil without one.
	special      *special
	connectionID string // as the caller chose it in context
	notes        []string
}

func (d *description) connector() string {
	connectorID, _, _ := strings.Cut(d.id, ".")
	return connectorID
}

// describeLayout is how many bytes the parts of an answer get.
type describeLayout struct {
	schema, special, returns int
	example, prepared        bool // prepared: next has the example's arguments
}

// describeLayouts lists them, the richest first: the schema counts most, an example more
// than the rest.
func describeLayouts() []describeLayout {
	return []describeLayout{
		{2_600, 1_900, 800, true, true},
		{2_400, 1_700, 600, true, true},
		{2_200, 1_600, 400, true, true},
		{2_000, 1_500, 300, true, true},
		{2_000, 1_500, 300, true, false},
		{1_800, 1_300, 200, true, false},
		{1_600, 1_100, 0, true, false},
		{1_250, 900, 0, true, false}, // an example of sixty required arguments names them, too
		{900, 700, 0, true, false},
		{1_800, 1_300, 0, false, false},
		{1_200, 900, 0, false, false},
		{700, 500, 0, false, false},
	}
}

// whole answers everything, in the richest describeLayout that fits.
func (d *description) whole(use useOf) (any, error) {
	example, why := d.example()
	var out describeActionOut
	for _, l := range describeLayouts() {
		var err error
		if out, err = d.laidOut(l, use, example, why); err != nil {
			return nil, err
		}
		if encodedSize(out) <= maxDescribe {
			break
		}
	}
	return out, nil
}

func (d *description) laidOut(l describeLayout, use useOf, example map[string]any, why string) (describeActionOut, error) {
	shown, err := d.schema.ShowWith("", l.schema, d.special.render(l.special))
	if err != nil {
		return describeActionOut{}, fmt.Errorf("show the schema of %s: %w", d.id, err)
	}
	out := describeActionOut{
		ActionID: d.id, Title: plain.Description(d.action.DisplayName, 120), Effect: string(d.effect), Signature: d.schema.Signature(),
		Schema: shown.Schema, Deeper: fewPaths(shown.Deeper), useOf: use, Context: d.special.words(), Returns: schemas.Outline(d.action.SampleSuccessResponse, l.returns),
	}
	if text := plain.Description(d.action.Description, 240); text != out.Title {
		out.Description = text
	}
	var hints []string
	say := func(format string, args ...any) { hints = append(hints, fmt.Sprintf(format, args...)) }
	if len(out.Deeper) > 0 {
		say("path shows what deeper names, e.g. path %s.", out.Deeper[0])
	}
	say("%s", notNamed(len(shown.Deeper)-len(out.Deeper)))
	if shown.Next != "" {
		say("schema lists a part of %d arguments; path %s lists on.", shown.Total, shown.Next)
	}
	if !d.schema.Validated() {
		no := false
		out.Validated = &no
		say("Arguments are checked only in part.")
	}
	next := next("run_"+string(d.effect), "action_id", d.id)
	switch {
	case example == nil:
		say("There is no example: %s.", why)
	case encodedSize(example) > maxExampleShown || !l.example:
		say("The example is long; path %s shows it.", wholeExample)
	default:
		out.Example = example
		if l.prepared {
			next.Arguments["arguments"] = example
		}
	}
	hints = append(hints, use.hint)
	hints = append(hints, d.notes...)
	out.Hint, out.Next = sentences(hints), next
	return out, nil
}

func sentences(sentences []string) string {
	return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), " ")
}

// example is a valid call; why says why there is none.
func (d *description) example() (args map[string]any, why string) {
	args, err := d.schema.Example()
	if err != nil {
		return nil, clean(err.Error(), 200)
	}
	return d.special.improve(d.schema, args), ""
}

// part answers one argument, or something in it, in full.
func (d *description) part(path string) (any, error) {
	out := describeActionOut{ActionID: d.id, Effect: string(d.effect), Signature: d.schema.Signature(), Path: clean(path, 200), Context: d.special.words()}
	out.Next = next("run_"+string(d.effect), "action_id", d.id)
	if path == wholeExample {
		example, why := d.example()
		if example == nil {
			out.Hint = "There is no example: " + why + "."
			return out, nil
		}
		if out.Example = example; encodedSize(out) > maxDescribe {
			out.Example, out.Hint = nil, "The shortest example is longer than an answer may be; the schema tells what is required."
		}
		return out, nil
	}
	for bytes := maxPart; bytes > maxPart/5; bytes -= maxPart / 5 {
		shown, ok, err := d.special.part(path, bytes)
		if !ok && err == nil {
			shown, err = d.schema.Show(path, bytes)
		}
		if err != nil {
			return nil, &Error{
				Code: CodeInvalidArguments, Message: sentence(err.Error()), Hint: "Leave path out to see all arguments.",
				Next: next("describe_action", "action_id", d.id),
			}
		}
		out.Schema, out.Deeper = shown.Schema, fewPaths(shown.Deeper)
		hints := append(slices.Clone(d.notes), notNamed(len(shown.Deeper)-len(out.Deeper)))
		if shown.Next != "" {
			hints = append(hints, fmt.Sprintf("It lists a part of %d; path %s lists on.", shown.Total, shown.Next))
		}
		if out.Hint = sentences(hints); encodedSize(out) <= maxDescribe {
			break
		}
	}
	return out, nil
}

// fewPaths are the first of the paths, as many as there is room for.
func fewPaths(paths []string) []string {
	left := maxDeeperBytes
	for i, path := range paths {
		if left -= len(path) + 3; left < 0 || i == maxDeeperShown {
			return paths[:i]
		}
	}
	return paths
}

func notNamed(paths int) string {
	if paths == 0 {
		return ""
	}
	return fmt.Sprintf("%d more deeper paths are not named: show their parents first.", paths)
}

// encodedSize is how many bytes a value takes in an answer.
func encodedSize(v any) int {
	text, err := marshal(v)
	if err != nil {
		return maxDescribe + 1
	}
	return max(len(text), utf8.RuneCount(text))
}
