package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

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

// changesStore is where changes are noted before they are sent. A store that forgets
// them with the process would let a change be made once more after a crash, so they
// are in a file of their own then, which all processes share that use this Alloy. Whose
// they are is no part of its name: a user goes by an id here and by a username there,
// and a key is replaced.
func (s *session) changesStore(ctx context.Context, store state.Store) state.Store {
	if s.settings.StateFile != "" || s.settings.CacheDir == "" {
		return store
	}
	if err := writable(s.settings.CacheDir); err != nil {
		s.log.WarnContext(ctx, "the changes that are sent cannot be noted on disk: after a crash they may be made again; set CACHE_DIR to a directory that can be written", "error", err)
		return store
	}
	where := sha256.Sum256([]byte(s.settings.BaseURL))
	return bolt.NewShared(filepath.Join(s.settings.CacheDir, "changes-"+hex.EncodeToString(where[:8])+".db"))
}

// writable makes a directory, for its owner alone, and reports whether files can be
// made in it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}
