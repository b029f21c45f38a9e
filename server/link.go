package server

import (
	"context"
	"encoding/json"
	"strconv"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// link is a connection that carries messages both ways: stdio, or an SSE stream
// with the POSTs that belong to it.
type link struct {
	server *Server
	peer   *peer
	send   func(frame []byte) error // one whole message; safe for concurrent use
	// legacyOnly refuses the stateless revisions, which SSE is not part of.
	legacyOnly bool
	// mayAsk says whether the client can be sent requests.
	mayAsk bool
	// deserted says that nobody reads answers: calls that wait do not begin.
	deserted atomic.Bool

	calls   context.Context // ends all requests
	streams context.Context // ends those that wait for notifications
	crew    *crew           // runs the tool calls
	load    *load
}

func (s *Server) newLink(ctx context.Context, principal tools.Principal, send func([]byte) error) (l *link, cancelCalls, cancelStreams context.CancelFunc) {
	l = &link{
		server: s,
		peer:   &peer{id: "link-" + strconv.FormatUint(s.requests.Add(1), 10)},
		send:   send,
		crew:   newCrew(s.limits.Workers),
		load:   newLoad(linkBuffer),
	}
	l.calls, cancelCalls = context.WithCancel(tools.WithPrincipal(ctx, principal))
	l.streams, cancelStreams = context.WithCancel(l.calls)
	return l, cancelCalls, cancelStreams
}

// accept takes one message. A request is answered through send, later; it holds
// its share of the load until then.
func (l *link) accept(raw []byte) {
	message, fault := scan(raw)
	if fault != nil {
		l.reply(errorFrame(message.id, fault.code, fault.message, nil))
		return
	}
	switch message.kind {
	case kindResponse:
		l.server.questions.answer(l.peer.id, message.id, raw)
	case kindNotification:
		l.notification(&message, raw)
	case kindRequest:
		if frame := l.refusal(&message, raw); frame != nil {
			l.reply(frame)
			return
		}
		if !l.load.enter(len(raw)) {
			return // the link is ending
		}
		job := func() {
			defer l.load.leave(len(raw))
			l.request(&message, raw)
		}
		if message.method == string(mcp.MethodToolsCall) {
			l.crew.run(job)
		} else {
			go job() // not to be held up by calls
		}
	}
}

// end takes no more requests; the channel is closed when all are answered.
func (l *link) end() <-chan struct{} {
	l.crew.end()
	return l.load.end()
}

func (l *link) reply(frame []byte) {
	if l.send(frame) != nil { // a failed write ends the link through its sender
		l.deserted.Store(true)
	}
}

// refusal is the answer to a request that does not reach the library.
func (l *link) refusal(message *envelope, raw []byte) []byte {
	if frame := l.server.unfit(principalOf(l.calls), message, raw); frame != nil {
		return frame
	}
	if l.legacyOnly && message.modern() {
		return errorFrame(message.id, mcp.UNSUPPORTED_PROTOCOL_VERSION, "this transport ends with revision "+mcp.LATEST_LEGACY_PROTOCOL_VERSION,
			map[string]any{"supported": mcp.LegacyProtocolVersions(), "requested": message.version})
	}
	return l.server.lacking(message)
}

// notification runs in the order of the input: a cancellation must not overtake
// or be overtaken.
func (l *link) notification(message *envelope, raw []byte) {
	session := &callSession{peer: l.peer, outbox: &outbox{emit: l.notify}}
	defer session.close()
	l.server.handle(l.calls, session, message, raw)
}

func (l *link) notify(n mcp.JSONRPCNotification) {
	if frame, err := json.Marshal(n); err == nil {
		l.reply(frame)
	}
}

func (l *link) request(message *envelope, raw []byte) {
	if l.deserted.Load() {
		return
	}
	ctx := l.calls
	if message.method == string(mcp.MethodSubscriptionsListen) {
		ctx = l.streams
	}
	session := &callSession{peer: l.peer, outbox: &outbox{emit: l.notify}, questions: &l.server.questions}
	if l.mayAsk {
		session.send = l.send
	}
	answer := l.server.handle(ctx, session, message, raw)
	session.close()
	l.reply(answer)
}

// handle has the library answer one message; nil is no answer.
func (s *Server) handle(ctx context.Context, session mcpserver.ClientSession, message *envelope, raw []byte) (frame []byte) {
	defer func() {
		if cause := recover(); cause != nil {
			failed := s.crashed(ctx, "request", message.method, cause)
			frame = errorFrame(message.id, mcp.INTERNAL_ERROR, failed.Message, nil)
		}
	}()
	ctx, said := withSaid(ctx, message)
	answer := s.mcp.HandleMessage(s.mcp.WithContext(ctx, session), raw)
	if answer == nil {
		return nil
	}
	if said.fault() != nil {
		return said.frame()
	}
	frame, err := encode(answer)
	if err != nil {
		return errorFrame(message.id, mcp.INTERNAL_ERROR, "the answer could not be encoded", nil)
	}
	return frame
}
