package shape

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shaped is the only part of a value.
func shaped(t testing.TB, text string, o Options) Part {
	t.Helper()
	part, err := Shape(decoded(t, text), o, "")
	if err != nil {
		t.Fatal(err)
	}
	return part
}

func TestWhatTellsNothingIsLeftOut(t *testing.T) {
	t.Parallel()
	blob := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00Picture 1\xff", 400)))
	mail := "<html><body>" + strings.Repeat("<p>é</p>", 300) + "</body></html>"
	person := `{"object":"user","id":"c2f20311-9e54-4d11-8c79-7398424ae41e"}`
	alike := `{"results":[` + strings.TrimSuffix(strings.Repeat(`{"by":`+person+`,"kind":"page"},`, 6), ",") + `]}`
	for _, test := range []struct {
		name, text string
		fields     []string
		want       string
		same       string
		elided     Elided
	}{
		{"nulls and empty containers", `{"a":null,"b":{},"c":[],"d":"","e":0,"f":false}`, nil, `{"d":"","e":0,"f":false}`, "", Elided{Nulls: 1, Empty: 2}},
		{"what is empty then", `{"a":{"b":null,"c":{"d":[]}},"e":1}`, nil, `{"e":1}`, "", Elided{Nulls: 1, Empty: 3}},
		{"elements keep their places", `[null,{},[],{"a":null}]`, nil, `[null,{},[],{}]`, "", Elided{Nulls: 1}},
		{"what a path leads to stays", `{"a":null,"b":{"c":[],"d":null}}`, []string{"a", "b.c"}, `{"a":null,"b":{"c":[]}}`, "", Elided{}},
		{"but not what is below", `{"b":{"c":[],"d":1}}`, []string{"b"}, `{"b":{"d":1}}`, "", Elided{Empty: 1}},
		{"base64", `{"file":"` + blob + `"}`, nil, `{"file":"[base64, 4,400 bytes]"}`, "", Elided{Base64: 1}},
		{"base64 that is named", `{"file":"` + blob + `"}`, []string{"file"}, `{"file":"` + blob + `"}`, "", Elided{}},
		{"a data URL", `{"avatar_url":"data:image/png;base64,` + blob + `"}`, nil, `{"avatar_url":"[base64 image/png, 4,400 bytes]"}`, "", Elided{Base64: 1}},
		{"a large file", `{"file":"` + strings.Repeat(blob[:4_000], 20) + `","x":"` + strings.Repeat("<p>a</p>", 10_000) + `"}`, nil, `{"file":"[base64, 60,000 bytes]","x":"[html, 80,000 characters: name it in fields to get it]"}`, "", Elided{Base64: 1, HTML: 1}},
		{"a long cursor", `{"next_cursor":"` + blob[:400] + `"}`, nil, `{"next_cursor":"` + blob[:400] + `"}`, "", Elided{}},
		{"a long word", `{"word":"` + strings.Repeat("x", 400) + `"}`, nil, `{"word":"` + strings.Repeat("x", 400) + `"}`, "", Elided{}},
		{"long HTML", `{"body":"` + mail + `"}`, nil, `{"body":"[html, 2,426 characters: name it in fields to get it]"}`, "", Elided{HTML: 1}},
		{"HTML that is named", `{"body":"` + mail + `"}`, []string{"body"}, `{"body":"` + mail + `"}`, "", Elided{}},
		{"other text with signs", `{"body":"` + strings.Repeat("a < b > c ", 300) + `"}`, nil, `{"body":"` + strings.Repeat("a < b > c ", 300) + `"}`, "", Elided{}},
		{"what all have alike", alike, nil, `{"results":[` + strings.TrimSuffix(strings.Repeat(`{"kind":"page"},`, 6), ",") + `]}`, `{"results[].by":` + person + `}`, Elided{}},
		{"of four it is not told apart", `[` + strings.TrimSuffix(strings.Repeat(`{"by":`+person+`},`, 4), ",") + `]`, nil, `[` + strings.TrimSuffix(strings.Repeat(`{"by":`+person+`},`, 4), ",") + `]`, "", Elided{}},
		{"nor where a path names it", alike, []string{"results[].by"}, `{"results":[` + strings.TrimSuffix(strings.Repeat(`{"by":`+person+`},`, 6), ",") + `]}`, "", Elided{}},
		{"invisible signs", `{"a\u200b":"\u001b[31mred\u202e\u001b[0m"}`, nil, `{"a":"red"}`, "", Elided{}},
		{"keys that look alike", `{"a":1,"a\u200b":2,"\u200ba":3}`, nil, `{"a":1,"a (2)":2,"a (3)":3}`, "", Elided{}},
		{"a key that looks different, by its name", `{"a\u200b":1,"b":2}`, []string{"a"}, `{"a":1}`, "", Elided{}},
		{"a long number stays exact", `{"n":123456789012345678901234567890123456789012345}`, nil, `{"n":"123456789012345678901234567890123456789012345"}`, "", Elided{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			part := shaped(t, test.text, Options{Fields: test.fields})
			if diff := cmp.Diff(decoded(t, test.want), part.Data); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			same := map[string]any(nil)
			if test.same != "" {
				same = decoded(t, test.same).(map[string]any)
			}
			if diff := cmp.Diff(same, part.Same); diff != "" {
				t.Errorf("same (-want +got):\n%s", diff)
			}
			elided := Elided{}
			if part.Elided != nil {
				elided = *part.Elided
			}
			if elided != test.elided || part.Truncated || part.Next != "" || len(part.Cuts) > 0 {
				t.Errorf("elided %+v, want %+v; next %q, cuts %v", elided, test.elided, part.Next, part.Cuts)
			}
		})
	}
}

// hundred are records of 100 characters.
func hundred(n int) string {
	records := make([]string, n)
	for i := range records {
		records[i] = fmt.Sprintf(`{"id":%d,"text":"%s%d"}`, 1000+i, strings.Repeat("x", 75), 1000+i)
	}
	return strings.Join(records, ",")
}

func TestAListIsCutBetweenItsRecords(t *testing.T) {
	t.Parallel()
	value := decoded(t, `{"results":[`+hundred(50)+`],"has_more":true,"next_cursor":"c1","other":[`+hundred(20)+`]}`)
	part, err := Shape(value, Options{MaxChars: 2_000}, "")
	if err != nil {
		t.Fatal(err)
	}
	data := part.Data.(map[string]any)
	if data["next_cursor"] != "c1" || data["has_more"] != true {
		t.Errorf("the first part lacks the envelope: %v", data)
	}
	n := len(data["other"].([]any))
	want := []Cut{{Path: "other", Unit: Elements, Total: 20, Returned: n}, {Path: "results", Unit: Elements, Total: 50}, {Unit: Keys, Total: 4, Returned: 3}}
	if diff := cmp.Diff(want, part.Cuts); diff != "" || part.Total != 20 || part.Returned != n || n < 14 {
		t.Errorf("%d of %d (-want +got):\n%s", part.Returned, part.Total, diff)
	}
	total := n
	for part.Next != "" {
		if part, err = Shape(value, Options{MaxChars: 2_000}, part.Next); err != nil {
			t.Fatal(err)
		}
		cut := part.Cuts[0]
		if cut.First == 0 && cut.Path == "other" || part.Resumes != "" || part.At != "" {
			t.Errorf("cuts %+v, resumes %q, at %q", part.Cuts, part.Resumes, part.At)
		}
		for _, c := range part.Cuts {
			total += c.Returned * min(1, len(c.Path)) * boolInt(c.Unit == Elements)
		}
	}
	if total != 70 {
		t.Errorf("%d records in all parts", total)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestARecordThatIsTooLongIsCutItselfAndResumed(t *testing.T) {
	t.Parallel()
	value := decoded(t, `{"results":[`+hundred(3)+`,{"id":7,"text":"`+strings.Repeat("é", 2_500)+`"},`+hundred(3)+`]}`)
	var cuts [][]Cut
	var resumes []string
	var from Position
	for {
		part, err := Shape(value, Options{MaxChars: 1_200}, from)
		if err != nil {
			t.Fatal(err)
		}
		cuts, resumes = append(cuts, part.Cuts), append(resumes, part.Resumes)
		if from = part.Next; from == "" {
			break
		}
	}
	if len(cuts) < 3 || resumes[0] != "" || resumes[1] != "results[3].text" || len(cuts[0]) < 2 || cuts[0][0].Returned != 4 || cuts[0][1].Path != "results[].text" || cuts[0][1].Unit != Characters || cuts[0][1].Total != 2_500 || cuts[1][len(cuts[1])-1].First != cuts[0][1].Returned {
		t.Errorf("resumes %v, cuts %+v", resumes, cuts)
	}
}

// What stands so deep that its containers would fill a part is shown alone.
func TestWhatIsDeepIsShownAtItsPlace(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", 3_000)
	value := decoded(t, strings.Repeat(`{"a_rather_long_key_of_an_object":`, 40)+`["`+text+`",1]`+strings.Repeat("}", 40))
	var union strings.Builder
	var from Position
	for {
		part, err := Shape(value, Options{MaxChars: 1_000}, from)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(part.At, "a_rather_long_key_of_an_object") {
			t.Errorf("at %q", part.At)
		}
		union.WriteString(strings.ReplaceAll(strings.Trim(fmt.Sprint(part.Data), "[]"), " ", ""))
		if from = part.Next; from == "" {
			break
		}
	}
	if !strings.Contains(union.String(), "x1") || strings.Count(union.String(), "x") != len(text) {
		t.Errorf("the union has %d of %d characters", strings.Count(union.String(), "x"), len(text))
	}
}

func TestAPositionOfSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	value := decoded(t, `{"a":["`+strings.Repeat("é", 3_000)+`",1],"n":null}`)
	good, err := Shape(value, Options{MaxChars: 1_000}, "")
	if err != nil || good.Next == "" {
		t.Fatal(good, err)
	}
	mark, _, _ := strings.Cut(string(good.Next), ".")
	for _, from := range []Position{
		"x", ".", Position(mark), Position(mark + "."), Position(mark + ".-1"), Position(mark + ".9"), Position(mark + ".0.0"), Position(mark + ".1.0.1"), Position(mark + ".1.0.0"),
		Position(mark + ".1.0.zzzz"), Position(mark + ".1.0.2.2"), Position(mark + ".1.9"), Position(mark + ".1.1.0"), Position(mark + ".zzzzzzzzz"), Position(mark + ".01"),
		Position(mark + strings.Repeat(".0", 300)), "0" + good.Next,
	} {
		if part, err := Shape(value, Options{MaxChars: 1_000}, from); !errors.Is(err, ErrPosition) {
			t.Errorf("%q: %v, %+v", from, err, part)
		}
	}
	if _, err := Shape(value, Options{MaxChars: 1_000, Fields: []string{"a"}}, good.Next); !errors.Is(err, ErrPosition) {
		t.Errorf("a position of other fields: %v", err)
	}
	if _, err := Shape(value, Options{As: "xml"}, ""); err == nil {
		t.Error("the form xml is taken")
	}
}

func TestRecordsAreShownAsATable(t *testing.T) {
	t.Parallel()
	const text = `{"total":2,"meta":{"cursor":"c"},"tags":["a"],"items":[{"id":1,"name":"A|b\n<x>","owner":{"name":"Ada","tags":["x","y"]},"rows":[{"k":1}]},{"id":2,"ok":true,"list":["a, b","c"]}]}`
	got := shaped(t, text, Options{As: Table})
	want := Grid{
		Columns: []string{"id", "name", "owner.name", "owner.tags", "rows", "list", "ok"},
		Rows: [][]any{
			{decoded(t, "1"), "A|b\n<x>", "Ada", "x, y", `[{"k":1}]`, nil, nil},
			{decoded(t, "2"), nil, nil, nil, nil, `["a, b","c"]`, true},
		},
		Other: decoded(t, `{"total":2,"meta":{"cursor":"c"},"tags":["a"]}`),
	}
	if diff := cmp.Diff(want, got.Data); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const page = `- meta.cursor: c
- tags: a
- total: 2

| id | name | owner.name | owner.tags | rows | list | ok |
| --- | --- | --- | --- | --- | --- | --- |
| 1 | A\|b<br>&lt;x> | Ada | x, y | \[{"k":1}] |  |  |
| 2 |  |  |  |  | \["a, b","c"] | true |
`
	if diff := cmp.Diff(page, shaped(t, text, Options{As: Markdown}).Data); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for text, want := range map[string]Grid{
		`{"a":1,"b":{"c":"x"}}`:   {Columns: []string{"key", "value"}, Rows: [][]any{{"a", decoded(t, "1")}, {"b.c", "x"}}},
		`["x","y"]`:               {Columns: []string{"value"}, Rows: [][]any{{"x"}, {"y"}}},
		`"x"`:                     {Columns: []string{"key", "value"}, Rows: [][]any{{"value", "x"}}},
		`[]`:                      {Columns: []string{}, Rows: [][]any{}},
		`[{"a.b":1,"a":{"b":2}}]`: {Columns: []string{"a.b", "a.b (2)"}, Rows: [][]any{{decoded(t, "2"), decoded(t, "1")}}},
	} {
		if diff := cmp.Diff(want, shaped(t, text, Options{As: Table}).Data); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// A list without elements lacks none of them, also where it waits for a later part.
func TestAnEmptyListIsNotCut(t *testing.T) {
	t.Parallel()
	value := decoded(t, `{"a":"`+strings.Repeat("x", 590)+`","b":"`+strings.Repeat("y", 590)+`","z":[],"zz":[1]}`)
	for from := Position(""); ; {
		part, err := Shape(value, Options{MaxChars: 1_000, Envelope: 400, Verbatim: true}, from)
		if err != nil {
			t.Fatal(err)
		}
		for _, cut := range part.Cuts {
			if cut.Total == 0 || cut.Path == "z" {
				t.Errorf("cut %+v", cut)
			}
		}
		if from = part.Next; from == "" {
			return
		}
	}
}

// A table goes on as JSON does, and no viewer of markdown follows what it holds.
func TestATableIsCutBetweenItsRows(t *testing.T) {
	t.Parallel()
	value := decoded(t, `{"results":[`+hundred(200)+`],"total":200}`)
	for _, form := range []Form{Table, Markdown} {
		rows, parts := 0, 0
		for from := Position(""); ; parts++ {
			part, err := Shape(value, Options{As: form, MaxChars: 3_000}, from)
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := encoded(t, part); n > 3_000 || n < 2_200 && part.Next != "" {
				t.Errorf("%s: %d characters", form, n)
			}
			switch data := part.Data.(type) {
			case Grid:
				rows += len(data.Rows)
			case string:
				rows += strings.Count(data, strings.Repeat("x", 75))
			}
			if part.Cuts[0].Path != "results" || part.Cuts[0].Total != 200 {
				t.Errorf("cuts %+v", part.Cuts)
			}
			if from = part.Next; from == "" {
				break
			}
		}
		if rows != 200 || parts > 9 {
			t.Errorf("%s: %d rows in %d parts", form, rows, parts)
		}
	}
	if text := shaped(t, `[{"a":"![x](http://evil.example/?q=1) <img src=x> `+"`"+`"}]`, Options{As: Markdown}).Data.(string); strings.Contains(strings.ReplaceAll(text, `\[`, ""), "[") || strings.Contains(text, "<img") {
		t.Errorf("markdown that is followed: %s", text)
	}
}

// Whatever the value, every form keeps its limit and comes to an end, and the form
// may change from part to part.
func TestEveryFormComesToAnEnd(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	rapid.Check(t, func(t *rapid.T) {
		value := values(2).Draw(t, "value")
		var from Position
		for parts := 0; ; parts++ {
			o := Options{As: rapid.SampledFrom([]Form{Table, Markdown, JSON}).Draw(t, "form"), MaxChars: rapid.SampledFrom([]int{1_000, 3_000}).Draw(t, "limit"), Envelope: 400}
			part, err := Shape(value, o, from)
			if err != nil {
				t.Fatalf("part %d at %q: %v", parts, from, err)
			}
			if n, text := encoded(t, part); n > o.room() {
				t.Fatalf("%d characters of at most %d: %.200s", n, o.room(), text)
			}
			if parts > 20_000 || part.Next == from && from != "" {
				t.Fatalf("part %d at %q", parts, from)
			}
			if from = part.Next; from == "" {
				break
			}
		}
	})
}

func TestFieldsAndPartsGoTogether(t *testing.T) {
	t.Parallel()
	value := decoded(t, `{"results":[`+hundred(80)+`],"x":null,"y":{"z":[]}}`)
	checkUnion(t, value, []string{"results[].text", "x", "y.z"}, func() Options { return Options{MaxChars: 1_000} })
}

// What is told apart is told with every part, also where a part begins inside a
// record, and where the next part has more room to tell it.
func TestWhatIsAlikeIsNeverLost(t *testing.T) {
	t.Parallel()
	wrap := func(text string) string {
		return strings.Repeat(`{"a_rather_long_key_of_an_object":`, 12) + `"` + text + `"` + strings.Repeat("}", 12)
	}
	deep, long := make([]string, 6), make([]string, 6)
	for i := range deep {
		deep[i] = fmt.Sprintf(`{"same":"%s","v":%s}`, strings.Repeat("s", 70), wrap(strings.Repeat(fmt.Sprint(i), 900)))
		long[i] = fmt.Sprintf(`{"a":"%s","same":{"a":"%s"}}`, strings.Repeat(fmt.Sprint(i), 800), strings.Repeat("s", 290))
	}
	for _, limits := range [][]int{{1_000}, {40_000, 1_000}, {1_000, 40_000}, {1_000, 1_000, 40_000}, {1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 40_000}} {
		for _, records := range [][]string{deep, long} {
			n := 0
			checkUnion(t, decoded(t, "["+strings.Join(records, ",")+"]"), nil, func() Options {
				n++
				return Options{MaxChars: limits[(n-1)%len(limits)]}
			})
		}
	}
}

// A record that fits into a part waits for the next one.
func TestARecordThatFitsIsNotCut(t *testing.T) {
	t.Parallel()
	records := make([]string, 9)
	for i := range records {
		records[i] = fmt.Sprintf(`{"id":%d,"text":"%s"}`, i, strings.Repeat(fmt.Sprint(i), 650))
	}
	value := decoded(t, `{"results":[`+strings.Join(records, ",")+`]}`)
	var from Position
	for i := range records {
		part, err := Shape(value, Options{MaxChars: 1_300}, from)
		if err != nil {
			t.Fatal(err)
		}
		if part.Resumes != "" || part.Cuts[0].Returned != 1 || part.Cuts[0].First != i {
			t.Errorf("part %d resumes %q, cuts %+v", i, part.Resumes, part.Cuts)
		}
		from = part.Next
	}
	if from != "" {
		t.Errorf("there is more at %q", from)
	}
}

// Whatever the text, the fields and the position: an answer within its limit, or an error.
func FuzzShape(f *testing.F) {
	f.Add(`{"a":[1,"é",null],"b":{}}`, "a", "1.0.1", 1_000, uint8(0))
	f.Add(`[[[["`+strings.Repeat("x", 2_000)+`"]]]]`, "", "ztntfp.0.0.0.0.2s", 1_000, uint8(1))
	f.Add(`{"a":[`+hundred(30)+`]}`, "a[].id", "", 2_000, uint8(2))
	f.Fuzz(func(t *testing.T, text, fields, from string, limit int, form uint8) {
		value, err := Decode([]byte(text))
		if err != nil || len(text) > 64<<10 {
			return
		}
		o := Options{MaxChars: limit, As: []Form{JSON, Table, Markdown}[form%3]}
		if fields != "" {
			o.Fields = strings.Split(fields, ",")
		}
		if mark, rest, ok := strings.Cut(from, "."); ok && mark == "" { // a position that is not refused at once
			from = string(position([]int{0}, fingerprint(o.Fields)))
			from = from[:len(from)-1] + rest
		}
		for range 20 {
			part, err := Shape(value, o, Position(from))
			if err != nil {
				return
			}
			if n, text := encoded(t, part); n > o.room() {
				t.Fatalf("%d characters of at most %d: %.200s", n, o.room(), text)
			}
			if part.Next == "" {
				return
			}
			if string(part.Next) == from || len(part.Next) > MaxPosition {
				t.Fatalf("%q goes on at %q", from, part.Next)
			}
			from = string(part.Next)
		}
	})
}
