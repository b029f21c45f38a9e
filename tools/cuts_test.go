package tools_test

import (
	"encoding/json"
	"fmt"
	"regexp"
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

// manyLong is an object with many long texts in lists of lists.
func manyLong() string {
	var parts []string
	for i := range 12 {
		parts = append(parts, fmt.Sprintf(`"a_rather_long_key_of_an_object_%d":[{"body":"%s","k":[{"x":"%s"}]},{"body":"ü"}]`, i, strings.Repeat("é", 4_000), strings.Repeat("<", 3_000)))
	}
	return `{` + strings.Join(parts, ",") + `}`
}

func TestALongAnswerIsCutToWhatWasAskedAndSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a page of HTML": `{"id":"p1","html":"` + strings.Repeat("é<b>", 20_000) + `","meta":{"author":"ada"}}`,
		"records":        `{"items":[` + strings.Repeat(`{"id":1,"name":"n","text":"`+strings.Repeat("x", 300)+`"},`, 300) + `{}]}`,
		"a list":         `[` + strings.Repeat(`{"id":1,"name":"n","text":"`+strings.Repeat("x", 300)+`"},`, 300) + `{}]`,
		"one record":     `{"items":[{"id":1,"blocks":[` + strings.Repeat(`{"type":"paragraph","words":["a","b"]},`, 3_000) + `{}]}]}`,
		"many places":    manyLong(),
		"a text":         `"` + strings.Repeat("word ", 20_000) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := answering(t, text)
			for _, limit := range []int{1_000, 2_000, 0, 40_000} {
				args := fmt.Sprintf(`{"action_id":"app.get","max_chars":%d}`, limit)
				if limit == 0 {
					args, limit = `{"action_id":"app.get"}`, 16_000
				}
				answer := b.ok(t, "run_read", args)
				if n := utf8.RuneCountInString(b.answer(t, "run_read", args)); n > limit || limit > 2_000 && n < limit*3/4 {
					t.Errorf("%d characters of at most %d", n, limit)
				}
				if answer["truncated"] != true || answer["total"].(float64) <= answer["returned"].(float64) || answer["data"] == nil {
					t.Errorf("truncated %v, %v of %v, data %.60v", answer["truncated"], answer["returned"], answer["total"], answer["data"])
				}
				if answer["total"] != path(answer, "cuts", 0, "total") || answer["returned"] != path(answer, "cuts", 0, "returned") {
					t.Errorf("%v of %v, but cuts are %v", answer["returned"], answer["total"], answer["cuts"])
				}
				hint := fmt.Sprint(answer["hint"])
				if strings.Contains(hint, "max_chars") != (limit < 40_000) || !strings.HasSuffix(hint, ".") {
					t.Errorf("hint for %d: %s", limit, hint)
				}
				followHint(t, b, hint)
			}
		})
	}
}

// followHint selects what a hint offers.
func followHint(t *testing.T, b *bench, hint string) {
	t.Helper()
	found := regexp.MustCompile(`with fields, e\.g\. (.*?)\. `).FindStringSubmatch(hint)
	if found == nil {
		return
	}
	fields, err := json.Marshal(strings.Split(found[1], ", "))
	if err != nil {
		t.Fatal(err)
	}
	if answer, isError := b.call(t, "run_read", fmt.Sprintf(`{"action_id":"app.get","fields":%s}`, fields)); isError {
		t.Errorf("%s\nfollowed with %s is refused: %v", hint, fields, answer)
	}
}

func TestAHintNamesWhatIsNextToTheCut(t *testing.T) {
	t.Parallel()
	b := answering(t, `{"a":1,"deep":{"items":[`+strings.Repeat(`{"zone":"z","id":1,"text":"`+strings.Repeat("x", 300)+`"},`, 300)+`{}]},"b.c":1,"":2}`)
	answer := b.ok(t, "run_read", `{"action_id":"app.get"}`)
	if hint := fmt.Sprint(answer["hint"]); !strings.Contains(hint, "e.g. deep.items[].id, deep.items[].zone, a. Ask") {
		t.Errorf("hint: %s", hint)
	}
	want := []any{map[string]any{"path": "deep.items", "unit": "elements", "total": 301.0, "returned": 45.0}}
	if diff := cmp.Diff(any(want), answer["cuts"]); diff != "" {
		t.Errorf("cuts (-want +got):\n%s", diff)
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
		text, _ := path(answer, "results", 0, "properties", "Text", "rich_text", 0, "plain_text").(string)
		if len(text) < 10_000 || !strings.HasSuffix(text, "x…") {
			t.Errorf("%.60s: %d characters of the text are there", args, len(text))
		}
		want := []any{map[string]any{"path": "results[].properties.Text.rich_text[].plain_text", "unit": "characters", "total": 60_000.0, "returned": float64(utf8.RuneCountInString(text) - 1)}}
		if diff := cmp.Diff(any(want), answer["cuts"]); diff != "" {
			t.Errorf("%.60s: cuts (-want +got):\n%s", args, diff)
		}
		// No hit is missing, so the list goes on where Notion says.
		if answer["truncated"] != true || answer["next_cursor"] != "c1" || answer["next"] != nil {
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
	if hint := fmt.Sprint(answer["hint"]); !strings.Contains(hint, "e.g. results[].properties.Text.type, has_more, next_cursor. ") {
		t.Errorf("hint: %s", hint)
	}
	if answer["next_cursor"] != nil || path(answer, "next", "arguments", "page_size") != float64(n) || path(answer, "next", "arguments", "fields", 0) != "results[].properties.Text" {
		t.Errorf("next_cursor %v, next %v", answer["next_cursor"], answer["next"])
	}
}

// A hit that is too long even in short leads to raw, which can show it.
func TestAHitThatIsTooLongLeadsToRaw(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	hit := json.RawMessage(`{"object":"page","id":"` + strings.Repeat("7", 20_000) + `"}`)
	m.upstream.answer = `{"responseData":` + listOf([]json.RawMessage{hit}, "") + `}`
	answer := m.bench.ok(t, "notion_search", `{}`)
	if answer["truncated"] != true || path(answer, "next", "arguments", "raw") != true {
		t.Fatalf("answer: %v", answer)
	}
	if answer := m.bench.ok(t, "notion_search", `{"raw":true}`); len(fmt.Sprint(path(answer, "results", 0, "id"))) != 20_000 {
		t.Errorf("raw: %.200v", answer)
	}
}
