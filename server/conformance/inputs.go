//go:build conformance

package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/server"
)

// seal and unseal protect what a client carries between two rounds.
func seal(state string) string {
	mac := hmac.New(sha256.New, []byte("fixture"))
	_, _ = mac.Write([]byte(state))
	return state + "." + hex.EncodeToString(mac.Sum(nil))
}

func unseal(sealed string) (string, error) {
	state, _, _ := strings.Cut(sealed, ".")
	if !hmac.Equal([]byte(seal(state)), []byte(sealed)) {
		return "", server.Fault("requestState was changed on its way")
	}
	return state, nil
}

func form(message, properties string, required ...string) mcp.ElicitationParams {
	return mcp.ElicitationParams{Message: message, RequestedSchema: object(properties, required...)}
}

func askName() mcp.ElicitationParams {
	return form("What is your name?", `{"name":{"type":"string"}}`, "name")
}

// field is the text that the person entered, "" where there is none.
func field(responses mcp.InputResponses, id, name string) string {
	answered := mcpserver.ElicitationResponse(responses, id)
	if answered == nil || answered.Action != mcp.ElicitationResponseActionAccept {
		return ""
	}
	content, _ := answered.Content.(map[string]any)
	text, _ := content[name].(string)
	return text
}

func addInputs(s *mcpserver.MCPServer) {
	add := func(name string, handler func(context.Context, mcp.CallToolParams) (*mcp.CallToolResult, error)) {
		s.AddTool(mcp.NewTool(name, mcp.WithDescription("Asks for more input before it answers.")),
			func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				return handler(ctx, request.Params)
			})
	}
	add("test_input_required_result_elicitation", greet)
	add("test_streaming_elicitation", greet)
	add("test_input_required_result_sampling", func(_ context.Context, p mcp.CallToolParams) (*mcp.CallToolResult, error) {
		if answer := mcpserver.SamplingResponse(p.InputResponses, "capital_question"); answer != nil {
			return mcp.NewToolResultText("The model says: " + mcp.GetTextFromContent(answer.Content)), nil
		}
		return mcpserver.NewInputRequestBuilder("").Sample("capital_question", question("What is the capital of France?", 100)).ToolResult(), nil
	})
	add("test_input_required_result_list_roots", func(_ context.Context, p mcp.CallToolParams) (*mcp.CallToolResult, error) {
		if answer := mcpserver.RootsResponse(p.InputResponses, "client_roots"); answer != nil {
			var roots []string
			for _, root := range answer.Roots {
				roots = append(roots, root.URI)
			}
			return mcp.NewToolResultText("Roots: " + strings.Join(roots, ", ")), nil
		}
		return mcpserver.NewInputRequestBuilder("").Roots("client_roots").ToolResult(), nil
	})
	add("test_input_required_result_request_state", confirm)
	add("test_input_required_result_tampered_state", confirm)
	add("test_input_required_result_multiple_inputs", func(_ context.Context, p mcp.CallToolParams) (*mcp.CallToolResult, error) {
		name := field(p.InputResponses, "user_name", "name")
		greeting := mcpserver.SamplingResponse(p.InputResponses, "greeting")
		roots := mcpserver.RootsResponse(p.InputResponses, "client_roots")
		if name != "" && greeting != nil && roots != nil {
			if _, err := unseal(p.RequestState); err != nil {
				return nil, err
			}
			return mcp.NewToolResultText(mcp.GetTextFromContent(greeting.Content) + ", " + name), nil
		}
		return mcpserver.NewInputRequestBuilder(seal("multiple")).
			Elicit("user_name", askName()).Sample("greeting", question("Generate a greeting", 50)).Roots("client_roots").ToolResult(), nil
	})
	add("test_input_required_result_multi_round", rounds)
	add("test_input_required_result_capabilities", func(ctx context.Context, _ mcp.CallToolParams) (*mcp.CallToolResult, error) {
		wanted := mcpserver.NewInputRequestBuilder("")
		if info := mcpserver.RequestProtocolInfoFromContext(ctx); info != nil && info.ClientCapabilities != nil {
			if info.ClientCapabilities.Sampling != nil {
				wanted.Sample("capital_question", question("What is the capital of France?", 100))
			}
			if info.ClientCapabilities.Elicitation != nil {
				wanted.Elicit("user_name", askName())
			}
		}
		return wanted.ToolResult(), nil
	})
}

func greet(_ context.Context, p mcp.CallToolParams) (*mcp.CallToolResult, error) {
	if name := field(p.InputResponses, "user_name", "name"); name != "" {
		return mcp.NewToolResultText("Hello, " + name + "!"), nil
	}
	return mcpserver.NewInputRequestBuilder("").Elicit("user_name", askName()).ToolResult(), nil
}

func confirm(_ context.Context, p mcp.CallToolParams) (*mcp.CallToolResult, error) {
	if len(p.InputResponses) == 0 {
		return mcpserver.NewInputRequestBuilder(seal("confirm")).
			Elicit("confirm", form("Please confirm", `{"ok":{"type":"boolean"}}`, "ok")).ToolResult(), nil
	}
	if _, err := unseal(p.RequestState); err != nil {
		return nil, err
	}
	return mcp.NewToolResultText("state-ok"), nil
}

func rounds(_ context.Context, p mcp.CallToolParams) (*mcp.CallToolResult, error) {
	state := ""
	if p.RequestState != "" {
		var err error
		if state, err = unseal(p.RequestState); err != nil {
			return nil, err
		}
	}
	switch {
	case state == "step2" && field(p.InputResponses, "step2", "color") != "":
		return mcp.NewToolResultText("Your favorite color is " + field(p.InputResponses, "step2", "color")), nil
	case state == "step1" && field(p.InputResponses, "step1", "name") != "":
		return mcpserver.NewInputRequestBuilder(seal("step2")).
			Elicit("step2", form("Step 2: What is your favorite color?", `{"color":{"type":"string"}}`, "color")).ToolResult(), nil
	default:
		return mcpserver.NewInputRequestBuilder(seal("step1")).
			Elicit("step1", form("Step 1: What is your name?", `{"name":{"type":"string"}}`, "name")).ToolResult(), nil
	}
}
