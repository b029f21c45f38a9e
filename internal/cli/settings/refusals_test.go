package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAWrongSettingStopsTheStartWithOneLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		world world
		want  string
	}{
		{"quotes", world{env: map[string]string{"ALLOY_API_KEY": `"` + keyA + `"`}}, "ALLOY_API_KEY (environment) is wrapped in quotes, which are not taken off here (docker --env-file and JSON keep them): remove them"},
		{"typographic quotes", world{env: map[string]string{"ALLOY_USER_ID": "“alice”"}}, "ALLOY_USER_ID (environment) is wrapped in quotes, which are not taken off here (docker --env-file and JSON keep them): remove them"},
		{"line break", world{env: map[string]string{"ALLOY_API_KEY": keyA + "\n" + keyB}}, "ALLOY_API_KEY (environment) holds a line break: it must be one line"},
		{"byte order mark", world{env: map[string]string{"ALLOY_API_KEY": "\ufeff" + keyA}}, "ALLOY_API_KEY (environment) begins with a byte order mark: an editor put it there; type the value again"},
		{"control character", world{env: map[string]string{"ALLOY_USER_ID": "al\x00ice"}}, "ALLOY_USER_ID (environment) holds a control character: type the value again"},
		{"bearer", world{env: map[string]string{"ALLOY_API_KEY": "bearer " + keyA}}, `ALLOY_API_KEY (environment) begins with "Bearer": give the key alone`},
		{"two words", world{env: map[string]string{"ALLOY_API_KEY": keyA + " " + keyB}}, "ALLOY_API_KEY (environment) holds a space: give the key alone"},
		{"no ASCII", world{env: map[string]string{"ALLOY_API_KEY": keyA + "…"}}, "ALLOY_API_KEY (environment) holds a character that no key has: copy it again"},
		{"too short", world{env: map[string]string{"ALLOY_API_KEY": "abc"}}, "ALLOY_API_KEY (environment) is 3 characters long, too short to be a key: copy it again"},
		{"unfilled template", world{env: map[string]string{"ALLOY_API_KEY": "${user_config.api_key}"}}, "ALLOY_API_KEY (environment) still holds the placeholder of a template: put the value itself there"},
		{"unfilled example", world{env: map[string]string{"ALLOY_API_KEY": "your_api_key_here"}}, "ALLOY_API_KEY (environment) still holds the placeholder of a template: put the value itself there"},
		{"too long", world{env: map[string]string{"ALLOY_USER_ID": strings.Repeat("a", 9000)}}, "ALLOY_USER_ID (environment) is 9000 bytes long: more than 8192 cannot be meant"},
		{"return, no address", world{env: map[string]string{"CONNECT_RETURN_TO": "https://a.example, app.example/x"}}, "CONNECT_RETURN_TO (environment) holds something that is no address; each must look like https://app.example.com/connected"},
		{"return, no host", world{env: map[string]string{"CONNECT_RETURN_TO": "https:/a"}}, "CONNECT_RETURN_TO (environment) holds something that is no address; each must look like https://app.example.com/connected"},
		{"return, password", world{env: map[string]string{"CONNECT_RETURN_TO": "https://a:" + keyA + "@b.example"}}, "CONNECT_RETURN_TO (environment) must not hold a user name or a password"},
		{"return, fragment", world{env: map[string]string{"CONNECT_RETURN_TO": "https://a.example/#"}}, `CONNECT_RETURN_TO (environment) holds "https://a.example/#": it must not have a "#" in it`},
		{"return, plain http", world{env: map[string]string{"CONNECT_RETURN_TO": "http://a.example"}}, `CONNECT_RETURN_TO (environment) holds "http://a.example": it must begin with https://, or with http:// and be on this machine (localhost)`},
		{"return, script", world{env: map[string]string{"CONNECT_RETURN_TO": "javascript://localhost/%0aalert(1)"}}, `CONNECT_RETURN_TO (environment) holds "javascript://localhost/%0aalert(1)": it must begin with https://, or with http:// and be on this machine (localhost)`},
		{
			"value and file in the environment",
			world{env: map[string]string{"ALLOY_API_KEY": keyA, "ALLOY_API_KEY_FILE": "/x"}},
			"ALLOY_API_KEY and ALLOY_API_KEY_FILE are both set (environment): keep one of them",
		},
		{
			"value and file in a file, even where it does not count",
			world{env: map[string]string{"ALLOY_API_KEY": keyB}, user: map[string]string{".env": "ALLOY_API_KEY=" + keyA + "\nALLOY_API_KEY_FILE=/x"}},
			"ALLOY_API_KEY and ALLOY_API_KEY_FILE are both set (USER/.env): keep one of them",
		},
		{"no key file", world{env: map[string]string{"ALLOY_API_KEY_FILE": "none"}}, "ALLOY_API_KEY_FILE (environment) names WORK/none, which cannot be used: there is no such file"},
		{
			"empty key file",
			world{env: map[string]string{"ALLOY_API_KEY_FILE": "key"}, work: map[string]string{"key": "\n"}},
			"ALLOY_API_KEY_FILE (environment) names WORK/key, which cannot be used: what it holds is empty",
		},
		{
			"key file of two lines",
			world{env: map[string]string{"ALLOY_API_KEY_FILE": "key"}, work: map[string]string{"key": keyA + "\n" + keyB}},
			"ALLOY_API_KEY_FILE (environment) names WORK/key, which cannot be used: what it holds holds a line break: it must be one line",
		},
		{
			"a cloned repository names somebody's file",
			world{work: map[string]string{".env": "ALLOY_API_KEY_FILE=../config/alloy-mcp/key\nALLOY_BASE_URL=https://evil.example"}, user: map[string]string{"key": keyA}},
			"ALLOY_API_KEY_FILE (WORK/.env) names a file outside of WORK: set it in the environment or in the user's own .env (`alloy-mcp config` shows where)",
		},
		{
			"a cloned repository names another place for tokens",
			world{work: map[string]string{".env": "MCP_TOKENS_FILE=../config/tokens.json\nALLOY_API_KEY=" + keyA}},
			"MCP_TOKENS_FILE (WORK/.env) names a file outside of WORK: set it in the environment or in the user's own .env (`alloy-mcp config` shows where)",
		},
		{"base URL", world{env: map[string]string{"ALLOY_BASE_URL": "production.runalloy.com"}}, "ALLOY_BASE_URL (environment) must begin with https:// or http://"},
		{"password in a URL", world{env: map[string]string{"PUBLIC_URL": "https://a:canary@b"}}, "PUBLIC_URL (environment) must not hold a user name or a password"},
		{"bad URL with a password", world{env: map[string]string{"PUBLIC_URL": "https://a:canary@b:%zz"}}, "PUBLIC_URL (environment) is not a URL; it must look like https://example.com"},
		{"version", world{env: map[string]string{"ALLOY_API_VERSION": "2025-09\tx"}}, "ALLOY_API_VERSION (environment) holds a control character: type the value again"},
		{"version of another kind", world{env: map[string]string{"ALLOY_API_VERSION": "the newest"}}, `ALLOY_API_VERSION (environment) is "the newest": it must look like 2025-09`},
		{"port alone", world{flags: map[string]string{"MCP_ADDR": "3000"}}, `MCP_ADDR (--addr) is "3000": it must be a host and a port, such as 127.0.0.1:3000`},
		{"port out of range", world{env: map[string]string{"MCP_ADDR": "127.0.0.1:70000"}}, `MCP_ADDR (environment) is "127.0.0.1:70000": the port must be a number from 0 to 65535`},
		{"transport", world{flags: map[string]string{"MCP_TRANSPORT": "websocket"}}, `MCP_TRANSPORT (--transport) is "websocket": it must be stdio, sse or http`},
		{"authentication of a later version", world{env: map[string]string{"MCP_AUTH": "oauth"}}, "MCP_AUTH (environment) is oauth, which this version does not have yet: leave it unset, or say none or token"},
		{"authentication that never was", world{env: map[string]string{"MCP_AUTH": "magic"}}, `MCP_AUTH (environment) is "magic": it must be none or token`},
		{"read only", world{env: map[string]string{"ALLOY_READ_ONLY": "yes"}}, `ALLOY_READ_ONLY (environment) is "yes": it must be true or false`},
		{"connectors that are patterns", world{env: map[string]string{"ALLOY_CONNECTORS": "notion,slack.*"}}, `ALLOY_CONNECTORS (environment) holds "slack.*", which is no connector's id: ALLOY_ALLOW takes patterns, such as "slack.*"`},
		{"no connectors", world{env: map[string]string{"ALLOY_CONNECTORS": ","}}, "ALLOY_CONNECTORS (environment) holds nothing but commas: give ids such as notion,slack, or leave it unset"},
		{"an allowed connector", world{env: map[string]string{"ALLOY_ALLOW": "notion.*,slack"}}, `ALLOY_ALLOW (environment) holds "slack", which names no action: write slack.* for every action of a connector`},
		{"a denied connector", world{flags: map[string]string{"ALLOY_DENY": "slack:write"}}, `ALLOY_DENY (--alloy-deny) holds "slack:write", which names no action: write slack.* for every action of a connector`},
		{"a record that is nowhere", world{env: map[string]string{"AUDIT_REQUIRED": "true"}}, "AUDIT_REQUIRED (environment) is true, but AUDIT_LOG is not set: no change could be recorded, and so none could run; set AUDIT_LOG to a file or to - for standard error"},
		{
			"a cloned repository names another file to write to",
			world{work: map[string]string{".env": "AUDIT_LOG=../config/audit\nALLOY_API_KEY=" + keyA}},
			"AUDIT_LOG (WORK/.env) names a file outside of WORK: set it in the environment or in the user's own .env (`alloy-mcp config` shows where)",
		},
		{
			"a cloned repository names another policy",
			world{work: map[string]string{".env": "POLICY_FILE=/etc/passwd\nALLOY_API_KEY=" + keyA}},
			"POLICY_FILE (WORK/.env) names a file outside of WORK: set it in the environment or in the user's own .env (`alloy-mcp config` shows where)",
		},
		{"connection", world{env: map[string]string{"CONNECTION_ID": "notion"}}, "CONNECTION_ID (environment) is \"notion\": a connection's id is 24 hexadecimal digits; `alloy-mcp connections` lists them"},
		{"pair", world{env: map[string]string{"ALLOY_CONNECTIONS": "65f000000000000000000001"}}, `ALLOY_CONNECTIONS (environment) holds "65f000000000000000000001": every item must be a connector and an id, such as notion=65f000000000000000000001`},
		{"pair twice", world{env: map[string]string{"ALLOY_CONNECTIONS": "notion=65f000000000000000000001,notion=65f000000000000000000002"}}, `ALLOY_CONNECTIONS (environment) names "notion" twice`},
		{"environment that leads elsewhere", world{env: map[string]string{"ALLOY_ENV": "../../etc"}}, `ALLOY_ENV (environment) is "../../etc": use up to 32 letters, digits, hyphens and underscores`},
		{
			"environment without a file",
			world{env: map[string]string{"ALLOY_ENV": "staging"}, user: map[string]string{".env": "ALLOY_API_KEY=" + keyA}},
			"ALLOY_ENV is staging, but there is no .env.staging beside USER/.env, whose key may be another environment's: create it, or unset ALLOY_ENV",
		},
		{"no ENV_FILE", world{env: map[string]string{"ENV_FILE": "none.env"}}, "ENV_FILE names WORK/none.env, but there is no such file (/dev/null means none)"},
		{"ENV_FILE is a folder", world{env: map[string]string{"ENV_FILE": "."}}, "ENV_FILE names WORK, which cannot be used: it is a folder"},
		{
			"unclosed quote",
			world{user: map[string]string{".env": "LOG_LEVEL=info\nALLOY_API_KEY=\"" + keyA + "\nLOG_FORMAT=json\n"}},
			"USER/.env cannot be used: line 2 is not NAME=value (a quote that is not closed, or text behind one)",
		},
		{
			"no equals sign",
			world{user: map[string]string{".env": "# x\n\n" + keyA + "\n"}},
			"USER/.env cannot be used: line 3 is not NAME=value (a quote that is not closed, or text behind one)",
		},
		{
			"no equals sign at the end of a file",
			world{user: map[string]string{".env": keyA[:3]}},
			"USER/.env cannot be used: a line in it is no NAME=value",
		},
		{
			"a dollar sign",
			world{user: map[string]string{".env": "ALLOY_API_KEY=" + keyA + "$HOME"}},
			"USER/.env cannot be used: the value of ALLOY_API_KEY holds a $, which .env files take for a variable: put the value in single quotes",
		},
		{"UTF-16", world{user: map[string]string{".env": "\xff\xfeA\x00"}}, "USER/.env cannot be used: it is UTF-16 text: save it as UTF-8"},
		{"binary", world{user: map[string]string{".env": "A\x00"}}, "USER/.env cannot be used: it is not a text file"},
		{"huge", world{user: map[string]string{".env": strings.Repeat("#", maxFile+1)}}, "USER/.env cannot be used: it is larger than 65536 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, paths, err := test.world.load(t)
			if err == nil {
				t.Fatal("Load succeeded")
			}
			got := paths.Replace(err.Error())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			for _, secret := range []string{keyA, keyB, "canary"} {
				if strings.Contains(got, secret) {
					t.Errorf("the error holds the secret %q", secret)
				}
			}
			if !errors.As(err, new(*Invalid)) {
				t.Errorf("the error is a %T, want *Invalid", err)
			}
		})
	}
}

func TestTroubleThatStopsNothingIsAWarning(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		world world
		want  []string
	}{
		{
			"unknown names with the nearest",
			world{user: map[string]string{".env": "ALOY_API_KEY=x\nALLOY_API_KEI=x\nMCP_ADDRESS=x\nALLOY_SOMETHING_ELSE=x\nOTHER=x\n"}},
			[]string{
				"ALLOY_API_KEI in USER/.env is not a setting of this version: is ALLOY_API_KEY meant?",
				"MCP_ADDRESS in USER/.env is not a setting of this version: is MCP_ADDR meant?",
				"ALLOY_SOMETHING_ELSE in USER/.env is not a setting of this version",
			},
		},
		{
			"what chooses the files cannot stand in one",
			world{user: map[string]string{".env": "ALLOY_ENV=x/y\nENV_FILE=z"}},
			[]string{
				"ALLOY_ENV in USER/.env has no effect: it says which files to read, so set it as a flag or in the environment",
				"ENV_FILE in USER/.env has no effect: it says which files to read, so set it as a flag or in the environment",
			},
		},
		{
			"an effect that is none",
			world{env: map[string]string{"ALLOY_DENY": "slack.*:wrtie"}, flags: map[string]string{"ALLOY_ALLOW": "x.y:reed"}},
			[]string{
				`ALLOY_ALLOW (--alloy-allow): "x.y:reed" ends in ":reed", which is no effect and counts as part of the id: is :read meant?`,
				`ALLOY_DENY (environment): "slack.*:wrtie" ends in ":wrtie", which is no effect and counts as part of the id: is :write meant?`,
			},
		},
		{
			"set twice",
			world{user: map[string]string{".env": "LOG_LEVEL=info\nOTHER=1\nOTHER=2\nLOG_LEVEL=debug"}},
			[]string{"LOG_LEVEL is set twice in USER/.env: the last one counts"},
		},
		{
			"a direct Notion key, said once",
			world{env: map[string]string{"NOTION_API_KEY": "ntn_x"}, user: map[string]string{".env": "NOTION_API_KEY=ntn_y"}},
			[]string{"NOTION_API_KEY (environment) is not used: Notion is connected through Alloy, with `alloy-mcp call start_oauth connector_id=notion`"},
		},
		{
			"two environments with one key",
			world{
				env:  map[string]string{"ALLOY_ENV": "staging"},
				user: map[string]string{".env.staging": "ALLOY_API_KEY=" + keyA, ".env.production": "ALLOY_API_KEY='" + keyA + "'", ".env.example": "ALLOY_API_KEY=" + keyA, ".env.dev": "ALLOY_API_KEY=" + keyB},
			},
			[]string{"USER/.env.staging and USER/.env.production hold the same API key (fingerprint " + fingerprint(keyA) + "): every environment should have its own"},
		},
		{
			"one of them in the environment",
			world{
				env:  map[string]string{"ALLOY_ENV": "staging", "ALLOY_API_KEY": keyA},
				user: map[string]string{".env": "ALLOY_API_KEY=" + keyA},
			},
			[]string{"the environment (ALLOY_ENV=staging) and USER/.env hold the same API key (fingerprint " + fingerprint(keyA) + "): every environment should have its own"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, paths, err := test.world.load(t)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, warning := range s.Warnings {
				got = append(got, paths.Replace(warning))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFileThatOthersCanReadIsAWarning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, keyFile := filepath.Join(dir, "open.env"), filepath.Join(dir, "key")
	for file, content := range map[string]string{path: "ALLOY_API_KEY_FILE=key\nNOTION_API_KEY=" + keyB, keyFile: keyA} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Load(Inputs{Flags: map[string]string{"ENV_FILE": path}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		path + " holds a secret and can be read by others: run `chmod 600 " + path + "`",
		keyFile + " holds a secret and can be read by others: run `chmod 600 " + keyFile + "`",
		"NOTION_API_KEY (" + path + ") is not used: Notion is connected through Alloy, with `alloy-mcp call start_oauth connector_id=notion`",
	}
	if diff := cmp.Diff(want, s.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestALinkOutOfACloneIsRefused(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	work := filepath.Join(root, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "key"), []byte(keyA), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../key", filepath.Join(work, "link")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if err := os.WriteFile(filepath.Join(work, ".env"), []byte("ALLOY_API_KEY_FILE=link"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(Inputs{WorkDir: work})
	if err == nil || !strings.Contains(err.Error(), "names a file outside of") {
		t.Errorf("Load = %v, want a refusal", err)
	}
}
