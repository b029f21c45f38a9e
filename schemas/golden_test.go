package schemas_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/golden"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// TestWhatInstructiveActionsLookLike keeps what a model sees of a dozen actions
// under review.
func TestWhatInstructiveActionsLookLike(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"notion.post-search", "notion.post-page", "notion.patch-block-children", "notion.post-database-query", "notion.create-a-database",
		"hubspot.createList", "hubspot.createForm", "hubspot.listEvents", "hubspot.startExports", "hubspot.addListMemberships",
		"hubspot.createOrReplaceActionFunctions", "hubspot.getAuditPipelineStageAudit", "hubspot.createBlogPost", "slack.chat_postMessage",
		"slack.files_list", "shipStation.createOrUpdateOrder", "shippo.CreateTransaction", "jira.createIssue",
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			golden.Equal(t, "golden/"+id+".txt", portrait(t, compile(t, catalogueAction(t, id))))
		})
	}
}

// portrait shows everything that is told of an action.
func portrait(t *testing.T, s *schemas.ActionSchema) []byte {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", s.Signature())
	for _, h := range s.Hidden() {
		fmt.Fprintf(&b, "hidden: %s %s (%s)\n", h.In, h.Name, h.Reason)
	}
	if notes := s.Notes(); len(notes) > 0 {
		fmt.Fprintf(&b, "notes: %s\n", strings.Join(notes, "; "))
	}
	fmt.Fprintf(&b, "bytes: %d\n", len(s.Schema().JSON()))
	if err := json.Indent(&b, s.Schema().JSON(), "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}
