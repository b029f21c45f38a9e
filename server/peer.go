package server

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// peer is what is known of a client that began with initialize. The library sees
// one [callSession] of it per request.
type peer struct {
	id          string
	initialized atomic.Bool

	mu           sync.Mutex
	level        mcp.LoggingLevel
	version      string
	info         mcp.Implementation
	capabilities mcp.ClientCapabilities
}

// callSession is the session of one request on a link.
type callSession struct {
	*peer
	*outbox
	questions *questions
	send      func([]byte) error // nil where the client cannot be asked
}

var (
	_ mcpserver.SessionWithLogging         = (*callSession)(nil)
	_ mcpserver.SessionWithClientInfo      = (*callSession)(nil)
	_ mcpserver.SessionWithProtocolVersion = (*callSession)(nil)
	_ mcpserver.SessionWithElicitation     = (*callSession)(nil)
	_ mcpserver.SessionWithSampling        = (*callSession)(nil)
)

// SessionID names the connection towards the library.
func (p *peer) SessionID() string { return p.id }

// Initialize records that the client may be notified.
func (p *peer) Initialize() { p.initialized.Store(true) }

// Initialized reports whether the client may be notified.
func (p *peer) Initialized() bool { return p.initialized.Load() }

// NotificationChannel leads to the client, before the answer to this request.
func (c *callSession) NotificationChannel() chan<- mcp.JSONRPCNotification { return c.channel() }

// SetLogLevel keeps the least severe level the client wants.
func (p *peer) SetLogLevel(level mcp.LoggingLevel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.level = level
}

// GetLogLevel is the least severe level the client wants.
func (p *peer) GetLogLevel() mcp.LoggingLevel {
	p.mu.Lock()
	defer p.mu.Unlock()
	return or(p.level, mcp.LoggingLevelError)
}

// SetProtocolVersion keeps the revision that initialize agreed on.
func (p *peer) SetProtocolVersion(version string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.version = version
}

// ProtocolVersion is the revision that initialize agreed on, "" before.
func (p *peer) ProtocolVersion() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.version
}

// SetClientInfo keeps what the client says it is.
func (p *peer) SetClientInfo(info mcp.Implementation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.info = info
}

// GetClientInfo is what the client says it is.
func (p *peer) GetClientInfo() mcp.Implementation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.info
}

// SetClientCapabilities keeps what the client says it can do.
func (p *peer) SetClientCapabilities(capabilities mcp.ClientCapabilities) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.capabilities = capabilities
}

// GetClientCapabilities is what the client says it can do.
func (p *peer) GetClientCapabilities() mcp.ClientCapabilities {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.capabilities
}

// RequestElicitation asks the person at the client and waits for the answer. A
// client that declared no elicitation is not asked: it would never answer.
func (c *callSession) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	if c.send == nil || c.GetClientCapabilities().Elicitation == nil {
		return nil, mcpserver.ErrElicitationNotSupported
	}
	return ask[mcp.ElicitationResult](ctx, c.questions, c.id, c.send, mcp.MethodElicitationCreate, request.Params)
}

// RequestSampling asks the client's model and waits for the answer.
func (c *callSession) RequestSampling(ctx context.Context, request mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
	if c.send == nil || c.GetClientCapabilities().Sampling == nil {
		return nil, errors.New("the client cannot sample")
	}
	result, err := ask[mcp.CreateMessageResult](ctx, c.questions, c.id, c.send, mcp.MethodSamplingCreateMessage, request.CreateMessageParams)
	if err != nil {
		return nil, err
	}
	if result.Content, err = mcp.ParseSamplingContent(result.Content); err != nil {
		return nil, errors.New("the client's answer to sampling could not be read")
	}
	return result, nil
}
