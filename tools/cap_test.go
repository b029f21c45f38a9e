package tools

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestShortenCutsBetweenRecordsAndCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.StringN(0, 400, 400), 0, 200).Draw(t, "list")
		records := make([]any, len(list))
		for i, s := range list {
			records[i] = map[string]any{"text": s}
		}
		limit := rapid.IntRange(1_000, 40_000).Draw(t, "limit")
		var value any = records
		wrapped := rapid.Bool().Draw(t, "wrapped")
		if wrapped {
			value = map[string]any{"object": "list", "results": records}
		}
		kept, c := shorten(value, limit)
		text, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > limit {
			t.Fatalf("%d characters, limit %d", len(text), limit)
		}
		got := kept
		if object, ok := kept.(map[string]any); ok {
			got = object["results"]
		}
		rest, ok := got.([]any)
		if !ok {
			t.Fatalf("no list is left: %.80s", text)
		}
		switch {
		case c.Truncated && (c.Total != len(records) || c.Returned != len(rest) || len(rest) >= len(records)):
			t.Fatalf("counts %+v, but %d of %d are there", c, len(rest), len(records))
		case !c.Truncated && len(rest) != len(records):
			t.Fatalf("%d of %d records without a word", len(rest), len(records))
		}
	})
}

func TestShortenLeavesOutWhatItCannotCut(t *testing.T) {
	t.Parallel()
	long := make([]byte, 5_000)
	for i := range long {
		long[i] = 'x'
	}
	for name, value := range map[string]any{"string": string(long), "object": map[string]any{"html": string(long)}} {
		kept, c := shorten(value, 2_000)
		if kept != nil || !c.Truncated {
			t.Errorf("%s: kept %v, %+v", name, kept != nil, c)
		}
	}
}
