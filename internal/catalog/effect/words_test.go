package effect

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIdsAreSplitIntoWords(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][]string{
		"post-search": {"post", "search"}, "chat_postMessage": {"chat", "post", "message"}, "searchContacts": {"search", "contacts"},
		"GetURL": {"get", "url"}, "--a..b--": {"a", "b"}, "v2Users": {"v2", "users"}, "": nil, "ÄndereÜbung": {"ändere", "übung"},
		"listSMTPTokens": {"list", "smtp", "tokens"}, "createABTestVariation": {"create", "ab", "test", "variation"}, "the user's list": {"the", "user's", "list"},
		"log-out": {"logout"}, "signOutUser": {"signout", "user"}, "listFAQs": {"list", "faqs"}, "FAQs": {"faqs"},
	} {
		var got []string
		for _, t := range tokensOf(id) {
			got = append(got, t.word)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", id, diff)
		}
	}
}

func TestTheLastElementIsNoPlaceholder(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1/search": "search", "/v1/pages/{page_id}": "pages", "/v1/pages//{page_id}/": "pages", "/{a}": "", "": "", "/": "", "search": "search",
		"/v4/sheets/{id}/values/{range}:clear": "clear", "/v1/documents:search": "search", "/orders/{id}/cancel.json": "cancel", "/a/b?x=/c": "b", "/users/:id/block": "block",
	} {
		if got := lastElement(path); got != want {
			t.Errorf("%q ends with %q, want %q", path, got, want)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	for b.Loop() {
		judge(tokensOf("admin_conversations_restrictAccess_listGroups"), true)
		judgeText("Retrieve the webhook settings for the specified app, including the target URL, throttle configuration, and create/update date.", true)
	}
}
