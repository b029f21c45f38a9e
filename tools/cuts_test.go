package tools_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// answering is a bench whose app.get answers with a JSON text.
func answering(t *testing.T, text string) *bench {
	t.Helper()
	return withApp(t, `{"get":{"id":"get","httpMethod":"get","path":"/x","sampleSuccessResponse":`+text+`}}`)
}

// parts are all parts of an answer, each after the first by get_result.
func (b *bench) parts(t *testing.T, arguments string, maxChars int) []map[string]any {
	t.Helper()
	tool := "run_read"
	var all []map[string]any
	for len(all) < 1_000 {
		raw := b.answer(t, tool, arguments)
		if n := utf8.RuneCountInString(raw); n > maxChars {
			t.Errorf("%s: %d characters, at most %d", arguments, n, maxChars)
		}
		var answer map[string]any
		if err := json.Unmarshal([]byte(raw), &answer); err != nil {
			t.Fatal(err)
		}
		all = append(all, answer)
		cursor, _ := answer["next_cursor"].(string)
		if (answer["truncated"] == true) != (cursor != "") {
			t.Fatalf("truncated %v, cursor %q", answer["truncated"], cursor)
		}
		if cursor == "" {
			return all
		}
		tool, arguments = "get_result", fmt.Sprintf(`{"request_id":%q,"cursor":%q,"max_chars":%d}`, answer["request_id"], cursor, maxChars)
		if path(answer, "next", "arguments", "cursor") != cursor {
			t.Errorf("next: %v", answer["next"])
		}
	}
	t.Fatal("it never ends")
	return nil
}

// The parts of a long answer are the whole answer, each no longer than was asked,
// and the app is called once.
func TestALongAnswerGoesOnUntilItsEnd(t *testing.T) {
	t.Parallel()
	record := `{"id":1,"name":"n","text":"` + strings.Repeat("x", 300) + `"}`
	const n = 301
	for name, text := range map[string]string{
		"records": `{"cursor":"c","items":[` + strings.Repeat(record+",", n-1) + record + `]}`,
		"a list":  `[` + strings.Repeat(record+",", n-1) + record + `]`,
	} {
		for _, limit := range []int{2_000, 16_000, 40_000} {
			t.Run(fmt.Sprintf("%s, %d", name, limit), func(t *testing.T) {
				t.Parallel()
				b := answering(t, text)
				got, executions := 0, 0
				for _, part := range b.parts(t, fmt.Sprintf(`{"action_id":"app.get","max_chars":%d}`, limit), limit) {
					list, _ := part["data"].([]any)
					if list == nil {
						list, _ = path(part, "data", "items").([]any)
					}
					if part["truncated"] == true && (part["total"] != float64(n) || part["returned"] != float64(len(list))) {
						t.Errorf("%v of %v, and there are %d", part["returned"], part["total"], len(list))
					}
					got += len(list)
				}
				if got != n {
					t.Errorf("%d of %d records", got, n)
				}
				for _, entry := range b.sim.Journal() {
					if strings.HasSuffix(entry.Path, "/execute") {
						executions++
					}
				}
				if executions != 1 {
					t.Errorf("the app was called %d times", executions)
				}
			})
		}
	}
}

func TestAResultIsShownInOtherForms(t *testing.T) {
	t.Parallel()
	b := answering(t, `{"items":[{"id":1,"name":"one","none":null},{"id":2,"name":"two"}],"html":"`+strings.Repeat("<p>é</p>", 1_000)+`"}`)
	first := b.ok(t, "run_read", `{"action_id":"app.get"}`)
	if text := fmt.Sprint(path(first, "data", "html")); len(text) > 100 || path(first, "elided", "html") != 1.0 || path(first, "data", "items", 0, "none") != nil {
		t.Errorf("%v", first)
	}
	request := fmt.Sprintf(`{"request_id":%q`, first["request_id"])
	table := b.ok(t, "get_result", request+`,"as":"table","fields":["items"]}`)
	if diff := cmp.Diff([]any{[]any{1.0, "one"}, []any{2.0, "two"}}, path(table, "data", "rows")); diff != "" {
		t.Errorf("%v\n%s", table, diff)
	}
	if text, _ := b.ok(t, "get_result", request+`,"as":"markdown","fields":["items[].name"]}`)["data"].(string); !strings.Contains(text, "| one |") {
		t.Errorf("%s", text)
	}
	if text, _ := path(b.ok(t, "get_result", request+`,"fields":["html"]}`), "data", "html").(string); len(text) < 5_000 {
		t.Errorf("what fields names is left out: %s", text)
	}
	wrong, isError := b.call(t, "get_result", request+`,"fields":["items[].nome"]}`)
	if !isError || !strings.Contains(fmt.Sprint(wrong["message"]), "name") || wrong["request_id"] != first["request_id"] {
		t.Errorf("%v", wrong)
	}
	if lost, isError := b.call(t, "get_result", request+`,"cursor":"nonsense"}`); !isError || lost["code"] != "invalid_arguments" {
		t.Errorf("%v", lost)
	}
}

// Whoever asks for a table gets one in every part.
func TestTheFormLasts(t *testing.T) {
	t.Parallel()
	b := answering(t, `[`+strings.Repeat(`{"id":1,"name":"a name of some length"},`, 200)+`{"id":2}]`)
	first := b.ok(t, "run_read", `{"action_id":"app.get","max_chars":1000}`)
	part := b.ok(t, "get_result", fmt.Sprintf(`{"request_id":%q,"as":"table","max_chars":1000}`, first["request_id"]))
	for range 3 {
		next, err := json.Marshal(path(part, "next", "arguments"))
		if err != nil {
			t.Fatal(err)
		}
		if part = b.ok(t, "get_result", string(next)); path(part, "data", "columns") == nil || utf8.RuneCountInString(fmt.Sprint(part["data"])) > 1_000 {
			t.Errorf("%s answers %v", next, part)
		}
	}
}

// All pages of Notion's search, gathered.
func TestAllPagesAreFollowed(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	one := b.ok(t, "run_read", `{"action_id":"notion.post-search","arguments":{"page_size":100}}`)
	two := b.ok(t, "run_read", fmt.Sprintf(`{"action_id":"notion.post-search","arguments":{"page_size":100,"start_cursor":%q},"fields":["results[].id"]}`, path(one, "data", "next_cursor")))
	one = b.ok(t, "get_result", fmt.Sprintf(`{"request_id":%q,"fields":["results[].id"]}`, one["request_id"]))
	want, _ := path(one, "data", "results").([]any)
	more, _ := path(two, "data", "results").([]any)
	want = append(want, more...)
	all := b.ok(t, "run_read", `{"action_id":"notion.post-search","arguments":{"page_size":7},"all_pages":true,"fields":["results[].id"]}`)
	got, _ := path(all, "data", "results").([]any)
	if diff := cmp.Diff(want, got); diff != "" || len(want) <= 100 {
		t.Errorf("%d and %d hits: %s", len(want), len(got), diff)
	}
	if pages := all["pages"]; path(pages, "complete") != true || path(pages, "items") != float64(len(want)) || path(pages, "reason") != "end" {
		t.Errorf("pages: %v", pages)
	}
}

// longHit is one hit with a text of n characters.
func longHit(n int) []json.RawMessage {
	return []json.RawMessage{json.RawMessage(`{"object":"page","id":"p1","properties":{"Name":{"type":"title","title":[{"plain_text":"Hello"}]},"Text":{"type":"rich_text","rich_text":[{"plain_text":"` + strings.Repeat("x", n) + `"}]}}}`)}
}

func TestOneLongHitIsCutInside(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.upstream.answer = `{"responseData":` + listOf(longHit(60_000), "c1") + `}`
	for _, args := range []string{`{"raw":true}`, `{"fields":["results[].properties"]}`, `{"raw":true,"query":"` + strings.Repeat("q", 700) + `"}`} {
		answer := m.bench.ok(t, "notion_search", args)
		const at = "results[].properties.Text.rich_text[].plain_text"
		text, _ := path(answer, "results", 0, "properties", "Text", "rich_text", 0, "plain_text").(string)
		if len(text) < 10_000 {
			t.Errorf("%.60s: %d characters of the text are there", args, len(text))
		}
		want := map[string]any{"path": at, "unit": "characters", "total": 60_000.0, "returned": float64(len(text))}
		if cuts, _ := answer["cuts"].([]any); !slices.ContainsFunc(cuts, func(cut any) bool { return cmp.Equal(any(want), cut) }) {
			t.Errorf("%.60s: cuts %v, want %v among them", args, cuts, want)
		}
		// No hit is missing, so the list goes on where Notion says.
		if answer["truncated"] != true || answer["next_cursor"] != "c1" || path(answer, "next", "tool") != "get_result" {
			t.Errorf("%.60s: truncated %v, next_cursor %v, next %v", args, answer["truncated"], answer["next_cursor"], answer["next"])
		}
	}
}

func TestSelectedHitsThatAreTooLongAreCutBetweenHits(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	var hits []json.RawMessage
	for range 40 {
		hits = append(hits, longHit(1_000)...)
	}
	m.upstream.answer = `{"responseData":` + listOf(hits, "c1") + `}`
	answer := m.bench.ok(t, "notion_search", `{"fields":["results[].properties.Text"]}`)
	n := len(answer["results"].([]any))
	if answer["truncated"] != true || answer["total"] != 40.0 || answer["returned"] != float64(n) || n < 10 || n > 15 {
		t.Errorf("truncated %v, %v of %v, %d are there", answer["truncated"], answer["returned"], answer["total"], n)
	}
	if answer["next_cursor"] != nil || answer["has_more"] != true {
		t.Errorf("next_cursor %v, has_more %v", answer["next_cursor"], answer["has_more"])
	}
}

// What makes Notion's JSON long and tells nothing stays in raw, in all parts.
func TestRawKeepsWhatTellsNothing(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.upstream.answer = `{"responseData":{"object":"list","results":[{"object":"page","id":"p1","icon":null,"properties":{}},{"object":"page","id":"p2","icon":null,"text":"` + strings.Repeat("x", 60_000) + `"}],"next_cursor":null,"has_more":false}}`
	answer := m.bench.ok(t, "notion_search", `{"raw":true}`)
	if hit, ok := path(answer, "results", 0).(map[string]any); !ok || len(hit) != 4 {
		t.Errorf("the first hit is %v", hit)
	}
	if _, ok := answer["next_cursor"]; !ok {
		t.Error("next_cursor is left out")
	}
}

// A hit that is too long even in short is cut inside, and goes on.
func TestAHitThatIsTooLongGoesOn(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	parent := make(map[string]any)
	for i := range 400 {
		parent[fmt.Sprintf("parent_%d", i)] = strings.Repeat("7", 60)
	}
	hit, err := json.Marshal(map[string]any{"object": "page", "id": "p1", "parent": parent})
	if err != nil {
		t.Fatal(err)
	}
	m.upstream.answer = `{"responseData":` + listOf([]json.RawMessage{hit}, "") + `}`
	answer := m.bench.ok(t, "notion_search", `{}`)
	got, _ := path(answer, "results", 0, "parent").(map[string]any)
	if answer["truncated"] != true || len(got) == 0 {
		t.Fatalf("answer: %v", answer)
	}
	next, err := json.Marshal(path(answer, "next", "arguments"))
	if err != nil {
		t.Fatal(err)
	}
	for next != nil {
		part := m.bench.ok(t, "get_result", string(next))
		if text := fmt.Sprint(part["data"]); !strings.Contains(text, "parent_") {
			t.Errorf("a part is %.200s", text)
		}
		more, ok := path(part, "data", "results", 0, "parent").(map[string]any)
		if !ok {
			t.Fatalf("a part is %.300v", part)
		}
		maps.Copy(got, more)
		if next = nil; part["next"] != nil {
			if next, err = json.Marshal(path(part, "next", "arguments")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(parent, got); diff != "" {
		t.Errorf("all parts together (-want +got):\n%s", diff)
	}
}
