package server

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// A tool is told how its call came, for the audit log.
func TestToolsAreToldTheTransport(t *testing.T) {
	t.Parallel()
	came := make(chan string, 1)
	tell := fakeTool{name: "tell", run: func(ctx context.Context, _ json.RawMessage) tools.Answer {
		came <- tools.TransportFrom(ctx)
		return tools.Answer{JSON: json.RawMessage(`{}`)}
	}}
	s := newListening(t, Config{Tools: fakeTools{tell}})
	requests := initialize + "\n" + call(1, "tell", `{}`) + "\n"
	if err := s.ServeStdio(t.Context(), strings.NewReader(requests), &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if got := <-came; got != "stdio" {
		t.Errorf("stdio: %q", got)
	}
}
