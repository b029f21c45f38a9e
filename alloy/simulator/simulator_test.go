package simulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// basePath is where tests mount the simulator: links that ignore it lead nowhere.
const basePath = "/odd/base"

// bench is a simulator behind a server, and a client that follows nothing.
type bench struct {
	*simulator.Simulator
	t      *testing.T
	url    string
	client *http.Client
	clock  *clock
}

// clock is a time that tests move.
type clock struct{ at chan time.Time }

func newClock() *clock {
	c := &clock{at: make(chan time.Time, 1)}
	c.at <- time.Date(2025, time.November, 21, 10, 0, 0, 0, time.UTC)
	return c
}

func (c *clock) now() time.Time {
	at := <-c.at
	c.at <- at
	return at
}

func (c *clock) pass(d time.Duration) { c.at <- (<-c.at).Add(d) }

func newBench(t *testing.T, cfg simulator.Config) *bench {
	t.Helper()
	b := &bench{t: t, clock: newClock()}
	if cfg.Clock == nil {
		cfg.Clock = b.clock.now
	}
	sim, err := simulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix(basePath, sim))
	t.Cleanup(server.Close)
	b.Simulator, b.url = sim, server.URL+basePath
	b.client = &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return b
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

// data is the body as JSON; nil where it is none.
func (a answer) data() map[string]any {
	var v map[string]any
	_ = json.Unmarshal([]byte(a.body), &v)
	return v
}

// at walks through objects by key and arrays by index.
func (a answer) at(path ...any) any { return walk(a.data(), path...) }

func walk(v any, path ...any) any {
	for _, step := range path {
		switch key := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[key]
		case int:
			list, _ := v.([]any)
			if key >= len(list) {
				return nil
			}
			v = list[key]
		}
	}
	return v
}

type header map[string]string

// send makes a request with exactly the given headers and fails the test where there is no answer.
func (b *bench) send(method, path string, h header, body any) answer {
	b.t.Helper()
	a, err := b.try(method, path, h, body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (b *bench) try(method, path string, h header, body any) (answer, error) {
	b.t.Helper()
	var reader io.Reader
	switch v := body.(type) {
	case nil:
	case string:
		reader = bytes.NewReader([]byte(v))
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			b.t.Fatal(err)
		}
		reader = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, reader)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, value := range h {
		r.Header.Set(name, value)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(raw), err}, nil
}

// good is the set of headers that a correct client sends for the seeded user.
func (b *bench) good() header {
	return header{
		"Authorization": "Bearer " + b.APIKey(), "x-api-version": "2025-09", "x-alloy-userid": b.UserID(),
		"Content-Type": "application/json",
	}
}

// as changes headers of a set; an empty value takes the header away.
func (h header) as(name, value string) header {
	out := header{}
	maps.Copy(out, h)
	if out[name] = value; value == "" {
		delete(out, name)
	}
	return out
}

// do sends a correct request.
func (b *bench) do(method, path string, body any) answer {
	b.t.Helper()
	return b.send(method, path, b.good(), body)
}

// connect gives the seeded user a credential.
func (b *bench) connect(connectorID string) string {
	b.t.Helper()
	id, err := b.AddCredential(b.UserID(), connectorID)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// run executes an action with the parts given as the body's members.
func (b *bench) run(connectorID, actionID, credentialID string, parts map[string]any) answer {
	b.t.Helper()
	body := map[string]any{"credentialId": credentialID}
	maps.Copy(body, parts)
	return b.do("POST", "/connectors/"+connectorID+"/actions/"+actionID+"/execute", body)
}

func TestSearchRunsFromConnectorToResult(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	if got := b.do("GET", "/connectors", nil).at("connectors", 0, "id"); got != "notion" {
		t.Fatalf("first connector is %v", got)
	}
	if got := b.do("GET", "/connectors/notion/resources", nil).at("resources", 0, "actions", 0, "id"); got != "post-search" {
		t.Fatalf("first action is %v", got)
	}
	if got := b.do("GET", "/connectors/notion/actions/post-search", nil).at("action", "path"); got != "/v1/search" {
		t.Fatalf("path of post-search is %v", got)
	}
	id := b.connect("notion")
	if got := b.do("GET", "/connectors/notion/credentials", nil).at("credentials", 0, "credentialId"); got != id {
		t.Fatalf("listed credential is %v, made was %v", got, id)
	}
	found := b.run("notion", "post-search", id, map[string]any{"requestBody": map[string]any{"query": "roadmap"}})
	if found.status != 200 || found.at("status") != "completed" || found.at("responseData", "object") != "list" {
		t.Fatalf("search answered %d %s", found.status, found.body)
	}
	results, _ := found.at("responseData", "results").([]any)
	if len(results) < 3 {
		t.Fatalf("search for roadmap found %d objects", len(results))
	}
}
