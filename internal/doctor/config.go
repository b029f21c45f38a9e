package doctor

import (
	"io/fs"
	"log/slog"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/redact"
)

// Config is what is known before anything is asked. Every field may be zero;
// the checks that need it then say what is missing.
type Config struct {
	// Client reaches Alloy. Nil means that none could be made: what needs one
	// is skipped, and SettingsError or the key's check says why.
	Client *alloy.Client

	// SettingsError is the one line with which reading the settings failed.
	SettingsError string
	// Warnings are the sentences that reading the settings gave.
	Warnings []string
	// Files are the files that settings and the key came from; see [InspectFile].
	Files []File
	// Environment is ALLOY_ENV; may be empty.
	Environment string
	// Environments are the environments beside the one in use whose key could
	// be read.
	Environments []Environment

	// Key is looked at for its form and its fingerprint, never printed.
	Key alloy.Secret
	// KeyPlace says what kind of place the key came from.
	KeyPlace Place
	// KeySource names that place for people, such as a path.
	KeySource string

	BaseURL string // ALLOY_BASE_URL; empty means alloy.DefaultBaseURL
	Version string // ALLOY_API_VERSION; empty means alloy.DefaultVersion
	User    string // ALLOY_USER_ID: an id or a username

	RedirectURI string // ALLOY_REDIRECT_URI; empty means our own callback
	PublicURL   string // PUBLIC_URL; empty means http:// and Addr
	Transport   string // MCP_TRANSPORT: "stdio", "http" or "sse"
	Addr        string // MCP_ADDR, host:port
	Auth        string // MCP_AUTH: "none" or another word

	AuditLog      string // AUDIT_LOG: a path, "-" for standard error, or empty
	AuditRequired bool   // AUDIT_REQUIRED

	AuthConfigs  map[string]string // ALLOY_AUTH_CONFIGS: Auth Config id by connector id
	Connections  map[string]string // ALLOY_CONNECTIONS: credential id by connector id
	ConnectionID string            // CONNECTION_ID

	// ProgramVersion is printed on the page of [Ask].
	ProgramVersion string
	// Now is time.Now, or a test's own.
	Now func() time.Time
	// Scrubber knows the secrets of this run. Nil knows their forms only.
	Scrubber *redact.Scrubber
	// Logger receives what went wrong while cleaning up; nil discards.
	Logger *slog.Logger
}

// Place is a kind of place that a secret can come from.
type Place string

// The places. The zero Place is not known.
const (
	PlaceEnvironment Place = "environment" // a variable of the process
	PlaceEnvFile     Place = "env_file"    // a .env file
	PlaceKeyFile     Place = "key_file"    // a file of its own (ALLOY_API_KEY_FILE)
)

// File is what is known of a file without reading it.
type File struct {
	Path string
	// HoldsKey: the API key came from it.
	HoldsKey bool
	// ModeKnown is false where permissions cannot be told (Windows).
	ModeKnown  bool
	Mode       fs.FileMode // permission bits
	FolderMode fs.FileMode // permission bits of its folder, with fs.ModeSticky where set
	Git        Git
}

// Git says what git knows of a file.
type Git string

// The states of a file towards git. The zero Git is not known.
const (
	GitOutside   Git = "outside"   // it is in no repository
	GitIgnored   Git = "ignored"   // in a repository, and ignored
	GitUntracked Git = "untracked" // in a repository: one "git add" away from being published
	GitTracked   Git = "tracked"   // in a repository, and part of it
)

// Environment is another environment's key.
type Environment struct {
	Name        string // for people: a name or the path of its file
	Fingerprint string // [alloy.Secret.Fingerprint]
}

func (c *Config) baseURL() string {
	if c.BaseURL == "" {
		return alloy.DefaultBaseURL
	}
	return c.BaseURL
}

func (c *Config) version() string {
	if c.Version == "" {
		return alloy.DefaultVersion
	}
	return c.Version
}

func (c *Config) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c *Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}
