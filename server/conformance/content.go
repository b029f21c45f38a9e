//go:build conformance

package main

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// One red pixel as PNG, and an empty WAV.
const (
	pixel   = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
	silence = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
)

// rich is a schema with the vocabulary of JSON Schema 2020-12 that must reach a
// client unchanged.
const rich = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "$defs": {"address": {"$anchor": "addressDef", "type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
  "properties": {
    "name": {"type": "string"},
    "address": {"$ref": "#/$defs/address"},
    "contactMethod": {"type": "string", "enum": ["phone", "email"]},
    "phone": {"type": "string"},
    "email": {"type": "string"}
  },
  "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
  "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
  "then": {"required": ["phone"]},
  "else": {"required": ["email"]},
  "additionalProperties": false
}`

// always is a handler with one answer.
func always(content ...mcp.Content) mcpserver.ToolHandlerFunc {
	return func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: content}, nil
	}
}

func embedded(uri, kind, text string) mcp.Content {
	return mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: uri, MIMEType: kind, Text: text})
}

func addContent(s *mcpserver.MCPServer) {
	s.AddTool(mcp.NewTool("test_simple_text", mcp.WithDescription("Answers with text.")),
		always(mcp.NewTextContent("This is a simple text response for testing.")))
	s.AddTool(mcp.NewTool("test_image_content", mcp.WithDescription("Answers with an image.")),
		always(mcp.NewImageContent(pixel, "image/png")))
	s.AddTool(mcp.NewTool("test_audio_content", mcp.WithDescription("Answers with audio.")),
		always(mcp.NewAudioContent(silence, "audio/wav")))
	s.AddTool(mcp.NewTool("test_embedded_resource", mcp.WithDescription("Answers with a resource.")),
		always(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")))
	s.AddTool(mcp.NewTool("test_multiple_content_types", mcp.WithDescription("Answers with text, an image and a resource.")),
		always(mcp.NewTextContent("Multiple content types test:"), mcp.NewImageContent(pixel, "image/png"),
			embedded("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`)))
	s.AddTool(mcp.NewTool("test_error_handling", mcp.WithDescription("Always fails.")),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultError("This tool intentionally returns an error for testing"), nil
		})
	s.AddTool(mcp.NewToolWithRawSchema("json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features", []byte(rich)),
		always(mcp.NewTextContent("ok")))
	s.AddTool(mcp.NewTool("test_missing_capability", mcp.WithDescription("Needs a client that can sample.")),
		always(mcp.NewTextContent("the client can sample")))
	s.AddTool(mcp.NewToolWithRawSchema("test_header_argument", "Takes an argument that is mirrored in a header.",
		[]byte(`{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}`)),
		always(mcp.NewTextContent("ok")))
}
