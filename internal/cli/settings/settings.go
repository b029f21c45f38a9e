package settings

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/internal/redact"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// Settings are the settings of one run, checked and typed.
type Settings struct {
	Key         *Key   // never nil; without a key it answers ErrNoKey
	User        string // an Alloy user's id or username; may be empty
	BaseURL     string
	APIVersion  string
	RedirectURI string            // empty means the server's own callback
	AuthConfigs map[string]string // Auth Config id by connector id
	Connections map[string]string // connection id by connector id
	// ConnectionID is the one connection that is used wherever it fits.
	ConnectionID string
	EffectsFile  string // the operator's effects of actions; may be empty
	CacheDir     string // where the catalogue is kept; empty keeps nothing
	// Expose are the actions that become tools of their own.
	Expose []policy.Pattern

	// Policy is what the settings allow, without the policy file.
	Policy     policy.Settings
	PolicyFile string // empty means none
	AuditLog   string // a path, or - for standard error; empty records nothing
	// AuditRequired is only set where AuditLog is.
	AuditRequired bool

	Transport string // TransportStdio, TransportSSE or TransportHTTP
	Addr      string // host:port
	Auth      string // AuthNone or AuthToken
	// TokensFile is the file with the tokens, which need not exist; empty where
	// nothing names one and the user has no configuration directory.
	TokensFile string
	// TrustExisting lets everybody use every account of their Alloy user.
	TrustExisting bool
	StateFile     string // of STATE_URL; empty keeps state in memory
	PublicURL     string // empty means http:// and the address that is listened on
	// ReturnTo holds the addresses that people may be sent back to.
	ReturnTo []string
	// Confirm says how people approve destructive actions: one of the Confirm values.
	Confirm string
	// SchemaProfile is how the arguments of tools are described.
	SchemaProfile schemas.Profile

	LogLevel  slog.Level
	LogFormat string // FormatText, FormatJSON, or empty: by whether stderr is a terminal

	// Environment is ALLOY_ENV, the name of the environment; may be empty.
	Environment string
	// Files are the .env files that were read, in their order.
	Files []string
	// Others are the environments beside the one in use whose key could be read.
	Others []Environment
	// Warnings are sentences for the person who starts the program.
	Warnings []string
	// Secrets holds every secret that was read, for package redact.
	Secrets *redact.Secrets

	values []Value
}

// Value is the effective value of one setting, for people.
type Value struct {
	Name   string `json:"name"`
	Value  string `json:"value"`  // a secret's is its fingerprint
	Source string `json:"source"` // a flag, "environment", a file, "default", or "" where it is unset
}

// Environment is another environment than the one in use.
type Environment struct {
	Name        string // the path of its file
	Fingerprint string // of its API key
}

// Values returns the effective settings in the order of the table.
func (s *Settings) Values() []Value { return slices.Clone(s.values) }

// Source returns where a setting comes from, as [Value.Source] does.
func (s *Settings) Source(name string) string {
	for _, value := range s.values {
		if value.Name == name {
			return value.Source
		}
	}
	return ""
}

// URL returns PUBLIC_URL, or http:// and the address that a listener got.
func (s *Settings) URL(listening net.Addr) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	return "http://" + listening.String()
}

// Inputs are the places where settings come from.
type Inputs struct {
	// Flags holds the flags that were given, by the setting's name.
	Flags map[string]string
	// LookupEnv is os.LookupEnv, or a test's own.
	LookupEnv func(string) (string, bool)
	// WorkDir is the working directory. Its .env is read last; empty reads none.
	WorkDir string
	// ConfigDir is the user's configuration directory, which the folder alloy-mcp
	// is in; empty means there is none.
	ConfigDir string
	// CacheDir is the user's cache directory, which the folder alloy-mcp is made
	// in; empty means there is none.
	CacheDir string
	// ForSetup is for the command that asks a person for a key. The working
	// directory's .env is left out, since the key must not be sent where a cloned
	// repository says, and an environment need not have a file yet.
	ForSetup bool
}

// Invalid is the error for a setting that is wrong or contradicts another one.
// It is one line, names the setting and holds no secret.
type Invalid struct{ reason error }

// Error returns the reason.
func (e *Invalid) Error() string { return e.reason.Error() }

// Unwrap returns the reason.
func (e *Invalid) Unwrap() error { return e.reason }

func invalid(format string, args ...any) error {
	return &Invalid{reason: fmt.Errorf(format, args...)}
}

// Wrong is for whoever uses a setting and finds that it cannot be right: the
// error names the setting and its source, as those of [Load] do.
func (s *Settings) Wrong(name string, err error) error {
	return invalid("%s (%s): %w", name, s.Source(name), err)
}

// notionKey is the setting of programs that talk to Notion directly.
const notionKey = "NOTION_API_KEY"

// Load reads the settings. Its errors are [*Invalid]. A missing key is none:
// much works without.
func Load(in Inputs) (*Settings, error) {
	l := &loader{in: in, out: &Settings{Secrets: new(redact.Secrets)}}
	if err := l.gather(); err != nil {
		return nil, err
	}
	for _, setting := range Table() {
		if err := l.apply(setting); err != nil {
			return nil, err
		}
	}
	if !in.ForSetup {
		if err := l.checkEnvironment(); err != nil {
			return nil, err
		}
	}
	if err := l.checkPolicy(); err != nil {
		return nil, err
	}
	l.placeTokens()
	l.placeCache()
	l.noteNotion()
	l.compareEnvironments()
	return l.out, nil
}

// loader carries the state of one Load.
type loader struct {
	in      Inputs
	out     *Settings
	sources []source
	keyFrom source // where the API key was found
}

// source is one place that sets something.
type source struct {
	name   string // for people; "" for flags, which are named one by one
	dir    string // relative paths in it start here
	values map[string]string
	local  bool // the working directory's own file
	dotenv bool // a plain .env, without an environment's name
}

func (s source) get(name string) string { return strings.TrimSpace(s.values[name]) }

// label names where setting was found.
func (s source) label(setting Setting) string {
	if s.name == "" {
		return "--" + setting.Flag
	}
	return s.name
}

// hasKey reports whether any source so far names an API key.
func (l *loader) hasKey() bool {
	return slices.ContainsFunc(l.sources, func(s source) bool {
		return s.get("ALLOY_API_KEY") != "" || s.get("ALLOY_API_KEY"+FileSuffix) != ""
	})
}

// apply finds the first source that sets the setting, checks the value and
// stores it.
func (l *loader) apply(setting Setting) error {
	if setting.Kind == Secret {
		return l.applyKey(setting)
	}
	for _, s := range l.sources {
		raw := s.get(setting.Name)
		if raw == "" {
			continue
		}
		label := s.label(setting)
		value, err := checkValue(setting, raw)
		if err == nil && setting.namesFile(value) {
			value, err = l.ownPath(value, s)
		}
		if err == nil {
			err = setting.parse(l.out, value)
		}
		if err != nil {
			return invalid("%s (%s) %w", setting.Name, label, err)
		}
		l.out.values = append(l.out.values, Value{Name: setting.Name, Value: value, Source: label})
		return nil
	}
	value := Value{Name: setting.Name}
	if setting.Default != "" {
		if err := setting.parse(l.out, setting.Default); err != nil {
			return invalid("the default of %s %w", setting.Name, err)
		}
		value.Value, value.Source = setting.Default, "default"
	}
	l.out.values = append(l.out.values, value)
	return nil
}

// namesFile reports whether value is the path of a file that is no .env file.
func (s Setting) namesFile(value string) bool {
	return s.Kind == Path && s.Group != Files || s.Kind == Output && value != StandardError
}

// checkValue checks what every value and every choice must be.
func checkValue(setting Setting, raw string) (string, error) {
	value, err := checkText(raw)
	if err != nil || setting.Kind != Choice {
		return value, err
	}
	value = strings.ToLower(value)
	if slices.Contains(setting.Later, value) {
		return "", fmt.Errorf("is %s, which this version does not have yet: leave it unset, or say %s", value, orList(setting.Choices))
	}
	return value, checkChoice(value, setting.Choices)
}

// placeTokens puts the tokens beside the user's own .env where nothing else is
// said, and warns where others could let themselves in.
func (l *loader) placeTokens() {
	if l.out.TokensFile == "" && l.in.ConfigDir != "" {
		l.out.TokensFile = filepath.Join(l.in.ConfigDir, "alloy-mcp", "tokens.json")
		i := slices.IndexFunc(l.out.values, func(v Value) bool { return v.Name == "MCP_TOKENS_FILE" })
		l.out.values[i].Value, l.out.values[i].Source = l.out.TokensFile, "default"
	}
	if l.out.Auth != AuthToken {
		return
	}
	if info, err := os.Stat(l.out.TokensFile); err == nil && openToOthers(info) {
		l.warn("%s says who may use the server and is open to others: run `chmod 600 %s`", l.out.TokensFile, l.out.TokensFile)
	}
}

// placeCache puts the catalogue into the user's own cache directory where nothing
// else is said.
func (l *loader) placeCache() {
	i := slices.IndexFunc(l.out.values, func(v Value) bool { return v.Name == "CACHE_DIR" })
	if l.out.values[i].Value != "" || l.in.CacheDir == "" {
		return
	}
	l.out.CacheDir = filepath.Join(l.in.CacheDir, "alloy-mcp")
	l.out.values[i].Value, l.out.values[i].Source = l.out.CacheDir, "default"
}

// noteNotion says once that a direct Notion key is of no use here, and keeps it
// out of logs all the same.
func (l *loader) noteNotion() {
	said := false
	for _, s := range l.sources {
		value := s.get(notionKey)
		if value == "" {
			continue
		}
		l.out.Secrets.Add(value)
		if !said {
			l.out.Warnings = append(l.out.Warnings, fmt.Sprintf(
				"%s (%s) is not used: Notion is connected through Alloy, with `alloy-mcp call start_oauth connector_id=notion`", notionKey, s.name))
			said = true
		}
	}
}
