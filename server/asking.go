package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

const (
	// maxRounds is how often the person is asked for one call: once, and twice
	// again.
	maxRounds = 3
	// questionID names our one question in a multi-round-trip result.
	questionID = "person"
	// enough is how much of a call's time must be left to ask a client that keeps
	// the call open meanwhile, and what is kept back to answer in time.
	enough   = 10 * time.Second
	keptBack = 3 * time.Second
)

// asker is what a client can put before its person during a call.
type asker struct {
	urls, forms bool
	// ask is nil for clients of the stateless revisions: they are answered with
	// the question and make the call again.
	ask func(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error)
}

// askerOf tells what the client of a call declared. Clients that declared
// nothing, and SSE, are told by text.
func askerOf(ctx context.Context) asker {
	if info := mcpserver.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		if info.ClientCapabilities == nil || info.ClientCapabilities.Elicitation == nil {
			return asker{}
		}
		return askerFor(*info.ClientCapabilities.Elicitation)
	}
	session, ok := mcpserver.ClientSessionFromContext(ctx).(*callSession)
	if !ok || session.send == nil {
		return asker{}
	}
	declared := session.GetClientCapabilities().Elicitation
	if declared == nil {
		return asker{}
	}
	a := askerFor(*declared)
	a.ask = session.RequestElicitation
	return a
}

func askerFor(declared mcp.ElicitationCapability) asker {
	return asker{urls: declared.URL != nil, forms: declared.Form != nil || declared.URL == nil} // {} means forms
}

// agentOf is what the client calls itself, "" where that is not known.
func agentOf(ctx context.Context) string {
	if info := mcpserver.RequestProtocolInfoFromContext(ctx); info != nil && info.ClientInfo != nil {
		return or(info.ClientInfo.Title, info.ClientInfo.Name)
	}
	if session, ok := mcpserver.ClientSessionFromContext(ctx).(mcpserver.SessionWithClientInfo); ok {
		info := session.GetClientInfo()
		return or(info.Title, info.Name)
	}
	return ""
}

// converse runs a call and, where it stops for something that the person can do
// at once, has the client ask them and goes on.
func (s *Server) converse(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	name, arguments := request.Params.Name, request.Params.RawArguments
	able := askerOf(ctx)
	ctx = tools.WithAgent(ctx, agentOf(ctx))
	round := 0
	if request.Params.RequestState != "" {
		c, err := s.sealer.open(principalOf(ctx), request.Params.RequestState, name, arguments, time.Now())
		if err != nil {
			return nil, err
		}
		round = c.Round
		reply := mcpserver.ElicitationResponse(request.Params.InputResponses, questionID)
		next, refused := resumed(ctx, c, reply)
		if refused {
			return s.result(ctx, name, declined(s.answer(ctx, name, arguments))), nil
		}
		ctx = next
	}
	for {
		answer := s.answer(ctx, name, arguments)
		question, about, ok := questionOf(answer, able)
		if !ok || round >= maxRounds {
			return s.result(ctx, name, answer), nil
		}
		round++
		if able.ask == nil {
			about.Round = round
			return s.roundTrip(ctx, request, question, about)
		}
		reply, asked := s.askNow(ctx, able, question)
		if !asked {
			return s.result(ctx, name, answer), nil
		}
		next, refused := resumed(ctx, about, reply)
		if refused {
			return s.result(ctx, name, declined(answer)), nil
		}
		ctx = next
		if question.ElicitationID != "" {
			defer s.completed(ctx, question.ElicitationID)
		}
	}
}

// completed tells the client that nobody waits for the page any more.
func (s *Server) completed(ctx context.Context, elicitationID string) {
	session := mcpserver.ClientSessionFromContext(ctx)
	if err := s.mcp.SendElicitationComplete(ctx, session, elicitationID); err != nil {
		s.log.DebugContext(ctx, "the client was not told that a page is done", "error", err)
	}
}

// questionOf turns what an answer needs of the person into a question that the
// client can put, and says what the reply will be about.
func questionOf(answer tools.Answer, able asker) (question mcp.ElicitationParams, about carried, ok bool) {
	switch {
	case answer.Link != nil && able.urls:
		question = mcp.ElicitationParams{
			Mode: mcp.ElicitationModeURL, URL: answer.Link.URL,
			Message: answer.Link.Message + " Open the page to connect it; nothing secret goes through the chat.",
		}
		if able.ask != nil {
			question.ElicitationID = rand.Text()
		}
		return question, carried{RequestID: answer.Link.RequestID}, true
	case answer.Choice != nil && able.forms:
		ids, labels := make([]string, len(answer.Choice.Options)), make([]string, len(answer.Choice.Options))
		for i, option := range answer.Choice.Options {
			ids[i], labels[i] = option.ConnectionID, option.Label
		}
		return mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: answer.Choice.Message, RequestedSchema: map[string]any{
			"type": "object", "required": []string{"connection_id"},
			"properties": map[string]any{"connection_id": map[string]any{
				"type": "string", "title": "Account", "enum": ids, "enumNames": labels,
			}},
		}}, carried{}, true
	case answer.Approval != nil && able.forms:
		return mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: answer.Approval.Message, RequestedSchema: map[string]any{
			"type": "object", "required": []string{allowField},
			"properties": map[string]any{allowField: map[string]any{
				"type": "boolean", "title": "Allow this once", "default": false,
			}},
		}}, carried{RequestID: answer.Approval.RequestID, Approval: true}, true
	}
	return question, carried{}, false
}

// allowField is the field of a form in which a person approves a call.
const allowField = "allow"

// resumed returns the context for going on after the person's reply, or that they
// refused. No reply at all is a look whether the page has been used meanwhile.
func resumed(ctx context.Context, about carried, reply *mcp.ElicitationResult) (next context.Context, refused bool) {
	if about.Approval {
		if reply == nil || reply.Action == mcp.ElicitationResponseActionCancel {
			return ctx, reply != nil // nothing was decided, and the page is still there
		}
		content, _ := reply.Content.(map[string]any)
		yes, _ := content[allowField].(bool)
		return tools.WithDecision(ctx, about.RequestID, yes && reply.Action == mcp.ElicitationResponseActionAccept), false
	}
	requestID := about.RequestID
	if reply != nil && reply.Action != mcp.ElicitationResponseActionAccept {
		return ctx, true
	}
	if requestID != "" {
		return tools.WithResume(ctx, requestID), false
	}
	if reply != nil {
		content, _ := reply.Content.(map[string]any)
		id, _ := content["connection_id"].(string)
		return tools.WithChosen(ctx, id), false
	}
	return ctx, false
}

// askNow asks a client that keeps the call open. Where there is no time for it,
// or no answer, the person is told by text.
func (s *Server) askNow(ctx context.Context, able asker, question mcp.ElicitationParams) (*mcp.ElicitationResult, bool) {
	deadline, ok := ctx.Deadline()
	if !ok || time.Until(deadline) < enough {
		return nil, false
	}
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(-keptBack))
	defer cancel()
	reply, err := able.ask(ctx, mcp.ElicitationRequest{Params: question})
	if err != nil {
		s.log.DebugContext(ctx, "the client did not put a question to its person", "error", err)
		return nil, false
	}
	return reply, true
}

// roundTrip answers a call with a question; the client makes the call again with
// the reply.
func (s *Server) roundTrip(ctx context.Context, request mcp.CallToolRequest, question mcp.ElicitationParams, c carried) (*mcp.CallToolResult, error) {
	c.Tool, c.Arguments, c.Expires = request.Params.Name, hashOf(request.Params.RawArguments), time.Now().Add(carriedLife)
	state, err := s.sealer.seal(principalOf(ctx), c)
	if err != nil {
		return nil, err
	}
	return mcpserver.NewInputRequestBuilder(state).Elicit(questionID, question).ToolResult(), nil
}

// declined tells the model that the person was asked and refused.
func declined(answer tools.Answer) tools.Answer {
	var object map[string]any
	if json.Unmarshal(answer.JSON, &object) != nil || answer.IsError || answer.Link == nil && answer.Choice == nil {
		return answer
	}
	object["message"] = "The person was asked and declined."
	object["hint"] = "Do not ask again unless they want it; then make this call again."
	for _, key := range []string{"url", "next", "request_id", "expires_at"} {
		delete(object, key)
	}
	if text, err := json.Marshal(object); err == nil {
		answer.JSON = text
	}
	return answer
}

func principalOf(ctx context.Context) string {
	principal, _ := tools.PrincipalFrom(ctx)
	return principal.ID
}
