package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// running is an App that runs inside the test.
type running struct {
	t      *testing.T
	stdout *bufio.Reader
	stderr *lockedBuffer
	stop   context.CancelFunc
	done   chan int
}

// lockedBuffer can be read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs the program with an environment and no files.
func start(t *testing.T, env map[string]string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	r := &running{t: t, stdout: bufio.NewReader(reader), stderr: new(lockedBuffer), stop: cancel, done: make(chan int, 1)}
	app := &App{
		Stdin: strings.NewReader(""), Stdout: writer, Stderr: r.stderr,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
	}
	go func() {
		code := app.Run(ctx, args)
		_ = writer.Close() // never fails
		r.done <- code
	}()
	t.Cleanup(func() {
		cancel()
		_ = reader.Close() // lets a program end that still writes
	})
	return r
}

func (r *running) line() string {
	r.t.Helper()
	line, err := r.stdout.ReadString('\n')
	if err != nil {
		r.t.Fatalf("standard output ended: %v\n%s", err, r.stderr)
	}
	return strings.TrimSuffix(line, "\n")
}

// wait returns the exit code and the rest of standard output.
func (r *running) wait() (code int, rest string) {
	r.t.Helper()
	out, err := io.ReadAll(r.stdout)
	if err != nil {
		r.t.Fatal(err)
	}
	select {
	case code := <-r.done:
		return code, string(out)
	case <-time.After(time.Minute):
		r.t.Fatalf("the program does not end\n%s", r.stderr)
		return 0, ""
	}
}

func newSimulator(t *testing.T) (sim *simulator.Simulator, env map[string]string) {
	t.Helper()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(sim)
	t.Cleanup(srv.Close)
	return sim, map[string]string{
		"ALLOY_BASE_URL": srv.URL, "ALLOY_API_KEY": sim.Production().APIKey(),
		"ALLOY_USER_ID": sim.Production().UserID(), "MCP_ADDR": "127.0.0.1:0",
	}
}

func get(t *testing.T, url string, header http.Header) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		request.Header = header
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// press submits a form as a browser does and returns the address where that leads.
func press(t *testing.T, address string, form url.Values) string {
	t.Helper()
	response := submit(t, address, form)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s leads to %s", address, response.Status)
	}
	return response.Request.URL.String()
}

// submit posts a form, redirects followed.
func submit(t *testing.T, address string, form url.Values) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := new(http.Client).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response
}

func TestSimulatePrintsSettingsThatWorkAndEndsWhenAsked(t *testing.T) {
	t.Parallel()
	r := start(t, nil, "simulate", "--addr", "127.0.0.1:0")
	env := map[string]string{"ENV_FILE": os.DevNull}
	for _, want := range []string{"ALLOY_BASE_URL", "ALLOY_API_KEY", "ALLOY_USER_ID"} {
		name, value, ok := strings.Cut(r.line(), "=")
		if !ok || name != want {
			t.Fatalf("printed %q, want %s=", name, want)
		}
		env[name] = value
	}
	users := start(t, env, "users", "list")
	if code, out := users.wait(); code != exitDone || !strings.Contains(out, env["ALLOY_USER_ID"]) {
		t.Errorf("with these settings users list ends with %d and prints %q\n%s", code, out, users.stderr)
	}
	r.stop()
	if code, rest := r.wait(); code != exitDone || rest != "" {
		t.Errorf("the simulator ended with %d after printing %q", code, rest)
	}
}

func TestSimulateLoadsCatalogues(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../schemas/testdata/catalogs/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("there are no catalogues here: ", err)
	}
	args := []string{"simulate", "--addr", "127.0.0.1:0"}
	for _, file := range files[:2] {
		args = append(args, "--catalog", file)
	}
	r := start(t, nil, args...)
	url := strings.TrimPrefix(r.line(), "ALLOY_BASE_URL=")
	key := strings.TrimPrefix(r.line(), "ALLOY_API_KEY=")
	r.line()
	_, body := get(t, url+"/connectors", http.Header{"Authorization": {"Bearer " + key}, "X-Api-Version": {"2025-09"}})
	var answer struct {
		Connectors []struct{ ID string } `json:"connectors"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer.Connectors) <= 4 {
		t.Errorf("with two catalogues there are %d connectors, %v: want more than the four that ship", len(answer.Connectors), err)
	}
}

// endpoint waits for the start line and returns the endpoint in it.
func (r *running) endpoint() string {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		for line := range strings.Lines(r.stderr.String()) {
			var record struct{ Msg, Endpoint string }
			if json.Unmarshal([]byte(line), &record) == nil && record.Msg == "serving" {
				return record.Endpoint
			}
		}
		select {
		case code := <-r.done:
			r.t.Fatalf("the program ended with %d\n%s", code, r.stderr)
		case <-time.After(5 * time.Millisecond):
		}
	}
	r.t.Fatalf("no start line\n%s", r.stderr)
	return ""
}

func post(t *testing.T, url, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", response.StatusCode, text)
}

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`

func TestServeOverHTTPStartsServesAndDrains(t *testing.T) {
	t.Parallel()
	for transport, path := range map[string]string{"http": "/mcp", "sse": "/sse"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			_, env := newSimulator(t)
			r := start(t, env, "serve", "--transport", transport, "--env-file", os.DevNull)
			endpoint := r.endpoint()
			base, ok := strings.CutSuffix(endpoint, path)
			if !ok {
				t.Fatalf("the start line announces %q, want %s", endpoint, path)
			}
			if got := post(t, base+"/mcp", initialize); !strings.HasPrefix(got, "200 ") || !strings.Contains(got, `"serverInfo"`) {
				t.Errorf("initialize: %s", got)
			}
			if status, body := get(t, base+"/readyz", nil); status != http.StatusOK {
				t.Errorf("/readyz: %d %s", status, body)
			}
			r.stop()
			if code, rest := r.wait(); code != exitDone || rest != "" {
				t.Errorf("ended with %d after printing %q\n%s", code, rest, r.stderr)
			}
		})
	}
}

func TestTheFlagsOfServeWorkWithoutItsName(t *testing.T) {
	t.Parallel()
	r := start(t, nil, "--transport", "http", "--addr", "127.0.0.1:0", "--demo")
	if got := post(t, r.endpoint(), initialize); !strings.HasPrefix(got, "200 ") {
		t.Errorf("initialize: %s", got)
	}
}

func TestCallStartOAuthStaysUntilTheAccountIsConnected(t *testing.T) {
	t.Parallel()
	_, env := newSimulator(t)
	r := start(t, env, "call", "start_oauth", "connector_id=notion")
	var started struct {
		Status string `json:"status"`
		URL    string `json:"url"`
	}
	if err := json.Unmarshal([]byte(r.line()), &started); err != nil || started.Status != "pending" {
		t.Fatalf("start_oauth answered %+v, %v\n%s", started, err, r.stderr)
	}
	consent := press(t, started.URL, url.Values{"choice": {"accept"}})
	if page := press(t, consent, url.Values{"decision": {"approve"}, "pages": {"all"}}); !strings.HasPrefix(page, started.URL) {
		t.Errorf("the browser ends at %s", page)
	}
	code, rest := r.wait()
	if code != exitDone || rest != "" || !strings.Contains(r.stderr.String(), "Connected.") {
		t.Errorf("ended with %d after printing %q\n%s", code, rest, r.stderr)
	}
}

func TestCallStartOAuthGivesUpWhenAsked(t *testing.T) {
	t.Parallel()
	_, env := newSimulator(t)
	r := start(t, env, "call", "start_oauth", "connector_id=notion")
	r.line()
	r.stop()
	if code, _ := r.wait(); code != exitFailed || !strings.Contains(r.stderr.String(), "alloy-mcp: interrupted") {
		t.Errorf("ended with %d\n%s", code, r.stderr)
	}
}

func TestDemoShowsASessionAndNeedsNothing(t *testing.T) {
	t.Parallel()
	// What the person has set up must not be touched.
	env := map[string]string{"ALLOY_API_KEY": "canary-of-the-person", "ALLOY_BASE_URL": "https://example.invalid", "MCP_ADDR": "0.0.0.0:1", "MCP_AUTH": "token"}
	r := start(t, env, "demo")
	code, out := r.wait()
	if code != exitDone || r.stderr.String() != "" {
		t.Errorf("ended with %d\n%s", code, r.stderr)
	}
	for _, want := range []string{"notion_search", "start_oauth", "Notion is connected", "Roadmap"} {
		if !strings.Contains(out, want) {
			t.Errorf("the session does not show %q:\n%s", want, out)
		}
	}
}

func TestDemoServesAfterwardsWhenAsked(t *testing.T) {
	t.Parallel()
	r := start(t, nil, "demo", "--serve")
	endpoint := ""
	for line := ""; !strings.Contains(line, `"serve", "--demo"`); line = r.line() {
		if _, url, ok := strings.Cut(line, "--transport http alloy-demo "); ok {
			endpoint = url
		}
	}
	if got := post(t, endpoint, initialize); !strings.HasPrefix(got, "200 ") {
		t.Errorf("initialize at %q: %s", endpoint, got)
	}
	r.stop()
	if code, _ := r.wait(); code != exitDone {
		t.Errorf("ended with %d\n%s", code, r.stderr)
	}
}

// brokenWriter is a standard output that nobody reads.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutputThatCannotBeWrittenIsAFailure(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"version", "-o", "json"}, {"config", "--example"}, {"simulate", "--addr", "127.0.0.1:0"}} {
		stderr := new(lockedBuffer)
		app := &App{Stdin: strings.NewReader(""), Stdout: brokenWriter{}, Stderr: stderr}
		if code := app.Run(t.Context(), args); code != exitFailed || !strings.Contains(stderr.String(), "broken pipe") {
			t.Errorf("%q ended with %d: %s", args, code, stderr)
		}
	}
}

func TestNoCommandShowsASecret(t *testing.T) {
	t.Parallel()
	_, env := newSimulator(t)
	env["NOTION_API_KEY"] = "ntn_canary0123456789abcdef"
	key := env["ALLOY_API_KEY"]
	wrong := maps.Clone(env)
	wrong["ALLOY_API_KEY"] = "canary-that-alloy-refuses"
	for _, environment := range []map[string]string{env, wrong} {
		for _, args := range [][]string{
			{"config"},
			{"config", "-o", "json"},
			{"users", "list"},
			{"users", "show", "nobody"},
			{"users", "show", key},
			{"connectors"},
			{"connections"},
			{"tokens", "000000000000000000000000"},
			{"tools"},
			{"version"},
			{"call", "list_connectors", "query=" + key},
			{"call", "start_oauth", "connector_id=" + key},
			{"call", key},
			{key},
			{"users", key},
			{"config", "--" + key},
		} {
			if environment["ALLOY_API_KEY"] != key && strings.Contains(strings.Join(args, " "), key) {
				continue // here it is a word like any other
			}
			r := start(t, environment, append(args, "--log-level", "debug")...)
			_, out := r.wait()
			for _, secret := range []string{environment["ALLOY_API_KEY"], env["NOTION_API_KEY"]} {
				if strings.Contains(out+r.stderr.String(), secret) {
					t.Errorf("%q shows a secret:\n%s%s", args, out, r.stderr)
				}
			}
		}
	}
}

// BenchmarkStart is what every start costs before a command's own work.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	app := &App{
		Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, WorkDir: dir, ConfigDir: dir,
		LookupEnv: func(string) (string, bool) { return "", false },
	}
	for b.Loop() {
		if code := app.Run(b.Context(), []string{"config"}); code != exitDone {
			b.Fatal(code)
		}
	}
}

// BenchmarkServe is a whole session with an empty input.
func BenchmarkServe(b *testing.B) {
	app := &App{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}
	for b.Loop() {
		if code := app.Run(b.Context(), []string{"serve", "--log-level", "error"}); code != exitDone {
			b.Fatal(code)
		}
	}
}
