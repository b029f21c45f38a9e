package tools_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// foreign is an Alloy written for these tests only. It answers with the least
// that was ever observed, and keeps what it was sent.
type foreign struct {
	t *testing.T

	mu         sync.Mutex
	executions []map[string]any
	answer     string   // what an action answers
	answers    []string // the same for the first executions, one each; "" is HTTP 503
	metadata   string   // of every action
	resources  string   // of Notion; "" is HTTP 404
}

const (
	foreignKey  = "foreign-key-0123456789"
	foreignUser = "66aa00000000000000000001"
	foreignID   = "66bb00000000000000000001"
)

func (f *foreign) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+foreignKey || r.Header.Get("X-Api-Version") != "2025-09" {
		f.t.Errorf("%s %s: headers %v", r.Method, r.URL.Path, r.Header)
	}
	if (strings.Contains(r.URL.Path, "execute") || strings.HasSuffix(r.URL.Path, "/credentials")) && r.Header.Get("X-Alloy-Userid") != foreignUser {
		f.t.Errorf("%s %s is sent for %q", r.Method, r.URL.Path, r.Header.Get("X-Alloy-Userid"))
	}
	reply := func(text string) { _, _ = io.WriteString(w, text) }
	connector := "notion"
	if strings.HasPrefix(r.URL.Path, "/connectors/app/") {
		connector = "app"
	}
	switch r.Method + " " + strings.Replace(r.URL.Path, "/app/", "/notion/", 1) {
	case "GET /connectors":
		reply(`{"connectors":[{"id":"notion","name":"Notion"},{"id":"app","name":"App"}]}`)
	case "GET /connectors/notion/credentials":
		reply(`{"credentials":[{"credentialId":"` + foreignID + `","type":"` + connector + `-oauth2","name":"N","createdAt":"2025-11-03T09:00:00.000Z"}]}`)
	case "GET /connectors/notion/actions/post-search", "GET /connectors/notion/actions/get":
		reply(f.metadata)
	case "POST /connectors/notion/actions/post-search/execute", "POST /connectors/notion/actions/get/execute":
		answer := f.executed(r)
		if answer == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		reply(answer)
	case "GET /connectors/notion/resources":
		if f.resources != "" {
			reply(f.resources)
			return
		}
		fallthrough
	default:
		w.WriteHeader(http.StatusNotFound)
		reply(`{"errorHtml":"<pre>Cannot ` + r.Method + ` ` + r.URL.Path + `</pre>"}`)
	}
}

// executed keeps an execution and returns its answer.
func (f *foreign) executed(r *http.Request) string {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		f.t.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.executions = append(f.executions, body)
	if n := len(f.executions); n <= len(f.answers) {
		return f.answers[n-1]
	}
	return f.answer
}

const onePage = `{"object":"list","results":[{"object":"page","id":"p1","url":"https://n/p1","last_edited_time":"2025-01-01T00:00:00.000Z",` +
	`"parent":{"type":"workspace","workspace":true},"properties":{"Name":{"type":"title","title":[{"plain_text":"Hello "},{"plain_text":"world"}]}}}],"next_cursor":null,"has_more":false}`

const oldMetadata = `{"action":{"id":"post-search","httpMethod":"post","path":"/v1/search","parameters":[{"name":"Notion-Version","in":"header","schema":{"type":"string","default":"2022-06-28"}}],` +
	`"requestBody":{"type":"object","properties":{"query":{"type":"string"},"filter":{"type":"object","properties":{"property":{"type":"string"},"value":{"type":"string","enum":["page","database"]}}},"page_size":{"type":"integer"}}}}}`

// oldWithCursor takes a start_cursor, too.
func oldWithCursor() string {
	return strings.Replace(oldMetadata, `"query":`, `"start_cursor":{"type":"string"},"query":`, 1)
}

func TestAnAlloyThatIsNotOurSimulator(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, metadata, answer, args string
		want                         map[string]any // the execution
	}{
		{
			"the least", oldMetadata, `{"responseData":` + onePage + `}`, `{"query":"hello","filter":{"value":"data_source"}}`,
			map[string]any{
				"credentialId": foreignID, "additionalHeaders": map[string]any{"Notion-Version": "2022-06-28"},
				"requestBody": map[string]any{"query": "hello", "page_size": 25.0, "filter": map[string]any{"property": "object", "value": "database"}},
			},
		},
		{
			"with an execution id", oldMetadata, `{"executionId":"66cc","status":"x","responseData":` + onePage + `}`, `{"page_size":5}`,
			map[string]any{
				"credentialId": foreignID, "additionalHeaders": map[string]any{"Notion-Version": "2022-06-28"},
				"requestBody": map[string]any{"page_size": 5.0},
			},
		},
		{
			"no metadata at all", `{"errorHtml":"<pre>Cannot GET /</pre>"}`, `{"success":true,"result":` + onePage + `}`, `{"filter":{"value":"database"}}`,
			map[string]any{
				"credentialId": foreignID, "additionalHeaders": map[string]any{"Notion-Version": "2025-09-03"},
				"requestBody": map[string]any{"page_size": 25.0, "filter": map[string]any{"property": "object", "value": "data_source"}},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			alloy := &foreign{t: t, answer: test.answer, metadata: test.metadata}
			set := newSet(t, alloy, foreignKey, foreignUser, nil)
			answer, isError := call(t, set, "notion_search", test.args)
			if isError {
				t.Fatalf("answer: %v", answer)
			}
			wantRow := map[string]any{
				"id": "p1", "type": "page", "title": "Hello world", "url": "https://n/p1", "edited": "2025-01-01T00:00:00Z",
				"parent": map[string]any{"workspace": true},
			}
			if diff := cmp.Diff(any(wantRow), path(answer, "results", 0)); diff != "" {
				t.Errorf("the hit (-want +got):\n%s", diff)
			}
			sent := alloy.executions[0]
			for _, part := range []string{"queryParameters", "pathParams"} {
				if empty, ok := sent[part].(map[string]any); ok && len(empty) == 0 {
					delete(sent, part) // documented as optional: empty or left out
				}
			}
			if diff := cmp.Diff(test.want, sent); diff != "" {
				t.Errorf("the execution (-want +got):\n%s", diff)
			}
		})
	}
}

// An unknown shape is said out loud; it never becomes an empty list.
func TestAnUnknownShapeIsNoEmptyList(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{"responseData":{"items":[]}}`, `{"responseData":[]}`, `{"responseData":null}`, `{"responseData":"text"}`, `{"data":` + onePage + `}`, `{}`, `[]`, ``,
		`{"responseData":{"results":null}}`, `{"responseData":{"object":"error","status":400,"code":"validation_error","message":"body.page_size is wrong","request_id":"req-9"}}`,
	} {
		alloy := &foreign{t: t, answer: answer, metadata: oldMetadata}
		set := newSet(t, alloy, foreignKey, foreignUser, nil)
		if got, isError := call(t, set, "notion_search", `{}`); !isError || got["code"] == "internal" {
			t.Errorf("%s is answered %v", answer, fmt.Sprint(got))
		}
	}
}
