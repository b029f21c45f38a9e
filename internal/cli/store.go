package cli

import (
	"context"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/bolt"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
)

// openStore opens what STATE_URL names. Only servers do: a file has one owner, and
// a command beside a server must not wait for it.
func (s *session) openStore(ctx context.Context) (state.Store, error) {
	if s.settings.StateFile != "" {
		store, err := bolt.Open(ctx, s.settings.StateFile)
		if err != nil {
			return nil, s.settings.Wrong("STATE_URL", err)
		}
		return store, nil
	}
	if s.settings.Auth == settings.AuthToken && !s.settings.TrustExisting {
		s.log.WarnContext(ctx, "state is in memory: after a restart, people whose token names no Alloy user have to connect their accounts again; set STATE_URL=bolt:PATH to keep it")
	}
	return memory.New(), nil
}
