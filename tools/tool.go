// Package tools holds the tools as data, one file a tool, and the one door to a
// side effect, execute.go. It knows nothing of MCP or HTTP: a [Set] turns a
// name and arguments into one JSON object.
package tools

import (
	"context"
	"encoding/json"
)

// Tool is one tool as a client sees it.
type Tool struct {
	Name         string
	Title        string
	Description  string
	Hints        Hints
	InputSchema  json.RawMessage
	OutputSchema json.RawMessage // nil where the shape of the result is not fixed
	// ActionID is the action that an exposed tool runs, connector.action, and Own are
	// the arguments that are not the action's. Both are empty for the fixed tools.
	ActionID string   `json:",omitempty"`
	Own      []string `json:",omitempty"`
}

// Hints are the four annotations of MCP; every tool states all of them.
type Hints struct {
	ReadOnly    bool
	Destructive bool
	Idempotent  bool
	OpenWorld   bool
}

// Answer is the outcome of a call: one JSON object. With IsError it has the
// keys of [Error].
type Answer struct {
	JSON    json.RawMessage
	IsError bool
	// Link, Choice and Approval are what the caller's person can do so that the call
	// goes on; the JSON says the same to clients that cannot ask.
	Link     *Link
	Choice   *Choice
	Approval *Approval
}

// Principal is who calls. It comes from the transport, never from an argument.
type Principal struct {
	// ID is stable and opaque. [Local] is the person at the keyboard.
	ID string
	// User is the Alloy user that was given to the principal, an id or a username;
	// empty where it was given none.
	User string
}

// Local is the id of the principal of stdio, of commands, and of HTTP without
// authentication.
const Local = "local"

type principalKey struct{}

// WithPrincipal returns a context that carries p.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalFrom returns the caller that [WithPrincipal] stored. Without one the
// second result is false, and nothing user-scoped may run.
func PrincipalFrom(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}
