// Package settings reads the program's settings. One table describes them all:
// flags, the environment, .env files, .env.example and the README's rows come
// from it.
//
// The order is: flag, environment, then ENV_FILE alone where it is set, else the
// user's own .env and last the .env of the working directory. The last counts
// whole or not at all: it is read only where nothing before it names a key, so
// that one in a cloned repository cannot send somebody's key elsewhere.
package settings

import (
	"slices"

	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// Kind is what a value must look like.
type Kind string

// The kinds of settings.
const (
	Text   Kind = "text"
	Choice Kind = "choice" // one of Setting.Choices
	URL    Kind = "url"    // http or https, absolute
	Addr   Kind = "address"
	Pairs  Kind = "list"  // name=id, separated by commas
	URLs   Kind = "URLs"  // absolute, separated by commas
	List   Kind = "items" // separated by commas
	Path   Kind = "file"
	Output Kind = "output" // a file, or - for standard error
	Secret Kind = "secret" // has no flag, and NAME_FILE beside it
)

// Group says which commands a setting means something to.
type Group string

// The groups. Files and Logging mean something to every command.
const (
	Account Group = "account" // where Alloy is and who we are there
	Links   Group = "links"   // how accounts are connected and chosen
	Server  Group = "server"  // how clients reach the server
	Tokens  Group = "tokens"  // where it is kept who may use the server
	Policy  Group = "policy"  // what may be done, and what is recorded of it
	Logging Group = "logging"
	Files   Group = "files" // where settings are read from
)

// Setting is a row of the table.
type Setting struct {
	Name    string
	Flag    string // without dashes; "" has none
	Kind    Kind
	Group   Group
	Choices []string
	Later   []string // choices that are refused with a sentence of their own
	// Default is the value where nothing sets one. DefaultWords says the same for
	// people where it is not a value that could be written.
	Default      string
	DefaultWords string
	Help         string // one sentence
	Example      string // a value for .env.example where there is no default

	parse func(*Settings, string) error
}

// FileSuffix is what a secret's name ends with where a file holds its value.
const FileSuffix = "_FILE"

// Table returns all settings in the order of the documents.
func Table() []Setting {
	return slices.Concat(alloySettings(), policySettings(), serverSettings())
}

// alloySettings are those about Alloy, and where settings are read from.
func alloySettings() []Setting {
	return []Setting{
		{
			Name: "ALLOY_API_KEY", Kind: Secret, Group: Account,
			Help:  "Your Alloy API key, from the Alloy dashboard: Settings, API Keys.",
			parse: nil, // read by keySource, since it may come from a file
		},
		{
			Name: "ALLOY_USER_ID", Flag: "alloy-user-id", Kind: Text, Group: Account,
			Help:    "The Alloy user whose accounts are used: an id (24 hexadecimal digits) or a username.",
			Example: "alice",
			parse:   func(s *Settings, v string) error { s.User = v; return nil },
		},
		{
			Name: "ALLOY_BASE_URL", Flag: "alloy-base-url", Kind: URL, Group: Account,
			Default: "https://production.runalloy.com",
			Help:    "Where Alloy's API is: https, or http on this machine.",
			parse:   func(s *Settings, v string) error { return parseURL(v, &s.BaseURL) },
		},
		{
			Name: "ALLOY_API_VERSION", Flag: "alloy-api-version", Kind: Text, Group: Account,
			Default: "2025-09",
			Help:    "The version of Alloy's API, sent as the header x-api-version.",
			parse:   func(s *Settings, v string) error { return parseVersion(v, &s.APIVersion) },
		},
		{
			Name: "ALLOY_REDIRECT_URI", Flag: "alloy-redirect-uri", Kind: URL, Group: Links,
			DefaultWords: "PUBLIC_URL/oauth/callback",
			Help:         "Where Alloy sends the browser after an account was connected.",
			Example:      "https://alloy-mcp.example.com/oauth/callback",
			parse:        func(s *Settings, v string) error { return parseURL(v, &s.RedirectURI) },
		},
		{
			Name: "ALLOY_AUTH_CONFIGS", Flag: "alloy-auth-configs", Kind: Pairs, Group: Links,
			Help:    "Your own OAuth apps at Alloy: the Auth Config's id for each connector.",
			Example: "notion=65f000000000000000000001",
			parse:   func(s *Settings, v string) error { return parsePairs(v, &s.AuthConfigs) },
		},
		{
			Name: "ALLOY_CONNECTIONS", Flag: "alloy-connections", Kind: Pairs, Group: Links,
			Help:    "The connection to use for each connector, where a user has several.",
			Example: "notion=65f000000000000000000002,slack=65f000000000000000000003",
			parse:   func(s *Settings, v string) error { return parsePairs(v, &s.Connections) },
		},
		{
			Name: "CONNECTION_ID", Flag: "connection-id", Kind: Text, Group: Links,
			Help:    "One connection to use wherever it fits.",
			Example: "65f000000000000000000002",
			parse:   func(s *Settings, v string) error { return parseID(v, &s.ConnectionID) },
		},
		{
			Name: "EFFECTS_FILE", Flag: "effects-file", Kind: Path, Group: Account,
			Help:    "Your own word on what actions do, in YAML or JSON: lines such as notion.patch-page: destructive (read, write or destructive; * stands for any characters).",
			Example: "/srv/alloy-mcp/effects.yaml",
			parse:   func(s *Settings, v string) error { s.EffectsFile = v; return nil },
		},
		{
			Name: "CACHE_DIR", Flag: "cache-dir", Kind: Path, Group: Account,
			DefaultWords: "alloy-mcp in the user's cache directory",
			Help:         "Where the list of Alloy's actions is kept, so that the next start can search at once, and with STATE_URL=memory: the changes that were sent, so that none is made again after a crash; /dev/null keeps nothing.",
			Example:      "/var/cache/alloy-mcp",
			parse:        func(s *Settings, v string) error { return parseCache(v, &s.CacheDir) },
		},
		{
			Name: "ALLOY_ENV", Flag: "alloy-env", Kind: Text, Group: Files,
			Help:    "The environment: .env.NAME is read before .env (set it as a flag or in the environment, not in a file).",
			Example: "staging",
			parse:   func(s *Settings, v string) error { return parseEnvironment(v, &s.Environment) },
		},
		{
			Name: "ENV_FILE", Flag: "env-file", Kind: Path, Group: Files,
			DefaultWords: "alloy-mcp/.env in the user's configuration directory, then ./.env",
			Help:         "The one file to read settings from; /dev/null reads none (set it as a flag or in the environment).",
			parse:        func(*Settings, string) error { return nil }, // used while finding the files
		},
	}
}

// serverSettings are those about how the program is reached and what it logs.
func serverSettings() []Setting {
	return []Setting{
		{
			Name: "MCP_TRANSPORT", Flag: "transport", Kind: Choice, Group: Server,
			Choices: []string{TransportStdio, TransportSSE, TransportHTTP}, Default: TransportStdio,
			Help:  "How clients connect: stdio for one person, http (or sse for older clients) for several.",
			parse: func(s *Settings, v string) error { s.Transport = v; return nil },
		},
		{
			Name: "MCP_ADDR", Flag: "addr", Kind: Addr, Group: Server,
			Default: "127.0.0.1:3000",
			Help:    "Where to listen for HTTP; on stdio its port is tried first for the pages that connect accounts.",
			parse:   func(s *Settings, v string) error { return parseAddr(v, &s.Addr) },
		},
		{
			Name: "MCP_AUTH", Flag: "auth", Kind: Choice, Group: Server,
			Choices: []string{AuthNone, AuthToken}, Later: []string{"oauth"}, Default: AuthNone,
			Help:  "How HTTP clients prove who they are; none serves this machine only.",
			parse: func(s *Settings, v string) error { s.Auth = v; return nil },
		},
		{
			Name: "MCP_TOKENS_FILE", Flag: "tokens-file", Kind: Path, Group: Tokens,
			DefaultWords: "tokens.json beside the user's .env",
			Help:         "The file with the hashes of tokens, which alloy-mcp token writes.",
			Example:      "/srv/alloy-mcp/tokens.json",
			parse:        func(s *Settings, v string) error { s.TokensFile = v; return nil },
		},
		{
			Name: "TRUST_EXISTING_CREDENTIALS", Flag: "trust-existing-credentials", Kind: Choice, Group: Server,
			Choices: []string{"true", "false"}, Default: "false",
			Help:  "With MCP_AUTH=token: whether people without an Alloy user of their own choice may use accounts that were not connected here.",
			parse: func(s *Settings, v string) error { s.TrustExisting = v == "true"; return nil },
		},
		{
			Name: "STATE_URL", Flag: "state-url", Kind: Text, Group: Server,
			Default: "memory:",
			Help:    "Where links under way and what is known of accounts are kept: memory: forgets them with the process, bolt:PATH is a file for one server, which holds the changes that were sent as well.",
			Example: "bolt:/srv/alloy-mcp/state.db",
			parse:   func(s *Settings, v string) error { return parseState(v, &s.StateFile) },
		},
		{
			Name: "PUBLIC_URL", Flag: "public-url", Kind: URL, Group: Server,
			DefaultWords: "http://MCP_ADDR",
			Help:         "The URL at which people and clients reach the HTTP server.",
			Example:      "https://alloy-mcp.example.com",
			parse:        func(s *Settings, v string) error { return parseURL(v, &s.PublicURL) },
		},
		{
			Name: "CONNECT_RETURN_TO", Flag: "connect-return-to", Kind: URLs, Group: Server,
			Help:    "The addresses that a program may have people sent back to (return_to of POST /api/oauth/initiate), compared whole: https, or http on this machine.",
			Example: "https://app.example.com/connected,http://localhost:8080/connected",
			parse:   func(s *Settings, v string) error { return parseReturns(v, &s.ReturnTo) },
		},
		{
			Name: "CONFIRM", Flag: "confirm", Kind: Choice, Group: Links,
			Choices: []string{ConfirmElicit, ConfirmPage, ConfirmClient, ConfirmOff}, Default: ConfirmElicit,
			Help:  "How the person approves a destructive action: asked by the client if it can, else on a page; always on a page; by the client's own approval of run_destructive; not at all.",
			parse: func(s *Settings, v string) error { s.Confirm = v; return nil },
		},
		{
			Name: "ALLOY_EXPOSE", Flag: "alloy-expose", Kind: List, Group: Server,
			Help:    "The actions that become tools of their own, read once at the start: patterns of connector.action as in ALLOY_ALLOW, separated by commas; best at most 40, never more than 100.",
			Example: "notion.post-page,hubspot.*Contact*:read",
			parse:   func(s *Settings, v string) error { return parsePatterns(v, &s.Expose) },
		},
		{
			Name: "MCP_SCHEMA_PROFILE", Flag: "schema-profile", Kind: Choice, Group: Server,
			Choices: []string{string(schemas.Portable), string(schemas.Strict)}, Default: string(schemas.Portable),
			Help:  "How the arguments of tools are described: portable for every client, strict for those that take closed objects only (OpenAI's strict mode): all properties required, null for what is left out, open objects as JSON text.",
			parse: func(s *Settings, v string) error { s.SchemaProfile = schemas.Profile(v); return nil },
		},
		{
			Name: "LOG_LEVEL", Flag: "log-level", Kind: Choice, Group: Logging,
			Choices: []string{"debug", "info", "warn", "error"}, Default: "info",
			Help:  "How much is logged to standard error.",
			parse: func(s *Settings, v string) error { return s.LogLevel.UnmarshalText([]byte(v)) },
		},
		{
			Name: "LOG_FORMAT", Flag: "log-format", Kind: Choice, Group: Logging,
			Choices: []string{FormatText, FormatJSON}, DefaultWords: "text on a terminal, else json",
			Help:    "How log lines look.",
			Example: "json",
			parse:   func(s *Settings, v string) error { s.LogFormat = v; return nil },
		},
	}
}

// The values of MCP_TRANSPORT.
const (
	TransportStdio = "stdio"
	TransportSSE   = "sse"
	TransportHTTP  = "http"
)

// The values of MCP_AUTH.
const (
	AuthNone  = "none"  // nobody is asked
	AuthToken = "token" // everybody has a token, see MCP_TOKENS_FILE
)

// The values of CONFIRM.
const (
	ConfirmElicit = "elicit" // the client asks where it can, else a page
	ConfirmPage   = "page"   // always a page
	ConfirmClient = "client" // the client asks before it calls run_destructive
	ConfirmOff    = "off"    // nobody is asked
)

// The values of LOG_FORMAT.
const (
	FormatText = "text"
	FormatJSON = "json"
)
