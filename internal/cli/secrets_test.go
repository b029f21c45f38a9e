package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// transcript keeps every byte that a served process hands out, but for the
// redirect that takes the person's browser to Alloy.
type transcript struct {
	t      *testing.T
	base   string
	bearer string // the token of who calls; may be empty
	seen   bytes.Buffer
}

// tool calls a tool over streamable HTTP and returns the JSON of its answer.
func (tr *transcript) tool(name string, args map[string]any) map[string]any {
	tr.t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{
		"name": name, "arguments": args,
		"_meta": map[string]any{"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": map[string]any{}},
	}})
	if err != nil {
		tr.t.Fatal(err)
	}
	header := http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {"tools/call"}, "Mcp-Name": {name},
	}
	if tr.bearer != "" {
		header.Set("Authorization", "Bearer "+tr.bearer)
	}
	text := tr.send(http.MethodPost, tr.base+"/mcp", string(body), header)
	if _, data, ok := strings.Cut(text, "data:"); ok {
		text = data
	}
	var answer struct {
		Result struct {
			Content []struct{ Text string } `json:"content"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Result.Content) == 0 {
		tr.t.Fatalf("%s answers %v: %s", name, err, text)
	}
	var value map[string]any
	if err := json.Unmarshal([]byte(answer.Result.Content[0].Text), &value); err != nil {
		tr.t.Fatalf("%s: %v", name, err)
	}
	return value
}

// send makes one request as is, follows no redirect, and keeps what came back.
func (tr *transcript) send(method, address, body string, header http.Header) string {
	tr.t.Helper()
	request, err := http.NewRequestWithContext(tr.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		tr.t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		tr.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		tr.t.Fatal(err)
	}
	location := response.Header.Get("Location")
	response.Header.Del("Location")
	fmt.Fprintln(&tr.seen, response.Status, response.Header)
	if location != "" {
		return location // the person's browser alone gets it
	}
	tr.seen.Write(text)
	return string(text)
}

func (tr *transcript) form(address string, values url.Values) string {
	tr.t.Helper()
	return tr.send(http.MethodPost, address, values.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

// A whole session with every kind of account, at the most talkative log level
// and with an Alloy that echoes the key in its errors: no secret is in any byte
// that the process hands out.
func TestNoSecretLeavesTheProcess(t *testing.T) {
	t.Parallel()
	sim, env := newSimulator(t)
	env["MCP_TRANSPORT"], env["LOG_LEVEL"], env["ENV_FILE"] = "http", "debug", "/dev/null"
	env["NOTION_API_KEY"] = "ntn_canary0123456789"
	r := start(t, env, "serve")
	tr := &transcript{t: t, base: strings.TrimSuffix(r.endpoint(), "/mcp")}
	typed := sim.ProviderData("jira")

	started := tr.tool("start_oauth", map[string]any{"connector_id": "notion"})
	tr.send(http.MethodGet, fmt.Sprint(started["url"]), "", http.Header{})
	link := tr.form(fmt.Sprint(started["url"]), url.Values{"choice": {"accept"}})
	if !strings.Contains(link, "token=") {
		t.Fatalf("the link leads to %q", link)
	}
	token := link[strings.Index(link, "token=")+len("token="):]
	back := tr.form(link, url.Values{"decision": {"approve"}, "pages": {"all"}})
	tr.send(http.MethodGet, back, "", http.Header{})
	tr.tool("get_connection", map[string]any{"request_id": started["request_id"], "verify": true})

	form := url.Values{}
	for name, value := range typed {
		form.Set(name, fmt.Sprint(value))
	}
	jira := fmt.Sprint(tr.tool("start_oauth", map[string]any{"connector_id": "jira"})["url"])
	tr.form(jira, url.Values{"password": form["password"]}) // incomplete
	tr.form(jira, form)
	for range 2 {
		for _, call := range []struct {
			name string
			args map[string]any
		}{
			{"list_connectors", nil},
			{"get_connection", map[string]any{"verify": true}},
			{"notion_search", map[string]any{"raw": true}},
			{"get_tokens", map[string]any{"connection_id": "66aa66aa66aa66aa66aa66aa"}},
			{"run_read", map[string]any{"action_id": "notion.get-self"}},
			{"start_oauth", map[string]any{"connector_id": "notion"}},
		} {
			tr.tool(call.name, call.args)
		}
		if err := sim.SetFault(simulator.Fault{Kind: simulator.FaultEchoSecret}); err != nil {
			t.Fatal(err)
		}
	}
	r.stop()
	_, rest := r.wait()
	all := tr.seen.String() + r.stderr.String() + rest
	if !strings.Contains(all, "Harbour") || !strings.Contains(r.stderr.String(), `"level":"DEBUG"`) {
		t.Fatal("the session or the log is not what this test is about")
	}
	secrets := append(sim.Canaries(), sim.APIKey(), token, token[:40], env["NOTION_API_KEY"], fmt.Sprint(typed["password"]))
	for _, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret)} {
			if i := strings.Index(all, form); i >= 0 {
				t.Errorf("a secret left the process: …%s…", all[max(0, i-60):i])
			}
		}
	}
}
