package server

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// CheckAddr refuses to listen where other machines can connect as long as there
// is no authentication. addr is host:port, auth the value of MCP_AUTH; empty
// and "none" mean no authentication.
func CheckAddr(addr, auth string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("MCP_ADDR %q is not host:port, such as 127.0.0.1:3000", addr)
	}
	if auth != "" && auth != "none" {
		return nil
	}
	if isLoopback(host) {
		return nil
	}
	return fmt.Errorf("MCP_ADDR %s can be reached by other machines and MCP_AUTH is none, so anybody there could use the connected accounts: "+
		"set MCP_AUTH=token and give each person a token (`alloy-mcp token add NAME`), or set MCP_ADDR=127.0.0.1:3000", addr)
}

// isLoopback reports whether host is this machine only. An empty host is every
// interface, and a name other than localhost can resolve to anything.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
