package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// grace is how long a call that ran into its deadline may take to say itself
// what became of it, which is worth more to the model than a bare timeout.
const grace = time.Second

// register turns a tool into the library's form. Schemas that the library could
// dereference or misread are refused at start.
func register(tool tools.Tool) (mcp.Tool, error) {
	for _, schema := range []json.RawMessage{tool.InputSchema, tool.OutputSchema} {
		if schema == nil {
			continue
		}
		if err := checkSchema(schema); err != nil {
			return mcp.Tool{}, fmt.Errorf("server: schema of tool %q: %w", tool.Name, err)
		}
	}
	if tool.Name == "" || tool.InputSchema == nil {
		return mcp.Tool{}, fmt.Errorf("server: tool %q needs a name and an input schema", tool.Name)
	}
	registered := mcp.NewToolWithRawSchema(tool.Name, tool.Description, tool.InputSchema)
	registered.Title = tool.Title
	registered.RawOutputSchema = tool.OutputSchema
	registered.Annotations = mcp.ToolAnnotation{
		Title:           tool.Title,
		ReadOnlyHint:    &tool.Hints.ReadOnly,
		DestructiveHint: &tool.Hints.Destructive,
		IdempotentHint:  &tool.Hints.Idempotent,
		OpenWorldHint:   &tool.Hints.OpenWorld,
	}
	return registered, nil
}

func checkSchema(schema json.RawMessage) error {
	var root map[string]any
	if err := json.Unmarshal(schema, &root); err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	if root["type"] != "object" {
		return errors.New(`its type must be "object"`)
	}
	if bytes.Contains(schema, []byte(`"$ref"`)) {
		return errors.New("$ref is not allowed: clients do not resolve it and validators may fetch it")
	}
	return nil
}

// call runs one tool for the library.
func (s *Server) call(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	name := request.Params.Name
	ctx, cancel := context.WithTimeout(ctx, s.limits.Call)
	defer cancel()
	defer context.AfterFunc(s.hurrying, cancel)()
	began := time.Now()
	told := s.tellProgress(ctx, request)
	result, err := s.converse(ctx, request)
	told()
	if s.log.Enabled(ctx, slog.LevelDebug) {
		s.log.DebugContext(ctx, "tool call", "name", name, "failed", err != nil || result.IsError, "duration", time.Since(began))
	}
	return result, err
}

// answer is what the tool says, or what there is to say about it when its time
// is over.
func (s *Server) answer(ctx context.Context, name string, arguments json.RawMessage) tools.Answer {
	answered := make(chan tools.Answer, 1)
	s.calls.Add(1)
	s.crew.run(func() {
		defer s.calls.Done()
		defer func() {
			if cause := recover(); cause != nil {
				answered <- s.failure(s.crashed(ctx, "tool", name, cause))
			}
		}()
		answered <- s.tools.Call(ctx, name, arguments)
	})
	select {
	case answer := <-answered:
		return answer
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case answer := <-answered:
		return answer
	case <-late.C:
		return s.failure(s.overdue(ctx, name))
	}
}

// overdue is the answer to a call that did not end with its context.
func (s *Server) overdue(ctx context.Context, name string) *tools.Error {
	failed := &tools.Error{
		Code:    tools.CodeUpstreamUnavailable,
		Message: fmt.Sprintf("%s did not finish within %v.", name, s.limits.Call),
		Hint:    "Try again, with a narrower question if there is one.",
	}
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		failed.Message = name + " was ended before it had finished."
	}
	if !s.hints[name].ReadOnly {
		failed.Code = tools.CodeOutcomeUnknown
		failed.Outcome = "unknown"
		failed.Hint = "It may still take effect. Look whether it did before you call it again."
	}
	return failed
}

// crashed records a panic and returns what the client may know of it. The value
// of a panic can hold anything, so only the runtime's own words are logged.
func (s *Server) crashed(ctx context.Context, what, name string, cause any) *tools.Error {
	id := randomText()
	kind := fmt.Sprintf("%T", cause)
	if known, ok := cause.(runtime.Error); ok {
		kind = known.Error()
	}
	s.log.ErrorContext(ctx, "recovered from a panic", "error_id", id, "in", what, "name", name, "cause", kind, "stack", string(debug.Stack()))
	return &tools.Error{
		Code:    tools.CodeInternal,
		Message: "Something went wrong inside the server (error " + id + ").",
		Hint:    "Try again; if it stays, give the error's number to whoever runs the server.",
	}
}

func (s *Server) failure(failed *tools.Error) tools.Answer {
	data, err := json.Marshal(failed)
	if err != nil {
		data = []byte(`{"code":"internal","message":"Something went wrong inside the server.","hint":"Try again."}`)
	}
	return tools.Answer{JSON: data, IsError: true}
}

// result is the library's form of an answer: structured content and the same
// JSON as text, or for a failure the text alone.
func (s *Server) result(ctx context.Context, name string, answer tools.Answer) *mcp.CallToolResult {
	var compact bytes.Buffer
	compact.Grow(len(answer.JSON))
	if err := json.Compact(&compact, answer.JSON); err != nil || compact.Bytes()[0] != '{' {
		id := randomText()
		s.log.ErrorContext(ctx, "a tool's answer is not a JSON object", "error_id", id, "name", name)
		answer = s.failure(&tools.Error{
			Code: tools.CodeInternal, Message: "The answer could not be read (error " + id + ").",
			Hint: "Give the error's number to whoever runs the server.",
		})
		compact.Reset()
		compact.Write(answer.JSON)
	}
	result := &mcp.CallToolResult{
		Content: []mcp.Content{objectText{mcp.TextContent{Type: mcp.ContentTypeText, Text: compact.String()}}},
		IsError: answer.IsError,
	}
	if !answer.IsError {
		result.RawStructuredContent = compact.Bytes()
	}
	return result
}

// guardHandler is the outermost middleware: whatever a handler fails with, the
// library would send it to the client word for word.
func (s *Server) guardHandler(next mcpserver.ToolHandlerFunc) mcpserver.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
		defer func() {
			if cause := recover(); cause != nil {
				result, err = s.result(ctx, request.Params.Name, s.failure(s.crashed(ctx, "handler", request.Params.Name, cause))), nil
			}
		}()
		result, err = next(ctx, request)
		var fault *malformed
		if errors.As(err, &fault) { // written here, for clients
			return nil, fault
		}
		if err != nil {
			id := randomText()
			s.log.ErrorContext(ctx, "a handler failed", "error_id", id, "name", request.Params.Name, "cause", fmt.Sprintf("%T", err))
			return s.result(ctx, request.Params.Name, s.failure(&tools.Error{
				Code: tools.CodeInternal, Message: "Something went wrong inside the server (error " + id + ").",
				Hint: "Try again; if it stays, give the error's number to whoever runs the server.",
			})), nil
		}
		return result, nil
	}
}
