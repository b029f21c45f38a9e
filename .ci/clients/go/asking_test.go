package client

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// person is at a client that can put questions. Whoever refuses declines; others
// agree at once and open the page a moment later.
type person struct {
	refuses bool

	mu        sync.Mutex
	asked     []*mcp.ElicitParams
	completed chan string
	opening   sync.WaitGroup
}

func (p *person) options(t *testing.T) *mcp.ClientOptions {
	p.completed = make(chan string, 4)
	return &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{
			URL: &mcp.URLElicitationCapabilities{}, Form: &mcp.FormElicitationCapabilities{},
		}},
		ElicitationHandler: func(_ context.Context, request *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.asked = append(p.asked, request.Params)
			if p.refuses {
				return &mcp.ElicitResult{Action: "decline"}, nil
			}
			p.opening.Go(func() {
				time.Sleep(300 * time.Millisecond)
				approve(t, request.Params.URL)
			})
			return &mcp.ElicitResult{Action: "accept"}, nil
		},
		ElicitationCompleteHandler: func(_ context.Context, request *mcp.ElicitationCompleteNotificationRequest) {
			p.completed <- request.Params.ElicitationID
		},
	}
}

// approve opens a link as the person's browser.
func approve(t *testing.T, link string) {
	t.Helper()
	// #nosec G204 -- the link comes from the server under test
	if out, err := exec.CommandContext(t.Context(), "node", "../approve.mjs", link).CombinedOutput(); err != nil {
		t.Errorf("following the link: %v\n%s", err, out)
	}
}

// TestFromNothing searches where nothing is connected: each session has a server
// and a simulated Alloy of its own.
func TestFromNothing(t *testing.T) {
	transports := map[string]func(*testing.T) mcp.Transport{
		"stdio": func(t *testing.T) mcp.Transport {
			return &mcp.CommandTransport{Command: program(context.WithoutCancel(t.Context()), t, nil, "serve", "--demo")}
		},
		"http": func(t *testing.T) mcp.Transport {
			return &mcp.StreamableClientTransport{Endpoint: serveHTTP(t, nil, "--demo") + "/mcp"}
		},
		"sse": func(t *testing.T) mcp.Transport {
			return &mcp.SSEClientTransport{Endpoint: serveHTTP(t, nil, "--demo") + "/sse"}
		},
	}
	tests := []struct {
		transport, revision string
		asks                bool // the server can ask a client there
	}{
		{"stdio", "2026-07-28", true},
		{"stdio", "2025-11-25", true},
		{"http", "2026-07-28", true},
		{"http", "2025-11-25", true},
		{"sse", "2025-11-25", false},
	}
	for _, tt := range tests {
		t.Run(tt.transport+"/"+tt.revision, func(t *testing.T) {
			connect := transports[tt.transport]
			t.Run("text", func(t *testing.T) {
				open(t, connect(t), tt.revision, nil).searchesByText(t)
			})
			t.Run("asking", func(t *testing.T) {
				p := &person{}
				s := open(t, connect(t), tt.revision, p.options(t))
				if tt.asks {
					s.searchesInOneCall(t, p, tt.revision < "2026")
				} else if s.searchesByText(t); len(p.asked) > 0 {
					t.Error("a person was asked where that is not possible")
				}
			})
			if !tt.asks {
				return
			}
			t.Run("declining", func(t *testing.T) {
				p := &person{refuses: true}
				s := open(t, connect(t), tt.revision, p.options(t))
				got := encode(t, s.succeed(t, "notion_search", map[string]any{}))
				if len(p.asked) != 1 || !strings.Contains(got, "declined") || !strings.Contains(got, "connect_required") || strings.Contains(got, "http") {
					t.Errorf("asked %d times, then answered %s", len(p.asked), got)
				}
			})
		})
	}
}

var ourLink = regexp.MustCompile(`^http://(localhost|127\.0\.0\.1):\d+/connect/[^/]{20,}$`)

func (s session) searchesByText(t *testing.T) {
	t.Helper()
	told := s.succeed(t, "notion_search", map[string]any{})
	link, _ := told["url"].(string)
	next, _ := told["next"].(map[string]any)
	if told["status"] != "connect_required" || !ourLink.MatchString(link) || next["tool"] != "get_connection" || told["expires_at"] == nil {
		t.Fatalf("without a connection: %s", encode(t, told))
	}
	approve(t, link)
	arguments, _ := next["arguments"].(map[string]any)
	waited := s.succeed(t, "get_connection", arguments)
	if request, _ := waited["request"].(map[string]any); request["status"] != "connected" || request["request_id"] != told["request_id"] {
		t.Fatalf("what to call next: %s", encode(t, waited))
	}
	s.finds(t)
}

func (s session) searchesInOneCall(t *testing.T, p *person, ids bool) {
	t.Helper()
	s.finds(t)
	p.opening.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) != 1 {
		t.Fatalf("asked %d times, want once", len(p.asked))
	}
	q := p.asked[0]
	if q.Mode != "url" || !ourLink.MatchString(q.URL) || q.RequestedSchema != nil || (q.ElicitationID != "") != ids {
		t.Errorf("asked %s", encode(t, q))
	}
	if !ids {
		return
	}
	select { // the SDK may hand over the answer before the notification that came first
	case id := <-p.completed:
		if id != q.ElicitationID {
			t.Errorf("told that %s is done, want %s", id, q.ElicitationID)
		}
	case <-time.After(time.Minute):
		t.Error("the client was not told that the page is done")
	}
}

func (s session) finds(t *testing.T) {
	t.Helper()
	got := s.succeed(t, "notion_search", map[string]any{"page_size": 3})
	if results, _ := got["results"].([]any); len(results) != 3 {
		t.Fatalf("notion_search: %s", encode(t, got))
	}
}
