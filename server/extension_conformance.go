//go:build conformance

package server

import mcpserver "github.com/mark3labs/mcp-go/server"

// NewExtended is [New] with features that the product does not have but the
// conformance suite tests: needs maps tools to client capabilities, options go
// to the library's server, which is returned for further registrations. Every
// guard is on.
func NewExtended(config Config, needs map[string]string, options ...mcpserver.ServerOption) (*Server, *mcpserver.MCPServer, error) {
	s, err := newServer(config, extension{needs: needs, options: options})
	if err != nil {
		return nil, nil, err
	}
	return s, s.mcp, nil
}

// Fault is an error that a handler may return to be answered as a JSON-RPC error
// with this text.
func Fault(text string) error { return invalid(text) }
