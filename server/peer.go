package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// peer is what is known of the client at the other end of a [link]. The library
// sees one [callSession] of it per request.
type peer struct {
	id          string
	initialized atomic.Bool

	mu           sync.Mutex
	level        mcp.LoggingLevel
	version      string
	info         mcp.Implementation
	capabilities mcp.ClientCapabilities
	asked        map[string]chan reply // requests to the client, by id
	lastAsked    uint64
}

// reply is the client's answer to a request of ours.
type reply struct {
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// callSession is the session of one request on a link.
type callSession struct {
	*peer
	outbox
	send func([]byte) error // nil where the client cannot be asked
}

var (
	_ mcpserver.SessionWithLogging         = (*callSession)(nil)
	_ mcpserver.SessionWithClientInfo      = (*callSession)(nil)
	_ mcpserver.SessionWithProtocolVersion = (*callSession)(nil)
	_ mcpserver.SessionWithElicitation     = (*callSession)(nil)
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
	id, answered := c.ask()
	defer c.forget(id)
	frame, err := json.Marshal(map[string]any{
		"jsonrpc": mcp.JSONRPC_VERSION, "id": id, "method": mcp.MethodElicitationCreate, "params": request.Params,
	})
	if err != nil {
		return nil, fmt.Errorf("encoding a question to the person: %w", err)
	}
	if err := c.send(frame); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case got := <-answered:
		if got.Error != nil {
			return nil, fmt.Errorf("the client refused to ask the person (code %d)", got.Error.Code)
		}
		var result mcp.ElicitationResult
		if err := json.Unmarshal(got.Result, &result); err != nil {
			return nil, errors.New("the client's answer for the person could not be read")
		}
		return &result, nil
	}
}

func (p *peer) ask() (id string, answered <-chan reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastAsked++
	id = "ask-" + strconv.FormatUint(p.lastAsked, 10)
	waiting := make(chan reply, 1)
	if p.asked == nil {
		p.asked = map[string]chan reply{}
	}
	p.asked[id] = waiting
	return id, waiting
}

func (p *peer) forget(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.asked, id)
}

// deliver hands a response of the client to whoever asked; others are dropped.
func (p *peer) deliver(id, message []byte) {
	p.mu.Lock()
	waiting := p.asked[stringValue(id)]
	p.mu.Unlock()
	if waiting == nil {
		return
	}
	var got reply
	if err := json.Unmarshal(message, &got); err != nil {
		return
	}
	select {
	case waiting <- got:
	default: // answered before
	}
}
