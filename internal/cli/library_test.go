package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// ask sends a request of the newest revision and returns the answer's frame.
func (tr *transcript) ask(method, name string, params map[string]any) string {
	tr.t.Helper()
	params["_meta"] = map[string]any{"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": map[string]any{}}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		tr.t.Fatal(err)
	}
	return tr.send(http.MethodPost, tr.base+"/mcp", string(body), http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + tr.bearer},
		"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {method}, "Mcp-Name": {name},
	})
}

func (tr *transcript) read(uri string) string {
	tr.t.Helper()
	return tr.ask("resources/read", uri, map[string]any{"uri": uri})
}

// Resources over HTTP are those of whoever reads: nobody gets another's result.
func TestTwoPeopleReadTheirOwnResources(t *testing.T) {
	t.Parallel()
	o, bearer := openOffice(t, map[string]string{"TRUST_EXISTING_CREDENTIALS": "true"}, "alice", "bob=robin@production.example")
	alice, err := o.sim.AddUser("mcp-alice", "")
	if err != nil {
		t.Fatal(err)
	}
	accounts := make(map[string]string)
	for name, user := range map[string]string{"alice": alice, "bob": o.sim.Production().UserID()} {
		if accounts[name], err = o.sim.AddCredential(user, "notion"); err != nil {
			t.Fatal(err)
		}
	}
	for name, other := range map[string]string{"alice": "bob", "bob": "alice"} {
		mine, theirs := o.as(t, bearer[name]), o.as(t, bearer[other])
		id := fmt.Sprint(mine.tool("run_read", map[string]any{"action_id": "notion.post-search", "arguments": map[string]any{"query": "roadmap"}})["request_id"])
		if text := mine.read("alloy://result/" + id); !strings.Contains(text, "Roadmap") || !strings.Contains(text, `"ttlMs":0`) {
			t.Errorf("%s does not read the result: %s", name, text)
		}
		if text := theirs.read("alloy://result/" + id); !strings.Contains(text, `"code":-32602`) || strings.Contains(text, "Roadmap") {
			t.Errorf("%s reads the result of %s: %s", other, name, text)
		}
		for _, uri := range []string{"alloy://connectors", "alloy://connectors/notion", "alloy://actions/notion/post-search"} {
			if text := mine.read(uri); !strings.Contains(text, accounts[name]) || strings.Contains(text, accounts[other]) {
				t.Errorf("%s reads %s: %s", name, uri, text)
			}
		}
		completed := mine.ask("completion/complete", "alloy://actions/{connector}/{action}", map[string]any{
			"ref":      map[string]any{"type": "ref/resource", "uri": "alloy://actions/{connector}/{action}"},
			"argument": map[string]any{"name": "action", "value": "post-"}, "context": map[string]any{"arguments": map[string]any{"connector": "notion"}},
		})
		if !strings.Contains(completed, `"post-page"`) || !strings.Contains(completed, `"post-search"`) || strings.Contains(completed, "retrieve") {
			t.Errorf("completed to %s", completed)
		}
	}
	o.stop()
}
