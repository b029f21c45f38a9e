//go:build conformance

package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// object is a JSON Schema for a form: its properties as JSON.
func object(properties string, required ...string) map[string]any {
	var fields map[string]any
	if err := json.Unmarshal([]byte(properties), &fields); err != nil {
		panic(err) // written in this file
	}
	schema := map[string]any{"type": "object", "properties": fields}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// asks is a handler that puts one form to the person and answers with prefix and
// what came back. message is shown unless the call brings one.
func asks(s *mcpserver.MCPServer, prefix, message string, form map[string]any) mcpserver.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		result, err := s.RequestElicitation(ctx, mcp.ElicitationRequest{
			Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)},
			Params:  mcp.ElicitationParams{Message: request.GetString("message", message), RequestedSchema: form},
		})
		if err != nil {
			return mcp.NewToolResultError("the client cannot ask the person"), nil
		}
		content, err := json.Marshal(result.Content)
		if err != nil {
			return nil, err
		}
		return mcp.NewToolResultText(fmt.Sprintf("%s: action=%s, content=%s", prefix, result.Action, content)), nil
	}
}

func addAsking(s *mcpserver.MCPServer) {
	s.AddTool(mcp.NewTool("test_sampling", mcp.WithDescription("Asks the client's model."),
		mcp.WithString("prompt", mcp.Required(), mcp.Description("What to ask."))),
		func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			result, err := s.RequestSampling(ctx, mcp.CreateMessageRequest{ //nolint:staticcheck // the older revisions have it
				Request:             mcp.Request{Method: string(mcp.MethodSamplingCreateMessage)},
				CreateMessageParams: question(request.GetString("prompt", ""), 100),
			})
			if err != nil {
				return mcp.NewToolResultError("the client cannot sample"), nil
			}
			return mcp.NewToolResultText("LLM response: " + mcp.GetTextFromContent(result.Content)), nil
		})
	s.AddTool(mcp.NewTool("test_elicitation", mcp.WithDescription("Asks the person."),
		mcp.WithString("message", mcp.Required(), mcp.Description("What to ask."))),
		asks(s, "User response", "", object(`{
			"username": {"type": "string", "description": "User's response"},
			"email": {"type": "string", "description": "User's email address"}}`, "username", "email")))
	s.AddTool(mcp.NewTool("test_elicitation_sep1034_defaults", mcp.WithDescription("Asks with defaults of every primitive type.")),
		asks(s, "Elicitation completed", "Check these", object(`{
			"name": {"type": "string", "default": "John Doe"},
			"age": {"type": "integer", "default": 30},
			"score": {"type": "number", "default": 95.5},
			"status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
			"verified": {"type": "boolean", "default": true}}`)))
	s.AddTool(mcp.NewTool("test_elicitation_sep1330_enums", mcp.WithDescription("Asks with every kind of choice.")),
		asks(s, "Elicitation completed", "Choose", object(`{
			"untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
			"titledSingle": {"type": "string", "oneOf": [
				{"const": "value1", "title": "First Option"}, {"const": "value2", "title": "Second Option"}, {"const": "value3", "title": "Third Option"}]},
			"legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"]},
			"untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
			"titledMulti": {"type": "array", "items": {"anyOf": [
				{"const": "value1", "title": "First Choice"}, {"const": "value2", "title": "Second Choice"}, {"const": "value3", "title": "Third Choice"}]}}}`)))
}

func question(text string, tokens int) mcp.CreateMessageParams {
	return mcp.CreateMessageParams{
		Messages:  []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(text)}},
		MaxTokens: tokens,
	}
}
