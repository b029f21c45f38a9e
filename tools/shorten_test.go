package tools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/alloy-mcp/alloy-mcp/internal/shape"
)

// decoded is a JSON text as tools decode it.
func decoded(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// encoded is how many characters a value has, and its JSON.
func encoded(t rapid.TB, value any) (int, string) {
	t.Helper()
	text, err := marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return utf8.RuneCount(text), string(text)
}

func TestShortenCutsWhatItCan(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 5_000)
	record := `{"id":"%d","text":"` + strings.Repeat("x", 80) + `"}`
	records := make([]string, 100)
	for i := range records {
		records[i] = fmt.Sprintf(record, i)
	}
	list := "[" + strings.Join(records, ",") + "]"
	byID := make([]string, 100)
	for i := range byID {
		byID[i] = fmt.Sprintf(`"k%02d":`, i) + records[i]
	}
	for _, test := range []struct {
		name, text string
		want       []place
	}{
		{"a text", `"` + long + `"`, []place{{"", inCharacters, 5_000, 1_197}}},
		{"a list", list, []place{{"", inElements, 100, 11}}},
		{"a list in an object", `{"object":"list","results":` + list + `}`, []place{{"results", inElements, 100, 11}}},
		{"a list deep inside", `{"a":{"b":{"c":` + list + `}}}`, []place{{"a.b.c", inElements, 100, 11}}},
		{"a text beside short values", `{"html":"` + long + `","id":7,"ok":true}`, []place{{"html", inCharacters, 5_000, 1_171}}},
		{"two texts share the room", `{"a":"` + long + `","b":"` + long + `"}`, []place{{"a", inCharacters, 5_000, 591}, {"b", inCharacters, 5_000, 592}}},
		{"a short text leaves its share to the long one", `{"a":"` + strings.Repeat("x", 500) + `","b":"` + long + `"}`, []place{{"b", inCharacters, 5_000, 684}}},
		{"one record that is too long", `[{"id":1,"text":"` + long + `"}]`, []place{{"[].text", inCharacters, 5_000, 1_179}}},
		{"a long record after a short one", `[1,{"text":"` + long + `"},3]`, []place{{"", inElements, 3, 2}, {"[].text", inCharacters, 5_000, 1_184}}},
		{"an object of records", `{` + strings.Join(byID, ",") + `}`, []place{{"", inKeys, 100, 11}}},
		{"an object whose first record is too long", `{"a":"` + long + `",` + strings.Join(byID, ",") + `}`, []place{{"", inKeys, 101, 1}, {"a", inCharacters, 5_000, 1_191}}},
		{"a number of many digits", `{"n":` + strings.Repeat("9", 2_000) + `,"id":1}`, []place{{"n", inCharacters, 2_000, 0}}},
		{"lists come first", `{"a":"` + long + `","b":{"c":` + list + `}}`, []place{{"b.c", inElements, 100, 5}, {"a", inCharacters, 5_000, 591}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const room = 1_200
			kept, places := shorten(decoded(t, test.text), room+envelopeChars)
			if diff := cmp.Diff(test.want, places); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
			n, text := encoded(t, kept)
			if n > room || n < room*8/10 && !strings.HasPrefix(test.name, "a number") {
				t.Errorf("%d characters where %d are allowed: %.100s", n, room, text)
			}
		})
	}
}

// Entries are kept as long as there is room for the next one, to the character.
func TestShortenKeepsTheEntriesThatFit(t *testing.T) {
	t.Parallel()
	entries := make(map[string]any) // of 15 characters each
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		entries[key] = "12345678"
	}
	for room, want := range map[int]int{45: 2, 46: 3, 60: 3, 61: 4} {
		if _, places := shorten(entries, room+envelopeChars); !cmp.Equal([]place{{"", inKeys, 6, want}}, places) {
			t.Errorf("%d characters: %v, want %d entries", room, places, want)
		}
	}
	for room, want := range map[int][]place{
		17: {{"", inKeys, 1, 0}}, 18: {{"k", inCharacters, 100, 9}}, 19: {{"k", inCharacters, 100, 10}}, 20: {{"k", inCharacters, 100, 11}},
	} {
		if _, places := shorten(map[string]any{"k": strings.Repeat("x", 100)}, room+envelopeChars); !cmp.Equal(want, places) {
			t.Errorf("%d characters: %v, want %v", room, places, want)
		}
	}
}

// What a list cannot use, since it ends between elements, goes to what follows.
func TestShortenGivesOnWhatAListLeaves(t *testing.T) {
	t.Parallel()
	value := decoded(t, `{"a":["`+strings.Repeat("x", 55)+`","`+strings.Repeat("x", 55)+`"],"b":"`+strings.Repeat("y", 123)+`"}`)
	for room, want := range map[int][]place{
		200: {{"a", inElements, 2, 1}}, 195: {{"a", inElements, 2, 1}}, 194: {{"a", inElements, 2, 1}, {"b", inCharacters, 123, 121}},
	} {
		kept, places := shorten(value, room+envelopeChars)
		if diff := cmp.Diff(want, places); diff != "" {
			t.Errorf("%d characters (-want +got):\n%s", room, diff)
		}
		if n, text := encoded(t, kept); n > room {
			t.Errorf("%d characters of at most %d: %s", n, room, text)
		}
	}
}

// What fits is not touched, to the character.
func TestShortenLeavesWhatFits(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`"` + strings.Repeat("é", 198) + `"`, `["` + strings.Repeat("x", 196) + `"]`, `{"a":"` + strings.Repeat("\\n", 96) + `"}`, `null`, `[]`, `{}`} {
		value := decoded(t, text)
		if kept, places := shorten(value, 200+envelopeChars); len(places) > 0 || !cmp.Equal(value, kept) {
			t.Errorf("%.20s… is cut: %v", text, places)
		}
		if n, _ := encoded(t, value); n > 10 {
			if kept, places := shorten(value, n-1+envelopeChars); len(places) != 1 || cmp.Equal(value, kept) {
				t.Errorf("%.20s… is not cut to one less: %v", text, places)
			}
		}
	}
}

// values are decoded JSON values of every shape.
func values(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.IntRange(0, 1<<40), func(i int) any { return json.Number(fmt.Sprint(i)) }),
		rapid.Map(rapid.StringN(0, 600, 2_400), func(s string) any { return s }),
	)
	if depth == 0 {
		return leaf
	}
	inner := values(depth - 1)
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(inner, 0, 40), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(rapid.StringN(0, 20, 80), inner, 0, 40), func(m map[string]any) any { return m }),
	)
}

// Whatever the value: the limit holds, the types stay, no character is counted
// wrong, and twice is the same as once.
func TestShortenKeepsTheLimitAndTheTypes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := values(3).Draw(t, "value")
		limit := rapid.IntRange(1_000, 6_000).Draw(t, "limit")
		before, text := encoded(t, value)
		if w := shape.Width(value, before+1); w < before || w > before && !strings.Contains(text, "\uFFFD") {
			t.Fatalf("width %d, encoded %d", w, before)
		}
		kept, places := shorten(value, limit)
		n, got := encoded(t, kept)
		switch {
		case n > limit-envelopeChars:
			t.Fatalf("%d characters, limit %d", n, limit)
		case len(places) == 0 && got != text, len(places) > 0 && got == text:
			t.Fatalf("%d places, changed: %v", len(places), got != text)
		}
		checkPart(t, value, kept)
		if _, again := encoded(t, first(shorten(value, limit))); again != got {
			t.Fatalf("two runs differ:\n%.200s\n%.200s", got, again)
		}
		for _, p := range places {
			if p.Returned >= p.Total || p.Returned < 0 {
				t.Fatalf("place %+v", p)
			}
		}
		for _, path := range examples(kept, "") {
			sel, err := shape.ParseFields([]string{path})
			if err == nil {
				_, err = sel.Keep(value)
			}
			if err != nil {
				t.Fatalf("fields cannot use the example %q: %v", path, err)
			}
		}
	})
}

func first[A, B any](a A, _ B) A { return a }

// checkPart reports where part is not whole with something left out.
func checkPart(t *rapid.T, whole, part any) {
	t.Helper()
	switch whole := whole.(type) {
	case []any:
		list, ok := part.([]any)
		if !ok || len(list) > len(whole) {
			t.Fatalf("a list of %d became %T", len(whole), part)
		}
		for i := range list {
			checkPart(t, whole[i], list[i])
		}
	case map[string]any:
		object, ok := part.(map[string]any)
		if !ok {
			t.Fatalf("an object became %T", part)
		}
		for key := range object {
			if _, ok := whole[key]; !ok {
				t.Fatalf("%q was not there", key)
			}
			checkPart(t, whole[key], object[key])
		}
	case string:
		text, ok := part.(string)
		if !ok || text != whole && !strings.HasPrefix(whole, strings.TrimSuffix(text, "…")) {
			t.Fatalf("%.50q became %.50q", whole, part)
		}
	default:
		number, _ := whole.(json.Number)
		if part != whole && (part != nil || len(number) <= minRoom) {
			t.Fatalf("%v became %v", whole, part)
		}
	}
}

// The largest answers that the client passes on are cut in a blink.
func TestShortenIsFast(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	chain := strings.Repeat(`{"a":"`+strings.Repeat("x", size/64)+`","b":`, 60) + "1" + strings.Repeat("}", 60)
	var keys strings.Builder
	for i := range 66_000 {
		fmt.Fprintf(&keys, `"%d":"%s",`, i, strings.Repeat("y", 100))
	}
	for name, text := range map[string]string{
		"text":      `"` + strings.Repeat("x", size) + `"`,
		"escapes":   `"` + strings.Repeat(`\n`, size/2) + `"`,
		"zeros":     `[` + strings.Repeat("0,", 199_000) + `0]`,
		"empty":     `[` + strings.Repeat("{},", 99_000) + `0]`,
		"keys":      `{` + keys.String() + `"z":0}`,
		"chain":     chain,
		"rows":      `[` + strings.Repeat(`{"id":1,"text":"`+strings.Repeat("z", 250)+`"},`, 30_000) + `0]`,
		"long rows": `[` + strings.Repeat(`{"id":1,"text":"`+strings.Repeat("z", size/20)+`"},`, 19) + `0]`,
		"wide":      `[` + strings.Repeat(`{"a":{"b":{"c":["`+strings.Repeat("z", 20_000)+`",`+strings.Repeat("1,", 400)+`2]}}},`, 400) + `0]`,
	} {
		value := decoded(t, text)
		var kept any
		var places []place
		took := time.Hour
		for range 3 { // a busy machine may stop one of them, hardly all
			began := time.Now()
			kept, places = shorten(value, hardMaxChars)
			took = min(took, time.Since(began))
		}
		if n, _ := encoded(t, kept); n > hardMaxChars || len(places) == 0 {
			t.Errorf("%s: %d characters, %d places", name, n, len(places))
		}
		t.Logf("%s: %d bytes in %s, %d places", name, len(text), took, len(places))
		if took > 300*time.Millisecond {
			t.Errorf("%s takes %s", name, took)
		}
	}
}
