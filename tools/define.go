package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// define makes a tool whose arguments are our own: their schema is reflected
// from In.
func define[In any](tool Tool, run func(context.Context, *Set, In) (any, error)) (definition, error) {
	schema, err := schemas.Reflect[In]()
	if err != nil {
		return definition{Tool: tool}, err
	}
	tool.InputSchema = schema.JSON()
	return definition{
		Tool:  tool,
		check: listTold(checkWith(schema)),
		run: func(ctx context.Context, s *Set, args map[string]any) (any, error) {
			in, err := decode[In](args)
			if err != nil {
				return nil, err
			}
			return run(ctx, s, in)
		},
	}, nil
}

// withOutput states the shape of a result. It requires no key: an answer such
// as connect_required lacks them, and clients reject what does not match.
func withOutput[Out any](tool Tool) (Tool, error) {
	schema, err := schemas.Reflect[Out]()
	if err != nil {
		return tool, err
	}
	tool.OutputSchema = schema.JSON()
	return tool, nil
}

func checkWith(schema *schemas.Schema) func(map[string]any) (map[string]any, error) {
	return func(args map[string]any) (map[string]any, error) {
		checked, err := schema.Check(args)
		if err != nil {
			return nil, err
		}
		return checked.Args, nil
	}
}

// listTold says of arguments that are a list how they are written: actions whose body is
// one lead to that.
func listTold(check func(map[string]any) (map[string]any, error)) func(map[string]any) (map[string]any, error) {
	return func(args map[string]any) (map[string]any, error) {
		checked, err := check(args)
		actionID, _ := args["action_id"].(string)
		given := args["arguments"]
		if text, ok := given.(string); ok && strings.HasPrefix(strings.TrimSpace(text), "[") {
			given = []any{}
		}
		if _, list := given.([]any); err == nil || !list || actionID == "" || clean(actionID, maxNext) != actionID {
			return checked, err
		}
		answer := unfit(actionID, err)
		answer.Hint = `A body that is a list is written {"body":[...]}. ` + answer.Hint
		return nil, answer
	}
}

// decode fills a struct from checked arguments.
func decode[In any](args map[string]any) (In, error) {
	var in In
	text, err := json.Marshal(args)
	if err != nil {
		return in, fmt.Errorf("encode checked arguments: %w", err)
	}
	if err := unmarshal(text, &in); err != nil {
		return in, fmt.Errorf("decode checked arguments: %w", err)
	}
	return in, nil
}

// unmarshal decodes and keeps numbers as they are written: ids above 2^53 would
// become others in a float64.
func unmarshal(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}
