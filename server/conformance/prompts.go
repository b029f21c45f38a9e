//go:build conformance

package main

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

func user(content mcp.Content) mcp.PromptMessage {
	return mcp.PromptMessage{Role: mcp.RoleUser, Content: content}
}

// says is a prompt of one sentence.
func says(text string) mcpserver.PromptHandlerFunc {
	return func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{user(mcp.NewTextContent(text))}}, nil
	}
}

func argument(name string) mcp.PromptOption {
	return mcp.WithArgument(name, mcp.RequiredArgument(), mcp.ArgumentDescription("Goes into the prompt."))
}

func addPrompts(s *mcpserver.MCPServer) {
	s.AddPrompt(mcp.NewPrompt("test_simple_prompt", mcp.WithPromptDescription("One sentence.")), says("This is a simple prompt for testing."))
	s.AddPrompt(mcp.NewPrompt("test_prompt_with_arguments", mcp.WithPromptDescription("Repeats its arguments."), argument("arg1"), argument("arg2")),
		func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			given := request.Params.Arguments
			return says(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", given["arg1"], given["arg2"]))(ctx, request)
		})
	s.AddPrompt(mcp.NewPrompt("test_prompt_with_embedded_resource", mcp.WithPromptDescription("Holds a resource."), argument("resourceUri")),
		func(_ context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{
				user(embedded(request.Params.Arguments["resourceUri"], "text/plain", "Embedded resource content for testing.")),
				user(mcp.NewTextContent("Please process the embedded resource above.")),
			}}, nil
		})
	s.AddPrompt(mcp.NewPrompt("test_prompt_with_image", mcp.WithPromptDescription("Holds an image.")),
		func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{
				user(mcp.NewImageContent(pixel, "image/png")), user(mcp.NewTextContent("Please analyze the image above.")),
			}}, nil
		})
	s.AddPrompt(mcp.NewPrompt("test_input_required_result_prompt", mcp.WithPromptDescription("Asks for more input before it answers.")),
		func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			if text := field(request.Params.InputResponses, "user_context", "context"); text != "" {
				return says("Context: "+text)(ctx, request)
			}
			return mcpserver.NewInputRequestBuilder("").
				Elicit("user_context", form("What context should the prompt use?", `{"context":{"type":"string"}}`, "context")).PromptResult(), nil
		})
}
