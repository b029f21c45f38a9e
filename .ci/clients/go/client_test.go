// Package client checks the alloy-mcp binary with the official Go SDK's client:
// every revision of the protocol that it speaks, over every transport. BINARY_UNDER_TEST
// names the binary.
package client

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// deadline bounds one session, a wait for a person's consent included.
const deadline = 2 * time.Minute

func TestClient(t *testing.T) {
	simulator := startSimulator(t)
	base := serveHTTP(t, simulator)
	transports := map[string]func(*testing.T) mcp.Transport{
		"stdio": func(t *testing.T) mcp.Transport {
			// Not the test's context: closing the session must end the process.
			command := program(context.WithoutCancel(t.Context()), t, simulator, "serve")
			return &mcp.CommandTransport{Command: command}
		},
		"http": func(*testing.T) mcp.Transport {
			return &mcp.StreamableClientTransport{Endpoint: base + "/mcp"}
		},
		"sse": func(*testing.T) mcp.Transport {
			return &mcp.SSEClientTransport{Endpoint: base + "/sse"}
		},
	}
	tests := []struct{ transport, asked, want string }{
		{"stdio", "2026-07-28", "2026-07-28"},
		{"stdio", "2025-11-25", "2025-11-25"},
		{"stdio", "2025-06-18", "2025-06-18"},
		{"stdio", "2025-03-26", "2025-03-26"},
		{"stdio", "2024-11-05", "2024-11-05"},
		{"http", "2026-07-28", "2026-07-28"},
		{"http", "2025-11-25", "2025-11-25"},
		{"http", "2025-06-18", "2025-06-18"},
		{"http", "2025-03-26", "2025-03-26"},
		{"sse", "2026-07-28", "2025-11-25"}, // the old transport has no newer revision
		{"sse", "2025-06-18", "2025-06-18"},
		{"sse", "2024-11-05", "2024-11-05"},
	}
	for _, tt := range tests {
		t.Run(tt.transport+"/"+tt.asked, func(t *testing.T) {
			s := open(t, transports[tt.transport](t), tt.asked, nil)
			if got := s.InitializeResult().ProtocolVersion; got != tt.want {
				t.Errorf("negotiated revision %s, want %s", got, tt.want)
			}
			s.listsTools(t)
			s.findsConnectors(t)
			s.connectsAndSearches(t)
			s.answersMistakes(t)
		})
	}
}

// session is an open session that fails the test where a call breaks.
type session struct{ *mcp.ClientSession }

func open(t *testing.T, transport mcp.Transport, revision string, options *mcp.ClientOptions) session {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "alloy-mcp-checks", Version: "go"}, options)
	s, err := client.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		t.Fatalf("connecting with %s: %v", revision, err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return session{s}
}

// call returns the JSON object of an answer and whether it is a failure.
func (s session) call(t *testing.T, name string, arguments map[string]any) (map[string]any, bool) {
	t.Helper()
	result, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	text, ok := result.Content[0].(*mcp.TextContent)
	if !ok {
		t.Fatalf("%s: content is %T, want text", name, result.Content[0])
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(text.Text), &object); err != nil {
		t.Fatalf("%s: the text is no JSON object: %v\n%s", name, err, text.Text)
	}
	if (result.StructuredContent != nil) == result.IsError {
		t.Errorf("%s: isError %v and structuredContent %v", name, result.IsError, result.StructuredContent)
	}
	return object, result.IsError
}

func (s session) succeed(t *testing.T, name string, arguments map[string]any) map[string]any {
	t.Helper()
	object, failed := s.call(t, name, arguments)
	if failed {
		t.Fatalf("%s failed: %v", name, object)
	}
	return object
}

func (s session) listsTools(t *testing.T) {
	t.Helper()
	list, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatalf("tools/list: %v", err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
		if tool.Annotations == nil || tool.Annotations.DestructiveHint == nil || tool.Annotations.OpenWorldHint == nil {
			t.Errorf("%s lacks a hint", tool.Name)
		}
		if cmp.Or(tool.Title, tool.Annotations.Title) == "" || len(tool.Description) < 20 {
			t.Errorf("%s has no title or no description", tool.Name)
		}
	}
	for _, want := range []string{"list_connectors", "get_credential_metadata", "start_oauth", "get_connection", "get_tokens", "notion_search"} {
		if !slices.Contains(names, want) {
			t.Errorf("tools/list lacks %s: %v", want, names)
		}
	}
}

func (s session) findsConnectors(t *testing.T) {
	t.Helper()
	got := s.succeed(t, "list_connectors", map[string]any{"query": "notion"})
	if got["total"] != 1.0 || !strings.Contains(encode(t, got["connectors"]), `"connector_id":"notion"`) {
		t.Errorf("list_connectors of notion: %s", encode(t, got))
	}
}

func (s session) connectsAndSearches(t *testing.T) {
	t.Helper()
	started := s.succeed(t, "start_oauth", map[string]any{"connector_id": "notion"})
	link, _ := started["url"].(string)
	if u, err := url.Parse(link); err != nil || !isLoopback(u.Hostname()) {
		t.Fatalf("start_oauth: url %q is not on loopback (%v)", link, err)
	}
	approve(t, link)
	got := s.succeed(t, "get_connection", map[string]any{"request_id": started["request_id"], "wait_seconds": 20})
	request, _ := got["request"].(map[string]any)
	connections, _ := got["connections"].([]any)
	if request["status"] != "connected" || len(connections) != 1 {
		t.Fatalf("get_connection after consent: %s", encode(t, got))
	}
	connection, _ := connections[0].(map[string]any)
	pages := s.succeed(t, "notion_search", map[string]any{"connection_id": connection["connection_id"], "page_size": 3})
	results, _ := pages["results"].([]any)
	if len(results) != 3 {
		t.Fatalf("notion_search answered %d results, want 3: %s", len(results), encode(t, pages))
	}
	for _, result := range results {
		page, _ := result.(map[string]any)
		if page["id"] == "" || page["url"] == "" || page["title"] == nil {
			t.Errorf("notion_search: a result lacks id, url or title: %s", encode(t, page))
		}
	}
}

func (s session) answersMistakes(t *testing.T) {
	t.Helper()
	got, failed := s.call(t, "notion_search", map[string]any{"page_size": "many"})
	if !failed || got["code"] != "invalid_arguments" || got["message"] == nil || got["hint"] == nil {
		t.Errorf("a mistaken argument: %s", encode(t, got))
	}
	if _, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "no_such_tool"}); err == nil {
		t.Error("an unknown tool is no error")
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// program is the binary with a home and an environment of its own.
func program(ctx context.Context, t *testing.T, settings []string, arguments ...string) *exec.Cmd {
	t.Helper()
	binary := os.Getenv("BINARY_UNDER_TEST")
	if binary == "" {
		t.Fatal("set BINARY_UNDER_TEST to the path of the alloy-mcp binary")
	}
	home := t.TempDir()
	command := exec.CommandContext(ctx, binary, arguments...)
	command.Dir = home
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home, "ENV_FILE=/dev/null",
	}, settings...)
	return command
}

// start runs a command until the test ends; it must then end on SIGTERM by itself.
func start(t *testing.T, command *exec.Cmd) {
	t.Helper()
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 10 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Wait() }) // t.Context is done before the cleanups run
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// startSimulator runs `alloy-mcp simulate` and returns the settings that it prints.
func startSimulator(t *testing.T, more ...string) []string {
	t.Helper()
	command := program(t.Context(), t, nil, append([]string{"simulate", "--addr", "127.0.0.1:0"}, more...)...)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, command)
	watchdog := time.AfterFunc(deadline, func() { _ = command.Process.Kill() })
	defer watchdog.Stop()
	var settings []string
	lines := bufio.NewScanner(out)
	for len(settings) < 3 && lines.Scan() {
		name, _, found := strings.Cut(lines.Text(), "=")
		if found && slices.Contains([]string{"ALLOY_BASE_URL", "ALLOY_API_KEY", "ALLOY_USER_ID"}, name) {
			settings = append(settings, lines.Text())
		}
	}
	if len(settings) < 3 {
		t.Fatalf("simulate printed %q before it ended", settings)
	}
	go func() {
		for lines.Scan() { // so that the simulator never waits for a reader
		}
	}()
	return settings
}

// serveHTTP runs the server on a free port and returns its address once it answers.
func serveHTTP(t *testing.T, settings []string, arguments ...string) string {
	t.Helper()
	address := freeAddress(t)
	start(t, program(t.Context(), t, settings, append([]string{"serve", "--transport", "http", "--addr", address}, arguments...)...))
	for range 1200 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return "http://" + address
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no answer from http://%s/healthz", address)
	return ""
}
