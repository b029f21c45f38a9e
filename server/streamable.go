package server

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strconv"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

type exchangeKey struct{}

// streamableCall is a request on its way through the library's transport.
type streamableCall struct {
	exchange *exchange
	id       string // names the request's session towards the library
	listens  bool
	said     *said // nil where a request has errors of the library's only
}

// serveMCP is the streamable HTTP endpoint of every revision.
func (s *Server) serveMCP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		s.postMCP(w, r)
	case http.MethodGet:
		s.getMCP(w, r)
	case http.MethodDelete:
		s.deleteMCP(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		refuseText(w, http.StatusMethodNotAllowed, "use POST")
	}
}

func (s *Server) postMCP(w http.ResponseWriter, r *http.Request) {
	principal, ok := s.authenticate(w, r)
	if !ok {
		return
	}
	body, message, held, ok := s.receive(w, r)
	defer func() { s.buffered.give(held) }()
	if !ok {
		return
	}
	if message.modern() || mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)) {
		s.postModern(w, r, principal, &message, body)
	} else {
		s.postLegacy(w, r, principal, &message, body)
	}
}

// postModern serves the stateless revisions through the library's transport.
func (s *Server) postModern(w http.ResponseWriter, r *http.Request, principal tools.Principal, message *envelope, body []byte) {
	if message.kind == kindNotification && message.method == string(mcp.MethodNotificationCancelled) {
		w.WriteHeader(http.StatusAccepted) // these clients cancel by closing the response
		return
	}
	for _, frame := range [...][]byte{longHeader(message, r.Header), s.unfit(principal.ID, message, body), s.lacking(message)} {
		if frame != nil {
			refuse(w, http.StatusBadRequest, frame)
			return
		}
	}
	r.Header.Del(mcp.HeaderLastEventID) // to be ignored; the library refuses it
	ctx, said := withSaid(r.Context(), message)
	s.dispatch(w, r.WithContext(ctx), principal, streamableCall{
		id:      s.requestName(),
		listens: message.method == string(mcp.MethodSubscriptionsListen),
		said:    said,
	}, body)
}

// postLegacy serves the revisions that begin with initialize. Everything a
// request needs of its session is in the session's id.
func (s *Server) postLegacy(w http.ResponseWriter, r *http.Request, principal tools.Principal, message *envelope, body []byte) {
	hello := message.method == string(mcp.MethodInitialize)
	if version := r.Header.Get(mcp.HeaderProtocolVersion); version != "" && !hello && !mcp.IsValidProtocolVersion(version) {
		refuse(w, http.StatusBadRequest, errorFrame(message.id, mcp.INVALID_REQUEST, mcp.HeaderProtocolVersion+" names no revision that is known here", nil))
		return
	}
	client := peer{id: r.Header.Get(mcp.HeaderSessionID)}
	client.initialized.Store(true)
	if client.id != "" {
		able, ok := s.sessions.owns(principal.ID, client.id)
		if !ok {
			s.foreignSession(w, r, message.id)
			return
		}
		client.capabilities = able.capabilities()
	}
	if client.id == "" {
		client.id = s.requestName()
	}
	ctx, cancel := context.WithCancel(tools.WithTransport(tools.WithPrincipal(r.Context(), principal), "http"))
	defer cancel()
	if message.kind == kindResponse {
		s.questions.answer(client.id, message.id, body)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	e := newExchange(w, &s.limits, cancel)
	defer e.finish()
	session := &callSession{peer: &client, outbox: &e.outbox, questions: &s.questions, send: e.sendEvent}
	answer := s.unfit(principal.ID, message, body)
	if answer == nil {
		answer = s.handle(ctx, session, message, body)
	}
	if answer == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	if hello {
		w.Header().Set(mcp.HeaderSessionID, s.sessions.issue(principal.ID, abilityOf(client.GetClientCapabilities())))
	}
	e.answer(answer)
}

// requestName is an id for a request that has no session, so that nobody else's
// cancellation or answer can name it.
func (s *Server) requestName() string {
	return "request-" + strconv.FormatUint(s.requests.Add(1), 10)
}

func (s *Server) getMCP(w http.ResponseWriter, r *http.Request) {
	principal, ok := s.authenticate(w, r)
	if !ok {
		return
	}
	if mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)) {
		w.Header().Set("Allow", "POST")
		refuseText(w, http.StatusMethodNotAllowed, "this revision has no GET stream: use subscriptions/listen")
		return
	}
	session := r.Header.Get(mcp.HeaderSessionID)
	if session == "" {
		refuseText(w, http.StatusBadRequest, "a stream needs the "+mcp.HeaderSessionID+" that initialize returned")
		return
	}
	if _, ok := s.sessions.owns(principal.ID, session); !ok {
		s.foreignSession(w, r, nil)
		return
	}
	s.dispatch(w, r, principal, streamableCall{id: session, listens: true}, nil)
}

// deleteMCP refuses to end a session: its id is a signature, so there is nothing
// that could be ended.
func (s *Server) deleteMCP(w http.ResponseWriter, r *http.Request) {
	principal, ok := s.authenticate(w, r)
	if !ok {
		return
	}
	modern := mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion))
	session := r.Header.Get(mcp.HeaderSessionID)
	if _, own := s.sessions.owns(principal.ID, session); !own && session != "" && !modern {
		s.foreignSession(w, r, nil)
		return
	}
	w.Header().Set("Allow", "GET, POST")
	refuseText(w, http.StatusMethodNotAllowed, "sessions end by themselves")
}

// dispatch hands a request that passed every check to the library.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, principal tools.Principal, call streamableCall, body []byte) {
	ctx, cancel := context.WithCancel(tools.WithTransport(tools.WithPrincipal(r.Context(), principal), "http"))
	defer cancel()
	if call.listens {
		if !s.streams.take(principal.ID) {
			w.Header().Set("Retry-After", "30")
			refuseText(w, http.StatusTooManyRequests, "too many open streams: close one first")
			return
		}
		defer s.streams.give(principal.ID)
		// A stateless request has an id of its own here and is always let in.
		if !s.sessionStreams.take(call.id) {
			w.Header().Set("Retry-After", "30")
			refuseText(w, http.StatusTooManyRequests, "too many open streams of one session: close one first")
			return
		}
		defer s.sessionStreams.give(call.id)
		defer context.AfterFunc(s.stopping, cancel)()
		s.endWhenRevoked(ctx, principal, cancel)
	}
	call.exchange = newExchange(w, &s.limits, cancel)
	call.exchange.said = call.said
	defer call.exchange.finish()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	s.streamable.Handle(call.exchange, &mcpserver.HTTPRequest{
		Method:  r.Method,
		URL:     r.URL,
		Header:  r.Header,
		Body:    body,
		Context: context.WithValue(ctx, exchangeKey{}, &call),
	})
}

// ownSession replaces the library's session of a request by one that only this
// request can be reached through.
func (s *Server) ownSession(ctx context.Context, _ *http.Request) context.Context {
	call, ok := ctx.Value(exchangeKey{}).(*streamableCall)
	inner, isSession := mcpserver.ClientSessionFromContext(ctx).(streamableSession)
	if !ok || !isSession {
		return ctx
	}
	return s.mcp.WithContext(ctx, requestSession{streamableSession: inner, call: call})
}

// streamableSession is what the library's streamable HTTP session can do, as far
// as the stateless revisions use it.
type streamableSession interface {
	mcpserver.SessionWithLogging
	mcpserver.SessionWithClientInfo
	mcpserver.SessionWithSubscriptionFilter
}

// requestSession is the session of one POST. What subscriptions/listen asks for is
// kept by the library's own session, which gets the broadcasts; the acknowledgement
// comes through here. The library drops a notification that it has taken from its
// queue by the time the request ends, and a listen that asks for nothing ends with
// its acknowledgement.
type requestSession struct {
	streamableSession
	call *streamableCall
}

// SessionID is unique, so that nobody's cancellation can name this request.
func (r requestSession) SessionID() string { return r.call.id }

// NotificationChannel leads to the response of this POST.
func (r requestSession) NotificationChannel() chan<- mcp.JSONRPCNotification {
	return r.call.exchange.channel()
}

// receive reads and checks the message of a POST, or answers the request.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (body []byte, message envelope, held int64, ok bool) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, errorFrame(nil, mcp.INVALID_REQUEST, "Content-Type must be application/json", nil))
		return nil, envelope{}, 0, false
	}
	body, held, err = readBody(r, s.limits.Message, &s.buffered)
	switch {
	case errors.Is(err, errTooLarge):
		w.Header().Set("Connection", "close") // the rest of the body is not read
		refuse(w, http.StatusRequestEntityTooLarge, errorFrame(nil, mcp.INVALID_REQUEST, tooLarge(s.limits.Message), nil))
		return nil, envelope{}, held, false
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Connection", "close")
		refuse(w, http.StatusServiceUnavailable, errorFrame(nil, mcp.INTERNAL_ERROR, "the server is busy: try again in a second", nil))
		return nil, envelope{}, held, false
	case err != nil:
		refuse(w, http.StatusBadRequest, errorFrame(nil, mcp.PARSE_ERROR, "the body could not be read", nil))
		return nil, envelope{}, held, false
	}
	message, fault := scan(body)
	if fault != nil {
		refuse(w, http.StatusBadRequest, errorFrame(message.id, fault.code, fault.message, nil))
		return nil, envelope{}, held, false
	}
	return body, message, held, true
}

func tooLarge(limit int) string {
	return "the message is larger than " + strconv.Itoa(limit) + " bytes"
}

// lacking answers a call of a tool that needs a capability which the client did
// not declare. Only the stateless revision has an error for it.
func (s *Server) lacking(message *envelope) []byte {
	if len(s.needs) == 0 || message.method != string(mcp.MethodToolsCall) || !message.modern() {
		return nil
	}
	needed, ok := s.needs[message.name]
	if !ok || declares(message.capabilities, needed) {
		return nil
	}
	return errorFrame(message.id, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, message.name+" needs the client capability "+needed,
		map[string]any{"requiredCapabilities": map[string]any{needed: struct{}{}}})
}

func (s *Server) foreignSession(w http.ResponseWriter, r *http.Request, id []byte) {
	s.log.WarnContext(r.Context(), "refused a session id that is unknown or somebody else's", "path", r.URL.Path)
	refuse(w, http.StatusNotFound, errorFrame(id, mcp.INVALID_REQUEST, "unknown session: initialize again", nil))
}
