package server

import (
	"bytes"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"
)

// objectText marks the content of a result that [Server.result] made: its text is
// one compact JSON object, and so is the structured content beside it, if any.
type objectText struct{ mcp.TextContent }

// encode is the frame of an answer, as [json.Marshal] writes it. That encodes the
// result of a tool by itself, and then checks and copies it once for every level
// around it; here it is put together at once.
func encode(answer mcp.JSONRPCMessage) ([]byte, error) {
	response, _ := answer.(mcp.JSONRPCResponse)
	result, ok := response.Result.(*mcp.CallToolResult)
	if !ok || result == nil || len(result.Content) != 1 || result.Meta != nil || result.ResultType != "" {
		return json.Marshal(answer)
	}
	content, ok := result.Content[0].(objectText)
	if !ok {
		return json.Marshal(answer)
	}
	id, err := json.Marshal(response.ID)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(content.Text)
	if err != nil {
		return nil, err
	}
	var frame bytes.Buffer
	frame.Grow(len(id) + len(text) + len(result.RawStructuredContent) + 128)
	frame.WriteString(`{"jsonrpc":"2.0","id":`)
	frame.Write(id)
	frame.WriteString(`,"result":{"content":[{"type":"text","text":`)
	frame.Write(text)
	frame.WriteString(`}]`)
	if result.IsError {
		frame.WriteString(`,"isError":true`)
	}
	if len(result.RawStructuredContent) > 0 {
		frame.WriteString(`,"structuredContent":`)
		json.HTMLEscape(&frame, result.RawStructuredContent)
	}
	frame.WriteString(`}}`)
	return frame.Bytes(), nil
}
