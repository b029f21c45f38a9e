package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

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
	next, err := json.Marshal(path(cut, "next", "arguments"))
	if err != nil {
		t.Fatal(err)
	}
	if again := b.ok(t, "notion_search", string(next)); again["truncated"] != nil || again["next_cursor"] == nil {
		t.Errorf("the call that next names is cut too, or does not continue: truncated %v", again["truncated"])
	}
}
