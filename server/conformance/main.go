//go:build conformance

// Command conformance serves the tools, resources and prompts that the MCP
// conformance suite calls, behind every guard of package server. It listens on
// the loopback address given as its argument and prints its URL once it does.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/server"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, out io.Writer) error {
	addr := "127.0.0.1:0"
	if len(arguments) > 0 {
		addr = arguments[0]
	}
	fixture, err := newFixture()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", addr, err)
	}
	if _, err := fmt.Fprintf(out, "http://%s/mcp\n", listener.Addr()); err != nil {
		return err
	}
	return fixture.Serve(ctx, listener)
}

func newFixture() (*server.Server, error) {
	s, library, err := server.NewExtended(
		server.Config{Tools: noTools{}, Name: "alloy-conformance", Title: "Conformance fixture"},
		map[string]string{"test_missing_capability": "sampling"},
		mcpserver.WithToolCapabilities(true),
		mcpserver.WithResourceCapabilities(true, true),
		mcpserver.WithPromptCapabilities(true),
		mcpserver.WithCompletions(),
		mcpserver.WithLogging(),
	)
	if err != nil {
		return nil, err
	}
	addContent(library)
	addNotifying(library)
	addAsking(library)
	addInputs(library)
	addResources(library)
	addPrompts(library)
	return s, nil
}

// noTools leaves all tools to the fixture.
type noTools struct{}

func (noTools) Tools() []tools.Tool { return nil }

func (noTools) Call(context.Context, string, json.RawMessage) tools.Answer { return tools.Answer{} }
