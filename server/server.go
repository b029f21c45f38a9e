package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// Tools is what the server offers. Call is made with the principal in its
// context (see [tools.PrincipalFrom]) and must return soon after that context
// ends; arguments is the raw JSON that the client sent, nil where it sent none.
type Tools interface {
	Tools() []tools.Tool
	Call(ctx context.Context, name string, arguments json.RawMessage) tools.Answer
}

// Config is what a [Server] needs. The zero value of everything but Tools has a
// default.
type Config struct {
	Tools Tools
	// Name, Title and Version are how the server introduces itself; the
	// defaults are "alloy", "Alloy" and "dev".
	Name, Title, Version string
	// Instructions is what clients show their model; the default is
	// [Instructions]. At most 2,048 bytes, since clients cut it there.
	Instructions string
	// Logger gets what an operator should know; nil discards. Arguments,
	// results and panic values are never logged.
	Logger *slog.Logger

	// PublicURL is where clients reach the HTTP server, such as
	// https://mcp.example.com/alloy; its host and origin are accepted, its path
	// is put before /message. Empty means the listener's own address.
	PublicURL string
	// AllowedHosts are further values of the Host header, with or without port.
	AllowedHosts []string
	// AllowedOrigins are further values of the Origin header, for browsers.
	AllowedOrigins []string
	// Authenticate tells who sends a request to /mcp, /sse, /message or /api, see
	// [Bearer]; an error answers 401. Nothing behind it sees the Authorization
	// header. Nil makes everybody [tools.Local], which [Server.Serve] allows on
	// loopback only.
	Authenticate func(*http.Request) (tools.Principal, error)
	// Valid tells whether somebody whom Authenticate let in may stay. It is asked
	// every half second for each open stream, which ends at a no. Nil lets all stay.
	Valid func(context.Context, tools.Principal) bool
	// SessionKey signs session ids; replicas share one. At least 32 bytes, nil
	// makes a random one, and then ids end with the process.
	SessionKey []byte
	// SealKey seals what clients carry between two rounds of one call; replicas
	// share one, and one that outlives the process lets a call go on after a
	// restart. 32 bytes, nil makes a random one.
	SealKey []byte
	// Pages serves /connect, /connect/…, /oauth/callback and /oauth/callback/…;
	// nil answers 404.
	Pages http.Handler
	// Accounts serves /api, together with the tools get_connection and get_tokens;
	// nil answers 404.
	Accounts Accounts

	Limits Limits
}

// Limits bound what one client or all of them can cost. Zero means the default.
type Limits struct {
	// Message is the largest message in bytes, a body or a line (4 MiB).
	Message int
	// Buffered is how many bytes of unanswered messages are held at once over all
	// HTTP clients (256 MiB).
	Buffered int64
	// Call is how long a call may take before it is answered with a timeout (45 s).
	Call time.Duration
	// Workers is how many calls of one stdio or SSE client run at once (100).
	Workers int
	// Streams is how many GET streams a session may hold (5).
	Streams int
	// PrincipalStreams is how many GET and subscriptions/listen streams a
	// principal may hold over all sessions (100). Without authentication every
	// program is one principal; subscriptions/listen belongs to no session.
	PrincipalStreams int
	// Connections is how many SSE clients a principal may have (20); such a
	// client works through its stream, so the sixth program of one person must
	// still get one.
	Connections int
	// Failures is how many requests a minute of one address, or of one /64 network
	// of IPv6, may fail to authenticate (20). After that its requests are refused
	// before their credentials are looked at, but for those that were good before.
	Failures int
	// Rate and Burst are how many requests a minute one principal may send (1,200),
	// and how many at once (200). Without authentication there is no limit.
	Rate, Burst int
	// Sockets is how many TCP connections are accepted at once (10,000).
	Sockets int
	// Heartbeat is the time between comments on an idle stream (20 s).
	Heartbeat time.Duration
	// Stall is how long one write to a client may take (15 s).
	Stall time.Duration
	// EndOfInput is how long stdio waits for answers after its input ended (10 s).
	EndOfInput time.Duration
	// Notice is how long the listener still accepts connections after readiness
	// turned to 503, so that load balancers can react (none).
	Notice time.Duration
	// Drain is how long running calls may take after a stop was asked for (25 s).
	// Their contexts end 2 s before, so that they can say what became of them.
	Drain time.Duration
}

// drainCalls is the part of Drain after which running calls are told to answer.
func (l Limits) drainCalls() time.Duration { return l.Drain - min(2*grace, l.Drain/2) }

func (l Limits) withDefaults() Limits {
	l.Message = or(l.Message, 4<<20)
	l.Call = or(l.Call, 45*time.Second)
	l.Workers = or(l.Workers, 100)
	l.Streams = or(l.Streams, 5)
	l.PrincipalStreams = or(l.PrincipalStreams, 100)
	l.Connections = or(l.Connections, 20)
	l.Failures = or(l.Failures, 20)
	l.Rate = or(l.Rate, 1_200)
	l.Burst = or(l.Burst, 200)
	l.Sockets = or(l.Sockets, 10_000)
	l.Heartbeat = or(l.Heartbeat, 20*time.Second)
	l.Stall = or(l.Stall, 15*time.Second)
	l.EndOfInput = or(l.EndOfInput, 10*time.Second)
	l.Drain = or(l.Drain, 25*time.Second)
	return l
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Server offers a set of tools over every transport. It may serve several
// transports at once.
type Server struct {
	tools  Tools
	hints  map[string]tools.Hints
	auth   func(*http.Request) (tools.Principal, error)
	valid  func(context.Context, tools.Principal) bool
	pages  http.Handler
	public *url.URL

	accounts Accounts
	api      description // of what accounts serve
	guard    originGuard
	limits   Limits
	log      *slog.Logger

	mcp        *mcpserver.MCPServer
	streamable *mcpserver.StreamableHTTPServer
	sessions   sessionKey
	sealer     *sealer
	// progressEvery is the constant of that name, but in tests.
	progressEvery time.Duration
	// needs maps a tool to the client capability without which it cannot work.
	needs map[string]string

	failures buckets[netip.Prefix] // failed authentications by address
	regulars regulars              // credentials that were good
	rates    buckets[string]       // requests by principal

	questions      questions
	requests       atomic.Uint64 // names requests that have no session
	buffered       budget
	streams        streamCaps // by principal
	sessionStreams streamCaps // by session id
	sse            clients
	calls          sync.WaitGroup // tool calls, those given up included
	crew           *crew          // runs them, on stacks that have grown already

	stopping context.Context // ends when a stop was asked for
	stop     context.CancelFunc
	hurrying context.Context // ends when calls have to answer because the HTTP server stops
	hurry    context.CancelFunc
}

// extension is what a build for conformance tests adds.
type extension struct {
	options []mcpserver.ServerOption
	needs   map[string]string
}

// New checks the configuration and returns a server that serves nothing yet.
func New(config Config) (*Server, error) { return newServer(config, extension{}) }

func newServer(config Config, extra extension) (*Server, error) {
	if config.Tools == nil {
		return nil, errors.New("server: no tools are given")
	}
	limits := config.Limits.withDefaults()
	s := &Server{
		tools: config.Tools, hints: map[string]tools.Hints{}, auth: config.Authenticate, valid: config.Valid, pages: config.Pages,
		limits: limits, log: config.Logger, needs: extra.needs, regulars: newRegulars(), progressEvery: progressEvery,
		buffered: budget{limit: or(config.Limits.Buffered, 256<<20)},
	}
	s.failures.perMinute, s.failures.burst = limits.Failures, limits.Failures
	s.rates.perMinute, s.rates.burst = limits.Rate, limits.Burst
	s.streams.limit = limits.PrincipalStreams
	s.sessionStreams.limit = limits.Streams
	s.sse.caps.limit = limits.Connections
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.crew = newCrew(math.MaxInt)
	context.AfterFunc(s.stopping, s.crew.end)
	s.hurrying, s.hurry = context.WithCancel(context.Background())
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.sessions, err = newSessionKey(config.SessionKey); err != nil {
		return nil, err
	}
	if s.sealer, err = newSealer(config.SealKey); err != nil {
		return nil, err
	}
	if config.PublicURL != "" {
		if s.public, err = parsePublicURL(config.PublicURL); err != nil {
			return nil, err
		}
	}
	if s.guard, err = newOriginGuard(s.public, config.AllowedHosts, config.AllowedOrigins); err != nil {
		return nil, err
	}
	s.accounts = config.Accounts
	if s.api, err = newDescription(or(config.Version, "dev"), s.auth != nil); err != nil {
		return nil, err
	}
	if err := s.buildMCP(config, extra); err != nil {
		return nil, err
	}
	return s, nil
}

// maxInstructions is where clients cut the instructions (observed in Claude Code).
const maxInstructions = 2048

// listTTL is how long a client may keep the tool list. The list changes only
// with the server's version or settings.
const listTTL = 5 * time.Minute

func (s *Server) buildMCP(config Config, extra extension) error {
	instructions := or(config.Instructions, Instructions)
	if len(instructions) > maxInstructions {
		return fmt.Errorf("server: the instructions have %d bytes, clients cut them at %d", len(instructions), maxInstructions)
	}
	listed := config.Tools.Tools()
	order := make(map[string]int, len(listed))
	for i, tool := range listed {
		order[tool.Name] = i
		s.hints[tool.Name] = tool.Hints
	}
	options := append([]mcpserver.ServerOption{
		mcpserver.WithTitle(or(config.Title, "Alloy")),
		mcpserver.WithInstructions(instructions),
		mcpserver.WithToolCapabilities(false),
		mcpserver.WithCacheHints(listTTL.Milliseconds(), mcp.CacheScopePrivate),
		mcpserver.WithToolFilter(inOrder(order)),
		mcpserver.WithToolHandlerMiddleware(s.guardHandler),
	}, extra.options...)
	s.mcp = mcpserver.NewMCPServer(or(config.Name, "alloy"), or(config.Version, "dev"), options...)
	for _, tool := range listed {
		registered, err := register(tool)
		if err != nil {
			return err
		}
		s.mcp.AddTool(registered, s.call)
	}
	s.streamable = mcpserver.NewStreamableHTTPServer(s.mcp,
		mcpserver.WithSessionIdManager(boundSessions{}),
		mcpserver.WithHTTPContextFunc(s.ownSession),
		mcpserver.WithDisableLocalhostProtection(true), // hosts are checked by originGuard
		mcpserver.WithStreamableHTTPLogger(slog.New(slog.DiscardHandler)),
	)
	return nil
}

// inOrder lists tools as the set orders them; the library sorts by name.
func inOrder(order map[string]int) mcpserver.ToolFilterFunc {
	return func(_ context.Context, listed []mcp.Tool) []mcp.Tool {
		if len(listed) > 1 {
			slices.SortStableFunc(listed, func(a, b mcp.Tool) int { return order[a.Name] - order[b.Name] })
		}
		return listed
	}
}

// ErrInput ends [Server.ServeStdio] when the input fails other than by ending.
var ErrInput = errors.New("reading the client's messages")

// randomText is 8 random bytes in hex, to name one event in the log.
func randomText() string {
	var b [8]byte
	_, _ = io.ReadFull(rand.Reader, b[:])
	return fmt.Sprintf("%x", b)
}
