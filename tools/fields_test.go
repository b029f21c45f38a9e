package tools

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFieldsKeepWhatIsNamed(t *testing.T) {
	t.Parallel()
	const text = `{"results":[{"a":{"b":1,"c":2},"id":"1"},{"id":"2","x":true}],"total":2}`
	for _, test := range []struct {
		name  string
		paths []string
		want  string
		fails string
	}{
		{"no path keeps all", nil, text, ""},
		{"list of records", []string{"results[].id"}, `{"results":[{"id":"1"},{"id":"2"}]}`, ""},
		{"brackets may be left out", []string{"results.id"}, `{"results":[{"id":"1"},{"id":"2"}]}`, ""},
		{"a key that only some records have", []string{"results[].a.b"}, `{"results":[{"a":{"b":1}},{}]}`, ""},
		{"a path keeps everything below it", []string{"results[].a"}, `{"results":[{"a":{"b":1,"c":2}},{}]}`, ""},
		{"several", []string{"total", "results[].id"}, `{"results":[{"id":"1"},{"id":"2"}],"total":2}`, ""},
		{"unknown at the top", []string{"reslts"}, "", "there is no reslts; at that place there are: results, total"},
		{"unknown in every record", []string{"results[].nam"}, "", "there is no results[].nam; at that place there are: a, id"},
		{"below a value", []string{"total.x"}, "", "there is no total.x"},
		{"empty element", []string{"results..id"}, "", "is not a path"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var value any
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				t.Fatal(err)
			}
			sel, err := parseFields(test.paths)
			var kept any
			if err == nil {
				kept, err = sel.keep(value)
			}
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Fatalf("error = %v, want one with %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(kept)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTooManyFieldsAreRefused(t *testing.T) {
	t.Parallel()
	paths := make([]string, maxFields+1)
	for i := range paths {
		paths[i] = "a"
	}
	_, err := parseFields(paths)
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != CodeInvalidArguments {
		t.Errorf("error = %v, want invalid_arguments", err)
	}
}
