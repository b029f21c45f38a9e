package doctor

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/golden"
)

func safeConfig() Config {
	return Config{
		Key: alloy.NewSecret(goodKey), KeyPlace: PlaceKeyFile, KeySource: "/run/secrets/alloy",
		Files: []File{
			{Path: "/run/secrets/alloy", HoldsKey: true, ModeKnown: true, Mode: 0o400, FolderMode: 0o755, Git: GitOutside},
			{Path: "/srv/app/.env", ModeKnown: true, Mode: 0o600, FolderMode: 0o777 | fs.ModeSticky, Git: GitIgnored},
		},
		Environments: []Environment{{Name: ".env.staging", Fingerprint: "0a0b0c0d"}},
		Transport:    "http", Addr: "127.0.0.1:3000", Auth: "none",
		Connections: map[string]string{"notion": "66bb00000000000000000001"},
	}
}

func TestSecure(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Config)
		want   map[int]Safety // of items that differ from safe
		exit   Exit
	}{
		"safe": {func(*Config) {}, nil, ExitOK},
		"unsafe": {func(c *Config) {
			c.KeyPlace, c.KeySource = PlaceEnvironment, "environment"
			c.Files = []File{{Path: "./my settings/.env", HoldsKey: true, ModeKnown: true, Mode: 0o666, FolderMode: 0o700, Git: GitTracked}}
			c.Environments[0].Fingerprint = c.Key.Fingerprint()
			c.BaseURL, c.Addr, c.Connections = "http://alloy.example.com", "0.0.0.0:3000", nil
		}, map[int]Safety{1: Missing, 2: Missing, 3: Missing, 4: Missing, 5: Missing, 6: Missing, 7: Missing, 8: Missing}, ExitProblem},
		"fresh": {func(c *Config) { *c = Config{} }, map[int]Safety{1: Yours, 4: Yours, 5: Yours}, ExitOK},
		"env file on Windows": {func(c *Config) {
			c.KeyPlace, c.KeySource = PlaceEnvFile, `C:\app\.env`
			c.Files = []File{{Path: `C:\app\.env`, HoldsKey: true}}
			c.Environments = nil
		}, map[int]Safety{1: Yours, 2: Yours, 3: Yours, 5: Yours, 6: Missing}, ExitProblem},
		"open folder":               {func(c *Config) { c.Files[1].FolderMode = 0o777 }, map[int]Safety{3: Missing}, ExitProblem},
		"simulator":                 {func(c *Config) { c.BaseURL = "http://127.0.0.1:9090" }, map[int]Safety{7: Yours}, ExitOK},
		"other host":                {func(c *Config) { c.BaseURL = "https://proxy.example.com" }, map[int]Safety{7: Yours}, ExitOK},
		"stdio":                     {func(c *Config) { c.Transport, c.Addr = "stdio", "0.0.0.0:1" }, nil, ExitOK},
		"audited":                   {func(c *Config) { c.AuditLog, c.AuditRequired = "/var/log/alloy-mcp/audit.jsonl", true }, nil, ExitOK},
		"audited on standard error": {func(c *Config) { c.AuditLog = "-" }, nil, ExitOK},
		"with tokens":               {func(c *Config) { c.Addr, c.Auth = "0.0.0.0:3000", "token" }, nil, ExitOK},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := safeConfig()
			test.change(&config)
			list := Secure(config)
			if len(list.Items) != 10 {
				t.Fatalf("%d items, want 10", len(list.Items))
			}
			for i, item := range list.Items {
				want, ok := test.want[i+1]
				if !ok {
					want = Safe
					if n := i + 1; n == 9 || n == 10 || n == 6 {
						want = Yours
					}
				}
				if item.Number != i+1 || item.Answer != want || item.Evidence == "" || item.Answer != Safe && item.Do == "" {
					t.Errorf("item %d (%s) is %q (%s; %s), want %q", i+1, item.Item, item.Answer, item.Evidence, item.Do, want)
				}
			}
			if got := list.Exit(); got != test.exit {
				t.Errorf("exit %d, want %d", got, test.exit)
			}
			var out bytes.Buffer
			if err := list.WriteText(&out, false); err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, "security/"+name+".txt", out.Bytes())
			if err := list.WriteJSON(&out); err != nil {
				t.Fatal(err)
			}
			noSecrets(t, out.String())
		})
	}
}
