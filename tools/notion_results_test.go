package tools

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHitsInShort(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, raw, want string }{
		{
			"a row", `{"object":"page","id":"p","url":"https://n/p","last_edited_time":"2025-01-01T10:20:00.000Z","parent":{"type":"data_source_id","data_source_id":"s","database_id":"d"},` +
				`"properties":{"Tags":{"type":"multi_select","title":[{"plain_text":"no"}]},"Name":{"type":"title","title":[{"plain_text":"Hello "},{"text":{"content":"world"}},{"plain_text":"!","text":{"content":"no"}}]}}}`,
			`{"id":"p","type":"page","title":"Hello world!","url":"https://n/p","parent":{"data_source_id":"s"},"edited":"2025-01-01T10:20:00Z"}`,
		},
		{"a database", `{"object":"database","id":"d","title":[{"plain_text":"Tasks"}],"properties":{"Name":{"type":"title","title":{}}}}`, `{"id":"d","type":"database","title":"Tasks"}`},
		{"no title", `{"object":"page","properties":{"title":{"type":"title","title":[]}}}`, `{"type":"page","title":"(untitled)"}`},
		{"an invisible title", `{"title":[{"plain_text":"\u200b"}]}`, `{"title":"(untitled)"}`},
		{"a long title", `{"title":[{"plain_text":"` + strings.Repeat("x", 300) + `"}]}`, `{"title":"` + strings.Repeat("x", 200) + `…"}`},
		{"seconds stay, their fraction goes", `{"last_edited_time":"2025-01-01T10:20:30.000Z"}`, `{"title":"(untitled)","edited":"2025-01-01T10:20:30Z"}`},
		{"another zone stays", `{"last_edited_time":"2025-01-01T10:20:00+01:00"}`, `{"title":"(untitled)","edited":"2025-01-01T10:20:00+01:00"}`},
		{"a parent without a type", `{"parent":{"page_id":"x"}}`, `{"title":"(untitled)","parent":{"page_id":"x"}}`},
		{"a parent whose type names nothing", `{"parent":{"type":"space","page_id":"x"}}`, `{"title":"(untitled)","parent":{"page_id":"x","type":"space"}}`},
		{"a parent with more than Notion has", `{"parent":{"":1,"page_id":"x","list":[1]}}`, `{"title":"(untitled)","parent":{"page_id":"x"}}`},
		{"a workspace", `{"parent":{"type":"workspace","workspace":true}}`, `{"title":"(untitled)","parent":{"workspace":true}}`},
		{
			"wrong types are left out one by one", `{"object":1,"id":{"a":1},"url":null,"last_edited_time":5,"title":7,"parent":[],"properties":[]}`,
			`{"title":"(untitled)"}`,
		},
		{"wrong types inside", `{"id":"p","properties":{"a":1,"b":{"type":"title","title":{"x":1}}}}`, `{"id":"p","title":"(untitled)"}`},
		{"no object", `[1]`, ``},
		{"null", `null`, ``},
		{"a text", `"p"`, ``},
	} {
		row, ok := compact(json.RawMessage(test.raw))
		got := ""
		if ok {
			text, err := marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			got = string(text)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestNotionsListIsReadStrictly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		raw    string
		hits   int
		cursor string
		more   bool
		fails  string
	}{
		{`{"results":[],"next_cursor":null,"has_more":false}`, 0, "", false, ""},
		{`{"results":[1,{}],"next_cursor":"c","has_more":true}`, 2, "c", true, ""},
		{`{"results":[],"next_cursor":"c"}`, 0, "c", true, ""},
		{`{"results":[],"has_more":true}`, 0, "", true, ""},
		{`{"results":[],"next_cursor":7,"has_more":"true"}`, 0, "", false, ""},
		{`{"results":null}`, 0, "", false, "these keys: results"},
		{`{"results":{},"object":"list"}`, 0, "", false, "these keys: object, results"},
		{`{"items":[],"b\u202e":1}`, 0, "", false, "these keys: b, items"},
		{`[]`, 0, "", false, "not an object"},
		{`null`, 0, "", false, "not an object"},
		{``, 0, "", false, "not an object"},
	} {
		list, err := readNotionList(json.RawMessage(test.raw))
		if test.fails != "" {
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: error %v, want one with %q", test.raw, err, test.fails)
			}
			continue
		}
		if err != nil || len(list.Results) != test.hits || list.NextCursor != test.cursor || list.HasMore != test.more {
			t.Errorf("%s: %+v, error %v", test.raw, list, err)
		}
	}
}

// What reads a hit depends on what it is and where it stands.
func TestTheCallThatReadsAHit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		row  notionRow
		want string
	}{
		{notionRow{ID: "p", Type: "page", Parent: map[string]any{"page_id": "q"}}, `{"action_id":"notion.get-block-children","arguments":{"block_id":"p"}}`},
		{notionRow{ID: "p", Type: "page", Parent: map[string]any{"workspace": true}}, `{"action_id":"notion.get-block-children","arguments":{"block_id":"p"}}`},
		{notionRow{ID: "p", Type: "page"}, `{"action_id":"notion.get-block-children","arguments":{"block_id":"p"}}`},
		{notionRow{ID: "p", Type: "page", Parent: map[string]any{"database_id": "d"}}, `{"action_id":"notion.retrieve-a-page","arguments":{"page_id":"p"}}`},
		{notionRow{ID: "p", Type: "page", Parent: map[string]any{"data_source_id": "d"}}, `{"action_id":"notion.retrieve-a-page","arguments":{"page_id":"p"}}`},
		{notionRow{ID: "d", Type: "database", Parent: map[string]any{"page_id": "q"}}, `{"action_id":"notion.post-database-query","arguments":{"database_id":"d"}}`},
		{notionRow{ID: "s", Type: "data_source", Parent: map[string]any{"database_id": "d"}}, `{"action_id":"notion.query-data-source","arguments":{"data_source_id":"s"}}`},
	} {
		next := readNext(test.row)
		text, err := marshal(next.Arguments)
		if err != nil {
			t.Fatal(err)
		}
		if next.Tool != "run_read" || string(text) != test.want {
			t.Errorf("%+v: %s %s, want %s", test.row, next.Tool, text, test.want)
		}
	}
}
