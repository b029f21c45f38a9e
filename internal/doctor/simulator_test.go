package doctor

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// simulated starts a simulator with an account of Notion and returns settings
// for it.
func simulated(t *testing.T, modes simulator.Modes) (*simulator.Simulator, Config, string) {
	t.Helper()
	sim, err := simulator.New(simulator.Config{Modes: modes})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix(basePath, sim))
	t.Cleanup(server.Close)
	credentialID, err := sim.AddCredential(sim.Production().UserID(), notionID)
	if err != nil {
		t.Fatal(err)
	}
	return sim, simulatedConfig(t, server.URL+basePath, sim.APIKey(), sim.Production().UserID()), credentialID
}

func simulatedConfig(t *testing.T, base, key, user string) Config {
	t.Helper()
	client, err := alloy.New(alloy.Config{BaseURL: base, Key: alloy.StaticKey(alloy.NewSecret(key))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return Config{Client: client, Key: alloy.NewSecret(key), BaseURL: base, User: user, Transport: "stdio", Addr: "127.0.0.1:0"}
}

func TestAgainstTheSimulator(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		modes  simulator.Modes
		change func(*testing.T, *simulator.Simulator, *Config, string)
		exit   Exit
		want   expectation
	}{
		"healthy":        {simulator.Modes{}, nil, ExitOK, expectation{CheckRead, OK, "works (post-search)"}},
		"bare execution": {simulator.Modes{BareExecution: true}, nil, ExitOK, expectation{CheckRead, OK, "works"}},
		"result wrapper": {simulator.Modes{ResultWrapper: true}, nil, ExitOK, expectation{CheckRead, OK, "works"}},
		"shuffled":       {simulator.Modes{Order: simulator.OrderShuffled}, nil, ExitOK, expectation{CheckRead, OK, "works"}},
		"users refused":  {simulator.Modes{UsersRefused: true}, nil, ExitOK, expectation{CheckUsers, Warning, "Some keys"}},
		"nothing shared": {simulator.Modes{NothingShared: true}, nil, ExitOK, expectation{CheckRead, Warning, "nothing is shared"}},
		"revoked": {simulator.Modes{}, func(t *testing.T, sim *simulator.Simulator, _ *Config, id string) {
			t.Helper()
			if err := sim.Revoke(id); err != nil {
				t.Fatal(err)
			}
		}, ExitNotConnected, expectation{CheckRead, Problem, "must be connected again"}},
		"revoked at Notion, by status": {simulator.Modes{ProviderErrors: simulator.ProviderErrorsBare}, func(t *testing.T, sim *simulator.Simulator, _ *Config, id string) {
			t.Helper()
			if err := sim.RevokeAtProvider(id); err != nil {
				t.Fatal(err)
			}
		}, ExitNotConnected, expectation{CheckRead, Problem, "must be connected again"}},
		"the other environment's key": {simulator.Modes{}, func(t *testing.T, sim *simulator.Simulator, c *Config, _ string) {
			t.Helper()
			*c = simulatedConfig(t, c.BaseURL, sim.Development().APIKey(), c.User)
		}, ExitProblem, expectation{CheckUser, Problem, "of this key"}},
		"owner's accounts are not the user's": {simulator.Modes{}, func(t *testing.T, sim *simulator.Simulator, c *Config, _ string) {
			t.Helper()
			id, err := sim.AddUser("nina", "Nina")
			if err != nil {
				t.Fatal(err)
			}
			c.User = id
		}, ExitNotConnected, expectation{CheckCredentials, Problem, "for the user nina"}},
		"wrong key": {simulator.Modes{}, func(t *testing.T, _ *simulator.Simulator, c *Config, _ string) {
			t.Helper()
			*c = simulatedConfig(t, c.BaseURL, "not-the-key-1234567890", c.User)
		}, ExitProblem, expectation{CheckKey, Problem, "refuses the key"}},
		"echoed key": {simulator.Modes{}, func(t *testing.T, sim *simulator.Simulator, _ *Config, _ string) {
			t.Helper()
			if err := sim.SetFault(simulator.Fault{Kind: simulator.FaultEchoSecret, Status: 400, Path: "/connectors/**"}); err != nil {
				t.Fatal(err)
			}
		}, ExitOK, expectation{CheckRead, Warning, "post-search"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, config, id := simulated(t, test.modes)
			if test.change != nil {
				test.change(t, sim, &config, id)
			}
			report := Run(t.Context(), config)
			if report.Exit() != test.exit || !found(report, test.want) {
				t.Errorf("exit %d, want %d; findings: %+v", report.Exit(), test.exit, report.Findings)
			}
			var out bytes.Buffer
			if err := report.WriteText(&out, true); err != nil {
				t.Fatal(err)
			}
			if err := report.WriteJSON(&out); err != nil {
				t.Fatal(err)
			}
			noLeak(t, out.String(), sim)
			for _, entry := range sim.Journal() {
				if entry.Executed {
					t.Errorf("the doctor changed something: %+v", entry)
				}
			}
		})
	}
}

func noLeak(t *testing.T, text string, sim *simulator.Simulator) {
	t.Helper()
	for _, secret := range append(sim.Canaries(), sim.APIKey(), sim.Development().APIKey()) {
		if strings.Contains(text, secret) {
			t.Errorf("a secret leaked: %s", secret)
		}
	}
}

func TestSurveyOfTheSimulator(t *testing.T) {
	t.Parallel()
	for _, modes := range []simulator.Modes{
		{},
		{EmptyDeletes: true, CreatedStatus: true, Order: simulator.OrderReversed, ProviderErrors: simulator.ProviderErrorsStatus, OldCredentials: true},
	} {
		sim, config, id := simulated(t, modes)
		s, err := Ask(t.Context(), config, true)
		if err != nil {
			t.Fatal(err)
		}
		var page bytes.Buffer
		if err := s.WriteMarkdown(&page); err != nil {
			t.Fatal(err)
		}
		noLeak(t, page.String(), sim)
		for _, private := range []string{id, config.User, "eyJ"} {
			if strings.Contains(page.String(), private) {
				t.Errorf("the page holds %q", private)
			}
		}
		users, err := config.Client.Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, user := range users {
			if strings.HasPrefix(user.Username, "alloy-mcp-report-") {
				t.Errorf("%s was left behind", user.Username)
			}
		}
		if s.Left != "" || !strings.Contains(page.String(), "understood as the app's refusal") {
			t.Errorf("left %q; page:\n%s", s.Left, page.String())
		}
	}
}

// Whatever goes wrong on the way, the doctor ends, says so and leaks nothing.
func TestEveryFaultIsSurvived(t *testing.T) {
	t.Parallel()
	for _, kind := range []simulator.FaultKind{
		simulator.FaultStatus, simulator.FaultRateLimit, simulator.FaultReset, simulator.FaultHTML, simulator.FaultErrorHTML, simulator.FaultEmpty,
		simulator.FaultGarbage, simulator.FaultDeep, simulator.FaultHuge, simulator.FaultRedirect, simulator.FaultEchoSecret, simulator.FaultTruncate,
		simulator.FaultRename, simulator.FaultWrongType,
	} {
		for _, after := range []int{0, 3, 6} { // at the first call, and once the platform was found well
			if kind == simulator.FaultRateLimit && after < 6 {
				continue // the client waits before it asks again: once is enough
			}
			t.Run(string(kind), func(t *testing.T) {
				t.Parallel()
				sim, config, _ := simulated(t, simulator.Modes{})
				if err := sim.SetFault(simulator.Fault{Kind: kind, After: after}); err != nil {
					t.Fatal(err)
				}
				report := Run(t.Context(), config)
				if report.Count(Problem)+report.Count(Warning) == 0 {
					t.Errorf("after %d calls nothing is said: %+v", after, report.Findings)
				}
				survey, err := Ask(t.Context(), config, true)
				if err != nil {
					t.Fatal(err)
				}
				var out bytes.Buffer
				for _, write := range []error{report.WriteText(&out, false), report.WriteJSON(&out), survey.WriteMarkdown(&out), survey.WriteJSON(&out)} {
					if write != nil {
						t.Fatal(write)
					}
				}
				noLeak(t, out.String(), sim)
			})
		}
	}
}
