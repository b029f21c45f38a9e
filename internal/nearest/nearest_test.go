package nearest

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	t.Parallel()
	words := []string{"max", "max_items", "max_length", "min", "matches"}
	for word, want := range map[string]string{
		"max": "max", "maks": "max", "max_itms": "max_items", "maxitems": "max_items", "matchs": "matches",
		"": "", "x": "", "abc": "", "something": "", strings.Repeat("max", 100): "",
	} {
		if got := Of(word, words); got != want {
			t.Errorf("Of(%q) = %q, want %q", word, got, want)
		}
	}
	if got := Of("max", nil); got != "" {
		t.Errorf("without candidates: %q", got)
	}
}
