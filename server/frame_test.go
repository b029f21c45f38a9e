package server

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// FuzzEncode compares with what the library has encoded.
func FuzzEncode(f *testing.F) {
	for _, object := range []string{
		`{}`, `{"a": [1, 2.50, null], "b": {"c": "<&>\u2028 é \" \\ \ud800"}}`, `{"\u0000":"` + "\u2028\x7f" + `"}`, "{\"bad\":\"\xff\"}", `[]`, `no JSON`,
	} {
		f.Add(object, "id", true)
		f.Add(object, "<\u2028>", false)
	}
	f.Fuzz(func(t *testing.T, object, id string, failed bool) {
		s := newTest(t, Config{Tools: fakeTools{}})
		for _, id := range []any{id, int64(len(id)), nil} {
			result := s.result(t.Context(), "tool", tools.Answer{JSON: json.RawMessage(object), IsError: failed})
			answer := mcp.NewJSONRPCResultResponse(mcp.NewRequestId(id), result)
			got, err := encode(answer)
			if err != nil {
				t.Fatal(err)
			}
			want, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-library +ours):\n%s", diff)
			}
		}
	})
}

// What is more than a tool's answer is left to the library.
func TestEncodeKeepsWhatOthersAdd(t *testing.T) {
	t.Parallel()
	text := objectText{mcp.TextContent{Type: mcp.ContentTypeText, Text: "{}"}}
	meta := &mcp.Meta{AdditionalFields: map[string]any{"k": "v"}}
	for name, result := range map[string]any{
		"nothing":     nil,
		"by value":    mcp.CallToolResult{Content: []mcp.Content{text}},
		"no pointer":  (*mcp.CallToolResult)(nil),
		"another":     mcp.EmptyResult{},
		"meta":        &mcp.CallToolResult{Result: mcp.Result{Meta: meta}, Content: []mcp.Content{text}},
		"result type": &mcp.CallToolResult{Result: mcp.Result{ResultType: mcp.ResultTypeComplete}, Content: []mcp.Content{text}},
		"two":         &mcp.CallToolResult{Content: []mcp.Content{text, text}},
		"plain text":  mcp.NewToolResultText("x"),
		"content meta": &mcp.CallToolResult{Content: []mcp.Content{
			mcp.TextContent{Type: mcp.ContentTypeText, Text: "x", Meta: meta},
		}},
	} {
		answer := mcp.JSONRPCResponse{JSONRPC: mcp.JSONRPC_VERSION, ID: mcp.NewRequestId(int64(1)), Result: result}
		got, err := encode(answer)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
