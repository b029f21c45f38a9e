package pinned_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
)

func TestActionReadsWhatIsPinned(t *testing.T) {
	t.Parallel()
	for _, name := range pinned.Names() {
		if a, err := pinned.Action(name); err != nil || a.ID == "" || a.Method == "" {
			t.Errorf("Action(%q) = %+v, %v", name, a, err)
		}
	}
	a, err := pinned.Action(pinned.NotionSearch)
	if err != nil {
		t.Fatal(err)
	}
	if a.ID != "post-search" || len(a.Parameters) != 1 || a.Parameters[0].In != "header" || len(a.RequestBody) == 0 {
		t.Errorf("Action(%q) = %+v", pinned.NotionSearch, a)
	}
}

func TestActionNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	_, err := pinned.Action("notion.nothing")
	want := `no action "notion.nothing" is pinned; there are notion.post-search`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestEncodeWritesTheFileThatIsPinned(t *testing.T) {
	t.Parallel()
	for _, name := range pinned.Names() {
		a, err := pinned.Action(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pinned.Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s changed on its way (-want +got):\n%s", name, diff)
		}
	}
}

func TestDecodeRefusesWhatIsNoAction(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{``, `[]`, `{}`, `{"id":1}`} {
		if a, err := pinned.Decode([]byte(bad)); err == nil {
			t.Errorf("Decode(%s) = %+v, want an error", bad, a)
		}
	}
}
