package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

const nobodys = "/api/connections/66aa66aa66aa66aa66aa66aa"

// Every path, every answer and every key that the document names comes, and
// nothing comes that it does not name.
func TestAnswersAreAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "alice")
	alice := []string{"X-Who", "alice"}
	d.read(alice...)
	first := d.connect("alice", "notion")
	d.connect("alice", "shippo")
	d.showOwner(t, first, alice)
	one := "/api/connections/" + first
	for _, test := range []struct {
		method, path, body string
		status             int
		says               string
		fault              *simulator.Fault
		who                string
	}{
		{"GET", "/api/connections", "", 200, `"connections":[{`, nil, "alice"},
		{"GET", "/api/connections?connector_id=shippo", "", 200, `"connector_id":"shippo"`, nil, "alice"},
		{"GET", "/api/connections?connector_id=shipo", "", 404, "unknown_connector", nil, "alice"},
		{"GET", "/api/connections?page=2", "", 400, `query parameter \"page\"`, nil, "alice"},
		{"GET", one, "", 200, `"verified_at":"20`, nil, "alice"},
		{"GET", one + "?tokens=false", "", 200, `"status":"working"`, nil, "alice"},
		{"GET", one + "?tokens=true", "", 200, `"tokens":{"connection_id":"` + first, nil, "alice"},
		{"GET", one + "?tokens=yes", "", 400, "true or false", nil, "alice"},
		{"GET", one + "?tokens=true&tokens=true", "", 400, "more than once", nil, "alice"},
		{"GET", one + "?tokens=%zz", "", 400, "cannot be read", nil, "alice"},
		{"GET", one + "/tokens", "", 200, `"managed_by":"alloy"`, nil, "alice"},
		{"GET", nobodys, "", 404, "not_found", nil, "alice"},
		{"GET", nobodys + "/tokens", "", 404, "not_found", nil, "alice"},
		{"GET", "/api/openapi.json", "", 200, `"openapi":"3.1.0"`, nil, "alice"},
		{"GET", "/api/connections", "", 401, "authentication is required", nil, ""},
		{"GET", "/api/connections", "", 409, "user_required", nil, "nobody in particular"},
		{"GET", "/api/connections", "", 500, "internal", nil, "panic"},
		{"GET", "/api/connections", "", 403, "not_permitted", &simulator.Fault{Kind: simulator.FaultStatus, Status: 403}, "alice"},
		{"GET", "/api/connections", "", 429, `"retry_after_s":60`, &simulator.Fault{Kind: simulator.FaultRateLimit, RetryAfter: "600"}, "alice"},
		{"GET", "/api/connections", "", 502, "api_key_rejected", &simulator.Fault{Kind: simulator.FaultStatus, Status: 401}, "alice"},
		{"GET", "/api/connections", "", 503, "upstream_unavailable", &simulator.Fault{Kind: simulator.FaultStatus, Status: 503}, "alice"},
		{"POST", "/api/oauth/initiate", `{"connector_id":"notion"}`, 200, `"url":"` + d.base + "/connect/", nil, "alice"},
		{"POST", "/api/oauth/initiate", `{"connector_id":"notion","return_to":"` + returnTo + `"}`, 200, `"request_id"`, nil, "alice"},
		{"POST", "/api/oauth/initiate", `{"connector_id":"notion","return_to":"` + returnTo + `&x"}`, 400, "CONNECT_RETURN_TO", nil, "alice"},
		{"POST", "/api/oauth/initiate", `{"connector_id":"notion","returnTo":"x"}`, 400, "returnTo", nil, "alice"},
		{"POST", "/api/oauth/initiate", `{"connector_id":"notoin"}`, 404, "unknown_connector", nil, "alice"},
		{"POST", "/api/oauth/initiate", `{"connector_id":"notion"`, 400, "invalid_arguments", nil, "alice"},
		{"POST", "/api/oauth/initiate", `{` + strings.Repeat(" ", maxObject) + `}`, 413, "65536", nil, "alice"},
		{"POST", "/api/oauth/initiate", `connector_id=notion`, 415, "application/json", nil, "alice"},
		{"DELETE", nobodys, "", 404, "not_found", nil, "alice"},
		{"DELETE", one, "", 504, `"outcome":"unknown"`, &simulator.Fault{Kind: simulator.FaultReset, Method: "DELETE"}, "alice"},
		{"DELETE", one, "", 204, "", nil, "alice"},
		{"DELETE", one, "", 404, "not_found", nil, "alice"},
	} {
		if d.sim.ClearFaults(); test.fault != nil {
			d.fault(*test.fault)
		}
		got := d.ask(test.method, test.path, test.body, "X-Who", test.who)
		if got.status != test.status || !strings.Contains(got.text, test.says) {
			t.Errorf("%s %.80s: %d %s, want %d and %q", test.method, test.path, got.status, got.text, test.status, test.says)
		}
	}
	d.complete()
}

// showOwner has a harmless read of an account, which proves it and tells whose it is.
func (d *desk) showOwner(t *testing.T, id string, header []string) {
	t.Helper()
	got := d.send(http.MethodPost, "/mcp", call(1, "get_connection", `{"connection_id":"`+id+`","verify":true}`), header...)
	if got.status != http.StatusOK || !strings.Contains(got.text, "working") {
		t.Fatalf("%d %s", got.status, got.text)
	}
}

// complete fails for what the document names and no answer had.
func (d *desk) complete() {
	d.t.Helper()
	for path := range dig(d.doc, "paths") {
		for method := range dig(d.doc, "paths", path) {
			if method != "parameters" && !d.hits[method+" "+path] {
				d.t.Errorf("%s %s was not asked", method, path)
			}
		}
	}
	for name := range dig(d.doc, "components", "responses") {
		if !d.hits["#/components/responses/"+name] {
			d.t.Errorf("no answer was %s", name)
		}
	}
	for name, schema := range d.schemas() {
		for key := range dig(schema, "properties") {
			if name != "Initiate" && !d.hits[name+"."+key] {
				d.t.Errorf("no answer had %s.%s", name, key)
			}
		}
	}
}

// What is mounted and what is described are the same.
func TestTheDocumentHasEveryPath(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	d.read()
	described := map[string]string{}
	for path := range dig(d.doc, "paths") {
		methods := map[string]endpoint{}
		for method := range dig(d.doc, "paths", path) {
			if method != "parameters" {
				methods[strings.ToUpper(method)] = nil
			}
		}
		described[path] = allow(methods)
	}
	mounted := map[string]string{}
	for path, methods := range new(Server).endpoints() {
		mounted[path] = allow(methods)
	}
	if diff := cmp.Diff(mounted, described); diff != "" {
		t.Errorf("mounted (-) and described (+):\n%s", diff)
	}
	if got := dig(d.doc, "info")["version"]; got != "1.2.3" {
		t.Errorf("version %v", got)
	}
	if got := fmt.Sprint(d.doc["servers"]); got != "[map[url:"+d.base+"]]" || d.doc["security"] != nil {
		t.Errorf("servers %s, security %v", got, d.doc["security"])
	}
	several := openDesk(t, "alice")
	several.read("X-Who", "alice")
	if got := fmt.Sprint(several.doc["security"]); got != "[map[bearer:[]]]" {
		t.Errorf("with authentication: %s", got)
	}
	words, _ := dig(d.schemas(), "Error", "properties", "code")["description"].(string)
	for _, code := range []string{
		"invalid_arguments", "unknown_connector", "not_found", "user_required", "not_permitted", "refused_by_policy", "rate_limited",
		"api_key_rejected", "upstream_error", "upstream_unavailable", "outcome_unknown", "internal",
	} {
		_, rest, _ := strings.Cut(words, code+" (")
		if statuses, _, _ := strings.Cut(rest, ")"); !strings.Contains(statuses, fmt.Sprint(statusOf(tools.Code(code)))) {
			t.Errorf("%s has the status %d, and the document says %q", code, statusOf(tools.Code(code)), statuses)
		}
	}
}

// One person without authentication has the same paths, and the link works.
func TestOnePersonNeedsNoToken(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	d.read()
	if got := d.ask("GET", "/api/connections", ""); got.text != `{"connections":[]}`+"\n" {
		t.Errorf("nothing is connected: %s", got.text)
	}
	id := d.connect("local", "notion")
	if got := d.ask("GET", "/api/connections/"+id+"?tokens=true", ""); got.value["connection_id"] != id || dig(got.value, "tokens")["type"] != "oauth2" {
		t.Errorf("connected: %s", got.text)
	}
	started := d.ask("POST", "/api/oauth/initiate", `{"connector_id":"notion","return_to":"`+returnTo+`"}`)
	again := d.ask("POST", "/api/oauth/initiate", ` {"return_to":"`+returnTo+`","connector_id":"notion"}`, "Content-Type", "application/json; charset=utf-8")
	if diff := cmp.Diff(started.value, again.value); diff != "" || len(started.value) != 3 {
		t.Errorf("started twice (-first +second):\n%s", diff)
	}
	if got := d.ask("DELETE", "/api/connections/"+id, ""); got.status != 204 {
		t.Errorf("disconnect: %d", got.status)
	}
	if got := d.ask("GET", "/api/connections", ""); got.text != `{"connections":[]}`+"\n" {
		t.Errorf("afterwards: %s", got.text)
	}
}

// Somebody else's connection and one that does not exist cannot be told apart, by
// any byte but the date, and nothing happens to it.
func TestWhatIsSomebodyElsesDoesNotExist(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "alice", "bob")
	mine := map[string]string{"alice": d.connect("alice", "notion"), "bob": d.connect("bob", "notion")}
	for who, other := range map[string]string{"alice": "bob", "bob": "alice"} {
		if list := d.send("GET", "/api/connections", "", "X-Who", who); !strings.Contains(list.text, mine[who]) || strings.Contains(list.text, mine[other]) {
			t.Errorf("%s sees %s", who, list.text)
		}
		for _, way := range []struct{ method, behind string }{{"GET", ""}, {"GET", "?tokens=true"}, {"GET", "/tokens"}, {"DELETE", ""}, {"HEAD", ""}} {
			theirs := d.send(way.method, "/api/connections/"+mine[other]+way.behind, "", "X-Who", who)
			none := d.send(way.method, nobodys+way.behind, "", "X-Who", who)
			theirs.header.Del("Date")
			none.header.Del("Date")
			if diff := cmp.Diff(none, theirs, cmp.AllowUnexported(answered{})); diff != "" || theirs.status != http.StatusNotFound {
				t.Errorf("%s %s: %d; nobody's (-) and somebody's (+):\n%s", way.method, way.behind, theirs.status, diff)
			}
		}
		if got := d.send("GET", "/api/connections/"+mine[who], "", "X-Who", who); got.status != http.StatusOK {
			t.Errorf("%s's own: %d %s", who, got.status, got.text)
		}
	}
	started := d.send("POST", "/api/oauth/initiate", `{"connector_id":"notion"}`, "X-Who", "alice")
	if got := d.send("POST", "/api/oauth/initiate", `{"connector_id":"notion"}`, "X-Who", "bob"); got.value["request_id"] == started.value["request_id"] {
		t.Error("two people share a request")
	}
	for _, entry := range d.sim.Journal() {
		if entry.Method == "DELETE" {
			t.Errorf("%s was sent", entry.Path)
		}
	}
}

func TestMethodsAndAddresses(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.connect("local", "notion")
	one := "/api/connections/" + id
	for _, test := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/api/connections", 405, "GET, HEAD, OPTIONS"},
		{"PUT", one, 405, "DELETE, GET, HEAD, OPTIONS"},
		{"DELETE", one + "/tokens", 405, "GET, HEAD, OPTIONS"},
		{"GET", "/api/oauth/initiate", 405, "OPTIONS, POST"},
		{"HEAD", "/api/oauth/initiate", 405, "OPTIONS, POST"},
		{"DELETE", "/api/openapi.json", 405, "GET, HEAD, OPTIONS"},
		{"OPTIONS", one, 204, "DELETE, GET, HEAD, OPTIONS"},
		{"OPTIONS", "/api/oauth/initiate", 204, "OPTIONS, POST"},
		{"GET", "/api/", 404, ""},
		{"GET", "/api/connections/", 404, ""},
		{"DELETE", "/api/connections/", 404, ""},
		{"GET", one + "/", 404, ""},
		{"GET", "/api/connections/a%2Fb", 404, ""},
		{"GET", "/api/connections/%00", 404, ""},
		{"GET", "/api/connections/..%2Fopenapi.json", 404, ""},
		{"GET", "/api/oauth", 404, ""},
	} {
		got := d.send(test.method, test.path, "")
		if got.status != test.status || got.header.Get("Allow") != test.allow || test.method != "HEAD" && test.status >= 400 && (got.value["code"] == nil || got.value["hint"] == nil) {
			t.Errorf("%s %s: %d, Allow %q, %s", test.method, test.path, got.status, got.header.Get("Allow"), got.text)
		}
	}
	for _, path := range []string{"/api/connections", one, one + "?tokens=true", one + "/tokens", "/api/openapi.json", nobodys} {
		get, head := d.send("GET", path, ""), d.send("HEAD", path, "")
		get.header.Del("Date")
		head.header.Del("Date")
		if diff := cmp.Diff(get.header, head.header); diff != "" || head.status != get.status || head.text != "" {
			t.Errorf("HEAD %s: %d, headers of GET (-) and HEAD (+):\n%s", path, head.status, diff)
		}
	}
	if got := d.send("GET", "/api/connections", ""); !strings.Contains(got.text, id) {
		t.Error("the connection is gone")
	}
}

// A web page can make a browser send a POST with a type of forms, and read nothing.
func TestNoWebPageDrivesREST(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.connect("local", "notion")
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/json-patch+json"} {
		if got := d.send("POST", "/api/oauth/initiate", `{"connector_id":"notion"}`, "Content-Type", kind); got.status != http.StatusUnsupportedMediaType {
			t.Errorf("a POST of the type %q: %d", kind, got.status)
		}
	}
	for _, way := range []struct{ method, path, body string }{
		{"POST", "/api/oauth/initiate", `{"connector_id":"notion"}`},
		{"DELETE", "/api/connections/" + id, ""},
		{"GET", "/api/connections", ""},
		{"OPTIONS", "/api/connections", ""},
	} {
		for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Host", "evil.example"}} {
			got := d.send(way.method, way.path, way.body, append(header, "Access-Control-Request-Method", "DELETE")...)
			if got.status != http.StatusForbidden || got.header.Get("Access-Control-Allow-Origin") != "" || strings.Contains(got.text, id) {
				t.Errorf("%s %s with %s: %d %v %s", way.method, way.path, header, got.status, got.header, got.text)
			}
		}
	}
	if entries := d.sim.Journal(); len(entries) != 0 {
		t.Errorf("%d requests reached Alloy", len(entries))
	}
}

func TestBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	for name, body := range map[string]string{
		"empty":            ``,
		"null":             `null`,
		"a list":           `[{"connector_id":"notion"}]`,
		"text with JSON":   `"{\"connector_id\":\"notion\"}"`,
		"two objects":      `{"connector_id":"notion"}{}`,
		"a key twice":      `{"connector_id":"slack","connector_id":"notion"}`,
		"an unknown key":   `{"connector_id":"notion","owner":"alice"}`,
		"another case":     `{"Connector_ID":"notion"}`,
		"an object inside": `{"connector_id":{"a":"notion"}}`,
		"not UTF-8":        "{\"connector_id\":\"\xff\"}",
		"nested too deep":  `{"connector_id":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`,
	} {
		got := d.send("POST", "/api/oauth/initiate", body, "Content-Type", "application/json")
		if got.status != http.StatusBadRequest || got.value["code"] != "invalid_arguments" {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
	if got := d.send("POST", "/api/oauth/initiate", `{"connector_id":"notion","owner":"alice","user":"bob"}`); !strings.Contains(got.text, "owner") || !strings.Contains(got.text, "user") {
		t.Errorf("unknown keys are not named: %s", got.text)
	}
	if got := d.send("POST", "/api/oauth/initiate", `{"connector_id":"`+strings.Repeat("n", maxObject)+`"}`); got.status != http.StatusRequestEntityTooLarge || !got.close {
		t.Errorf("a large body: %d %v", got.status, got.header)
	}
	if got := d.send("POST", "/api/oauth/initiate", `{"connector_id":"notion"`+strings.Repeat(" ", maxObject-len(`{"connector_id":"notion"}`))+`}`); got.status != http.StatusOK {
		t.Errorf("a body of the largest size: %d %s", got.status, got.text)
	}
}

// Without accounts to serve there is no /api.
func TestWithoutAccountsThereIsNoREST(t *testing.T) {
	t.Parallel()
	base := serveOdd(t, newTest(t, Config{}))
	if status, _ := read(t, newCaller(t, base+"/api/connections").do(t.Context(), http.MethodGet, "")); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}

// No token, key or panic's value is in an answer or the log, at the most talkative
// level and with an Alloy that repeats the key in its errors.
func TestRESTKeepsSecrets(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "alice")
	ids := []string{d.connect("alice", "notion"), d.connect("alice", "jira"), d.connect("alice", "shippo")}
	for range 2 {
		d.send("GET", "/api/connections", "", "X-Who", "alice", "Authorization", "Bearer "+secret)
		d.send("GET", "/api/connections", "", "X-Who", "panic")
		d.send("POST", "/api/oauth/initiate", `{"connector_id":"notion"}`, "X-Who", "alice")
		for _, id := range ids {
			d.send("GET", "/api/connections/"+id+"?tokens=true", "", "X-Who", "alice")
			d.send("GET", "/api/connections/"+id+"/tokens", "", "X-Who", "alice")
			d.send("DELETE", "/api/connections/"+id, "", "X-Who", "alice")
		}
		d.fault(simulator.Fault{Kind: simulator.FaultEchoSecret})
	}
	all := d.seen.String() + d.log.String()
	if !strings.Contains(all, "DEBUG") || !strings.Contains(all, `msg="rest call"`) || !strings.Contains(all, "managed_by") {
		t.Fatal("the log or the answers are not what this test is about")
	}
	for _, canary := range append(d.sim.Canaries(), d.sim.APIKey(), secret) {
		for _, form := range []string{canary, url.QueryEscape(canary)} {
			if i := strings.Index(all, form); i >= 0 {
				t.Errorf("a secret is in …%s…", all[max(0, i-60):i])
			}
		}
	}
	for _, id := range ids {
		for line := range strings.Lines(d.log.String()) {
			if strings.Contains(line, `msg="rest call"`) && strings.Contains(line, id) {
				t.Errorf("the log names a connection: %s", line)
			}
		}
	}
}
