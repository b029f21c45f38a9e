package shape

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFieldsKeepWhatIsNamed(t *testing.T) {
	t.Parallel()
	const (
		text   = `{"results":[{"a":{"b":1,"c":2},"id":"1"},{"id":"2","x":true}],"total":2}`
		list   = `[{"id":1,"x":[[{"y":3,"z":4}]]},{}]`
		gaps   = `{"empty":[],"icon":null,"mixed":[{},{"a":1},7,null]}`
		braces = `{"a.b":1,"c[]":2}`
	)
	for _, test := range []struct {
		name  string
		text  string
		paths []string
		want  string
		fails string
	}{
		{"no path keeps all", text, nil, text, ""},
		{"list of records", text, []string{"results[].id"}, `{"results":[{"id":"1"},{"id":"2"}]}`, ""},
		{"brackets may be left out", text, []string{"results.id"}, `{"results":[{"id":"1"},{"id":"2"}]}`, ""},
		{"a key that only some records have", text, []string{"results[].a.b"}, `{"results":[{"a":{"b":1}},{}]}`, ""},
		{"a path keeps everything below it", text, []string{"results[].a"}, `{"results":[{"a":{"b":1,"c":2}},{}]}`, ""},
		{"also before a narrower one", text, []string{"results[].a", "results[].a.b"}, `{"results":[{"a":{"b":1,"c":2}},{}]}`, ""},
		{"and behind one", text, []string{"results[].a.b", "results[].a"}, `{"results":[{"a":{"b":1,"c":2}},{}]}`, ""},
		{"two below one", text, []string{"results[].a.b", "results[].a.c"}, `{"results":[{"a":{"b":1,"c":2}},{}]}`, ""},
		{"several", text, []string{"total", "results[].id"}, `{"results":[{"id":"1"},{"id":"2"}],"total":2}`, ""},
		{"unknown at the top", text, []string{"reslts"}, "", "there is no reslts; at that place there are: results, total"},
		{"unknown in every record", text, []string{"results[].nam"}, "", "there is no results[].nam; at that place there are: a, id"},
		{"unknown below a record", text, []string{"results[].id", "results[].a.d"}, "", "there is no results[].a.d; at that place there are: b, c"},
		{"below a value", text, []string{"total.x"}, "", "there is no total.x; at that place there are no keys"},
		{"empty element", text, []string{"results..id"}, "", "is not a path; write paths like results[].id"},
		{"empty", text, []string{""}, "", "is not a path; write paths like results[].id"},
		{"only brackets", text, []string{"[]"}, "", "is not a path; write paths like results[].id"},
		{"brackets inside", text, []string{"results.[]"}, "", "is not a path; write paths like results[].id"},
		{"the answer is a list", list, []string{"id"}, `[{"id":1},{}]`, ""},
		{"and may be written as one", list, []string{"[].id"}, `[{"id":1},{}]`, ""},
		{"lists of lists", list, []string{"[].x[][].y"}, `[{"x":[[{"y":3}]]},{}]`, ""},
		{"unknown in a list of lists", list, []string{"x.w"}, "", "there is no [].x[][].w; at that place there are: y, z"},
		{"an empty list proves nothing", gaps, []string{"empty[].id"}, `{"empty":[]}`, ""},
		{"nor does null", gaps, []string{"icon.emoji"}, `{"icon":null}`, ""},
		{"the keys are those of a record that has any", gaps, []string{"mixed[].b"}, "", "there is no mixed[].b; at that place there are: a"},
		{"what is no record stays", gaps, []string{"mixed[].a"}, `{"mixed":[{},{"a":1},7,null]}`, ""},
		{"keys that paths cannot name", braces, []string{"a.b"}, "", "there is no a; at that place there are: a.b, c[]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			kept, err := keep(decoded(t, test.text), test.paths)
			if test.fails != "" {
				if err == nil || !strings.HasSuffix(err.Error(), test.fails) {
					t.Fatalf("error = %v, want one that ends with %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(decoded(t, test.want), kept); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What one value held says nothing of the next, and nothing is shortened.
func TestASelectionKeepsOfEveryValue(t *testing.T) {
	t.Parallel()
	sel, err := ParseFields([]string{"a", "b[].c"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		kept, err := sel.Keep(decoded(t, `{"a":null,"b":[{"c":[],"d":1},{}],"e":1}`))
		if diff := cmp.Diff(decoded(t, `{"a":null,"b":[{"c":[]},{}]}`), kept); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if _, err := sel.Keep(decoded(t, `{"a":1,"b":[{"d":2}]}`)); err == nil || !strings.Contains(err.Error(), "no b[].c; at that place there are: d") {
			t.Errorf("error = %v", err)
		}
	}
}

func TestTooManyFieldsAreRefused(t *testing.T) {
	t.Parallel()
	paths := make([]string, MaxFields+1)
	for i := range paths {
		paths[i] = "a"
	}
	_, err := ParseFields(paths)
	var refused *PathError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "100") {
		t.Errorf("error = %v", err)
	}
	if _, err := ParseFields(paths[1:]); err != nil {
		t.Errorf("%d paths are refused: %v", MaxFields, err)
	}
}

// keep is what the fields keep of a value.
func keep(value any, fields []string) (any, error) {
	part, err := Shape(value, Options{Fields: fields}, "")
	return part.Data, err
}
