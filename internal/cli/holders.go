package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/token"
	"github.com/alloy-mcp/alloy-mcp/server"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// holders are the people who hold a token of the file: at the server by their
// agents, and at the pages by their browsers.
type holders struct {
	file  *token.File
	users *tools.OwnUsers
}

// tokenPrincipals is what the ids of principals with a token begin with; the name of
// the token is the rest.
const tokenPrincipals = "token:"

func principalOf(t token.Token) tools.Principal {
	return tools.Principal{ID: tokenPrincipals + t.Name, User: t.User}
}

func tokenOf(p tools.Principal) string { return strings.TrimPrefix(p.ID, tokenPrincipals) }

// verify tells whose token a request to the server brings.
func (h *holders) verify(ctx context.Context, bearer string) (tools.Principal, error) {
	found, err := h.file.Verify(ctx, bearer)
	switch {
	case errors.Is(err, token.ErrUnknown):
		return tools.Principal{}, server.ErrInvalidToken
	case err != nil:
		return tools.Principal{}, err
	}
	return principalOf(found), nil
}

// valid reports whether the principal's token still lets it in.
func (h *holders) valid(ctx context.Context, p tools.Principal) bool {
	found, err := h.file.Find(ctx, tokenOf(p))
	return err == nil && principalOf(found) == p
}

// userOf returns the Alloy user of a principal that the pages know by its id.
func (h *holders) userOf(ctx context.Context, principal string) (alloy.UserID, error) {
	found, err := h.file.Find(ctx, strings.TrimPrefix(principal, tokenPrincipals))
	if err != nil {
		return alloy.UserID{}, err
	}
	return h.users.Resolve(ctx, principalOf(found))
}

// Login implements [connect.Visitors]. The proof is the token's fingerprint, so
// that another token of the same name lets nobody in who had the first.
func (h *holders) Login(ctx context.Context, bearer string) (connect.Visitor, string, error) {
	found, err := h.file.Verify(ctx, bearer)
	switch {
	case errors.Is(err, token.ErrUnknown):
		return connect.Visitor{}, "", connect.ErrNotWelcome
	case err != nil:
		return connect.Visitor{}, "", err
	}
	return connect.Visitor{Principal: principalOf(found).ID, Name: found.Name}, found.Fingerprint(), nil
}

// Welcome implements [connect.Visitors].
func (h *holders) Welcome(ctx context.Context, who connect.Visitor, proof string) bool {
	found, err := h.file.Find(ctx, who.Name)
	return err == nil && found.Fingerprint() == proof
}
