// Package kept keeps a catalogue in files between two runs, so that a search
// answers before Alloy has been asked. It is a cache: whatever goes wrong with a
// file costs its content and a line in the log, never more. Several processes may
// use one directory.
package kept

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// format is raised when files of another version cannot be read any more.
const format = 1

// The bounds of what is read and written.
const (
	maxFile    = 64 << 20  // bytes of one file
	maxLine    = 16 << 20  // bytes of one line; an answer of Alloy's has 8 MiB at most
	maxTotal   = 256 << 20 // bytes of all files, of every identity
	maxFiles   = 2_000     // of one identity
	maxDepth   = 176       // of JSON; the client reads actions 160 deep
	maxID      = 1_024     // bytes of an id
	maxActions = 20_000    // of one connector
)

// Identity is whose catalogue it is. What is kept for one is not seen by others.
type Identity struct {
	BaseURL string `json:"base_url"`
	Key     string `json:"key"` // a fingerprint of the API key, never the key
	Version string `json:"version"`
}

// Connector is what is known of a connector by its list of actions.
type Connector struct {
	ID        string
	ReadAt    time.Time
	Resources []alloy.Resource
	Facts     map[string]Fact // by action id, of those whose details were read once
}

// Fact is what stays of an action's details where they are not at hand.
type Fact struct {
	Hash       string   `json:"hash"`
	Method     string   `json:"method,omitempty"`
	Path       string   `json:"path,omitempty"`
	Parameters []string `json:"parameters,omitempty"`
}

// Action is an action's details and when Alloy told them.
type Action struct {
	ReadAt time.Time
	Action alloy.Action
}

// Store keeps catalogues below a directory. Nothing is read or written before
// the first call of a method.
type Store struct {
	root     string
	identity func() Identity
	log      *slog.Logger

	mu      sync.Mutex
	ready   map[string]bool // directories that may be used, or may not
	warned  bool            // that nothing can be kept
	trimmed time.Time
}

// New returns a store below dir. identity is asked whenever a file is read or
// written, since a key can be exchanged; while it has no key nothing is kept.
func New(dir string, identity func() Identity, log *slog.Logger) *Store {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Store{root: dir, identity: identity, log: log, ready: make(map[string]bool)}
}

// place is where a file is, and what must stand in its first line.
type place struct {
	dir, name string
	head      head
}

func (p place) path() string { return p.dir + separator + p.name }

// head is the first line of every file.
type head struct {
	Format    int       `json:"format"`
	Kind      kind      `json:"kind"`
	Identity  Identity  `json:"identity"`
	Connector string    `json:"connector,omitempty"`
	ReadAt    time.Time `json:"read_at"`
	Lines     int       `json:"lines"` // that follow
}

type kind string

const (
	ofApps    kind = "connectors"
	ofNames   kind = "names"
	ofActions kind = "actions"
)

// place returns where the file of a kind is; ok is false while there is no key.
func (s *Store) place(k kind, connector string) (p place, ok bool) {
	identity := s.identity()
	if s.root == "" || identity.Key == "" || len(connector) > maxID {
		return place{}, false
	}
	dir := s.root + separator + "catalogue" + separator + digest(16, identity.BaseURL, identity.Key, identity.Version)
	name := string(k) + suffix
	if connector != "" {
		// The readable part is for people. The digest tells ids apart that differ
		// in case only, which some file systems do not.
		name = readable(connector) + "-" + digest(12, connector) + "." + name
	}
	return place{dir, name, head{Format: format, Kind: k, Identity: identity, Connector: connector}}, true
}

const suffix = ".jsonl"

// digest returns the first digits of a hash over texts that cannot be confused.
func digest(digits int, texts ...string) string {
	hash := sha256.New()
	for _, text := range texts {
		_, _ = fmt.Fprintf(hash, "%d:%s", len(text), text)
	}
	return hex.EncodeToString(hash.Sum(nil))[:digits]
}

func readable(id string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, id)
	return name[:min(len(name), 40)]
}

// ignored says once a file that it is not used. The next save replaces it.
func (s *Store) ignored(ctx context.Context, path string, err error) {
	s.log.WarnContext(ctx, "a kept catalogue file is ignored and will be written anew", "file", path, "reason", err.Error())
}

// unkept says once that nothing can be kept.
func (s *Store) unkept(ctx context.Context, err error) {
	s.mu.Lock()
	said := s.warned
	s.warned = true
	s.mu.Unlock()
	if !said {
		s.log.WarnContext(ctx, "the catalogue cannot be kept for the next start, which will be slower", "directory", s.root, "error", err.Error())
	}
}
