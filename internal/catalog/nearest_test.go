package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

func TestTheNearestComeFirstAndAreFew(t *testing.T) {
	t.Parallel()
	list := func(ids ...string) []alloy.Connector {
		var all []alloy.Connector
		for _, id := range ids {
			id, name, _ := strings.Cut(id, "=")
			all = append(all, alloy.Connector{ID: id, Name: name})
		}
		return all
	}
	for _, test := range []struct {
		id   string
		all  []alloy.Connector
		want []string
	}{
		{"a", list("a"), []string{"a"}},
		{"slack", list("slackX", "slack", "slock"), []string{"slack", "slackX", "slock"}},
		{"slack", list("stack", "slacks", "slack", "shack"), []string{"slack", "stack", "slacks"}},
		{"zoho", list("zohoBooks", "zohoCRM", "zohoDesk", "zohoMail"), []string{"zohoBooks", "zohoCRM", "zohoDesk"}},
		{"google drive", list("gdrive=Google Drive"), []string{"gdrive"}},
		{"Google_Drive.v-3", list("googledrivev3"), []string{"googledrivev3"}},
		{"books", list("zb=Zoho Books"), []string{"zb"}},
		{"ab", list("ac", "abc", "xy", "a"), []string{"ac", "abc", "a"}}, // one edit of two letters
		{"abcdef", list("abcxyf", "abxyzf"), []string{"abcxyf"}},         // two of six, not three
		{"abcdefg", list("abcxyfg"), []string{"abcxyfg"}},
		{"notion", list("n0tion", "m0tion", "m0ti0n"), []string{"n0tion", "m0tion"}},
		{"", list("a"), nil},
		{" -_.", list("a"), nil},
		{strings.Repeat("x", 64) + "tail", list(strings.Repeat("x", 64)), []string{strings.Repeat("x", 64)}}, // what is compared is bounded
	} {
		if diff := cmp.Diff(test.want, nearestConnectors(test.id, test.all)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.id, diff)
		}
	}
}

func TestIdsAreComparedWithoutCaseAndSeparators(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"AZaz@[09": "azaz@[09", "a b": "ab", "a-b": "ab", "a_b": "ab", "a.b": "ab", "a/b": "a/b"} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDistanceIsTheNumberOfEdits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "abd", 1},
		{"abc", "ab", 1},
		{"abc", "xabc", 1},
		{"ab", "ba", 2},
		{"kitten", "sitting", 3},
		{"flaw", "lawn", 2},
		{"abcdef", "azced", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if got := distance(test.b, test.a); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.b, test.a, got, test.want)
		}
	}
}
