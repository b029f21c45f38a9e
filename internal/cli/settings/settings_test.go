package settings

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/internal/policy"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// world is a small file system with a user's configuration directory and a
// working directory, and an environment.
type world struct {
	user, work map[string]string // files by name
	env, flags map[string]string
	setup      bool
}

const (
	keyA = "key-aaaaaaaa-1"
	keyB = "key-bbbbbbbb-2"
)

// load builds the world and loads its settings. In texts "USER" and "WORK" stand
// for the two directories.
func (w world) load(t *testing.T) (s *Settings, paths *strings.Replacer, err error) {
	t.Helper()
	root := t.TempDir()
	config, work := filepath.Join(root, "config"), filepath.Join(root, "work")
	write := func(dir string, files map[string]string) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	user := filepath.Join(config, "alloy-mcp")
	write(user, w.user)
	write(work, w.work)
	expand := strings.NewReplacer("USER", user, "WORK", work)
	env, flags := map[string]string{}, map[string]string{}
	for name, value := range w.env {
		env[name] = expand.Replace(value)
	}
	for name, value := range w.flags {
		flags[name] = expand.Replace(value)
	}
	s, err = Load(Inputs{
		Flags: flags, WorkDir: work, ConfigDir: config, ForSetup: w.setup,
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
	})
	return s, strings.NewReplacer(user, "USER", work, "WORK"), err
}

// key returns the API key that counts, "" without one.
func key(t *testing.T, s *Settings) string {
	t.Helper()
	secret, err := s.Key.Secret(t.Context())
	if err != nil && err.Error() != ErrNoKey.Error() {
		t.Fatal(err)
	}
	return secret.Reveal()
}

func TestSettingsComeFromTheFirstPlaceThatSetsThem(t *testing.T) {
	t.Parallel()
	type want struct {
		Key, User, BaseURL, Env string
		Files, Warnings         []string
	}
	const production = "https://production.runalloy.com"
	tests := []struct {
		name  string
		world world
		want  want
	}{
		{"nothing is set", world{}, want{BaseURL: production}},
		{
			"flag before environment before file",
			world{
				flags: map[string]string{"ALLOY_USER_ID": "flag"},
				env:   map[string]string{"ALLOY_USER_ID": "env", "ALLOY_API_KEY": keyA},
				user:  map[string]string{".env": "ALLOY_USER_ID=file\nALLOY_BASE_URL=https://file.example\nALLOY_API_KEY=" + keyB},
			},
			want{Key: keyA, User: "flag", BaseURL: "https://file.example", Files: []string{"USER/.env"}},
		},
		{
			"empty means unset",
			world{
				env:  map[string]string{"ALLOY_USER_ID": " ", "ALLOY_API_KEY": ""},
				user: map[string]string{".env": "ALLOY_USER_ID=file\nALLOY_API_KEY=" + keyA},
			},
			want{Key: keyA, User: "file", BaseURL: production, Files: []string{"USER/.env"}},
		},
		{
			"the working directory's file is not read beside a key of the user",
			world{
				user: map[string]string{".env": "ALLOY_API_KEY=" + keyA},
				work: map[string]string{".env": "ALLOY_BASE_URL=https://evil.example\nALLOY_USER_ID=eve"},
			},
			want{Key: keyA, BaseURL: production, Files: []string{"USER/.env"}},
		},
		{
			"nor beside a key in the environment",
			world{
				env:  map[string]string{"ALLOY_API_KEY": keyA},
				work: map[string]string{".env": "ALLOY_BASE_URL=https://evil.example"},
			},
			want{Key: keyA, BaseURL: production},
		},
		{
			"nor beside a key in a file that the environment names",
			world{
				env:  map[string]string{"ALLOY_API_KEY_FILE": "USER/key"},
				user: map[string]string{"key": keyA + "\n"},
				work: map[string]string{".env": "ALLOY_BASE_URL=https://evil.example"},
			},
			want{Key: keyA, BaseURL: production},
		},
		{
			"the working directory's file counts whole without one",
			world{
				user: map[string]string{".env": "LOG_LEVEL=debug"},
				work: map[string]string{".env": "ALLOY_BASE_URL=https://own.example\nALLOY_API_KEY=" + keyA},
			},
			want{Key: keyA, BaseURL: "https://own.example", Files: []string{"USER/.env", "WORK/.env"}},
		},
		{
			"another program's file is passed over",
			world{work: map[string]string{".env": "LOG_LEVEL=verbose\nPUBLIC_URL=x\nDATABASE_URL='unclosed"}},
			want{BaseURL: production},
		},
		{
			"though it mentions ours in a comment",
			world{work: map[string]string{".env": "# not an ALLOY_ setting\nLOG_LEVEL=verbose\nPUBLIC_URL=x"}},
			want{BaseURL: production},
		},
		{
			"not where a person is asked for a key",
			world{setup: true, work: map[string]string{".env": "ALLOY_BASE_URL=https://evil.example\nALLOY_API_KEY=" + keyA}},
			want{BaseURL: production},
		},
		{
			"ENV_FILE stands alone",
			world{
				env:  map[string]string{"ENV_FILE": "own.env"},
				user: map[string]string{".env": "ALLOY_USER_ID=user\nALLOY_API_KEY=" + keyA},
				work: map[string]string{".env": "ALLOY_USER_ID=work", "own.env": "ALLOY_BASE_URL=https://own.example"},
			},
			want{BaseURL: "https://own.example", Files: []string{"WORK/own.env"}},
		},
		{
			"ENV_FILE may name no file at all",
			world{
				flags: map[string]string{"ENV_FILE": "/dev/null"},
				user:  map[string]string{".env": "ALLOY_API_KEY=" + keyA},
				work:  map[string]string{".env": "ALLOY_API_KEY=" + keyB},
			},
			want{BaseURL: production},
		},
		{
			"an environment's file comes first in both places",
			world{
				env: map[string]string{"ALLOY_ENV": "staging"},
				user: map[string]string{
					".env.staging": "ALLOY_API_KEY=" + keyA, ".env": "ALLOY_USER_ID=user\nALLOY_API_KEY=" + keyB,
					".env.production": "ALLOY_USER_ID=production",
				},
			},
			want{Key: keyA, User: "user", BaseURL: production, Env: "staging", Files: []string{"USER/.env.staging", "USER/.env"}},
		},
		{
			"in the working directory too",
			world{
				flags: map[string]string{"ALLOY_ENV": "staging"},
				work:  map[string]string{".env.staging": "ALLOY_USER_ID=bob", ".env": "ALLOY_USER_ID=alice\nALLOY_API_KEY=" + keyB},
			},
			want{Key: keyB, User: "bob", BaseURL: production, Env: "staging", Files: []string{"WORK/.env.staging", "WORK/.env"}},
		},
		{
			"a key in the environment needs no file of the environment",
			world{env: map[string]string{"ALLOY_ENV": "staging", "ALLOY_API_KEY": keyA}},
			want{Key: keyA, BaseURL: production, Env: "staging"},
		},
		{
			"byte order mark, line ends, export, comments and quotes in a file",
			world{user: map[string]string{".env": "\ufeffexport ALLOY_USER_ID=\"alice\" # me\r\n\r\n# no\r\nALLOY_API_KEY='" + keyA + "$x'\r\n"}},
			want{Key: keyA + "$x", User: "alice", BaseURL: production, Files: []string{"USER/.env"}},
		},
		{
			"a file of a key beside the file that names it",
			world{user: map[string]string{".env": "ALLOY_API_KEY_FILE=key", "key": "\ufeff " + keyA + "\r\n"}},
			want{Key: keyA, BaseURL: production, Files: []string{"USER/.env"}},
		},
		{
			"in the working directory, inside of it",
			world{work: map[string]string{".env": "ALLOY_API_KEY_FILE=./key", "key": keyA}},
			want{Key: keyA, BaseURL: production, Files: []string{"WORK/.env"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, paths, err := test.world.load(t)
			if err != nil {
				t.Fatal(err)
			}
			got := want{Key: key(t, s), User: s.User, BaseURL: s.BaseURL, Env: s.Environment}
			for _, path := range s.Files {
				got.Files = append(got.Files, paths.Replace(path))
			}
			for _, warning := range s.Warnings {
				got.Warnings = append(got.Warnings, paths.Replace(warning))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhereTokensAre(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		world world
		want  string
	}{
		"beside the user's file": {world{}, "USER/tokens.json"},
		"whatever ENV_FILE says": {world{env: map[string]string{"ENV_FILE": "/dev/null"}}, "USER/tokens.json"},
		"beside the file that names it": {
			world{user: map[string]string{".env": "MCP_TOKENS_FILE=people.json"}}, "USER/people.json",
		},
		"from where the program starts": {world{flags: map[string]string{"MCP_TOKENS_FILE": "people.json"}}, "WORK/people.json"},
		"inside the working directory, though it is not there yet": {
			world{work: map[string]string{".env": "MCP_TOKENS_FILE=./people.json\nALLOY_API_KEY=" + keyA}}, "WORK/people.json",
		},
	} {
		s, paths, err := test.world.load(t)
		if err != nil || paths.Replace(s.TokensFile) != test.want {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	if s, err := Load(Inputs{}); err != nil || s.TokensFile != "" {
		t.Errorf("without a configuration directory: %+v, %v", s, err)
	}
}

func TestWhereTheCatalogueIsKept(t *testing.T) {
	t.Parallel()
	none := func(string) (string, bool) { return "", false }
	for name, test := range map[string]struct {
		in   Inputs
		want string
	}{
		"the user's own":  {Inputs{CacheDir: "/home/u/.cache", LookupEnv: none}, filepath.Join("/home/u/.cache", "alloy-mcp")},
		"there is none":   {Inputs{LookupEnv: none}, ""},
		"another":         {Inputs{CacheDir: "/home/u/.cache", Flags: map[string]string{"CACHE_DIR": "/srv/kept"}}, "/srv/kept"},
		"nothing is kept": {Inputs{CacheDir: "/home/u/.cache", Flags: map[string]string{"CACHE_DIR": "/dev/null"}}, ""},
	} {
		s, err := Load(test.in)
		if err != nil || s.CacheDir != test.want {
			t.Errorf("%s: %q, %v", name, s.CacheDir, err)
			continue
		}
		if source := s.Source("CACHE_DIR"); (source == "default") != (name == "the user's own") {
			t.Errorf("%s: source %q", name, source)
		}
	}
}

func TestADigestOfTheKeyTellsNothingOfIt(t *testing.T) {
	t.Parallel()
	load := func(value string) *Key {
		s, err := Load(Inputs{LookupEnv: func(name string) (string, bool) { return value, name == "ALLOY_API_KEY" }})
		if err != nil {
			t.Fatal(err)
		}
		return s.Key
	}
	a, b, none := load(keyA), load(keyA+"x"), load("")
	digest := a.Digest("one")
	switch {
	case len(digest) != 32, digest != load(keyA).Digest("one"):
		t.Errorf("the digest is %q", digest)
	case digest == a.Digest("two"), digest == b.Digest("one"), strings.HasPrefix(digest, a.Fingerprint()), strings.Contains(digest, keyA):
		t.Error("the digest tells too much, or too little")
	case none.Digest("one") != "":
		t.Error("there is a digest of no key")
	}
}

func TestTokensThatAreOpenToOthersAreAWarning(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits here")
	}
	path := filepath.Join(t.TempDir(), "tokens.json")
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o640: true, 0o602: true, 0o400: false} {
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		for auth, counts := range map[string]bool{"token": true, "none": false} {
			s, _, err := world{env: map[string]string{"MCP_AUTH": auth, "MCP_TOKENS_FILE": path}}.load(t)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(strings.Join(s.Warnings, "\n"), "run `chmod 600 "+path+"`"); got != (want && counts) {
				t.Errorf("mode %o with MCP_AUTH=%s: warnings %q", mode, auth, s.Warnings)
			}
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDefaultsAreTyped(t *testing.T) {
	t.Parallel()
	s, paths, err := world{}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	s.Key, s.Secrets, s.values, s.TokensFile = nil, nil, nil, paths.Replace(s.TokensFile)
	want := &Settings{
		TokensFile: "USER/tokens.json",
		BaseURL:    "https://production.runalloy.com", APIVersion: "2025-09",
		Transport: TransportStdio, Addr: "127.0.0.1:3000", Auth: AuthNone, Confirm: ConfirmElicit, LogLevel: slog.LevelInfo,
		SchemaProfile: schemas.Portable,
	}
	if diff := cmp.Diff(want, s, cmp.AllowUnexported(Settings{})); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func pattern(t *testing.T, text string) policy.Pattern {
	t.Helper()
	p, err := policy.ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func samePattern(a, b policy.Pattern) bool { return a.String() == b.String() }

func TestEverySettingReachesItsField(t *testing.T) {
	t.Parallel()
	const id = "65f00000000000000000000a"
	s, paths, err := world{env: map[string]string{
		"ALLOY_API_KEY": keyA, "ALLOY_USER_ID": "alice", "ALLOY_BASE_URL": "http://127.0.0.1:9090/api/",
		"ALLOY_API_VERSION": "2025-06", "ALLOY_REDIRECT_URI": "https://own.example/back",
		"ALLOY_AUTH_CONFIGS": "notion=" + id + ", slack = " + id + ",", "ALLOY_CONNECTIONS": "notion=" + id,
		"CONNECTION_ID": id, "ALLOY_ENV": "test", "MCP_TRANSPORT": "HTTP", "MCP_ADDR": "[::1]:0", "MCP_AUTH": "Token", "MCP_TOKENS_FILE": "people/tokens.json", "TRUST_EXISTING_CREDENTIALS": "True", "STATE_URL": "bolt:///srv/state.db",
		"PUBLIC_URL": "https://public.example/", "CONNECT_RETURN_TO": "https://app.example/a/?b=c, http://[::1]:8080 ,,https://app.example/a/?b=c", "CONFIRM": "PAGE", "LOG_LEVEL": "WARN", "LOG_FORMAT": "json", "ENV_FILE": "/dev/null",
		"ALLOY_READ_ONLY": "TRUE", "ALLOY_CONNECTORS": "notion, slack,,notion", "ALLOY_ALLOW": "notion.*, slack.*:read", "ALLOY_DENY": "*:destructive",
		"POLICY_FILE": "rules/policy.yaml", "AUDIT_LOG": "audit.jsonl", "AUDIT_REQUIRED": "true",
		"EFFECTS_FILE": "effects.yaml", "CACHE_DIR": "kept", "ALLOY_EXPOSE": "notion.post-page, hubspot.*:read", "MCP_SCHEMA_PROFILE": "Strict",
	}}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	values := s.Values()
	for i, setting := range Table() {
		if values[i].Name != setting.Name || values[i].Source != "environment" && values[i].Source != "environment, ALLOY_API_KEY_FILE" {
			t.Errorf("%s: source %q, want environment", setting.Name, values[i].Source)
		}
	}
	if got := key(t, s); got != keyA {
		t.Errorf("key = %q", got)
	}
	s.Key, s.Secrets, s.values, s.TokensFile = nil, nil, nil, paths.Replace(s.TokensFile)
	s.PolicyFile, s.AuditLog = paths.Replace(s.PolicyFile), paths.Replace(s.AuditLog)
	s.EffectsFile, s.CacheDir = paths.Replace(s.EffectsFile), paths.Replace(s.CacheDir)
	want := &Settings{
		Policy: policy.Settings{
			ReadOnly: true, Connectors: []string{"notion", "slack"},
			Allow: []policy.Pattern{pattern(t, "notion.*"), pattern(t, "slack.*:read")}, Deny: []policy.Pattern{pattern(t, "*:destructive")},
		},
		PolicyFile: "WORK/rules/policy.yaml", AuditLog: "WORK/audit.jsonl", AuditRequired: true,
		User: "alice", BaseURL: "http://127.0.0.1:9090/api", APIVersion: "2025-06", RedirectURI: "https://own.example/back",
		AuthConfigs: map[string]string{"notion": id, "slack": id}, Connections: map[string]string{"notion": id}, ConnectionID: id,
		Transport: TransportHTTP, Addr: "[::1]:0", Auth: AuthToken, TokensFile: "WORK/people/tokens.json", PublicURL: "https://public.example",
		ReturnTo:      []string{"https://app.example/a/?b=c", "http://[::1]:8080"},
		Confirm:       ConfirmPage,
		TrustExisting: true, StateFile: "/srv/state.db",
		LogLevel: slog.LevelWarn, LogFormat: FormatJSON, Environment: "test",
		EffectsFile: "WORK/effects.yaml", CacheDir: "WORK/kept",
		Expose: []policy.Pattern{pattern(t, "notion.post-page"), pattern(t, "hubspot.*:read")}, SchemaProfile: schemas.Strict,
	}
	if diff := cmp.Diff(want, s, cmp.AllowUnexported(Settings{}), cmp.Comparer(samePattern)); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestWhereTheAuditLogIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		world world
		want  string
	}{
		"off":                             {world{}, ""},
		"standard error":                  {world{env: map[string]string{"AUDIT_LOG": "-"}}, "-"},
		"standard error, of a file":       {world{work: map[string]string{".env": "AUDIT_LOG=-\nALLOY_API_KEY=" + keyA}}, "-"},
		"beside the file that names it":   {world{user: map[string]string{".env": "AUDIT_LOG=audit.jsonl"}}, "USER/audit.jsonl"},
		"inside of the working directory": {world{work: map[string]string{".env": "AUDIT_LOG=audit.jsonl\nALLOY_API_KEY=" + keyA}}, "WORK/audit.jsonl"},
	} {
		s, paths, err := test.world.load(t)
		if err != nil || paths.Replace(s.AuditLog) != test.want {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}
