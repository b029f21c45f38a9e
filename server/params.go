package server

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// Bounds of what an error may repeat: the library's errors repeat it whole.
const (
	maxVersion     = 64
	maxHeaderValue = 200
	maxURIHeader   = 4_096 // ids are long
	maxURIShown    = 400
)

// unfit is the answer to a request whose params the library would refuse in
// words that are not meant for clients; nil lets the request through.
func (s *Server) unfit(principal string, message *envelope, raw []byte) []byte {
	if message.kind != kindRequest {
		return nil
	}
	if reason := s.misfit(principal, message, raw); reason != "" {
		return errorFrame(message.id, mcp.INVALID_PARAMS, reason, nil)
	}
	if s.library == nil {
		return nil
	}
	code, reason, data := s.libraryMisfit(message, raw)
	if reason != "" {
		return errorFrame(message.id, code, reason, data)
	}
	return nil
}

// libraryMisfit is misfit for what is beside the tools.
func (s *Server) libraryMisfit(message *envelope, raw []byte) (code int, reason string, data any) {
	var err error
	code = mcp.INVALID_PARAMS
	switch mcp.MCPMethod(message.method) {
	case mcp.MethodResourcesList, mcp.MethodResourcesTemplatesList, mcp.MethodPromptsList:
		var list mcp.PaginatedRequest
		if err = json.Unmarshal(raw, &list); list.Params.Cursor != "" {
			reason = "the cursor is unknown: the list has one page, ask for it without a cursor"
		}
	case mcp.MethodResourcesRead:
		var request mcp.ReadResourceRequest
		if err = json.Unmarshal(raw, &request); err == nil {
			uri := request.Params.URI
			if reason = s.unread(uri); reason != "" && uri != "" {
				code, data = notFoundCode(message.modern()), map[string]any{"uri": uri[:min(len(uri), maxURIShown)]}
			}
		}
	case mcp.MethodPromptsGet:
		var request mcp.GetPromptRequest
		if err = json.Unmarshal(raw, &request); err == nil {
			reason = s.unpicked(request.Params.Name, request.Params.Arguments)
		}
	case mcp.MethodCompletionComplete:
		var request mcp.CompleteRequest
		if err = json.Unmarshal(raw, &request); err == nil {
			reason = s.uncompleted(request.Params.Ref)
		}
	}
	if err != nil {
		reason = "the params do not have the types that " + message.method + " asks for"
	}
	return code, reason, data
}

func (s *Server) misfit(principal string, message *envelope, raw []byte) string {
	if len(message.version) > maxVersion {
		return "the protocol version in _meta is longer than " + strconv.Itoa(maxVersion) + " bytes"
	}
	var request any
	switch mcp.MCPMethod(message.method) {
	case mcp.MethodToolsCall:
		if reason := s.unknownTool(message.name); reason != "" || !message.rare {
			return reason
		}
		call := new(mcp.CallToolRequest)
		if json.Unmarshal(raw, call) == nil && call.Params.RequestState != "" && s.foreignState(principal, call.Params) {
			return "requestState was changed, is too old, or belongs to another call: make the call again without it"
		}
		request = call
	case mcp.MethodToolsList:
		list := new(mcp.ListToolsRequest)
		if json.Unmarshal(raw, list) == nil && list.Params.Cursor != "" {
			return "the cursor is unknown: the list of tools has one page, ask for it without a cursor"
		}
		request = list
	case mcp.MethodInitialize:
		request = new(mcp.InitializeRequest)
	case mcp.MethodPing:
		request = new(mcp.PingRequest)
	case mcp.MethodServerDiscover:
		request = new(mcp.DiscoverRequest)
	case mcp.MethodSubscriptionsListen:
		request = new(mcp.SubscriptionsListenRequest)
	default:
		return ""
	}
	if json.Unmarshal(raw, request) != nil {
		return "the params do not have the types that " + message.method + " asks for"
	}
	return ""
}

// foreignState reports whether what a client carries was not sealed for this very
// call. The library would answer it as a failure of ours.
func (s *Server) foreignState(principal string, call mcp.CallToolParams) bool {
	if _, ours := s.hints[call.Name]; !ours {
		return false // a tool that keeps its own state
	}
	_, err := s.sealer.open(principal, call.RequestState, call.Name, call.RawArguments, time.Now())
	return err != nil
}

func (s *Server) unknownTool(name string) string {
	if name == "" {
		return "params.name must be the name of a tool: tools/list shows them"
	}
	if _, listed := s.hints[name]; listed || s.mcp.GetTool(name) != nil {
		return ""
	}
	return "there is no tool " + quote([]byte(name)) + ": tools/list shows those there are"
}

// longHeader is the answer to a request with a header that an error would repeat
// at length.
func longHeader(message *envelope, header http.Header) []byte {
	for _, name := range [...]string{mcp.HeaderProtocolVersion, mcp.HeaderMethod, mcp.HeaderName} {
		limit := maxHeaderValue
		if name == mcp.HeaderName && message.method == string(mcp.MethodResourcesRead) {
			limit = maxURIHeader
		}
		if len(header.Get(name)) > limit {
			return errorFrame(message.id, mcp.HEADER_MISMATCH, "the header "+name+" is longer than "+strconv.Itoa(limit)+" bytes", nil)
		}
	}
	return nil
}
