package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/token"
	"github.com/alloy-mcp/alloy-mcp/server"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// access is who may use the tools, and as which Alloy user.
type access struct {
	authenticate func(*http.Request) (tools.Principal, error) // nil: everybody is the local person
	valid        func(context.Context, tools.Principal) bool  // nil: for good
	user         func(context.Context, tools.Principal) (alloy.UserID, error)
	userOf       func(ctx context.Context, principal string) (alloy.UserID, error)
	visitors     connect.Visitors // nil: nobody has to log in to the pages
	// onlyLinked tells users that may use nothing but what was connected here; nil:
	// everybody may use what there is.
	onlyLinked func(alloy.UserID) bool
	pins       accounts.Pins
	close      func()
}

// localAccess is that of one person: who starts the program.
func (s *session) localAccess() *access {
	user := tools.NewStaticUser(s.client, s.settings.User).Resolve
	return &access{
		user: user,
		userOf: func(ctx context.Context, principal string) (alloy.UserID, error) {
			return user(ctx, tools.Principal{ID: principal})
		},
		pins:  accounts.Pins{ByConnector: s.settings.Connections, Any: s.settings.ConnectionID},
		close: func() {},
	}
}

// access is what MCP_AUTH says.
func (s *session) access(ctx context.Context) (*access, error) {
	if s.settings.Auth != settings.AuthToken {
		return s.localAccess(), nil
	}
	file, err := tokensFile(s.settings)
	if err != nil {
		return nil, err
	}
	list, err := file.List()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &usageError{err: fmt.Errorf("MCP_AUTH is token, but there are no tokens yet (no file %s): make one with `%s token add NAME`", file.Path(), name)}
	case err != nil:
		return nil, s.settings.Wrong("MCP_TOKENS_FILE", err)
	case len(list) == 0:
		s.log.WarnContext(ctx, "nobody can use the server, since there is no token: make one with `alloy-mcp token add NAME`", "file", file.Path())
	}
	s.warnOfTokens(ctx)
	file.LogTo(s.log)
	people := &holders{file: file, users: tools.NewOwnUsers(s.client, func(p tools.Principal) string { return "mcp-" + tokenOf(p) })}
	found := &access{
		authenticate: server.Bearer(people.verify), valid: people.valid,
		user: people.users.Resolve, userOf: people.userOf, visitors: people, close: people.users.Close,
	}
	if !s.settings.TrustExisting {
		found.onlyLinked = people.users.Made
	}
	return found, nil
}

// warnOfTokens says what a server with tokens makes no use of, and what it lacks.
func (s *session) warnOfTokens(ctx context.Context) {
	var unused []string
	for _, setting := range []string{"ALLOY_USER_ID", "ALLOY_CONNECTIONS", "CONNECTION_ID"} {
		if s.settings.Source(setting) != "" {
			unused = append(unused, setting)
		}
	}
	if len(unused) > 0 {
		s.log.WarnContext(ctx, "settings of one user are not used with MCP_AUTH=token: each token has an Alloy user of its own", "settings", unused)
	}
	public, err := url.Parse(s.settings.PublicURL)
	if server.CheckAddr(s.settings.Addr, settings.AuthNone) != nil && (err != nil || public.Scheme != "https") {
		s.log.WarnContext(ctx, "tokens travel unencrypted: put a proxy that speaks https in front and set PUBLIC_URL to its address", "addr", s.settings.Addr)
	}
}

// user is whose accounts the session uses, for people.
func (s *session) user() string {
	if s.settings.Auth == settings.AuthToken {
		return "by token"
	}
	return s.settings.User
}

// tokensFile is the file of tokens that the settings name.
func tokensFile(s *settings.Settings) (*token.File, error) {
	if s.TokensFile == "" {
		return nil, &usageError{err: errors.New("no file for tokens is known, since you have no configuration directory: set MCP_TOKENS_FILE")}
	}
	return token.Open(s.TokensFile), nil
}
