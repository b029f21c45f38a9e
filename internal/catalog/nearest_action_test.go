package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

func TestNearestActions(t *testing.T) {
	t.Parallel()
	resources := []alloy.Resource{
		{Actions: []alloy.ActionSummary{{ID: "chat_postMessage", Name: "Chat post Message"}, {ID: "chat_postEphemeral"}, {ID: "chat_deleteScheduledMessage"}, {ID: "users_list"}}},
		{Actions: []alloy.ActionSummary{{ID: "post-search", Name: "Search"}, {ID: "post-page", Name: "Create a page"}, {ID: "retrieve-a-page", Name: "Retrieve a page"}, {ID: "retrieve-a-database"}}},
		{Actions: []alloy.ActionSummary{{ID: "createContact"}, {ID: "batchCreateContacts"}, {ID: "createContact"}}},
	}
	for id, want := range map[string][]string{
		"postMessage":            {"chat_postMessage"},
		"chat.postMessage":       {"chat_postMessage"},
		"Chat_PostMessage":       {"chat_postMessage"},
		"post_search":            {"post-search"},
		"post-serach":            {"post-search"},
		"create_page":            {"post-page"},
		"create-contact":         {"createContact", "batchCreateContacts"},
		"CREATECONTACT":          {"createContact", "batchCreateContacts"},
		"users.lists":            {"users_list"},
		"retrieve-page":          {"retrieve-a-page"},
		"zzz":                    nil,
		"":                       nil,
		"-":                      nil,
		strings.Repeat("q", 9e4): nil,
	} {
		got, _ := NearestActions(id, resources)
		if diff := cmp.Diff(want, got[:min(len(got), len(want))], cmpopts.EquateEmpty()); diff != "" || want == nil && got != nil {
			t.Errorf("%.40s (-want +got):\n%s all %v", id, diff, got)
		}
	}
	for id, want := range map[string]bool{"Post_Search": true, "postMessage": false, "post-serach": false, "nothing": false} {
		if _, sure := NearestActions(id, resources); sure != want {
			t.Errorf("%s is sure: %v", id, sure)
		}
	}
}
