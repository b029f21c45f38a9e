// Package demo runs a guided session against a server of ours, through a real
// MCP client over HTTP, and tells each step to a person. It plays the person's
// part in the browser too.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
)

// Config says where the session takes place.
type Config struct {
	// Endpoint is the URL of streamable HTTP: "http://127.0.0.1:3000/mcp".
	Endpoint string
	Version  string
	Out      io.Writer
}

// session is one run of the demo.
type session struct {
	config  Config
	client  *client.Client
	out     io.Writer
	step    int
	browser *http.Client
}

// Run goes through the session and returns the first thing that was not as it
// should be.
func Run(ctx context.Context, config Config) error {
	c, err := client.NewStreamableHttpClient(config.Endpoint)
	if err != nil {
		return fmt.Errorf("make an MCP client: %w", err)
	}
	s := &session{config: config, client: c, out: config.Out, browser: &http.Client{Timeout: 10 * time.Second}}
	defer s.browser.CloseIdleConnections()
	for _, step := range []func(context.Context) error{
		s.initialize, s.listTools, s.findApp, s.searchTooEarly, s.connect, s.search, s.read, s.tokens, s.mistake,
	} {
		if err := step(ctx); err != nil {
			return errors.Join(fmt.Errorf("step %d: %w", s.step, err), c.Close())
		}
	}
	_, _ = fmt.Fprintf(s.out, "\nThat was a local Alloy. `alloy-mcp demo --serve` lets your own client talk to it; `alloy-mcp setup` is the way with your own key.\n")
	return c.Close()
}

// title begins a step. What an agent would do is told in its words.
func (s *session) title(text string) {
	s.step++
	_, _ = fmt.Fprintf(s.out, "\n%d. %s\n", s.step, text)
}

func (s *session) line(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, "   "+format+"\n", args...)
}

func (s *session) initialize(ctx context.Context) error {
	s.title("An MCP client connects")
	if err := s.client.Start(ctx); err != nil {
		return fmt.Errorf("start the client: %w", err)
	}
	var request mcp.InitializeRequest
	request.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	request.Params.ClientInfo = mcp.Implementation{Name: "alloy-mcp-demo", Version: s.config.Version}
	result, err := s.client.Initialize(ctx, request)
	if err != nil {
		return fmt.Errorf("initialize: %w", err)
	}
	s.line("%s %s at %s, protocol %s", result.ServerInfo.Name, result.ServerInfo.Version, s.config.Endpoint, result.ProtocolVersion)
	return nil
}

func (s *session) listTools(ctx context.Context) error {
	s.title("It asks which tools there are")
	result, err := s.client.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return fmt.Errorf("list the tools: %w", err)
	}
	text, err := json.Marshal(result.Tools)
	if err != nil {
		return err
	}
	for _, tool := range result.Tools {
		s.line("%-24s %s", tool.Name, tool.Annotations.Title)
	}
	s.line("(%d tools in %d bytes, however many apps there are)", len(result.Tools), len(text))
	return nil
}

func (s *session) findApp(ctx context.Context) error {
	s.title("“Which apps are there?”")
	var apps struct {
		Connectors []struct {
			ConnectorID string `json:"connector_id"`
			Name        string `json:"name"`
			Connections []any  `json:"connections"`
		} `json:"connectors"`
		Total int `json:"total"`
	}
	if err := s.call(ctx, "list_connectors", nil, &apps); err != nil {
		return err
	}
	for _, app := range apps.Connectors {
		s.line("%-14s %-16s %d connected", app.ConnectorID, app.Name, len(app.Connections))
	}
	if apps.Total == 0 {
		return errors.New("no apps are listed")
	}
	return nil
}

func (s *session) searchTooEarly(ctx context.Context) error {
	s.title("“Search Notion for the roadmap.” Nothing is connected yet, and the answer says what to do")
	var stop struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Next    struct {
			Tool string `json:"tool"`
		} `json:"next"`
	}
	if err := s.call(ctx, "notion_search", map[string]any{"query": "roadmap"}, &stop); err != nil {
		return err
	}
	s.line("%s: %s next: %s", stop.Status, stop.Message, stop.Next.Tool)
	if stop.Status != "connect_required" {
		return fmt.Errorf("the status is %q, not connect_required", stop.Status)
	}
	return nil
}

func (s *session) connect(ctx context.Context) error {
	s.title("It starts connecting. The person gets a link to a page of this server; Alloy's own link holds a token and stays here")
	var started struct {
		URL       string `json:"url"`
		RequestID string `json:"request_id"`
	}
	if err := s.call(ctx, "start_oauth", map[string]any{"connector_id": "notion"}, &started); err != nil {
		return err
	}
	s.line("%s", started.URL)
	page, err := s.approve(ctx, started.URL)
	if err != nil {
		return fmt.Errorf("approve in the browser: %w", err)
	}
	s.line("The person opens it, continues, approves at Notion, and lands on: “%s”", page)
	var waited struct {
		Request struct {
			Status string `json:"status"`
		} `json:"request"`
		Connections []struct {
			ConnectionID string `json:"connection_id"`
			Name         string `json:"name"`
		} `json:"connections"`
	}
	if err := s.call(ctx, "get_connection", map[string]any{"request_id": started.RequestID, "wait_seconds": 20}, &waited); err != nil {
		return err
	}
	if waited.Request.Status != "connected" || len(waited.Connections) != 1 {
		return fmt.Errorf("the request is %q after the approval", waited.Request.Status)
	}
	s.line("get_connection: %s, %s", waited.Request.Status, waited.Connections[0].Name)
	return nil
}

// hit is a search result, and next the call that reads it.
type hit struct {
	Title  string `json:"title"`
	Type   string `json:"type"`
	Edited string `json:"edited"`
}

func (s *session) search(ctx context.Context) error {
	s.title("The same search again")
	var found struct {
		Results []hit `json:"results"`
		HasMore bool  `json:"has_more"`
	}
	if err := s.call(ctx, "notion_search", map[string]any{"query": "roadmap"}, &found); err != nil {
		return err
	}
	if len(found.Results) == 0 {
		return errors.New("the search finds nothing")
	}
	for _, h := range found.Results {
		s.line("%-12s %-40s edited %.10s", h.Type, h.Title, h.Edited)
	}
	return nil
}

func (s *session) read(ctx context.Context) error {
	s.title("Each answer names the call that comes next; here it reads the first hit")
	var found struct {
		Next struct {
			Tool      string         `json:"tool"`
			Arguments map[string]any `json:"arguments"`
		} `json:"next"`
	}
	if err := s.call(ctx, "notion_search", map[string]any{"query": "roadmap"}, &found); err != nil {
		return err
	}
	var result struct {
		Outcome string          `json:"outcome"`
		Data    json.RawMessage `json:"data"`
	}
	if err := s.call(ctx, found.Next.Tool, found.Next.Arguments, &result); err != nil {
		return err
	}
	s.line("%s %v: %s, %d bytes", found.Next.Tool, found.Next.Arguments["action_id"], result.Outcome, len(result.Data))
	return nil
}

func (s *session) tokens(ctx context.Context) error {
	s.title("“Give me the access token.” Nobody gets it, and the answer says so")
	var list struct {
		Connections []struct {
			ConnectionID string `json:"connection_id"`
		} `json:"connections"`
	}
	if err := s.call(ctx, "get_connection", map[string]any{"connector_id": "notion"}, &list); err != nil {
		return err
	}
	if len(list.Connections) == 0 {
		return errors.New("no connection is listed")
	}
	var tokens struct {
		Type      string `json:"type"`
		ManagedBy string `json:"managed_by"`
		ExpiresAt string `json:"expires_at"`
		Note      string `json:"note"`
	}
	if err := s.call(ctx, "get_tokens", map[string]any{"connection_id": list.Connections[0].ConnectionID}, &tokens); err != nil {
		return err
	}
	s.line("type %s, managed by %s, expires %s", tokens.Type, tokens.ManagedBy, tokens.ExpiresAt)
	s.line("%s", tokens.Note)
	return nil
}

func (s *session) mistake(ctx context.Context) error {
	s.title("A mistake: an app that does not exist")
	var failure struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	}
	err := s.call(ctx, "get_credential_metadata", map[string]any{"connector_id": "Notoin"}, &failure)
	var failed *toolError
	if !errors.As(err, &failed) {
		return fmt.Errorf("the mistake was not refused: %w", err)
	}
	if err := json.Unmarshal([]byte(failed.text), &failure); err != nil {
		return fmt.Errorf("read the refusal: %w", err)
	}
	s.line("%s: %s", failure.Code, failure.Message)
	s.line("%s", failure.Hint)
	return nil
}

// toolError is a result with isError.
type toolError struct{ tool, text string }

func (e *toolError) Error() string { return e.tool + " answers: " + e.text }

// call runs a tool and decodes the JSON of its answer.
func (s *session) call(ctx context.Context, tool string, arguments map[string]any, into any) error {
	var request mcp.CallToolRequest
	request.Params.Name = tool
	request.Params.Arguments = arguments
	result, err := s.client.CallTool(ctx, request)
	if err != nil {
		return fmt.Errorf("call %s: %w", tool, err)
	}
	var text strings.Builder
	for _, content := range result.Content {
		if t, ok := content.(mcp.TextContent); ok {
			text.WriteString(t.Text)
		}
	}
	if result.IsError {
		return &toolError{tool: tool, text: text.String()}
	}
	if err := json.Unmarshal([]byte(text.String()), into); err != nil {
		return fmt.Errorf("read the answer of %s: %w", tool, err)
	}
	return nil
}
