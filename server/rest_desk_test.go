package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// desk is a server over a simulated Alloy, below a path of a proxy, as a program
// sees it. Every answer is held against the OpenAPI document of the server.
type desk struct {
	t     *testing.T
	sim   *simulator.Simulator
	base  string
	log   *syncBuffer
	users map[string]string // Alloy's user id by principal

	doc  map[string]any
	spec *jsonschema.Compiler
	seen bytes.Buffer // every byte that was answered
	hits map[string]bool
}

const returnTo = "https://app.example.com/connected?from=test"

// openDesk serves one person without authentication, or several by the header
// X-Who.
func openDesk(t *testing.T, people ...string) *desk {
	t.Helper()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, sim: sim, log: new(syncBuffer), users: map[string]string{tools.Local: sim.Production().UserID()}, hits: map[string]bool{}}
	for _, name := range people {
		if d.users[name], err = sim.AddUser(name, name); err != nil {
			t.Fatal(err)
		}
	}
	var handler http.Handler
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(web.Close)
	d.base = web.URL + "/behind/a/proxy"
	set := d.tools()
	config := Config{Tools: clumsy{set}, Accounts: set, Logger: d.log.logger(), PublicURL: d.base, Version: "1.2.3"}
	if len(people) > 0 {
		config.Authenticate = byToken
	}
	handler = http.StripPrefix("/behind/a/proxy", newTest(t, config).Handler())
	return d
}

// tools are the real ones.
func (d *desk) tools() *tools.Set {
	d.t.Helper()
	upstream := httptest.NewServer(d.sim)
	d.t.Cleanup(upstream.Close)
	client, err := alloy.New(alloy.Config{BaseURL: upstream.URL, Key: alloy.StaticKey(alloy.NewSecret(d.sim.APIKey())), Logger: d.log.logger()})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(client.CloseIdleConnections)
	user := func(_ context.Context, principal string) (alloy.UserID, error) {
		if id, ok := d.users[principal]; ok {
			return alloy.ParseUserID(id)
		}
		return alloy.UserID{}, &tools.UserRequiredError{}
	}
	store := memory.New()
	cat := catalog.New(client)
	d.t.Cleanup(cat.Close)
	directory := accounts.New(accounts.Config{Alloy: client, Catalog: cat, Store: store, Logger: d.log.logger()})
	d.t.Cleanup(directory.Close)
	flow := connect.New(connect.Config{
		Alloy: client, Catalog: cat, Accounts: directory, Store: store, Origin: connect.PublicURL(d.base), User: user,
		Person: tools.Local, ReturnTo: []string{returnTo}, Logger: d.log.logger(),
	})
	d.t.Cleanup(flow.Close)
	set, err := tools.New(tools.Config{
		Alloy: client, Catalog: cat, Accounts: directory, Connect: flow, Logger: d.log.logger(),
		User: func(ctx context.Context, p tools.Principal) (alloy.UserID, error) { return user(ctx, p.ID) },
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return set
}

// clumsy are tools that break for one principal.
type clumsy struct{ *tools.Set }

func (c clumsy) Call(ctx context.Context, name string, arguments json.RawMessage) tools.Answer {
	if who, _ := tools.PrincipalFrom(ctx); who.ID == "panic" {
		panic(secret)
	}
	return c.Set.Call(ctx, name, arguments)
}

// connect gives a principal an account.
func (d *desk) connect(who, connector string) string {
	d.t.Helper()
	id, err := d.sim.AddCredential(d.users[who], connector)
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

func (d *desk) fault(f simulator.Fault) {
	d.t.Helper()
	if err := d.sim.SetFault(f); err != nil {
		d.t.Fatal(err)
	}
}

// answered is what a program got.
type answered struct {
	status int
	header http.Header
	text   string
	value  map[string]any // nil where the body is empty or no JSON
	close  bool           // the connection is not used again
}

// send makes a request as it is. header is name and value in turn; a body that
// begins with a brace is declared to be JSON.
func (d *desk) send(method, path, body string, header ...string) answered {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), method, d.base+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("User-Agent", "desk/1")
	if strings.HasPrefix(body, "{") {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if request.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			request.Host = header[i+1]
		}
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	got := answered{status: response.StatusCode, header: response.Header, text: string(text), close: response.Close}
	fmt.Fprintln(&d.seen, got.status, got.header, got.text)
	if json.Valid(text) {
		if err := json.Unmarshal(text, &got.value); err != nil {
			d.t.Fatal(err)
		}
	}
	if got.header.Get("Cache-Control") != "no-store" || got.header.Get("X-Content-Type-Options") != "nosniff" && got.header.Get("Content-Type") != "" {
		d.t.Errorf("%s %s has the headers %v", method, path, got.header)
	}
	return got
}

// ask is send for what the document describes: the answer must be as it says.
func (d *desk) ask(method, path, body string, header ...string) answered {
	d.t.Helper()
	got := d.send(method, path, body, header...)
	d.check(method, path, got)
	return got
}

// read fetches the document and prepares its schemas. They are closed: a key that
// they do not name fails the test.
func (d *desk) read(header ...string) {
	d.t.Helper()
	got := d.send(http.MethodGet, "/api/openapi.json", "", header...)
	if got.status != http.StatusOK {
		d.t.Fatalf("the document: %d %s", got.status, got.text)
	}
	d.doc = got.value
	for _, schema := range d.schemas() {
		shut(schema)
	}
	d.spec = jsonschema.NewCompiler()
	d.spec.AssertFormat()
	d.spec.UseLoader(loadsNothing{})
	text, err := json.Marshal(d.doc)
	if err != nil {
		d.t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.spec.AddResource("mem:///api.json", doc); err != nil {
		d.t.Fatal(err)
	}
}

type loadsNothing struct{}

func (loadsNothing) Load(string) (any, error) { return nil, errors.New("nothing is loaded") }

func (d *desk) schemas() map[string]any { return dig(d.doc, "components", "schemas") }

func shut(schema any) {
	node, ok := schema.(map[string]any)
	if !ok {
		return
	}
	for _, part := range node {
		shut(part)
	}
	if _, ok := node["properties"]; ok && node["type"] == "object" {
		node["additionalProperties"] = false
	}
}

func dig(value any, keys ...string) map[string]any {
	for _, key := range keys {
		node, _ := value.(map[string]any)
		value = node[key]
	}
	node, _ := value.(map[string]any)
	return node
}

// pathOf is the path of the document that a request's is one of.
func (d *desk) pathOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	for known := range dig(d.doc, "paths") {
		before, after, dynamic := strings.Cut(known, "{id}")
		rest, ok := strings.CutPrefix(path, before)
		if path == known || dynamic && ok && rest != "" && strings.HasSuffix(rest, after) && !strings.Contains(strings.TrimSuffix(rest, after), "/") {
			return known
		}
	}
	return ""
}

// check holds an answer against what the document says of it.
func (d *desk) check(method, path string, got answered) {
	d.t.Helper()
	what := fmt.Sprintf("%s %s: %d", method, path, got.status)
	known := d.pathOf(path)
	response := dig(d.doc, "paths", known, strings.ToLower(method), "responses", fmt.Sprint(got.status))
	if response == nil {
		d.t.Fatalf("%s is not described: %s", what, got.text)
	}
	d.hits[strings.ToLower(method)+" "+known] = true
	pointer := "#/paths/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(known) + "/" + strings.ToLower(method) + "/responses/" + fmt.Sprint(got.status)
	if ref, ok := response["$ref"].(string); ok {
		d.hits[ref] = true
		pointer, response = ref, dig(d.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	for header := range dig(response, "headers") {
		if got.header.Get(header) == "" && header != "Retry-After" {
			d.t.Errorf("%s lacks %s", what, header)
		}
	}
	if response["content"] == nil {
		if got.text != "" {
			d.t.Errorf("%s has the body %s", what, got.text)
		}
		return
	}
	if got.header.Get("Content-Type") != "application/json" {
		d.t.Errorf("%s is of the type %q", what, got.header.Get("Content-Type"))
	}
	schema, err := d.spec.Compile("mem:///api.json" + pointer + "/content/application~1json/schema")
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(got.text))
	if err != nil {
		d.t.Fatalf("%s: %v: %s", what, err, got.text)
	}
	if err := schema.Validate(value); err != nil {
		d.t.Errorf("%s: %v\n%s", what, err, got.text)
	}
	d.mark(dig(response, "content", "application/json", "schema"), got.value)
}

// mark notes which keys of the schemas an answer has.
func (d *desk) mark(schema map[string]any, value any) {
	place := ""
	if ref, ok := schema["$ref"].(string); ok {
		place = strings.TrimPrefix(ref, "#/components/schemas/")
		schema = dig(d.schemas(), place)
	}
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			d.mark(dig(schema, "items"), item)
		}
	case map[string]any:
		for key, part := range value {
			if place != "" {
				d.hits[place+"."+key] = true
			}
			d.mark(dig(schema, "properties", key), part)
		}
	}
}
