package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestATableCannotBeFakedByItsCells(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	rows := [][]string{
		{"1", "two\nlines\tand a tab"},
		{"2", "\x1b[2Jcleared\u202e\u200b"},
	}
	if err := table(&b, []string{"ID", "NAME"}, rows); err != nil {
		t.Fatal(err)
	}
	want := "ID  NAME\n1   two lines and a tab\n2   [2Jcleared\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
