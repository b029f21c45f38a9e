package tools

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
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
		if w := width(value, before+1); w < before || w > before && !strings.Contains(text, "\uFFFD") {
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
			sel, err := parseFields([]string{path})
			if err == nil {
				_, err = sel.keep(value)
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
		if part != whole {
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
		began := time.Now()
		kept, places := shorten(value, hardMaxChars)
		took := time.Since(began)
		if n, _ := encoded(t, kept); n > hardMaxChars || len(places) == 0 {
			t.Errorf("%s: %d characters, %d places", name, n, len(places))
		}
		t.Logf("%s: %d bytes in %s, %d places", name, len(text), took, len(places))
		if took > 300*time.Millisecond {
			t.Errorf("%s takes %s", name, took)
		}
	}
}

func TestFittingCountsToTheCharacter(t *testing.T) {
	t.Parallel()
	records := []string{"aaa", "üü", "<&>", "d"} // 5, 4, 5 and 3 characters, and a comma each
	for limit, want := range map[int]int{0: 0, 5: 0, 6: 1, 10: 1, 11: 2, 16: 2, 17: 3, 20: 3, 21: 4, 1_000: 4} {
		if got := fitting(records, limit+envelopeChars); got != want {
			t.Errorf("%d characters have room for %d records, want %d", limit, got, want)
		}
	}
}

func TestPlacesAreShownInOrderAndInShort(t *testing.T) {
	t.Parallel()
	var s shortener
	s.seen = make(map[place]int)
	s.note("text", inCharacters, 10, 1)
	s.note("b.list", inElements, 10, 1)
	s.note("a[].list", inElements, 10, 1)
	s.note("list", inElements, 10, 1)
	s.note("list", inElements, 5, 2)
	s.note("list", inKeys, 7, 3)
	s.note("a.b.object", inKeys, 10, 1)
	want := []place{
		{"list", inElements, 15, 3},
		{"a[].list", inElements, 10, 1},
		{"b.list", inElements, 10, 1},
		{"list", inKeys, 7, 3},
		{"a.b.object", inKeys, 10, 1},
		{"text", inCharacters, 10, 1},
	}
	if diff := cmp.Diff([]place{want[0], want[2], want[1], want[3], want[4], want[5]}, s.ranked()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(s.places[:3], shown(s.places)); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	long := []place{{"a\u202e\n" + strings.Repeat("x", 200), inKeys, 2, 1}}
	if got := shown(long); len(got) != 1 || got[0].Path != "a "+strings.Repeat("x", maxPath-2)+"…" {
		t.Errorf("a long path is shown as %v", got)
	}
}

func TestExamplesAreWhatFieldsCanName(t *testing.T) {
	t.Parallel()
	fits, tooLong := strings.Repeat("k", maxExample), strings.Repeat("k", maxExample+1)
	short, long := strings.Repeat("v", maxSelection-2), strings.Repeat("v", maxSelection-1)
	for _, test := range []struct {
		text string
		want []string
	}{
		{`{"title":1,"id":2,"ok":null}`, []string{"id", "ok", "title"}},
		{`{"a":{"b":{"c":true}},"list":[{"x":1},{"y":2}],"none":[],"n":{}}`, []string{"a.b.c", "list[].x"}},
		{`[{"id":1}]`, []string{"[].id"}},
		{`[[{"id":1}]]`, []string{"[][].id"}},
		{`[1]`, nil},
		{`[[1]]`, nil},
		{`"text"`, nil},
		{`{"tags":["a"]}`, []string{"tags[]"}},
		{`{"":1,"a.b":1,"c[]":1,"d\u202e":1,"e ":1}`, nil},
		{`{"` + fits + `":1,"` + tooLong + `":1}`, []string{fits}},
		{`{"a":"` + short + `","b":"` + long + `"}`, []string{"a"}},
	} {
		if diff := cmp.Diff(test.want, examples(decoded(t, test.text), ""), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%.60s (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestTheHintPrefersWhatIsBelowTheCut(t *testing.T) {
	t.Parallel()
	value := decoded(t, `{"id":1,"items":[{"name":1,"type":2}],"itemsid":3,"page":{"x":4},"zzzzzzzzz":5}`)
	for path, want := range map[string]string{
		"items": "items[].name, items[].type, id",
		"page":  "page.x, id, itemsid",
		"":      "id, page.x, itemsid",
	} {
		if got := selectHint(value, place{Path: path}); got != "Select with fields, e.g. "+want+". " {
			t.Errorf("below %q: %s", path, got)
		}
	}
	if got := selectHint("text", place{}); got != "" {
		t.Errorf("nothing to select: %q", got)
	}
}

// width tells the length of what encoding/json writes, and stops beyond a limit.
func TestWidthIsThatOfTheEncoding(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`null`, `true`, `false`, `12.50`, `-1e400`, `""`, `"a"`, `[]`, `[1]`, `[[],{}]`, `{}`, `{"a":1}`, `{"a":{"b":[1,null]},"c":"d"}`,
		`"\"\\\n\r\t\b\f\u0001\u001f\u007f\u2028\u2029/<>&é🎉"`, `{"\"\n":"\u0000"}`,
	} {
		value := decoded(t, text)
		n, encoding := encoded(t, value)
		if got := width(value, n); got != n {
			t.Errorf("%s: width %d, encoded in %d: %s", text, got, n, encoding)
		}
		if got := width(value, n-1); got < n {
			t.Errorf("%s: width %d with a limit of %d", text, got, n-1)
		}
	}
	if got := width(7.25, 100); got != 4 {
		t.Errorf("a float has width %d", got)
	}
	if got := width(func() {}, 100); got != 101 {
		t.Errorf("what has no JSON has width %d", got)
	}
	for name, value := range map[string]any{
		"text": strings.Repeat("x", 1_000), "list": make([]any, 1_000), "key": map[string]any{strings.Repeat("x", 1_000): nil},
		"value": map[string]any{"k": strings.Repeat("x", 1_000)}, "inner": []any{[]any{make([]any, 1_000)}},
	} {
		if got := width(value, 50); got <= 50 || got > 65 {
			t.Errorf("%s: width measures on to %d", name, got)
		}
	}
}
