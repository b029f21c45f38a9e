package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// TestMain runs the tests, or where one of them asks for it serves the bare library.
func TestMain(m *testing.M) {
	transport := flag.String("bare", "", "be the bare library over stdio or http instead of running tests")
	answer := flag.String("answer", "", "what the bare library's tool answers")
	flag.Parse()
	if *transport == "" {
		os.Exit(m.Run())
	}
	if err := serveBare(context.Background(), *transport, *answer); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serveBare serves one tool with the library alone until the input ends.
func serveBare(ctx context.Context, transport, answer string) error {
	bare := mcpserver.NewMCPServer("bare", "1")
	bare.AddTool(mcp.NewToolWithRawSchema(tool, "Answers.", json.RawMessage(`{"type":"object"}`)),
		func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText(answer), nil
		})
	if transport == "stdio" {
		return mcpserver.NewStdioServer(bare).Listen(ctx, os.Stdin, os.Stdout)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr()) //nolint:forbidigo // not stdio
	mux := http.NewServeMux()
	mux.Handle("/mcp", mcpserver.NewStreamableHTTPServer(bare))
	web := &http.Server{Handler: mux}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = web.Close()
	}()
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
