package browser

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"

	"github.com/alloy-mcp/alloy-mcp/internal/connect"
)

// crowd knows two people by their tokens.
type crowd struct {
	mu   sync.Mutex
	gone map[string]bool // whose login was revoked, by proof
}

// tokenOf is what a person's agent identifies itself with.
func tokenOf(principal string) string { return "amcp_" + principal + "_c4n4ry0000000000000000000000" }

// names are the people's, by principal.
var names = map[string]string{"ada": "Ada Lindqvist", "ben": "Ben Okafor"}

// twoPeople makes the pages ask who is there.
func twoPeople(c *connect.Config) {
	c.Visitors = &crowd{gone: make(map[string]bool)}
	c.Person = ""
}

func (c *crowd) Login(_ context.Context, token string) (connect.Visitor, string, error) {
	for principal, name := range names {
		if token == tokenOf(principal) {
			sum := sha256.Sum256([]byte(token))
			return connect.Visitor{Principal: principal, Name: name}, hex.EncodeToString(sum[:]), nil
		}
	}
	return connect.Visitor{}, "", connect.ErrNotWelcome
}

func (c *crowd) Welcome(_ context.Context, _ connect.Visitor, proof string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.gone[proof]
}

// revoke ends every login that was made with the person's token.
func (c *crowd) revoke(principal string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := sha256.Sum256([]byte(tokenOf(principal)))
	c.gone[hex.EncodeToString(sum[:])] = true
}

// logIn enters the person's token on the page that asks for it.
func (p *person) logIn(principal string) {
	p.t.Helper()
	p.open("/connect")
	p.fill("Your token", tokenOf(principal))
	p.press("Log in")
	p.sees("Your connections", names[principal])
}
