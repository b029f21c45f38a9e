package simulator

import (
	"net/http"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator/internal/notion"
)

// notionBackend joins the simulated workspace to its connector.
type notionBackend struct{ workspace *notion.Workspace }

func (b notionBackend) knows(actionID string) bool { return b.workspace.Knows(actionID) }

func (b notionBackend) reset() { b.workspace.Reset() }

func (b notionBackend) do(call providerCall) providerReply {
	version, _ := headerValue(call.headers, "Notion-Version")
	if version == "" && !call.modes.RequireNotionVersion {
		// That Alloy adds a version is inferred: calls without one were seen to work.
		version = call.modes.notionVersion()
	}
	answer := b.workspace.Do(notion.Caller{
		Key: call.credential.ID, Revoked: !call.accepted, Nothing: call.credential.nothingShared,
		Roots: call.credential.sharedRoots, Version: version, RateLimit: call.modes.NotionRateLimit,
		IndexDelay: call.modes.NotionIndexDelay, Reads: call.modes.NotionReadsOnly,
	}, notion.Request{Operation: call.action, Path: call.path, Query: call.query, Body: call.body})
	return providerReply{status: answer.Status, header: answer.Header, body: answer.Body, wrote: answer.Wrote}
}

// headerValue finds a header in additionalHeaders, whatever its case.
func headerValue(headers map[string]any, name string) (string, bool) {
	for key, value := range headers {
		if strings.EqualFold(key, name) {
			text, isText := value.(string)
			return text, isText
		}
	}
	return "", false
}

func notOK(status int, body any) providerReply {
	return providerReply{status: status, header: http.Header{}, body: body}
}
