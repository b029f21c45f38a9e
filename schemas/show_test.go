package schemas_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

const shownBytes = 2_500

// propertiesOf lists the properties of the root of a schema.
func propertiesOf(t *testing.T, raw json.RawMessage) []string {
	t.Helper()
	var root struct {
		Type       string                     `json:"type"`
		Properties map[string]json.RawMessage `json:"properties"`
		Enum       []string                   `json:"enum"`
	}
	if err := json.Unmarshal(raw, &root); err != nil || root.Type == "" {
		t.Fatalf("%v: %s", err, raw)
	}
	names := root.Enum
	for name := range root.Properties {
		names = append(names, name)
	}
	return names
}

func TestEveryActionIsShownInFewBytes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it does much, one thing after the other")
	}
	whole, paged, deeper := 0, 0, 0
	for _, e := range catalogue(t) {
		s := compile(t, e.action)
		shown, err := s.Show("", shownBytes)
		if err != nil || len(shown.Schema) > shownBytes {
			t.Fatalf("%s: %d bytes, %v", e, len(shown.Schema), err)
		}
		want := s.Schema().Properties()
		names := listAll(t, s, "", shown)
		if slices.Sort(want); !slices.Equal(want, names) {
			t.Errorf("%s: %d arguments are shown, there are %d", e, len(names), len(want))
		}
		if shown.Next == "" {
			whole++
		} else {
			paged++
		}
		for _, path := range shown.Deeper {
			deeper++
			part, err := s.Show(path, shownBytes)
			if err != nil || len(part.Schema) > shownBytes {
				t.Errorf("%s: %s takes %d bytes: %v", e, path, len(part.Schema), err)
			}
			if part.Next != "" {
				listAll(t, s, path, part)
			}
		}
	}
	t.Logf("%d actions are shown whole, %d in parts; %d deeper paths", whole, paged, deeper)
	if paged > 20 || deeper == 0 {
		t.Errorf("%d of %d actions are shown in parts, %d paths", paged, whole+paged, deeper)
	}
}

// listAll follows Next to the end and returns what was listed, sorted.
func listAll(t *testing.T, s *schemas.ActionSchema, path string, shown schemas.Shown) []string {
	t.Helper()
	total, names := shown.Total, propertiesOf(t, shown.Schema)
	for shown.Next != "" {
		var err error
		if shown, err = s.Show(shown.Next, shownBytes); err != nil || len(shown.Schema) > shownBytes {
			t.Fatalf("%s %s: %d bytes, %v", s.ID(), path, len(shown.Schema), err)
		}
		names = append(names, propertiesOf(t, shown.Schema)...)
	}
	if total > 0 && len(names) != total {
		t.Errorf("%s %s lists %d of %d", s.ID(), path, len(names), total)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// many is a body with n properties, each an enum of n values, and a deep one.
func many(n int) string {
	var b strings.Builder
	b.WriteString(`{"type":"object","required":["p7"],"properties":{`)
	for i := range n {
		fmt.Fprintf(&b, `"p%d":{"type":"string","description":%q},`, i, strings.Repeat("words ", 20))
	}
	b.WriteString(`"deep":{"type":"object","properties":{`)
	for i := range n {
		fmt.Fprintf(&b, `"q%d":{"type":"object","properties":{"x":{"type":"object","properties":{"y":{"type":"string"}}}}},`, i)
	}
	b.WriteString(`"lang":{"enum":["v0"`)
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, `,"v%d"`, i)
	}
	b.WriteString(`]}}}}}`)
	return b.String()
}

func TestWhatDoesNotFitIsCountedAndListedOn(t *testing.T) {
	t.Parallel()
	s := compile(t, post(many(790)))
	for path, total := range map[string]int{"": 791, "deep": 791, "deep.lang": 790} {
		shown, err := s.Show(path, shownBytes)
		if err != nil || shown.Total != total || shown.Next == "" || !strings.Contains(string(shown.Schema), shown.Next) {
			t.Fatalf("%q: %v, total %d, next %q: %.300s", path, err, shown.Total, shown.Next, shown.Schema)
		}
		if names := listAll(t, s, path, shown); len(names) != total {
			t.Errorf("%q: %d of %d are listed", path, len(names), total)
		}
	}
	first, err := s.Show("", shownBytes)
	if err != nil || !strings.Contains(string(first.Schema), `"required":["p7"]`) || !strings.Contains(string(first.Schema), "Further: ") {
		t.Errorf("%v: the first page: %s", err, first.Schema)
	}
}

func TestShowRefusesPathsThatLeadNowhere(t *testing.T) {
	t.Parallel()
	s := compile(t, catalogueAction(t, "hubspot.createList"))
	for path, want := range map[string]string{
		"filterBranh": "filterBranch", "filterBranch*x": `behind * stands how many`, "name*3": "name lists only", "*999": "the whole lists only 8", "name*-1": "behind *",
		"filterBranch.filters[].nothing": "there is no",
	} {
		if _, err := s.Show(path, shownBytes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// A value of several types is shown as the one that tells most.
func TestAPathIntoAUnionIsSpelledOut(t *testing.T) {
	t.Parallel()
	s := compile(t, post(`{"type":"object","properties":{"a":{"oneOf":[{"type":"string"},{"type":"object","properties":{"x":{"type":"object","properties":{"y":{"type":"integer"}}}}}]}}}`))
	whole, err := s.Show("", shownBytes)
	if err != nil || !slices.Contains(whole.Deeper, "a") {
		t.Fatalf("%v, deeper %v: %s", err, whole.Deeper, whole.Schema)
	}
	part, err := s.Show("a", shownBytes)
	if want := `{"type":"object","description":"Type string or object.","properties":{"x":{"type":"object","description":"X.","properties":{"y":{"type":"integer"}}}}}`; err != nil || strings.ReplaceAll(want, `"description":"X.",`, "") != string(part.Schema) {
		t.Errorf("%v: %s", err, part.Schema)
	}
}

func TestOutline(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		sample string
		bytes  int
		want   string
	}{
		{`{"b":1,"a":[{"x":"y"},{"x":"z"}],"n":null,"e":[]}`, 800, `{"b":1,"a":[{"x":"y"}],"n":null,"e":[]}`},
		{`{"id":9007199254740993}`, 800, `{"id":9007199254740993}`},
		{`{}`, 800, ``},
		{`[]`, 800, ``},
		{`null`, 800, ``},
		{`{"a`, 800, ``},
		{`"text\u202e <b>x</b>"`, 800, `"text x"`},
		{`{"a\u0007":"` + strings.Repeat("word ", 100) + `"}`, 100, `{"a":"word word word word word word word word word word word…"}`},
		{`{"a":{"b":{"c":{"d":{"e":"` + strings.Repeat("x", 200) + `"}}}},"f":[1,2,3]}`, 40, `{"a":{"b":{"c":"{1 key}"}},"f":[1]}`},
		{`{"a":1e999999999}`, 100, `{"a":0}`},
	} {
		if got := string(schemas.Outline(json.RawMessage(test.sample), test.bytes)); got != test.want {
			t.Errorf("%.80s in %d: %s, want %s", test.sample, test.bytes, got, test.want)
		}
	}
	for _, e := range catalogue(t) {
		out := schemas.Outline(e.action.SampleSuccessResponse, 800)
		if len(out) > 800 || len(out) > 0 && !json.Valid(out) {
			t.Errorf("%s: %d bytes: %s", e, len(out), out)
		}
	}
}
