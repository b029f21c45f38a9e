package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// size is the number of bytes of an answer.
func (b *bench) size(t *testing.T, arguments string) int {
	t.Helper()
	ctx := tools.WithPrincipal(context.WithoutCancel(t.Context()), tools.Principal{ID: tools.Local})
	answer := b.set.Call(ctx, "notion_search", json.RawMessage(arguments))
	if answer.IsError {
		t.Fatalf("%s fails: %s", arguments, answer.JSON)
	}
	return len(answer.JSON)
}

func (b *bench) modes(t *testing.T, change func(*simulator.Modes)) {
	t.Helper()
	modes := b.sim.Modes()
	change(&modes)
	if err := b.sim.SetModes(modes); err != nil {
		t.Fatal(err)
	}
}

func titles(answer map[string]any) []string {
	results, _ := answer["results"].([]any)
	list := make([]string, len(results))
	for i := range results {
		list[i] = fmt.Sprint(path(results[i], "title"))
	}
	return list
}

func TestSearchFindsByTitle(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	id := b.connectTo(t, "notion")
	answer := b.ok(t, "notion_search", `{"query":"roadmap","connection_id":"`+id+`"}`)
	found := titles(answer)
	if len(found) == 0 || slices.ContainsFunc(found, func(title string) bool { return !strings.Contains(strings.ToLower(title), "roadmap") }) {
		t.Errorf("found %q", found)
	}
	first := path(answer, "results", 0, "id")
	next, err := json.Marshal(path(answer, "next", "arguments"))
	if err != nil || !strings.Contains(string(next), fmt.Sprint(first)) || !strings.Contains(string(next), id) {
		t.Errorf("next is %s, which does not read %v with %s", next, first, id)
	}
	if read := b.ok(t, "run_read", string(next)); path(read, "outcome") != "completed" || path(read, "data") == nil {
		t.Errorf("following next answers %v", read)
	}
}

func TestPagesTogetherAreTheWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	whole := b.ok(t, "notion_search", `{"page_size":100,"fields":["results[].id"]}`)
	var all []any
	cursor := ""
	for range 50 {
		args := `{"page_size":7,"fields":["results[].id"]`
		if cursor != "" {
			args += `,"start_cursor":"` + cursor + `"`
		}
		page := b.ok(t, "notion_search", args+`}`)
		results, _ := page["results"].([]any)
		all = append(all, results...)
		if page["has_more"] != true {
			break
		}
		cursor = fmt.Sprint(page["next_cursor"])
	}
	first, _ := whole["results"].([]any)
	if len(all) <= len(first) {
		t.Fatalf("pages of 7 hold %d records, one page of 100 holds %d", len(all), len(first))
	}
	if diff := cmp.Diff(first, all[:len(first)]); diff != "" {
		t.Errorf("pages of 7 (+) are not the whole (-):\n%s", diff)
	}
}

func TestEmptyAnswersSayWhy(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	id := b.connectTo(t, "notion")
	for _, test := range []struct{ name, args, want string }{
		{"nothing matches", `{"query":"zzzz"}`, "Nothing matches"},
		{"nothing is shared", `{"query":"zzzz"}`, "Nothing in Notion is shared"},
		{"nothing is shared and nothing asked", `{}`, "Connections, add the integration"},
	} {
		if strings.HasPrefix(test.name, "nothing is shared") {
			if err := b.sim.Share(id); err != nil {
				t.Fatal(err)
			}
		}
		answer := b.ok(t, "notion_search", test.args)
		if !strings.Contains(fmt.Sprint(answer["hint"]), test.want) || len(titles(answer)) != 0 || answer["results"] == nil {
			t.Errorf("%s: %v", test.name, answer)
		}
	}
}

func TestDatabasesHaveEitherNameInEitherVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2022-06-28", "2025-09-03"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, nil)
			b.modes(t, func(m *simulator.Modes) { m.NotionVersion = version })
			b.connectTo(t, "notion")
			for _, value := range []string{"database", "data_source"} {
				answer := b.ok(t, "notion_search", `{"filter":{"value":"`+value+`"}}`)
				kind := fmt.Sprint(path(answer, "results", 0, "type"))
				if kind != "database" && kind != "data_source" {
					t.Errorf("filter %s finds a %s", value, kind)
				}
			}
			if got := lastExecution(t, b.sim).Action; got != "post-search" {
				t.Fatalf("the last execution is of %q", got)
			}
		})
	}
}

func TestTheVersionOfNotionIsNoArgument(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	for _, name := range []string{"Notion-Version", "notion_version", "NotionVersion"} {
		if answer, isError := b.call(t, "notion_search", `{"`+name+`":"2024-11-15"}`); !isError || answer["code"] != "invalid_arguments" {
			t.Errorf("%s is answered %v", name, answer)
		}
	}
}

func TestMistakesAreAnsweredWithWhatIsRight(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	for _, test := range []struct{ args, want string }{
		{`{"quary":"x"}`, "query"},
		{`{"filter":{"value":"folder"}}`, "page"},
		{`{"filter":"{\"value\":\"folder\"}"}`, "page"},
		{`{"page_size":"many"}`, "integer"},
		{`{"sort":"ascending"}`, "object"},
		{`[1]`, "object"},
		{`"{\"query\""`, "object"},
		{`{"fields":["results[].nam"]}`, "results[].title"},
		{`{"start_cursor":"nonsense"}`, "cursor"},
		{`{"connection_id":"66aa66aa66aa66aa66aa66aa"}`, "connection_id"},
	} {
		answer, isError := b.call(t, "notion_search", test.args)
		text := fmt.Sprint(answer["message"], answer["hint"])
		if !isError || answer["code"] == "internal" || answer["hint"] == "" {
			t.Errorf("%s: %v", test.args, answer)
		}
		if !strings.Contains(text, strings.TrimPrefix(test.want, "results[].")) {
			t.Errorf("%s: %q does not mention %q", test.args, text, test.want)
		}
	}
}

func TestArgumentsMayBeGivenAsText(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	want := titles(b.ok(t, "notion_search", `{"query":"roadmap","page_size":2}`))
	for _, args := range []string{
		`"{\"query\":\"roadmap\",\"page_size\":2}"`,
		`{"query":"roadmap","page_size":"2"}`,
		`{"query":"roadmap","page_size":2,"sort":"{\"timestamp\":\"last_edited_time\",\"direction\":\"descending\"}"}`,
		`{"query":"roadmap","page_size":2,"sort":"{\"direction\":\"descending\"}"}`,
		`{"query":"roadmap","page_size":2,"raw":"false"}`,
	} {
		if diff := cmp.Diff(want, titles(b.ok(t, "notion_search", args))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", args, diff)
		}
	}
}

func TestRawIsNotionsOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	answer := b.ok(t, "notion_search", `{"query":"roadmap","raw":true}`)
	if answer["object"] != "list" || path(answer, "results", 0, "created_time") == nil {
		t.Errorf("raw is %v", answer)
	}
	cut := b.ok(t, "notion_search", `{"page_size":100,"raw":true}`)
	results, _ := cut["results"].([]any)
	if cut["truncated"] != true || cut["returned"] != float64(len(results)) || cut["total"].(float64) <= float64(len(results)) {
		t.Errorf("a long one: truncated %v, returned %v of %v, holds %d", cut["truncated"], cut["returned"], cut["total"], len(results))
	}
	if size := b.size(t, `{"page_size":100,"raw":true}`); size > 40_000 {
		t.Errorf("%d bytes", size)
	}
	for part := cut; part["next"] != nil; {
		next, err := json.Marshal(path(part, "next", "arguments"))
		if err != nil || path(part, "next", "tool") != "get_result" {
			t.Fatalf("next is %v, %v", part["next"], err)
		}
		part = b.ok(t, "get_result", string(next))
		more, _ := path(part, "data", "results").([]any)
		results = append(results, more...)
	}
	small := b.ok(t, "notion_search", `{"page_size":3,"raw":true}`)
	if diff := cmp.Diff(path(small, "results"), any(results[:3])); diff != "" || float64(len(results)) != cut["total"] {
		t.Errorf("%d hits of %v in all parts; the first of them (-want +got):\n%s", len(results), cut["total"], diff)
	}
}

func TestManyHitsAreCutBetweenHits(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	var hits []json.RawMessage
	for i := range 100 {
		hits = append(hits, json.RawMessage(fmt.Sprintf(`{"object":"page","id":"p%d","url":"https://n/%s","title":[{"plain_text":"%s"}]}`, i, strings.Repeat("x", 60), strings.Repeat("ü", 90))))
	}
	m.upstream.answer = `{"responseData":` + listOf(hits, "c1") + `}`
	answer := m.bench.ok(t, "notion_search", `{"query":"u"}`)
	n := len(titles(answer))
	if size := utf8.RuneCountInString(m.bench.answer(t, "notion_search", `{"query":"u"}`)); size < 15_000 || size > 16_000 {
		t.Errorf("%d characters of at most 16,000", size)
	}
	if answer["truncated"] != true || answer["total"] != 100.0 || answer["returned"] != float64(n) || n < 50 || answer["next_cursor"] != nil || answer["start_cursor"] != "c1" {
		t.Errorf("%d hits: truncated %v, %v of %v, next_cursor %v, start_cursor %v", n, answer["truncated"], answer["returned"], answer["total"], answer["next_cursor"], answer["start_cursor"])
	}
	next, err := json.Marshal(path(answer, "next", "arguments"))
	if err != nil {
		t.Fatal(err)
	}
	rest, _ := path(m.bench.ok(t, "get_result", string(next)), "data", "results").([]any)
	if len(rest) != 100-n || path(rest, 0, "id") != fmt.Sprint("p", n) {
		t.Errorf("after %d hits the rest are %d, from %v on", n, len(rest), path(rest, 0, "id"))
	}
	if answer := m.bench.ok(t, "notion_search", `{"page_size":100}`); len(titles(answer)) != 100 || answer["next_cursor"] != "c1" || answer["truncated"] != nil {
		t.Errorf("a large page that was asked for: %d hits, %v", len(titles(answer)), answer["next_cursor"])
	}
}

// Whatever a hit is like: what is not shown is told, and the cursor of the next page
// is not where somebody would take it for the way to go on.
func TestAHitOfAnyShapeIsCut(t *testing.T) {
	t.Parallel()
	key := strings.Repeat(`\"`, 120)
	deep := strings.Repeat(`{"`+key+`":`, 55) + `"` + strings.Repeat("x", 60_000) + `"` + strings.Repeat("}", 55)
	for name, hit := range map[string]string{
		"deep": deep, "long": `{"object":"page","id":"p","text":"` + strings.Repeat("y", 60_000) + `"}`,
		"with a longer list": `{"object":"page","id":"p","rows":[` + strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("z", 30)+`",`, 3_000), ",") + `]}`,
	} {
		for _, envelope := range []string{``, `"has_more":true,"next_cursor":"c1",`} {
			m := newMirror(t)
			m.upstream.answer = `{"responseData":{` + envelope + `"results":[` + hit + `,{"object":"page","id":"last"}]}}`
			for _, arguments := range []string{`{"raw":true}`, `{"raw":true,"fields":["results"]}`} {
				answer := m.bench.ok(t, "notion_search", arguments)
				if answer["truncated"] != true || answer["next_cursor"] != nil || path(answer, "next", "tool") != "get_result" || (answer["start_cursor"] == nil) != (envelope == "") {
					t.Errorf("%s, %s: %.300v", name, arguments, answer)
				}
				last := ""
				for answer["next"] != nil {
					next, err := json.Marshal(path(answer, "next", "arguments"))
					if err != nil {
						t.Fatal(err)
					}
					last = m.bench.answer(t, "get_result", string(next))
					answer = m.bench.ok(t, "get_result", string(next))
				}
				if !strings.Contains(last, `"last"`) {
					t.Errorf("%s, %s: it ends with %.300s", name, arguments, last)
				}
			}
		}
	}
}

// next names only what Alloy lists, where the list can be had.
func TestNextIsAnActionThatExists(t *testing.T) {
	t.Parallel()
	for resources, want := range map[string]any{
		"": "run_read",
		`{"resources":[{"name":"a","actions":[{"id":"other"}]},{"name":"b","actions":[{"id":"get-block-children"}]}]}`: "run_read",
		`{"resources":[{"name":"a","actions":[{"id":"other"}]}]}`:                                                      nil,
	} {
		upstream := &foreign{t: t, metadata: oldMetadata, resources: resources, answer: `{"responseData":` + onePage + `}`}
		set := newSet(t, upstream, foreignKey, foreignUser, nil)
		if answer, _ := call(t, set, "notion_search", `{}`); path(answer, "next", "tool") != want || len(titles(answer)) != 1 {
			t.Errorf("%s: next is %v", resources, answer["next"])
		}
	}
}

// Why nothing was found is asked with the least: one hit of anything.
func TestWhyNothingWasFoundIsAskedOnce(t *testing.T) {
	t.Parallel()
	const none, more = `{"responseData":{"results":[]}}`, `{"responseData":{"results":[],"has_more":true}}`
	for _, test := range []struct {
		name, args string
		answers    []string
		want       string
		executions int
	}{
		{"hits", `{"query":"x"}`, []string{none, `{"responseData":` + onePage + `}`}, "Nothing matches, though pages are shared.", 2},
		{"only more", `{"query":"x"}`, []string{none, more}, "Nothing matches, though pages are shared.", 2},
		{"nothing", `{"filter":{"value":"page"}}`, []string{none, none}, "Nothing in Notion is shared with this integration, so nothing can be found. A person shares", 2},
		{"nobody knows", `{"query":"x"}`, []string{none, `{"responseData":{}}`}, "Nothing matches, or nothing is shared with this integration. A person shares", 2},
		{"nothing was left out", `{}`, []string{none}, "Nothing in Notion is shared", 1},
		{"there is more", `{"query":"x"}`, []string{more}, "<nil>", 1},
		{"the end of a list", `{"query":"x","start_cursor":"c"}`, []string{none}, "<nil>", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			upstream := &foreign{t: t, metadata: oldWithCursor(), answers: test.answers}
			set := newSet(t, upstream, foreignKey, foreignUser, nil)
			answer, isError := call(t, set, "notion_search", test.args)
			if hint := fmt.Sprint(answer["hint"]); isError || !strings.HasPrefix(hint, test.want) {
				t.Errorf("answer: %v", answer)
			}
			if len(upstream.executions) != test.executions {
				t.Fatalf("%d executions, want %d", len(upstream.executions), test.executions)
			}
			if test.executions == 2 {
				probe := upstream.executions[1]
				if diff := cmp.Diff(any(map[string]any{"page_size": 1.0}), probe["requestBody"]); diff != "" || path(probe, "additionalHeaders", "Notion-Version") != "2022-06-28" {
					t.Errorf("the probe: %v", probe)
				}
			}
		})
	}
}

// A search is a read: what fails for a moment is asked again.
func TestASearchIsRepeated(t *testing.T) {
	t.Parallel()
	upstream := &foreign{t: t, metadata: oldMetadata, answers: []string{""}, answer: `{"responseData":` + onePage + `}`}
	set := newSet(t, upstream, foreignKey, foreignUser, nil)
	if answer, isError := call(t, set, "notion_search", `{}`); isError || len(titles(answer)) != 1 || len(upstream.executions) != 2 {
		t.Errorf("%d executions, answer: %v", len(upstream.executions), answer)
	}
}

func TestAnUnknownShapeIsDescribed(t *testing.T) {
	t.Parallel()
	upstream := &foreign{t: t, metadata: oldMetadata, answer: `{"responseData":{"items":[]}}`}
	answer, _ := call(t, newSet(t, upstream, foreignKey, foreignUser, nil), "notion_search", `{}`)
	want := map[string]any{
		"code": "upstream_error", "message": "Notion's answer cannot be read: It has no list of results, but these keys: items.",
		"hint": "Try again; if it stays, whoever runs the server runs `alloy-mcp doctor`.",
	}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A live action without a body still gets a page size.
func TestASearchWithoutABodyIsSent(t *testing.T) {
	t.Parallel()
	upstream := &foreign{t: t, metadata: `{"action":{"id":"post-search","httpMethod":"post","path":"/v1/search"}}`, answer: `{"responseData":` + onePage + `}`}
	if answer, isError := call(t, newSet(t, upstream, foreignKey, foreignUser, nil), "notion_search", `{}`); isError || len(titles(answer)) != 1 {
		t.Fatalf("answer: %v", answer)
	}
	if diff := cmp.Diff(any(map[string]any{"page_size": 25.0}), upstream.executions[0]["requestBody"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
