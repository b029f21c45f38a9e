package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIdsAreSplitIntoWords(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][]string{
		"post-search": {"post", "search"}, "chat_postMessage": {"chat", "post", "message"}, "searchContacts": {"search", "contacts"},
		"GetURL": {"get", "url"}, "--a..b--": {"a", "b"}, "v2Users": {"v2users"}, "": nil, "ÄndereÜbung": {"ändere", "übung"},
	} {
		if diff := cmp.Diff(want, wordsOf(id)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", id, diff)
		}
	}
}

func TestTheLastElementIsNoPlaceholder(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1/search": "search", "/v1/pages/{page_id}": "pages", "/v1/pages//{page_id}/": "pages", "/{a}": "", "": "", "/": "", "search": "search",
	} {
		if got := lastElement(path); got != want {
			t.Errorf("%q ends with %q, want %q", path, got, want)
		}
	}
}

// What is kept is bounded, whatever is asked for.
func TestTheCatalogueIsBounded(t *testing.T) {
	t.Parallel()
	cache := newCache[int, int](10)
	defer cache.StopAllGoroutines()
	for i := range 1_000 {
		cache.Set(i, i)
	}
	cache.CleanUp()
	if n := cache.EstimatedSize(); n > 10 {
		t.Errorf("%d entries are kept, at most 10", n)
	}
}
