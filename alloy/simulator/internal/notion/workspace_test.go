package notion_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator/internal/notion"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a workspace with a caller who sees the team's space.
type desk struct {
	*notion.Workspace
	t      *testing.T
	now    time.Time
	caller notion.Caller
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2025, time.November, 21, 10, 0, 0, 0, time.UTC), caller: notion.Caller{Key: "c", Version: "2022-06-28"}}
	d.Workspace = notion.New(notion.Options{Seed: 1, Clock: func() time.Time { return d.now }})
	return d
}

type object = map[string]any

// run carries out an operation: ids by name go into the path and the query alike.
func (d *desk) run(operation string, args, body object) (notion.Response, object) {
	d.t.Helper()
	var raw json.RawMessage
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			d.t.Fatal(err)
		}
	}
	wire, err := json.Marshal(args) // numbers arrive as JSON has them
	if err != nil {
		d.t.Fatal(err)
	}
	var given object
	if err := json.Unmarshal(wire, &given); err != nil {
		d.t.Fatal(err)
	}
	got := d.Do(d.caller, notion.Request{Operation: operation, Path: given, Query: given, Body: raw})
	var answer object
	if err := json.Unmarshal(got.Body, &answer); err != nil {
		d.t.Fatalf("%s answered no object: %v", operation, err)
	}
	return got, answer
}

// ok is run for what has to succeed.
func (d *desk) ok(operation string, args, body object) object {
	d.t.Helper()
	got, answer := d.run(operation, args, body)
	if got.Status != http.StatusOK {
		d.t.Fatalf("%s %v: %d %s", operation, args, got.Status, got.Body)
	}
	return answer
}

// refused is run for what has to fail with a code and words.
func (d *desk) refused(operation string, args, body object, code, words string) {
	d.t.Helper()
	got, answer := d.run(operation, args, body)
	message, _ := answer["message"].(string)
	if answer["object"] != "error" || answer["code"] != code || !strings.Contains(message, words) || answer["status"] != float64(got.Status) || got.Wrote {
		d.t.Errorf("%s %v %v: %s, want %s with %q", operation, args, body, got.Body, code, words)
	}
}

func walk(v any, path ...any) any {
	for _, step := range path {
		switch key := step.(type) {
		case string:
			m, _ := v.(object)
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

func results(o object) []any {
	list, _ := o["results"].([]any)
	return list
}

// id finds a page or database by its exact title.
func (d *desk) id(title string) string {
	d.t.Helper()
	for _, hit := range results(d.ok("post-search", nil, object{"query": title})) {
		if titleOf(hit) == title {
			return walk(hit, "id").(string)
		}
	}
	d.t.Fatalf("there is no %q", title)
	return ""
}

func titleOf(o any) string {
	list, _ := walk(o, "title").([]any)
	for _, p := range propertiesOf(o) {
		if walk(p, "type") == "title" {
			if inner, isList := walk(p, "title").([]any); isList {
				list = inner
			}
		}
	}
	var b strings.Builder
	for _, run := range list {
		text, _ := walk(run, "plain_text").(string)
		b.WriteString(text)
	}
	return b.String()
}

func propertiesOf(o any) object {
	p, _ := walk(o, "properties").(object)
	return p
}

func titles(o object) []string {
	var out []string
	for _, hit := range results(o) {
		out = append(out, titleOf(hit))
	}
	return out
}

func text(words string) []any { return []any{object{"text": object{"content": words}}} }

func titled(words string) object { return object{"title": object{"title": text(words)}} }

func TestTheSeededWorkspaceIsWorthSearching(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	kinds := map[any]int{}
	parents := map[any]int{}
	cursor := any(nil)
	for {
		body := object{}
		if cursor != nil {
			body["start_cursor"] = cursor
		}
		page := d.ok("post-search", nil, body)
		for _, hit := range results(page) {
			kinds[walk(hit, "object")]++
			parents[walk(hit, "parent", "type")]++
		}
		if cursor = page["next_cursor"]; cursor == nil {
			break
		}
	}
	if kinds["page"] < 120 || kinds["database"] < 6 {
		t.Errorf("the workspace holds %v", kinds)
	}
	for _, kind := range []string{"workspace", "page_id", "database_id"} {
		if parents[kind] < 6 {
			t.Errorf("%d objects stand under %s", parents[kind], kind)
		}
	}
}

func TestVersionsAreChecked(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for version, code := range map[string]string{"": "missing_version", "2024-11-15": "validation_error", "latest": "validation_error"} {
		d.caller.Version = version
		d.refused("get-self", nil, nil, code, "Notion-Version")
	}
	d.caller.Version = "2022-06-28"
	d.refused("query-data-source", object{"data_source_id": "x"}, nil, "invalid_request_url", "")
	d.refused("retrieve-a-data-source", object{"data_source_id": "x"}, nil, "invalid_request_url", "")
	d.caller.Version = "2025-09-03"
	d.refused("post-database-query", object{"database_id": "x"}, nil, "invalid_request_url", "")
	d.refused("no-such-operation", nil, nil, "invalid_request_url", "")
}

func TestBadTokensAndBodiesAreRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	got := d.Do(d.caller, notion.Request{Operation: "post-search", Body: json.RawMessage(`[1]`)})
	if got.Status != 400 || !strings.Contains(string(got.Body), "invalid_json") {
		t.Errorf("an array as body: %d %s", got.Status, got.Body)
	}
	d.caller.Revoked = true
	d.refused("get-self", nil, nil, "unauthorized", "token")
}

func TestRateLimitIsThreeASecond(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.caller.RateLimit = true
	calls := func(n int) (fine int) {
		for range n {
			got, answer := d.run("get-self", nil, nil)
			switch got.Status {
			case http.StatusOK:
				fine++
			case http.StatusTooManyRequests:
				if answer["code"] != "rate_limited" || got.Header.Get("Retry-After") != "1" {
					t.Errorf("refused with %s %v", got.Body, got.Header)
				}
			}
		}
		return fine
	}
	if n := calls(10); n != 3 {
		t.Errorf("a burst of 10: %d passed", n)
	}
	d.now = d.now.Add(time.Second)
	if n := calls(10); n != 3 {
		t.Errorf("a second later: %d of 10 passed", n)
	}
	d.caller.Key = "other"
	if n := calls(1); n != 1 {
		t.Error("one caller's limit holds up another")
	}
	d.caller.Key, d.caller.RateLimit = "c", false
	if n := calls(10); n != 10 {
		t.Errorf("switched off: %d of 10 passed", n)
	}
}

func TestOnlySharedContentIsSeen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if got := titles(d.ok("post-search", nil, object{"query": "salary"})); got != nil {
		t.Errorf("private pages are found: %v", got)
	}
	engineering, product := d.id("Engineering"), d.id("Product")
	runbooks := d.id("Runbooks")
	d.caller.Roots = []string{strings.ReplaceAll(engineering, "-", "")}
	if got := d.ok("post-search", nil, object{"query": "runbook"}); len(results(got)) != 1 {
		t.Errorf("below the shared page: %v", titles(got))
	}
	d.ok("get-block-children", object{"block_id": runbooks}, nil)
	for _, operation := range []string{"retrieve-a-page", "patch-page"} {
		d.refused(operation, object{"page_id": product}, object{}, "object_not_found", "shared with your integration")
	}
	d.refused("post-page", nil, object{"parent": object{"page_id": product}, "properties": object{}}, "object_not_found", "shared")
	d.refused("get-block-children", object{"block_id": product}, nil, "object_not_found", "shared")
	d.refused("retrieve-a-comment", object{"block_id": product}, nil, "object_not_found", "shared")
	d.caller.Nothing = true
	if got := results(d.ok("post-search", nil, nil)); len(got) != 0 {
		t.Errorf("with nothing shared, %d objects are found", len(got))
	}
	d.refused("retrieve-a-page", object{"page_id": engineering}, nil, "object_not_found", "shared")
}

func TestUsersAndSelf(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	list := d.ok("get-users", object{"page_size": "3"}, nil)
	if len(results(list)) != 3 || list["has_more"] != true || walk(list, "results", 0, "person", "email") == nil {
		t.Errorf("first users: %v", list)
	}
	rest := d.ok("get-users", object{"start_cursor": list["next_cursor"]}, nil)
	if len(results(rest)) != 4 || rest["has_more"] != false {
		t.Errorf("other users: %v", rest)
	}
	self := d.ok("get-self", nil, nil)
	if self["type"] != "bot" || walk(self, "bot", "workspace_name") == nil {
		t.Errorf("self: %v", self)
	}
	one := d.ok("get-user", object{"user_id": walk(list, "results", 1, "id")}, nil)
	if one["name"] != walk(list, "results", 1, "name") {
		t.Errorf("one user: %v", one)
	}
	d.refused("get-user", object{"user_id": "me2"}, nil, "validation_error", "uuid")
	d.refused("get-user", object{"user_id": strings.Repeat("0", 32)}, nil, "object_not_found", "user")
}

func TestCommentsStandOnTheirPage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	page := d.id("Launch plan: repair programme")
	before := d.ok("retrieve-a-comment", object{"block_id": page}, nil)
	if len(results(before)) != 2 {
		t.Fatalf("seeded comments: %v", before)
	}
	made := d.ok("create-a-comment", nil, object{"parent": object{"page_id": page}, "rich_text": text("Looks good")})
	reply := d.ok("create-a-comment", nil, object{"discussion_id": made["discussion_id"], "rich_text": text("Thanks")})
	if reply["discussion_id"] != made["discussion_id"] || walk(reply, "parent", "page_id") != page {
		t.Errorf("reply: %v", reply)
	}
	after := d.ok("retrieve-a-comment", object{"block_id": page}, nil)
	if len(results(after)) != 4 || walk(after, "results", 2, "rich_text", 0, "plain_text") != "Looks good" {
		t.Errorf("after: %v", after)
	}
	d.refused("create-a-comment", nil, object{"parent": object{"page_id": page}}, "validation_error", "rich_text")
	d.refused("create-a-comment", nil, object{"rich_text": text("x")}, "validation_error", "parent")
	d.refused("create-a-comment", nil, object{"rich_text": text("x"), "discussion_id": page}, "object_not_found", "discussion")
	d.refused("retrieve-a-comment", nil, nil, "validation_error", "block_id")
}

func TestResetPutsTheSeedBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	want, _ := d.run("post-search", nil, nil)
	id := d.id("Engineering")
	d.ok("delete-a-block", object{"block_id": id}, nil)
	d.Reset()
	if got, _ := d.run("post-search", nil, nil); string(got.Body) != string(want.Body) {
		t.Error("the workspace differs after a reset")
	}
}

func FuzzOperationsNeverPanic(f *testing.F) {
	seeds := []string{
		`{}`, `null`, `[]`, `{"query":1}`, `{"page_size":-1,"start_cursor":"x"}`, `{"filter":{"property":"object","value":"page"}}`,
		`{"filter":{"and":[{"or":[{"property":"Name","title":{"contains":"a"}}]}]},"sorts":[{"property":"Name"}]}`,
		`{"parent":{"workspace":true},"properties":{"title":{"title":[{"text":{"content":"x"}}]}},"children":[{"paragraph":{"rich_text":[]}}]}`,
		`{"properties":{"Name":{"name":"X"},"title":{"title":{}},"Status":null}}`, `{"children":[{"toggle":{"rich_text":[],"children":[{"divider":{}}]}}]}`,
		`{"rich_text":[{"text":{"content":"x","link":{"url":1}}}],"parent":{"page_id":"x"}}`, `{"archived":true,"icon":{"emoji":1}}`,
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	w := notion.New(notion.Options{})
	first := w.Do(notion.Caller{Version: "2022-06-28"}, notion.Request{Operation: "post-search"})
	var list object
	if err := json.Unmarshal(first.Body, &list); err != nil {
		f.Fatal(err)
	}
	ids := map[any]string{}
	for _, hit := range results(list) {
		ids[walk(hit, "object")], _ = walk(hit, "id").(string)
	}
	operations := []string{
		"post-search", "post-page", "patch-page", "post-database-query", "create-a-database", "update-a-database", "patch-block-children",
		"update-a-block", "create-a-comment", "get-block-children", "retrieve-a-page", "move-page",
	}
	f.Fuzz(func(t *testing.T, body string) {
		var args object
		_ = json.Unmarshal([]byte(body), &args)
		path := object{"page_id": ids["page"], "database_id": ids["database"], "block_id": ids["page"]}
		for _, operation := range operations {
			got := w.Do(notion.Caller{Version: "2022-06-28"}, notion.Request{Operation: operation, Path: path, Query: args, Body: json.RawMessage(body)})
			if !json.Valid(got.Body) || (got.Status != 200) != strings.Contains(string(got.Body), `"object":"error"`) || got.Status == 500 {
				t.Errorf("%s: %d %s", operation, got.Status, got.Body)
			}
		}
	})
}
