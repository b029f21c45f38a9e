//go:build conformance

package main

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// pause lies between notifications, as the suite asks for.
const pause = 50 * time.Millisecond

func rest(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

func addNotifying(s *mcpserver.MCPServer) {
	s.AddTool(mcp.NewTool("test_tool_with_logging", mcp.WithDescription("Logs to the client while it runs.")),
		func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			for _, text := range []string{"Tool execution started", "Tool processing data", "Tool execution completed"} {
				err := s.SendNotificationToClient(ctx, "notifications/message", map[string]any{"level": "info", "logger": "fixture", "data": text})
				if err != nil {
					return nil, err
				}
				if text != "Tool execution completed" {
					rest(ctx)
				}
			}
			return mcp.NewToolResultText("logged three times"), nil
		})
	s.AddTool(mcp.NewTool("test_tool_with_progress", mcp.WithDescription("Reports progress while it runs.")),
		func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			for _, done := range []int{0, 50, 100} {
				if meta := request.Params.Meta; meta != nil && meta.ProgressToken != nil {
					err := s.SendNotificationToClient(ctx, "notifications/progress",
						map[string]any{"progressToken": meta.ProgressToken, "progress": done, "total": 100})
					if err != nil {
						return nil, err
					}
				}
				if done < 100 {
					rest(ctx)
				}
			}
			return mcp.NewToolResultText("done"), nil
		})
	s.AddTool(mcp.NewTool("test_logging_tool", mcp.WithDescription("Logs to clients that asked for it.")),
		func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			err := s.SendLogMessageToClient(ctx, mcp.NewLoggingMessageNotification(mcp.LoggingLevelInfo, "fixture", "running"))
			if err != nil {
				return nil, err
			}
			return mcp.NewToolResultText("logged, if asked for"), nil
		})
	s.AddTool(mcp.NewTool("test_trigger_tool_change", mcp.WithDescription("Changes the list of tools.")),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			s.AddTool(mcp.NewTool("test_added_tool", mcp.WithDescription("Comes and goes.")), always(mcp.NewTextContent("here")))
			s.DeleteTools("test_added_tool")
			return mcp.NewToolResultText("changed"), nil
		})
	s.AddTool(mcp.NewTool("test_trigger_prompt_change", mcp.WithDescription("Changes the list of prompts.")),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			s.AddPrompt(mcp.NewPrompt("test_added_prompt", mcp.WithPromptDescription("Comes and goes.")), says("here"))
			s.DeletePrompts("test_added_prompt")
			return mcp.NewToolResultText("changed"), nil
		})
}
