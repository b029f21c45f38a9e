package doctor

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/golden"
	"github.com/alloy-mcp/alloy-mcp/schemas/pinned"
)

// pinnedSearch returns the metadata of post-search as the fake serves it.
func pinnedSearch(t *testing.T) string {
	t.Helper()
	action, err := pinned.Action(pinned.NotionSearch)
	if err != nil {
		t.Fatal(err)
	}
	data, err := pinned.Encode(action)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// notionAccounts are n accounts of Notion, oldest first.
func notionAccounts(n int) []credential {
	var list []credential
	for i := range n {
		day := time.Date(2025, 11, 1+i, 9, 0, 0, 0, time.UTC)
		list = append(list, credential{"66bb0000000000000000010" + string(rune('0'+i)), "Alice Example's Notion", "notion-oauth2", day.Format(time.RFC3339)})
	}
	return list
}

// scenario is a state of the world and what the doctor must find in it.
type scenario struct {
	name  string
	setup func(*fake, *Config)
	exit  Exit
	want  []expectation
}

// expectation: a finding of the check has the state and says the words.
type expectation struct {
	check Check
	state State
	words string
}

func page(results string) reply {
	return reply{status: 200, body: `{"executionId":"66cc00000000000000000001","status":"completed","responseData":{"object":"list","results":` + results + `,"has_more":false}}`}
}

func answer(r reply) func(string, string, string, map[string]any) reply {
	return func(string, string, string, map[string]any) reply { return r }
}

func scenarios() []scenario {
	return append(append(platformScenarios(), userScenarios()...), accountScenarios()...)
}

func platformScenarios() []scenario {
	return []scenario{
		{"healthy", func(*fake, *Config) {}, ExitOK, []expectation{
			{CheckKey, OK, "accepted (fingerprint "},
			{CheckVersion, OK, "2025-09"},
			{CheckConnectors, OK, "4 connectors"},
			{CheckNotion, OK, "oauth2"},
			{CheckSchema, OK, "as this program knows it"},
			{CheckUser, OK, "alice"},
			{CheckCredentials, OK, "notion"},
			{CheckRead, OK, "works"},
			{CheckClock, OK, "agrees"},
		}},
		{"settings-wrong", func(_ *fake, c *Config) {
			c.SettingsError, c.Client, c.Key = "ALLOY_ENV is prod, but there is no .env.prod", nil, alloy.Secret{}
		}, ExitProblem, []expectation{{CheckSettings, Problem, ".env.prod"}, {CheckKey, Skipped, "settings could not be read"}, {CheckRead, Skipped, ""}}},
		{"settings-warn", func(_ *fake, c *Config) {
			c.Warnings = []string{"NOTION_API_KEY (environment) is not used"}
			c.Files[0].Mode, c.Files[0].Git = 0o644, GitUntracked
			c.Environments = []Environment{{Name: ".env.staging", Fingerprint: c.Key.Fingerprint()}}
		}, ExitOK, []expectation{{CheckSettings, Warning, "NOTION_API_KEY"}, {CheckFiles, Warning, "0644"}, {CheckFiles, Warning, "not ignored"}, {CheckEnvironment, Warning, ".env.staging"}}},
		{"key-committed", func(_ *fake, c *Config) { c.Files[0].Git = GitTracked }, ExitProblem, []expectation{{CheckFiles, Problem, "part of a git repository"}}},
		{"key-missing", func(_ *fake, c *Config) { c.Key, c.Client = alloy.Secret{}, nil }, ExitProblem, []expectation{{CheckKey, Problem, "no Alloy API key is set"}, {CheckUser, Skipped, ""}}},
		{"key-bearer", func(_ *fake, c *Config) { c.Key = alloy.NewSecret("Bearer " + goodKey) }, ExitProblem, []expectation{{CheckKey, Problem, `"Bearer"`}}},
		{"key-newline", func(_ *fake, c *Config) { c.Key = alloy.NewSecret(goodKey + "\n") }, ExitProblem, []expectation{{CheckKey, Problem, "line break"}}},
		{"key-quoted", func(_ *fake, c *Config) { c.Key = alloy.NewSecret(`"` + goodKey + `"`) }, ExitProblem, []expectation{{CheckKey, Problem, "quotation mark"}}},
		{"key-refused", func(f *fake, _ *Config) {
			f.replies["GET /connectors"] = reply{status: 401, body: `{"message":"Invalid Authorization"}`}
			f.replies["GET /users"] = f.replies["GET /connectors"]
		}, ExitProblem, []expectation{{CheckKey, Problem, "refuses the key"}, {CheckConnectors, Skipped, ""}, {CheckUser, Skipped, ""}}},
		{"key-without-connectivity", func(f *fake, _ *Config) {
			f.replies["GET /connectors"] = reply{status: 401, body: `{"message":"Invalid Authorization"}`}
		}, ExitProblem, []expectation{{CheckKey, Problem, "refuses it the connectors"}}},
		{"key-forbidden", func(f *fake, _ *Config) {
			f.replies["GET /connectors"] = reply{status: 403, body: `{"message":"Forbidden"}`}
			f.replies["GET /users"] = f.replies["GET /connectors"]
		}, ExitProblem, []expectation{{CheckKey, Problem, "HTTP 403"}}},
		{"key-of-empty-environment", func(f *fake, c *Config) { f.connectors, f.users, c.User = nil, nil, alice }, ExitProblem, []expectation{
			{CheckConnectors, Problem, "no connector"}, {CheckUsers, Warning, "no users"}, {CheckUser, Problem, "none of the 0 users"},
		}},
		{"version-wrong", func(f *fake, c *Config) { c.Version = "2024-01"; c.Client = nil; f.version = "2024-01" }, ExitProblem, []expectation{
			{CheckVersion, Problem, "Cannot GET /connectors"}, {CheckKey, Skipped, ""},
		}},
		{"base-path-wrong", func(f *fake, _ *Config) { f.replies["GET /connectors"] = cannotRoute("GET", "/odd/base/connectors") }, ExitProblem, []expectation{{CheckVersion, Problem, "Cannot GET"}}},
		{"base-url-mcp", func(_ *fake, c *Config) { c.BaseURL = "https://mcp.runalloy.com" }, ExitProblem, []expectation{{CheckBaseURL, Problem, "mcp.runalloy.com"}}},
		{"envelope-unknown", func(f *fake, _ *Config) {
			f.replies["GET /connectors"] = reply{status: 200, body: `{"items":[],"total":0}`}
		}, ExitProblem, []expectation{{CheckConnectors, Problem, "keys seen: items, total"}}},
		{"login-page", func(f *fake, _ *Config) {
			f.replies["GET /connectors"] = reply{status: 200, body: "<html><body>Welcome to Hotel WiFi</body></html>", header: map[string]string{"Content-Type": "text/html"}}
		}, ExitUnavailable, []expectation{{CheckConnectors, Problem, "could not be read"}}},
		{"clock-behind", func(f *fake, c *Config) { c.Now = func() time.Time { return f.now.Add(-10 * time.Minute) } }, ExitOK, []expectation{{CheckClock, Warning, "10m0s behind"}}},
		{"clock-unknown", func(f *fake, _ *Config) { f.noDate = true }, ExitOK, []expectation{{CheckClock, Skipped, "not known"}}},
		{"clock-by-accounts", func(f *fake, c *Config) {
			f.noDate = true
			c.Now = func() time.Time { return time.Date(2025, 11, 3, 8, 0, 0, 0, time.UTC) }
		}, ExitOK, []expectation{{CheckClock, Warning, "1h0m0s behind"}}},
		{"schema-drift", func(f *fake, _ *Config) { f.search = strings.Replace(f.search, `"page_size"`, `"limit"`, 1) }, ExitOK, []expectation{{CheckSchema, Warning, "removed page_size"}}},
		{"schema-more", func(f *fake, _ *Config) {
			f.search = strings.Replace(f.search, `"page_size"`, `"archived":{"type":"boolean"},"page_size"`, 1)
		}, ExitOK, []expectation{{CheckSchema, OK, "added archived"}}},
		{"search-gone", func(f *fake, _ *Config) {
			f.search = ""
			f.resources["notion"] = `[{"name":"r","description":"d","actions":[{"id":"search","name":"Search"},{"id":"get-self","name":"Me"}]}]`
		}, ExitOK, []expectation{{CheckSchema, Warning, "post-search"}, {CheckRead, OK, "get-self"}}},
		{"auth-config-missing", func(f *fake, c *Config) {
			f.metadata["notion"] = `[{"authenticationType":"oauth2","authConfigRequired":true}]`
			c.AuthConfigs = map[string]string{"slack": "66ee00000000000000000001", "zohocrm": "66ee00000000000000000002"}
		}, ExitOK, []expectation{{CheckNotion, Warning, "cannot be connected yet"}, {CheckNotion, OK, "slack is there"}, {CheckNotion, Warning, "no connector zohocrm"}}},
	}
}

func userScenarios() []scenario {
	return []scenario{
		{"user-unset", func(_ *fake, c *Config) { c.User = "" }, ExitProblem, []expectation{{CheckUser, Problem, "no Alloy user is set"}, {CheckCredentials, Skipped, ""}}},
		{"user-by-id", func(_ *fake, c *Config) { c.User = alice }, ExitOK, []expectation{{CheckUser, OK, "alice (" + alice + ")"}}},
		{"user-of-other-environment", func(_ *fake, c *Config) { c.User = "66aa00000000000000000009" }, ExitProblem, []expectation{{CheckUser, Problem, "none of the 2 users"}}},
		{"user-by-email", func(f *fake, c *Config) {
			c.User = "bob@example.com"
			f.credentials[bob] = []credential{{"66bb00000000000000000001", "Bob's Notion", "notion-oauth2", "2025-11-03T09:00:00.000Z"}}
		}, ExitOK, []expectation{{CheckUser, OK, "bob@example.com (" + bob + ")"}}},
		{"user-email-unknown", func(_ *fake, c *Config) { c.User = "carol@example.com" }, ExitProblem, []expectation{{CheckUser, Problem, "carol@example.com"}}},
		{"user-placeholder", func(_ *fake, c *Config) { c.User = "usr_123" }, ExitProblem, []expectation{{CheckUser, Problem, "usr_123"}}},
		{"user-case", func(_ *fake, c *Config) { c.User = "Alice" }, ExitProblem, []expectation{{CheckUser, Problem, "Alice"}}},
		{"users-forbidden", func(f *fake, c *Config) {
			c.User = alice
			f.replies["GET /users"] = reply{status: 403, body: `{"message":"Forbidden"}`}
		}, ExitOK, []expectation{
			{CheckUsers, Warning, "HTTP 403"}, {CheckUser, OK, "alice"}, {CheckRead, OK, "works"},
		}},
		{"users-forbidden-name", func(f *fake, _ *Config) {
			f.replies["GET /users"] = reply{status: 403, body: `{"message":"Forbidden"}`}
		}, ExitProblem, []expectation{
			{CheckUsers, Problem, "HTTP 403"}, {CheckUser, Skipped, "could not be looked up"},
		}},
	}
}

func accountScenarios() []scenario {
	const notShared = `{"responseData":{"object":"error","status":403,"code":"restricted_resource","message":"Insufficient permissions"}}`
	return []scenario{
		{"no-accounts", func(f *fake, _ *Config) { f.credentials = nil }, ExitNotConnected, []expectation{{CheckCredentials, Problem, "no account is connected for the user alice"}, {CheckRead, Skipped, ""}}},
		{"revoked", func(f *fake, _ *Config) {
			f.run = answer(refusal(400, "INVALID_CREDENTIAL", "Credential not found or has been revoked", `{"credentialId":"66bb00000000000000000001"}`))
		}, ExitNotConnected, []expectation{{CheckRead, Problem, "must be connected again"}}},
		{"revoked-at-notion", func(f *fake, _ *Config) {
			f.run = answer(reply{status: 200, body: `{"responseData":{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}}`})
		}, ExitNotConnected, []expectation{{CheckRead, Problem, "must be connected again"}}},
		{"nothing-shared", func(f *fake, _ *Config) { f.run = answer(page("[]")) }, ExitOK, []expectation{{CheckRead, Warning, "nothing is shared"}}},
		{"restricted", func(f *fake, _ *Config) { f.run = answer(reply{status: 200, body: notShared}) }, ExitOK, []expectation{{CheckRead, Warning, "Insufficient permissions"}}},
		{"odd-answer", func(f *fake, _ *Config) {
			f.run = answer(reply{status: 200, body: `{"responseData":{"object":"list"}}`})
		}, ExitOK, []expectation{{CheckRead, Warning, "not with a list"}}},
		{"duplicates", func(f *fake, _ *Config) {
			f.credentials[alice] = notionAccounts(3)
			f.run = func(_, id, _ string, _ map[string]any) reply {
				if id == "66bb00000000000000000100" {
					return refusal(400, "INVALID_CREDENTIAL", "Credential not found or has been revoked", `{}`)
				}
				return page(`[{"object":"page"}]`)
			}
		}, ExitOK, []expectation{{CheckDuplicates, Warning, "3 accounts of notion"}, {CheckRead, Warning, "66bb00000000000000000100"}, {CheckRead, OK, "66bb00000000000000000102"}}},
		{"duplicates-pinned", func(f *fake, c *Config) {
			f.credentials[alice] = notionAccounts(2)
			c.Connections = map[string]string{"notion": "66bb00000000000000000101"}
		}, ExitOK, []expectation{{CheckDuplicates, OK, "of which the settings choose 66bb00000000000000000101"}, {CheckPins, OK, "ALLOY_CONNECTIONS notion"}}},
		{"pinned-dead", func(f *fake, c *Config) {
			f.credentials[alice] = notionAccounts(2)
			c.ConnectionID = "66bb00000000000000000100"
			f.run = func(_, id, _ string, _ map[string]any) reply {
				if id == "66bb00000000000000000100" {
					return refusal(400, "INVALID_CREDENTIAL", "Credential not found or has been revoked", `{}`)
				}
				return page(`[{"object":"page"}]`)
			}
		}, ExitNotConnected, []expectation{{CheckRead, Problem, "66bb00000000000000000100"}}},
		{"pins-wrong", func(_ *fake, c *Config) {
			c.ConnectionID = "66bb0000000000000000dead"
			c.Connections = map[string]string{"Notion": "66bb00000000000000000001", "slack": "66bb00000000000000000001"}
		}, ExitProblem, []expectation{{CheckPins, Problem, "CONNECTION_ID 66bb0000000000000000dead"}, {CheckPins, Problem, "ALLOY_CONNECTIONS Notion"}, {CheckPins, Problem, "names an account of notion"}}},
		{"other-apps", func(f *fake, _ *Config) {
			f.credentials[alice] = append(f.credentials[alice],
				credential{"66bb00000000000000000002", "Alice's Slack", "slack-oauth2", "2025-11-04T09:00:00.000Z"},
				credential{"66bb00000000000000000003", "Alice's Zoho", "zohoCRM-oauth2", "2025-11-05T09:00:00.000Z"},
				credential{"66bb00000000000000000004", "Odd", "", "2025-11-05T09:00:00.000Z"})
		}, ExitOK, []expectation{{CheckRead, OK, "slack 66bb00000000000000000002: works (auth_test)"}, {CheckRead, Skipped, "zohoCRM"}, {CheckRead, Skipped, "66bb00000000000000000004"}}},
		{"zoho-region", func(f *fake, _ *Config) {
			f.credentials[alice] = []credential{{"66bb00000000000000000003", "Alice's Zoho", "zohoCRM-oauth2", "2025-11-05T09:00:00.000Z"}}
			f.resources["zohoCRM"] = `[{"name":"users","description":"d","actions":[{"id":"getCurrentUser","name":"Me"}]}]`
			f.run = answer(refusal(400, "INVALID_INPUT", "Credential not found", `{}`))
		}, ExitNotConnected, []expectation{{CheckRead, Problem, "cannot be used"}}},
		{"accounts-refused", func(f *fake, c *Config) {
			c.User = alice
			refused := reply{status: 401, body: `{"message":"Invalid Authorization"}`}
			f.replies["GET /users"], f.replies["GET /users/"+alice], f.replies["GET /users/"+alice+"/credentials"] = refused, refused, refused
		}, ExitOK, []expectation{{CheckUsers, Warning, "HTTP 401"}, {CheckUser, Skipped, "form of an id"}, {CheckCredentials, Warning, "is refused to this key"}, {CheckRead, OK, "works"}}},
		{"credentials-of-unknown-user", func(f *fake, c *Config) {
			c.User = "66aa00000000000000000009"
			f.replies["GET /users"] = reply{status: 403, body: `{"message":"Forbidden"}`}
			f.replies["GET /users/66aa00000000000000000009"] = reply{status: 403, body: `{"message":"Forbidden"}`}
		}, ExitProblem, []expectation{{CheckUser, Skipped, "form of an id"}, {CheckCredentials, Problem, "is no user of this key"}}},
	}
}

func TestRunNamesTheCause(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			report, f := s.run(t)
			for _, want := range s.want {
				if !found(report, want) {
					t.Errorf("no finding of %s is %s and says %q", want.check, want.state, want.words)
				}
			}
			if got := report.Exit(); got != s.exit {
				t.Errorf("exit %d, want %d", got, s.exit)
			}
			var text bytes.Buffer
			if err := report.WriteText(&text, false); err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, "text/"+s.name+".txt", []byte(strings.ReplaceAll(text.String(), f.url, "http://127.0.0.1:9/odd/base")))
		})
	}
}

// run makes the world, runs the doctor in it and returns both.
func (s *scenario) run(t *testing.T) (*Report, *fake) {
	t.Helper()
	f := newFake(t)
	config := f.config(t)
	s.setup(f, &config)
	if config.Client == nil && config.Version != "" {
		config.Client = f.client(t, goodKey)
	}
	return Run(t.Context(), config), f
}

func found(report *Report, want expectation) bool {
	for _, f := range report.Findings {
		if f.Check == want.check && f.State == want.state && strings.Contains(f.Message+" "+f.Cause, want.words) {
			return true
		}
	}
	return false
}
