package doctor

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/redact"
)

const (
	goodKey = "canary_key-4f9Qw2LmXy7T"
	alice   = "66aa00000000000000000001"
	bob     = "66aa00000000000000000002"
	// canary stands wherever a provider's secret could be.
	canary = "ntn_canaryCanary123456789"
)

// credential is one row of a list of credentials.
type credential struct {
	ID, Name, Type string
	Created        string
}

// reply is an answer that stands in for the usual one.
type reply struct {
	status int
	body   string
	header map[string]string
}

// fake is a small Alloy in the shapes that are official or were observed. It
// lives under an odd base path, and shares nothing with the simulator.
type fake struct {
	now         time.Time
	noDate      bool
	version     string
	connectors  []string // rows in JSON
	users       []string // "id username full name"
	credentials map[string][]credential
	metadata    map[string]string // by connector
	resources   map[string]string
	search      string // the action post-search
	replies     map[string]reply
	// run answers executions: connector.action by credential, with the body.
	run func(action, credentialID, user string, body map[string]any) reply

	twins  bool              // usernames need not be unique
	onCall func(call string) // called before an answer

	mu      sync.Mutex
	seen    []string // "METHOD path user"
	made    map[string]string
	removed []string
	url     string
}

const basePath = "/odd/base"

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{
		now:     time.Date(2025, 11, 22, 10, 0, 0, 0, time.UTC),
		version: "2025-09",
		connectors: []string{
			`{"id":"notion","name":"Notion","icon":"https://cdn.runalloy.com/icons/notion.png","group":["output"],"category":["productivity"]}`,
			`{"id":"slack","name":"Slack","group":["output"],"category":["chat"]}`,
			`{"id":"zohoCRM","name":"Zoho CRM","group":["input"],"category":["crm"]}`,
			`{"id":"shipStation","name":"ShipStation","group":["input"],"category":["shipping"]}`,
		},
		users: []string{alice + " alice Alice Example", bob + " bob@example.com Bob Example"},
		credentials: map[string][]credential{alice: {
			{"66bb00000000000000000001", "Alice Example's Notion", "notion-oauth2", "2025-11-03T09:00:00.000Z"},
		}},
		metadata: map[string]string{
			"notion":      `[{"authenticationType":"oauth2","authConfigRequired":false,"inputSchema":{"type":"object","properties":{}}}]`,
			"slack":       `[{"authenticationType":"oauth2","authConfigRequired":true}]`,
			"zohoCRM":     `[{"authenticationType":"oauth2","inputSchema":{"type":"object","properties":{"data":{"type":"object","properties":{"region":{"type":"string"}}}}}}]`,
			"shipStation": `[{"authenticationType":"apiKey","inputSchema":{"type":"object","properties":{"data":{"type":"object","properties":{"apiKey":{"type":"string"}},"required":["apiKey"]}}}}]`,
		},
		resources: map[string]string{
			"notion":  `[{"name":"search","description":"d","actions":[{"id":"post-search","name":"Search"},{"id":"get-self","name":"Me"},{"id":"retrieve-a-page","name":"Page"}]}]`,
			"slack":   `[{"name":"auth","description":"d","actions":[{"id":"chat_postMessage","name":"Post"},{"id":"auth_test","name":"Test"}]}]`,
			"zohoCRM": `[{"name":"tasks","description":"d","actions":[{"id":"listTasks","name":"List"}]}]`,
		},
		search:  pinnedSearch(t),
		replies: map[string]reply{},
		made:    map[string]string{},
	}
	f.run = func(action, _, _ string, _ map[string]any) reply {
		if action == "notion.post-search" {
			return reply{status: 200, body: `{"executionId":"66cc00000000000000000001","status":"completed","responseData":{"object":"list","results":[{"object":"page","id":"p1","properties":{"Secret plans":{"id":"title"}}}],"has_more":true}}`}
		}
		return reply{status: 200, body: `{"responseData":{"ok":true,"user":"alice"}}`}
	}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL + basePath
	return f
}

// client returns a client with the key.
func (f *fake) client(t *testing.T, key string) *alloy.Client {
	t.Helper()
	client, err := alloy.New(alloy.Config{BaseURL: f.url, Version: f.version, Key: alloy.StaticKey(alloy.NewSecret(key))})
	if err != nil {
		t.Fatalf("make a client: %v", err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// config returns settings under which everything works.
func (f *fake) config(t *testing.T) Config {
	t.Helper()
	var secrets redact.Secrets
	secrets.Add(goodKey)
	return Config{
		Client: f.client(t, goodKey), Key: alloy.NewSecret(goodKey), KeyPlace: PlaceEnvFile, KeySource: "/home/ann/.config/alloy-mcp/.env",
		BaseURL: f.url, User: "alice", Transport: "stdio", Addr: "127.0.0.1:0", Auth: "none", ProgramVersion: "test",
		Files: []File{{Path: "/home/ann/.config/alloy-mcp/.env", HoldsKey: true, ModeKnown: true, Mode: 0o600, FolderMode: 0o700, Git: GitOutside}},
		Now:   func() time.Time { return f.now }, Scrubber: redact.New(secrets.List),
	}
}

func (f *fake) calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.seen...)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, under := strings.CutPrefix(r.URL.Path, basePath)
	user := r.Header.Get("X-Alloy-Userid")
	f.mu.Lock()
	f.seen = append(f.seen, strings.TrimSpace(r.Method+" "+path+" "+user))
	f.mu.Unlock()
	if f.onCall != nil {
		f.onCall(r.Method + " " + path)
	}
	w.Header()["Date"] = []string{f.now.UTC().Format(http.TimeFormat)}
	if f.noDate {
		w.Header()["Date"] = nil
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Request-Id", "req-1")
	answer, ok := f.replies[r.Method+" "+path]
	switch {
	case !under:
		answer = reply{status: 404, body: "wrong base path"}
	case ok:
	case r.Header.Get("X-Api-Version") != "2025-09" && r.Header.Get("X-Api-Version") != "2025-06":
		answer = cannotRoute(r.Method, path)
	case r.Header.Get("Authorization") != "Bearer "+goodKey:
		answer = reply{status: 401, body: `{"message":"Invalid Authorization"}`}
	default:
		answer = f.route(r, path, user)
	}
	for name, value := range answer.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, answer.body)
}

func cannotRoute(method, path string) reply {
	return reply{status: 404, body: fmt.Sprintf(`{"errorHtml":"<!DOCTYPE html><html><body><pre>Cannot %s %s</pre></body></html>"}`, method, path)}
}

func refusal(status int, code, message, details string) reply {
	inner := strings.TrimSuffix(object("source", "CONNECTIVITY_API", "code", code, "message", message), "}")
	return reply{status: status, body: `{"error":` + inner + `,"details":` + details + `}}`}
}

func (f *fake) route(r *http.Request, path, user string) reply {
	part := strings.Split(strings.Trim(path, "/"), "/")
	if user != "" && !f.knows(user) {
		return refusal(400, "INVALID_USER", "User not found", `{"userId":"`+user+`"}`)
	}
	switch {
	case r.Method == "GET" && path == "/connectors":
		return list("connectors", f.connectors)
	case r.Method == "GET" && path == "/users":
		return list("data", f.userRows())
	case r.Method == "POST" && path == "/users":
		return f.makeUser(r)
	case len(part) == 2 && part[0] == "users":
		return f.oneUser(r, part[1])
	case len(part) == 3 && part[0] == "users" && part[2] == "credentials":
		if _, err := hex.DecodeString(part[1]); err != nil {
			return refusal(400, "INVALID_INPUT", "Validation failed", `[{"properties":"userId","message":"userId must be a valid ID"}]`)
		}
		if !f.knows(part[1]) {
			return refusal(404, "INVALID_USER", "User not found", `{"userId":"`+part[1]+`"}`)
		}
		return list("data", f.rows(part[1], ""))
	case len(part) == 4 && part[2] == "credentials" && r.Method == "DELETE":
		return reply{status: 200, body: `{"success":true}`}
	case len(part) == 3 && part[0] == "connectors" && part[2] == "credentials" && r.Method == "POST":
		return f.connect(r, part[1])
	case len(part) >= 3 && part[0] == "connectors":
		return f.connector(r, part, user)
	}
	return cannotRoute(r.Method, path)
}

func (f *fake) connector(r *http.Request, part []string, user string) reply {
	id, rest := part[1], strings.Join(part[2:], "/")
	switch {
	case rest == "credentials":
		return list("credentials", f.rows(user, id))
	case rest == "credentials/metadata" && f.metadata[id] != "":
		return reply{status: 200, body: `{"metadata":` + f.metadata[id] + `}`}
	case rest == "resources" && f.resources[id] != "":
		return reply{status: 200, body: `{"resources":` + f.resources[id] + `}`}
	case rest == "actions/post-search" && id == "notion" && f.search != "":
		return reply{status: 200, body: `{"action":` + f.search + `}`}
	case strings.HasSuffix(rest, "/execute") && r.Method == "POST":
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return refusal(400, "INVALID_INPUT", "Bad JSON", `{}`)
		}
		credentialID, _ := body["credentialId"].(string)
		if !f.owns(user, credentialID) {
			return refusal(400, "INVALID_INPUT", "Credential not found", `{}`)
		}
		return f.run(id+"."+part[3], credentialID, user, body)
	}
	return reply{status: 404, body: `{"message":"Not Found"}`}
}

func (f *fake) makeUser(r *http.Request) reply {
	var body struct{ Username string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return refusal(400, "INVALID_INPUT", "Bad JSON", `{}`)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range f.made {
		if name == body.Username && !f.twins {
			return refusal(409, "INVALID_INPUT", "Username already exists", `{}`)
		}
	}
	id := fmt.Sprintf("66dd%020d", len(f.made)+1)
	f.made[id] = body.Username
	return reply{status: 200, body: `{"userId":"` + id + `"}`}
}

func (f *fake) oneUser(r *http.Request, id string) reply {
	switch {
	case !f.knows(id):
		return refusal(404, "INVALID_USER", "User not found", `{"userId":"`+id+`"}`)
	case r.Method == "DELETE":
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.made, id)
		f.removed = append(f.removed, id)
		return reply{status: 200, body: `{"success":true}`}
	}
	for _, row := range f.userRows() {
		if strings.Contains(row, id) {
			return reply{status: 200, body: row}
		}
	}
	return reply{status: 404, body: `{}`}
}

// connect answers the call that connects an account.
func (f *fake) connect(r *http.Request, connector string) reply {
	var body struct{ AuthenticationType, UserID string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return refusal(400, "INVALID_INPUT", "Bad JSON", `{}`)
	}
	switch {
	case !strings.Contains(f.metadata[connector], body.AuthenticationType):
		return reply{status: 404, body: `{"code":"AUTHENTICATION_NOT_FOUND","message":"no such authentication"}`}
	case body.AuthenticationType == "oauth2":
		return reply{status: 200, body: `{"oauthUrl":"https://api.runalloy.com/api/strategy/connector/` + connector + `/authorize?userId=` + body.UserID + `&token=` + f.linkToken() + `"}`}
	}
	return reply{status: 200, body: `{"credentialId":"66bb0000000000000000ffff"}`}
}

// linkToken is a JSON Web Token as Alloy puts one into its links: good for an hour.
func (f *fake) linkToken() string {
	payload := fmt.Sprintf(`{"user":{"_id":"canary"},"exp":%d}`, f.now.Add(time.Hour).Unix())
	return "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2lnbmF0dXJlY2FuYXJ5"
}

// object writes pairs of keys and texts as a JSON object.
func object(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		value, err := json.Marshal(pairs[i+1])
		if err != nil {
			panic(err)
		}
		parts = append(parts, `"`+pairs[i]+`":`+string(value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func list(key string, rows []string) reply {
	return reply{status: 200, body: `{"` + key + `":[` + strings.Join(rows, ",") + `]}`}
}

func (f *fake) userRows() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var rows []string
	for _, user := range f.users {
		part := strings.SplitN(user, " ", 3)
		rows = append(rows, object("userId", part[0], "username", part[1], "fullName", part[2]))
	}
	for id, name := range f.made {
		rows = append(rows, object("userId", id, "username", name, "fullName", ""))
	}
	return rows
}

func (f *fake) knows(id string) bool {
	for _, row := range f.userRows() {
		if strings.Contains(row, `"`+id+`"`) {
			return true
		}
	}
	return false
}

func (f *fake) owns(user, credentialID string) bool {
	for _, c := range f.credentials[user] {
		if c.ID == credentialID {
			return true
		}
	}
	return false
}

func (f *fake) rows(user, connector string) []string {
	var rows []string
	for _, c := range f.credentials[user] {
		if connector == "" || strings.HasPrefix(c.Type, connector+"-") {
			rows = append(rows, object("credentialId", c.ID, "name", c.Name, "type", c.Type, "createdAt", c.Created, "updatedAt", c.Created))
		}
	}
	return rows
}
