package tools_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// listOf is Notion's answer with these hits; a cursor means that there are more.
func listOf(hits []json.RawMessage, cursor string) string {
	texts := make([]string, len(hits))
	for i, hit := range hits {
		texts[i] = string(hit)
	}
	next := "null"
	if cursor != "" {
		next = `"` + cursor + `"`
	}
	return fmt.Sprintf(`{"object":"list","results":[%s],"next_cursor":%s,"has_more":%v,"type":"page_or_database","page_or_database":{},"request_id":"3a18d593-673c-4aea-8cd8-9aa4a7f4e46e"}`,
		strings.Join(texts, ","), next, cursor != "")
}

// share is how many per cent of the bytes of Notion's own JSON an answer has.
func (m *mirror) share(t *testing.T, hits []json.RawMessage, cursor string) float64 {
	t.Helper()
	m.upstream.answer = `{"responseData":` + listOf(hits, cursor) + `}`
	short, whole := m.bench.size(t, `{}`), m.bench.size(t, `{"raw":true}`)
	return 100 * float64(short) / float64(whole)
}

// mirror is a bench whose Notion answers what the test says.
type mirror struct {
	upstream *foreign
	bench    *bench
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	upstream := &foreign{t: t, metadata: oldMetadata}
	return &mirror{upstream: upstream, bench: &bench{set: newSet(t, upstream, foreignKey, foreignUser, nil)}}
}

// simulated are the hits of the simulator's workspace: rows of databases, pages
// that have only a title, and databases.
func simulated(t *testing.T) (rows, pages, databases []json.RawMessage) {
	t.Helper()
	b := newBench(t, nil)
	b.connectTo(t, "notion")
	for cursor, more := "", true; more; {
		args := `{"raw":true,"page_size":10}`
		if cursor != "" {
			args = fmt.Sprintf(`{"raw":true,"page_size":10,"start_cursor":%q}`, cursor)
		}
		var list struct {
			Results    []json.RawMessage `json:"results"`
			NextCursor string            `json:"next_cursor"`
		}
		if err := json.Unmarshal([]byte(b.answer(t, "notion_search", args)), &list); err != nil {
			t.Fatal(err)
		}
		for _, hit := range list.Results {
			var kind struct {
				Object string
				Parent map[string]any
			}
			if err := json.Unmarshal(hit, &kind); err != nil {
				t.Fatal(err)
			}
			switch {
			case kind.Object != "page":
				databases = append(databases, hit)
			case kind.Parent["database_id"] != nil:
				rows = append(rows, hit)
			default:
				pages = append(pages, hit)
			}
		}
		cursor, more = list.NextCursor, list.NextCursor != ""
	}
	return rows, pages, databases
}

// fromFile is one hit as Notion's API writes it, fifteen times.
func fromFile(t *testing.T, name string) []json.RawMessage {
	t.Helper()
	text, err := os.ReadFile("testdata/notion/" + name)
	if err != nil {
		t.Fatal(err)
	}
	hits := make([]json.RawMessage, 15)
	for i := range hits {
		hits[i] = text
	}
	return hits
}

// A quarter of Notion's bytes is what an answer may have. One hit alone keeps it
// from about 1,800 bytes of Notion's JSON on (2,000 where a cursor follows), two
// hits wherever they have properties. Where a page has only a title, Notion's own
// 850 bytes leave a quarter that its ids, link and time exceed by themselves; the
// limits say how far.
func TestShortAnswersAreAQuarterOfNotions(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	const cursor = "5f0c1c6e-2a77-4f38-9d3c-6c2f9e1b7a40"
	rows, pages, databases := simulated(t)
	real, bare := fromFile(t, "row.json"), fromFile(t, "note.json")
	for _, kind := range []struct {
		name   string
		hits   []json.RawMessage
		cursor string
		limits [4]float64 // for 1, 2, 3, and 4 to 15 hits
	}{
		{"rows of more than 1,800 bytes", longer(rows, 1_800), "", [4]float64{25, 25, 25, 25}},
		{"all rows of the simulator", rows, "", [4]float64{27, 25, 25, 25}},
		{"all rows of the simulator, more to come", rows, cursor, [4]float64{29, 25, 25, 25}},
		{"databases of the simulator", databases, "", [4]float64{26, 25, 25, 25}},
		{"a row as Notion writes it", real, "", [4]float64{25, 25, 25, 25}},
		{"a row as Notion writes it, more to come", real, cursor, [4]float64{25, 25, 25, 25}},
		{"pages with only a title", pages, "", [4]float64{52, 44, 41, 39}},
		{"a page without even a title", bare, "", [4]float64{52, 45, 42, 41}},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			m := newMirror(t)
			for n := 1; n <= min(15, len(kind.hits)); n++ {
				worst := 0.0
				for some := range slices.Chunk(kind.hits, n) {
					if len(some) == n {
						worst = max(worst, m.share(t, some, kind.cursor))
					}
				}
				limit := kind.limits[min(n, 4)-1]
				t.Logf("%2d hits: at most %.1f %%", n, worst)
				if worst > limit || worst == 0 {
					t.Errorf("%d hits: %.1f %% of Notion's bytes, at most %.1f", n, worst, limit)
				}
			}
		})
	}
}

// longer are the hits of more than size bytes.
func longer(hits []json.RawMessage, size int) []json.RawMessage {
	return slices.DeleteFunc(slices.Clone(hits), func(hit json.RawMessage) bool { return len(hit) <= size })
}
