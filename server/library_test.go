package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// fakeLibrary has one thing, and one of each person.
type fakeLibrary struct{}

func (fakeLibrary) Resources() []tools.Resource {
	return []tools.Resource{
		{URI: "alloy://things", Name: "things", Title: "Things", Description: "All things."},
		{URI: "alloy://things/{id}", Name: "thing", Title: "A thing", Description: "One thing."},
	}
}

func (fakeLibrary) CheckURI(uri string) error {
	if !strings.HasPrefix(uri, "alloy://things") {
		return errors.New("there are only things")
	}
	return nil
}

func (fakeLibrary) ReadResource(ctx context.Context, uri string) tools.Answer {
	failed := func(code tools.Code) tools.Answer {
		data, err := json.Marshal(&tools.Error{Code: code, Message: "No.", Hint: "Look."})
		if err != nil {
			panic(err)
		}
		return tools.Answer{JSON: data, IsError: true}
	}
	switch strings.TrimPrefix(uri, "alloy://things/") {
	case "missing":
		return failed(tools.CodeNotFound)
	case "forbidden":
		return failed(tools.CodeRefusedByPolicy)
	case "down":
		return failed(tools.CodeUpstreamUnavailable)
	case "crash":
		panic("secret words")
	case "broken":
		return tools.Answer{JSON: json.RawMessage(`{`)}
	}
	who, _ := tools.PrincipalFrom(ctx)
	data, err := json.Marshal(map[string]any{"uri": uri, "who": who.ID, "text": "<é>"})
	if err != nil {
		panic(err)
	}
	return tools.Answer{JSON: data}
}

func (fakeLibrary) Prompts() []tools.Prompt {
	return []tools.Prompt{
		{
			Name: "do", Title: "Do it", Description: "Does it.", Arguments: []tools.PromptArgument{{Name: "task", Description: "What.", Required: true}, {Name: "thing", Description: "With what."}},
			Text: func(values map[string]string) string { return "Do " + values["task"] + " with " + values["thing"] },
		},
		{Name: "ask", Title: "Ask", Description: "Asks.", Text: func(map[string]string) string { return "What?" }},
	}
}

func (fakeLibrary) Complete(ctx context.Context, typed tools.Unfinished) ([]string, int) {
	if typed.Typed == "crash" {
		panic("secret words")
	}
	who, _ := tools.PrincipalFrom(ctx)
	return []string{typed.Of + "|" + typed.Argument + "|" + typed.Typed + "|" + typed.Others["other"] + "|" + who.ID}, 200
}

// libraryCase is a request and what its answer holds, in the older revisions and in
// the stateless one.
type libraryCase struct {
	method, params string
	old, stateless string // old alone: in both
	status         int    // of the stateless revision over HTTP; 0 is 200
}

func libraryCases() []libraryCase {
	return []libraryCase{
		{"resources/list", ``, `"resources":[{"uri":"alloy://things","name":"things","title":"Things","description":"All things.","mimeType":"application/json"}]`, ``, 0},
		{"resources/list", `"cursor":"x"`, `"code":-32602,"message":"the cursor is unknown: the list has one page`, ``, 400},
		{"resources/templates/list", ``, `"resourceTemplates":[{"uriTemplate":"alloy://things/{id}","name":"thing","title":"A thing"`, ``, 0},
		{"resources/read", `"uri":"alloy://things"`, `"contents":[{"uri":"alloy://things","mimeType":"application/json","text":"{`, ``, 0},
		{"resources/read", `"uri":"alloy://things/a%2Fb.c"`, `\"uri\":\"alloy://things/a%2Fb.c\",\"who\":\"local\"`, ``, 0},
		{"resources/read", `"uri":"alloy://things/missing"`, `"code":-32002,"message":"No. Look.","data":{"uri":"alloy://things/missing","error":{"code":"not_found"`, `"code":-32602,"message":"No. Look.","data":{"uri":"alloy://things/missing"`, 400},
		{"resources/read", `"uri":"alloy://things/forbidden"`, `"code":-32602,"message":"No. Look."`, ``, 400},
		{"resources/read", `"uri":"alloy://things/down"`, `"code":-32603,"message":"No. Look."`, ``, 200},
		{"resources/read", `"uri":"alloy://things/crash"`, `"code":-32603,"message":"Something went wrong inside the server`, ``, 200},
		{"resources/read", `"uri":"alloy://things/broken"`, `"code":-32603,"message":"The resource could not be read. Try again."`, ``, 200},
		{"resources/read", `"uri":"file:///etc/passwd"`, `"code":-32002,"message":"there are only things","data":{"uri":"file:///etc/passwd"}`, `"code":-32602,"message":"there are only things"`, 400},
		{"resources/read", `"uri":""`, `"code":-32602,"message":"params.uri must be`, ``, 400},
		{"resources/read", `"uri":7`, `"code":-32602,"message":"the params do not have the types`, ``, 400},
		{"prompts/list", ``, `"prompts":[{"name":"ask","title":"Ask","description":"Asks."},{"name":"do","title":"Do it","description":"Does it.","arguments":[{"name":"task","description":"What.","required":true},{"name":"thing","description":"With what."}]}]`, ``, 0},
		{"prompts/get", `"name":"do","arguments":{"task":"this"}`, `"messages":[{"role":"user","content":{"type":"text","text":"Do this with "}}]`, ``, 0},
		{"prompts/get", `"name":"do"`, `"code":-32602,"message":"the prompt do needs the argument task: What."`, ``, 400},
		{"prompts/get", `"name":"go"`, `"code":-32602,"message":"there is no prompt \"go\": prompts/list shows those there are"`, ``, 400},
		{"completion/complete", `"ref":{"type":"ref/resource","uri":"alloy://things/{id}"},"argument":{"name":"id","value":"a"},"context":{"arguments":{"other":"o"}}`, `"completion":{"values":["alloy://things/{id}|id|a|o|local"],"total":200,"hasMore":true}`, ``, 0},
		{"completion/complete", `"ref":{"type":"ref/prompt","name":"do"},"argument":{"name":"thing","value":""}`, `"values":["do|thing|||local"]`, ``, 0},
		{"completion/complete", `"ref":{"type":"ref/prompt","name":"do"},"argument":{"name":"thing","value":"crash"}`, `"completion":{"values":[]}`, ``, 0},
		{"completion/complete", `"ref":{"type":"ref/prompt","name":"go"},"argument":{"name":"thing","value":""}`, `"code":-32602,"message":"there is no prompt`, ``, 400},
		{"completion/complete", `"ref":{"type":"ref/resource","uri":"x"},"argument":{"name":"id","value":""}`, `"code":-32602,"message":"there is no resource template`, ``, 400},
		{"completion/complete", `"ref":{"type":"ref/odd"},"argument":{"name":"id","value":""}`, `"code":-32602,"message":"the params do not have the types`, ``, 400},
	}
}

func (c libraryCase) message(meta string) string {
	params := strings.Trim(meta+","+c.params, ",")
	return `{"jsonrpc":"2.0","id":"r1","method":"` + c.method + `","params":{` + params + `}}`
}

// Resources, prompts and completions are the same on every transport, and errors
// have the code that the revision asks for.
func TestLibraryInOlderRevisions(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{Library: fakeLibrary{}})
	base := serveOdd(t, s)
	p, client, web := startStdio(t, s), openSSE(t, base), newCaller(t, base+"/mcp").session()
	for _, c := range libraryCases() {
		message := c.message("")
		p.send(message)
		line := p.next()
		if !strings.Contains(line, c.old) || !strings.HasPrefix(line, `{"jsonrpc":"2.0","id":"r1",`) || strings.Contains(line, "secret words") {
			t.Errorf("%s\nwant %s\n got %s", message, c.old, line)
		}
		_, body := web.post(message)
		client.post(message)
		event := strings.TrimPrefix(client.until("data: ", patience), "data: ")
		for _, got := range []string{strings.TrimSuffix(body, "\n"), event} {
			if diff := cmp.Diff(withoutErrorID(line), withoutErrorID(got)); diff != "" {
				t.Errorf("%s (-stdio +HTTP):\n%s", message, diff)
			}
		}
	}
}

func TestLibraryInTheStatelessRevision(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{Library: fakeLibrary{}})
	p, web := startStdio(t, s), newCaller(t, serveOdd(t, s)+"/mcp")
	for _, c := range libraryCases() {
		message := c.message(modernMeta)
		var named struct{ Params struct{ Name, URI any } }
		if err := json.Unmarshal([]byte(message), &named); err != nil {
			t.Fatal(err)
		}
		name, _ := named.Params.Name.(string)
		if uri, ok := named.Params.URI.(string); ok {
			name = uri
		}
		p.send(message)
		line := p.next()
		want := or(c.stateless, c.old)
		if !strings.Contains(line, want) || strings.Contains(line, "secret words") {
			t.Errorf("%s\nwant %s\n got %s", message, want, line)
		}
		status, body := web.modern(c.method, name).post(message)
		if diff := cmp.Diff(withoutErrorID(line), withoutErrorID(strings.TrimSuffix(body, "\n"))); diff != "" {
			t.Errorf("%s (-stdio +HTTP):\n%s", message, diff)
		}
		if status != or(c.status, http.StatusOK) {
			t.Errorf("%s: status %d", message, status)
		}
		if c.method == "resources/read" && status == http.StatusOK && !strings.Contains(body, `"error"`) && !strings.Contains(body, `"ttlMs":0`) {
			t.Errorf("a resource may be kept: %s", body)
		}
	}
}

// withoutErrorID takes out what differs from one panic to the next.
func withoutErrorID(line string) string {
	return regexp.MustCompile(`\(error [0-9a-f]{16}\)`).ReplaceAllString(line, "(error)")
}

// The capabilities say what there is and nothing more.
func TestLibraryIsDeclared(t *testing.T) {
	t.Parallel()
	with, without := newTest(t, Config{Library: fakeLibrary{}}), newTest(t, Config{})
	for _, hello := range []string{initialize, modernConversation()[0]} {
		p := startStdio(t, with)
		p.send(hello)
		if line := p.next(); !strings.Contains(line, `"capabilities":{"completions":{},"prompts":{},"resources":{},"tools":{}}`) && !strings.Contains(line, `"prompts":{},"resources":{},"tools":{}`) {
			t.Errorf("declared %s", line)
		}
		p = startStdio(t, without)
		p.send(hello)
		if line := p.next(); strings.Contains(line, `"resources"`) || strings.Contains(line, `"prompts"`) || strings.Contains(line, `"completions"`) {
			t.Errorf("declared %s", line)
		}
	}
	p := startStdio(t, with)
	p.send(`{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"alloy://things"}}`)
	if line := p.next(); !strings.Contains(line, `"error"`) {
		t.Errorf("nothing is declared, and subscribed to: %s", line)
	}
}

// Whoever reads is who the transport says.
func TestLibraryKnowsWhoReads(t *testing.T) {
	t.Parallel()
	s := newTest(t, Config{Library: fakeLibrary{}, Authenticate: byToken})
	url := serveOdd(t, s) + "/mcp"
	read := `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"alloy://things/1"}}`
	for _, who := range []string{"ann", "bob"} {
		if _, body := newCaller(t, url, "X-Who", who).session().post(read); !strings.Contains(body, `\"who\":\"`+who+`\"`) {
			t.Errorf("%s reads %s", who, body)
		}
		long := strings.Repeat("x", 1_000)
		message := strings.Replace(strings.Replace(read, `"params":{`, `"params":{`+modernMeta+`,`, 1), "things/1", "things/"+long, 1)
		_, body := newCaller(t, url, "X-Who", who).modern("resources/read", "alloy://things/"+long).post(message)
		if !strings.Contains(body, `\"who\":\"`+who+`\"`) {
			t.Errorf("%s reads %s", who, body)
		}
	}
	if _, body := newCaller(t, url, "X-Who", "ann").modern("resources/read", "alloy://things/2").post(
		strings.Replace(read, `"params":{`, `"params":{`+modernMeta+`,`, 1)); !strings.Contains(body, `"code":-32020`) {
		t.Errorf("a header that names another resource: %s", body)
	}
}
