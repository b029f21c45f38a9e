package tools

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

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
