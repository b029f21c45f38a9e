package shape

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// decoded is a JSON text as Decode reads it.
func decoded(t testing.TB, text string) any {
	t.Helper()
	value, err := Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// encoded is how many characters a value has, and its JSON.
func encoded(t rapid.TB, value any) (int, string) {
	t.Helper()
	text, err := encode(value)
	if err != nil {
		t.Fatal(err)
	}
	return utf8.RuneCount(text), string(text)
}

// values are decoded JSON values of every shape, with what is left out of them.
func values(depth int) *rapid.Generator[any] {
	text := rapid.OneOf(
		rapid.StringN(0, 60, 240), rapid.StringN(0, 600, 2_400),
		rapid.Map(rapid.IntRange(1, 9_000), func(n int) string { return strings.Repeat("é\"\n", n) }),
		rapid.Just(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00picture 1\xff", 40)))),
		rapid.Just("<div><p>"+strings.Repeat("a &amp; b<br>", 300)+"</p></div>"),
		rapid.SampledFrom([]string{"a\u202eb", "\x1b[31mred", "\U000e0041", "bad \xff"}),
	)
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.IntRange(0, 1<<40), func(i int) any { return json.Number(fmt.Sprint(i)) }),
		rapid.Map(rapid.IntRange(1, 2_000), func(n int) any { return json.Number(strings.Repeat("9", n)) }),
		rapid.Map(text, func(s string) any { return s }),
	)
	if depth == 0 {
		return leaf
	}
	key := rapid.OneOf(rapid.StringMatching(`[a-c]{1,2}`), rapid.StringN(0, 20, 80), rapid.SampledFrom([]string{"a", "a\u200b", "a\u202e", "a ", strings.Repeat(`"`, 300), "x.y", "z[]", "cursor"}))
	inner := values(depth - 1)
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(inner, 0, 40), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(key, inner, 0, 40), func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(inner, 5, 30), alikeRecords),
		rapid.Map(rapid.Permutation([]any{1, 2, 3}), func([]any) any { return []any{} }),
		rapid.Custom(func(t *rapid.T) any { // deep
			value := inner.Draw(t, "inner")
			for range rapid.IntRange(1, 50).Draw(t, "levels") {
				if rapid.Bool().Draw(t, "list") {
					value = []any{value}
				} else {
					value = map[string]any{"a_long_key_of_a_deep_object": value}
				}
			}
			return value
		}),
	)
}

// alikeRecords are records that say the same in one key.
func alikeRecords(l []any) any {
	list := make([]any, len(l))
	for i, value := range l {
		list[i] = map[string]any{"v": value, "same": map[string]any{"object": "user", "id": strings.Repeat("7", 60)}}
	}
	return list
}

// wholeOf is all of a value as it is shown, with nothing told apart.
func wholeOf(value any, sel *Selection, verbatim bool) any {
	s := &shaper{known: newKnown(0), verbatim: verbatim}
	whole, _, _ := s.build(node{value: value, sel: sel}, 1<<40)
	return whole
}

// absent stands for what no part has shown yet.
type absent struct{}

// merged puts a part where it belongs, by the steps that it began at.
func merged(s *shaper, n node, into any, before, rest []int, data any) any {
	if len(before) == 0 {
		return joined(into, rest, data)
	}
	kid := s.kids(n).at(before[0])
	if _, ok := n.value.([]any); ok {
		list, _ := into.([]any)
		if before[0] == len(list) {
			list = append(list, absent{})
		}
		list[before[0]] = merged(s, kid.node, list[before[0]], before[1:], rest, data)
		return list
	}
	object, ok := into.(map[string]any)
	if !ok {
		object = make(map[string]any)
	}
	inner, ok := object[kid.name]
	if !ok {
		inner = absent{}
	}
	object[kid.name] = merged(s, kid.node, inner, before[1:], rest, data)
	return object
}

// joined adds the rest of a value to what is there of it.
func joined(into any, steps []int, data any) any {
	if into == any(absent{}) {
		return data
	}
	switch data := data.(type) {
	case string:
		return into.(string) + data
	case []any:
		list := into.([]any)
		if len(steps) > 1 {
			if steps[0] == len(list) {
				list = append(list, absent{})
			}
			list[steps[0]] = joined(list[steps[0]], steps[1:], data[0])
			data = data[1:]
		} else if len(steps) == 1 && steps[0] != len(list) {
			panic(fmt.Sprintf("a part begins at %d, %d are there", steps[0], len(list)))
		}
		return append(list, data...)
	case map[string]any:
		object := into.(map[string]any)
		for key, value := range data {
			if known, ok := object[key]; ok {
				value = joined(known, steps[1:], value)
			}
			object[key] = value
		}
		return object
	}
	panic(fmt.Sprintf("%v continues %v", data, into))
}

// untold puts back what all elements of a list have alike.
func untold(value any, at *place, same map[string]any) any {
	switch value := value.(type) {
	case []any:
		for i, inner := range value {
			value[i] = untold(inner, &place{up: at, inList: true}, same)
		}
	case map[string]any:
		for key, inner := range value {
			value[key] = untold(inner, &place{up: at, name: key}, same)
		}
		for path, one := range same {
			if key, ok := strings.CutPrefix(path, at.path()+"."); ok && at != nil && at.inList && !strings.Contains(key, ".") {
				value[key] = one
			}
		}
	}
	return value
}

// Whatever the value and the limits: the parts are within their limits,
// come to an end, and hold everything once.
func TestTheUnionOfThePartsIsTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := values(3).Draw(t, "value")
		verbatim := rapid.Bool().Draw(t, "verbatim")
		checkUnion(t, value, nil, func() Options {
			o := Options{Verbatim: verbatim, MaxChars: rapid.SampledFrom([]int{1_000, 1_000, 1_500, 4_000, 40_000}).Draw(t, "limit")}
			o.Envelope = rapid.SampledFrom([]int{0, 400}).Draw(t, "envelope")
			return o
		})
	})
}

func checkUnion(t rapid.TB, value any, fields []string, options func() Options) {
	t.Helper()
	sel, err := ParseFields(fields)
	if err != nil {
		t.Fatal(err)
	}
	if len(fields) == 0 {
		sel = nil
	}
	root := node{value: value, sel: sel}
	verbatim := options().Verbatim
	whole := wholeOf(value, sel, verbatim)
	size, _ := encoded(t, whole)
	var union any = absent{}
	same := make(map[string]any)
	counted := make(map[string]int)
	var from Position
	for parts := 0; ; parts++ {
		o := options()
		o.Fields = fields
		part, err := Shape(value, o, from)
		if err != nil {
			t.Fatalf("part %d at %q: %v", parts, from, err)
		}
		if n, text := encoded(t, part); n > o.room() {
			t.Fatalf("%d characters of at most %d: %.300s", n, o.room(), text)
		}
		if len(from) > MaxPosition || parts > 10+size {
			t.Fatalf("part %d at %q", parts, from)
		}
		if verbatim && (part.Elided != nil || part.Same != nil) {
			t.Fatalf("left out: %v, told apart: %v", part.Elided, part.Same)
		}
		maps.Copy(same, part.Same)
		s := &shaper{known: newKnown(0), verbatim: verbatim}
		union = merged(s, root, union, part.begin[:part.depth], part.begin[part.depth:], part.Data)
		for _, cut := range part.Cuts {
			if cut.Returned > cut.Total || cut.Total <= 0 || cut.Returned < 0 || cut.First < 0 {
				t.Fatalf("cut %+v", cut)
			}
			counted[fmt.Sprint(cut.Path, cut.Unit)] += cut.Returned
		}
		if part.Truncated != (part.Next != "") {
			t.Fatalf("truncated %v, next %q", part.Truncated, part.Next)
		}
		if part.Next == "" {
			break
		}
		if part.Next == from || len(part.Cuts) == 0 {
			t.Fatalf("part %d at %q goes on at %q, cuts %v", parts, from, part.Next, part.Cuts)
		}
		from = part.Next
	}
	union = untold(union, nil, same)
	if !equal(whole, union) {
		t.Fatalf("the union is not the whole (-whole +union):\n%.2000s", cmp.Diff(whole, union))
	}
}
