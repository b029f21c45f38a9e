package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// resolver turns an id of the account's own into the shape of some arguments, by
// reading the object live.
type resolver struct {
	connectorID string
	// keys are the ids that it understands, the first of them the usual one.
	keys []string
	// applies says whether an action has arguments that depend on them.
	applies func(d *description) bool
	resolve func(ctx context.Context, s *Set, d *description, ids map[string]string) (*special, error)
}

// connectionKey in a context chooses the account.
const connectionKey = "connection_id"

func resolvers() []resolver {
	return []resolver{notionColumns(), hubspotProperties(), jiraFields(), jiraTransitions(), slackChannels()}
}

// specialise reads what context names and keeps what that makes of the arguments.
// Ids that nothing is known to do with change nothing, and that is said.
func (s *Set) specialise(ctx context.Context, d *description, given map[string]any) error {
	chosen, err := idsOf(given, []string{connectionKey})
	if err != nil {
		return err
	}
	d.connectionID = chosen[connectionKey]
	understood := append(contextKeys(d), connectionKey)
	for _, r := range resolvers() {
		if r.connectorID != d.connector() || !r.applies(d) {
			continue
		}
		ids, err := idsOf(given, r.keys)
		if err != nil {
			return err
		}
		if len(ids) == 0 || d.special != nil {
			continue
		}
		if d.special, err = r.resolve(ctx, s, d, ids); err != nil {
			return d.unresolved(err)
		}
	}
	for _, key := range sortedKeys(given) {
		if !slices.Contains(understood, key) {
			d.notes = append(d.notes, understands(clean(key, 40), understood))
			break
		}
	}
	return nil
}

// contextKeys are what [Set.specialise] understands for an action.
func contextKeys(d *description) []string {
	var keys []string
	for _, r := range resolvers() {
		if r.connectorID == d.connector() && r.applies(d) {
			keys = append(keys, r.keys...)
		}
	}
	return keys
}

func understands(key string, keys []string) string {
	if len(keys) <= 1 {
		return "context was not used: no argument of this action is known to depend on an object of the account."
	}
	return fmt.Sprintf("context.%s is not understood here; understood are %s.", key, strings.Join(keys, ", "))
}

// unresolved says that it is the context that could not be read.
func (d *description) unresolved(err error) error {
	var answer *Error
	var halt *stop
	if errors.As(err, &halt) {
		return err
	}
	var many *accounts.SeveralError
	if errors.As(err, &many) {
		halt = several(many)
		halt.Hint = "Ask the person which one is meant and call again with its connection_id in context."
		return halt
	}
	answer = describe(err)
	if answer.Code == CodeInternal {
		return err
	}
	told := *answer
	told.Message = "The object that context names could not be read. " + told.Message
	told.Hint = sentences([]string{told.Hint, "Without context the action is described in general."})
	if told.Next == nil {
		told.Next = next("describe_action", "action_id", d.id)
	}
	return &told
}

// idsOf takes the ids that are understood out of a context.
func idsOf(given map[string]any, keys []string) (map[string]string, error) {
	ids := map[string]string{}
	for _, key := range keys {
		value, has := given[key]
		if !has {
			continue
		}
		switch v := value.(type) {
		case string:
			ids[key] = strings.TrimSpace(v)
		case json.Number:
			ids[key] = v.String()
		}
		if ids[key] == "" || len(ids[key]) > 200 {
			return nil, &Error{
				Code: CodeInvalidArguments, Message: fmt.Sprintf("context.%s must be an id: text that is neither empty nor longer than 200 characters.", key),
				Hint: "Pass the id as the app gives it.",
			}
		}
	}
	return ids, nil
}

// lookUp runs a read of the same connector for its answer. The first of the
// actions that the connector has is run.
func (s *Set) lookUp(ctx context.Context, d *description, args map[string]any, actionIDs ...string) (map[string]any, error) {
	connectorID := d.connector()
	actionID, err := s.firstOf(ctx, connectorID, actionIDs)
	if err != nil {
		return nil, err
	}
	action, schema, err := s.action(ctx, connectorID+"."+actionID)
	if err != nil {
		return nil, err
	}
	if effect := catalog.EffectOf(action); effect != catalog.Read {
		return nil, fmt.Errorf("%s.%s is no read", connectorID, actionID)
	}
	checked, err := schema.Schema().Check(args)
	if err != nil {
		return nil, err
	}
	parts, err := schema.Split(checked.Args)
	if err != nil {
		return nil, err
	}
	result, _, err := s.execute(ctx, run{
		connectorID: connectorID, actionID: actionID, connectionID: d.connectionID, effect: alloy.EffectRead,
		pathParams: parts.PathParams, query: parts.QueryParameters, body: parts.RequestBody,
		headers: withDefaults(parts.AdditionalHeaders, providerHeaders(connectorID, schema)),
	})
	if err != nil {
		return nil, err
	}
	var data map[string]any
	if err := unmarshal(result.Data, &data); err != nil {
		return nil, &Error{
			Code: CodeUpstreamError, Message: fmt.Sprintf("%s.%s answered with something that is no object.", connectorID, actionID), Hint: "Describe the action without context.",
		}
	}
	return data, nil
}

func (s *Set) firstOf(ctx context.Context, connectorID string, actionIDs []string) (string, error) {
	if len(actionIDs) == 1 {
		return actionIDs[0], nil
	}
	resources, err := s.config.Catalog.Resources(ctx, connectorID)
	if err != nil {
		return "", err
	}
	for _, id := range actionIDs {
		for _, r := range resources {
			if slices.ContainsFunc(r.Actions, func(a alloy.ActionSummary) bool { return a.ID == id }) {
				return id, nil
			}
		}
	}
	return "", &Error{
		Code: CodeUnknownAction, Message: fmt.Sprintf("%s has no action that reads this (looked for %s).", connectorID, strings.Join(actionIDs, ", ")),
		Hint: "Describe the action without context.",
	}
}

// special is what a live read has made of some arguments. A nil one changes
// nothing.
type special struct {
	object    string // what was read, for people
	arguments []known
	// examples replace arguments of the example, each where it stays valid; of
	// several for one argument the first that does.
	examples []map[string]any
}

// known is an argument whose form the account decides.
type known struct {
	name   string
	words  string
	fields []knownField // keys of an object, the most useful first
	// fixed is any other form, in about so many bytes.
	fixed func(bytes int) map[string]any
}

// knownField is one key, spelled out and in words.
type knownField struct {
	name  string
	full  map[string]any
	brief map[string]any
}

const (
	maxOptions = 30 // values of a choice that are spelled out
	// maxOwnExample bounds an example with values of the object's own, in bytes.
	maxOwnExample = 800
	maxFieldName  = 100 // longer ones are called by their id
)

func (p *special) words() string {
	if p == nil {
		return ""
	}
	return p.object
}

// render makes schemas of at most so many bytes in all.
func (p *special) render(bytes int) map[string]json.RawMessage {
	if p == nil {
		return nil
	}
	out := make(map[string]json.RawMessage, len(p.arguments))
	for i, k := range p.arguments {
		share := bytes / (len(p.arguments) - i)
		shown, _ := k.show(0, share)
		out[k.name] = shown.Schema
		bytes -= len(shown.Schema)
	}
	return out
}

// part shows one argument by itself; false where the path is none of these.
func (p *special) part(path string, bytes int) (schemas.Shown, bool, error) {
	if p == nil {
		return schemas.Shown{}, false, nil
	}
	name, offset, listed := strings.Cut(path, "*")
	for _, k := range p.arguments {
		if k.name != name {
			continue
		}
		from := 0
		if listed {
			if _, err := fmt.Sscanf(offset, "%d", &from); err != nil || from < 0 {
				return schemas.Shown{}, true, errors.New("behind * stands how many to leave out, as in properties*40")
			}
		}
		shown, ok := k.show(from, bytes)
		if !ok {
			return schemas.Shown{}, true, fmt.Errorf("%s has only %d fields", name, len(k.fields))
		}
		return shown, true, nil
	}
	return schemas.Shown{}, false, nil
}

// show lays an argument out: all fields spelled out, or in words, or as many as
// fit from the one at from.
func (k known) show(from, bytes int) (schemas.Shown, bool) {
	if k.fixed != nil {
		text, err := marshal(k.fixed(bytes))
		return schemas.Shown{Schema: text}, err == nil && from == 0
	}
	if from > len(k.fields) || from > 0 && from == len(k.fields) {
		return schemas.Shown{}, false
	}
	if from == 0 {
		for _, full := range []bool{true, false} {
			if text := k.object(k.words, k.fields, full); len(text) <= bytes {
				return schemas.Shown{Schema: text}, true
			}
		}
	}
	end := from
	left := bytes - len(k.words) - 160
	for end < len(k.fields) {
		f := k.fields[end]
		if left -= encodedSize(f.name) + encodedSize(f.brief) + 2; left < 0 && end > from {
			break
		}
		end++
	}
	shown := schemas.Shown{Total: len(k.fields)}
	words := k.words + fmt.Sprintf(" Fields %d to %d of %d.", from+1, end, len(k.fields))
	if end < len(k.fields) {
		shown.Next = fmt.Sprintf("%s*%d", k.name, end)
		words += " With the same context, path " + shown.Next + " lists on."
	}
	shown.Schema = k.object(words, k.fields[from:end], false)
	return shown, true
}

// object writes the fields in their order.
func (k known) object(words string, fields []knownField, full bool) json.RawMessage {
	var b strings.Builder
	put := func(v any) {
		text, err := marshal(v)
		if err != nil {
			text = []byte(`""`)
		}
		b.Write(text)
	}
	b.WriteString(`{"type":"object","description":`)
	put(words)
	b.WriteString(`,"properties":{`)
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		put(f.name)
		b.WriteByte(':')
		if full {
			put(f.full)
		} else {
			put(f.brief)
		}
	}
	b.WriteString("}}")
	return json.RawMessage(b.String())
}

// improve puts the object's own values into an example, each as long as the whole
// stays valid and short.
func (p *special) improve(schema *schemas.ActionSchema, args map[string]any) map[string]any {
	if p == nil {
		return args
	}
	done := map[string]bool{}
	for _, more := range p.examples {
		key := strings.Join(sortedKeys(more), " ")
		if done[key] {
			continue
		}
		better := maps.Clone(args)
		maps.Copy(better, more)
		checked, err := schema.Schema().Check(better)
		if err != nil || encodedSize(better) > maxOwnExample {
			continue
		}
		if _, err := schema.Split(checked.Args); err == nil {
			args, done[key] = better, true
		}
	}
	return args
}

// choice is the schema of a value from a list; what does not fit in it is counted.
func choice(words string, values []string) map[string]any {
	out := map[string]any{"type": "string"}
	switch {
	case len(values) > maxOptions:
		words = sentences([]string{words, fmt.Sprintf("%d values, e.g. %s.", len(values), strings.Join(values[:maxOptions], ", "))})
	case len(values) > 0:
		out["enum"] = values
	}
	if words != "" {
		out["description"] = shortened(words, 1_000)
	}
	return out
}

// counted names values within so many bytes and counts the others.
func counted(values []string, bytes int) string {
	var b strings.Builder
	for i, v := range values {
		if i == maxOptions || b.Len()+len(v)+2 > bytes {
			return b.String() + fmt.Sprintf(" and %d more", len(values)-i)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v)
	}
	return b.String()
}

// textOf is a string of an app's answer, fit to be shown.
func textOf(v any, limit int) string {
	s, _ := v.(string)
	return clean(s, limit)
}

// objectsIn are the objects of a list in an app's answer.
func objectsIn(v any) []map[string]any {
	list, _ := v.([]any)
	var out []map[string]any
	for _, x := range list {
		if o, ok := x.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// keysOf lists the keys that the action's own schema has for an argument.
func (d *description) keysOf(name string) []string {
	part, err := d.schema.Part(name, maxPart)
	if err != nil {
		return nil
	}
	var object struct {
		Properties map[string]any `json:"properties"`
	}
	if json.Unmarshal(part, &object) != nil {
		return nil
	}
	return sortedKeys(object.Properties)
}

// takes says whether an action has an argument of this name.
func (d *description) takes(name string) bool {
	return slices.Contains(d.schema.Schema().Properties(), name)
}
