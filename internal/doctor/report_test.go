package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/golden"
)

func TestExitPutsWhatOneCanMendFirst(t *testing.T) {
	t.Parallel()
	problem := func(exit Exit) Finding { return Finding{State: Problem, exit: exit} }
	tests := map[string]struct {
		findings []Finding
		want     Exit
	}{
		"nothing":                     {nil, ExitOK},
		"warnings do not count":       {[]Finding{{State: Warning}, {State: Skipped}, {State: OK}}, ExitOK},
		"a warning's exit is nothing": {[]Finding{{State: Warning, exit: ExitUnavailable}}, ExitOK},
		"a problem":                   {[]Finding{problem(0)}, ExitProblem},
		"not connected":               {[]Finding{problem(ExitNotConnected)}, ExitNotConnected},
		"upstream over not connected": {[]Finding{problem(ExitUnavailable), problem(ExitNotConnected)}, ExitUnavailable},
		"a problem over what follows": {[]Finding{problem(0), problem(ExitNotConnected)}, ExitProblem},
		"a problem over both":         {[]Finding{problem(ExitUnavailable), problem(ExitNotConnected), problem(ExitProblem)}, ExitProblem},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := (&Report{Findings: test.findings}).Exit(); got != test.want {
				t.Errorf("Exit() = %d, want %d", got, test.want)
			}
		})
	}
}

// The order of the report is platform, user, credential; every check is there
// whatever happens, so that silence is never taken for health.
func TestEveryCheckIsReportedAlways(t *testing.T) {
	t.Parallel()
	all := []Check{
		CheckSettings, CheckFiles, CheckEnvironment, CheckBaseURL, CheckKey, CheckVersion, CheckConnectors, CheckNotion, CheckSchema,
		CheckUsers, CheckUser, CheckCredentials, CheckDuplicates, CheckPins, CheckRead, CheckClock, CheckRedirect, CheckPort,
	}
	var shown []Check
	for _, section := range sections() {
		shown = append(shown, section.checks...)
	}
	if diff := cmp.Diff(all, shown); diff != "" {
		t.Errorf("the text shows other checks (-want +got):\n%s", diff)
	}
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			report, _ := s.run(t)
			for _, check := range all {
				if !slices.ContainsFunc(report.Findings, func(f Finding) bool { return f.Check == check }) {
					t.Errorf("nothing is said about %s", check)
				}
			}
			for _, f := range report.Findings {
				if f.Message == "" {
					t.Errorf("%s (%s) says nothing", f.Check, f.State)
				}
				if f.State == Problem && f.Cure == "" {
					t.Errorf("%s is a problem without a cure: %s", f.Check, f.Message)
				}
			}
		})
	}
}

func TestEverySymptomIsNamedOrSaidToBeElsewhere(t *testing.T) {
	t.Parallel()
	produced := make(map[Check]bool)
	for _, s := range scenarios() {
		for _, want := range s.want {
			if want.state == Problem || want.state == Warning {
				produced[want.check] = true
			}
		}
	}
	// Proved by tests of their own below.
	produced[CheckRedirect], produced[CheckPort] = true, true
	symptoms := Symptoms()
	if len(symptoms) != 24 {
		t.Errorf("%d symptoms, want 24", len(symptoms))
	}
	for i, symptom := range symptoms {
		if want := "U" + strconv.Itoa(i+1); symptom.Row != want {
			t.Errorf("row %d is %s, want %s", i, symptom.Row, want)
		}
		if len(symptom.Checks) == 0 && symptom.Elsewhere == "" {
			t.Errorf("%s has neither a check nor a reason", symptom.Row)
		}
		for _, check := range symptom.Checks {
			if !produced[check] {
				t.Errorf("%s relies on the check %s, which no test sees fail", symptom.Row, check)
			}
		}
	}
}

// The reports must help with each symptom: this is the world in which it occurs
// and the words by which the report names the cause.
func TestReportsNameTheSymptoms(t *testing.T) {
	t.Parallel()
	words := map[string]struct{ scenario, words string }{
		"U1": {"healthy", "comes back to it without a code, which is right"}, "U2": {"healthy", "Nothing is registered with Notion"},
		"U3": {"duplicates", "Each OAuth link that is finished makes a new account"}, "U4": {"pins-wrong", "another user or another key"},
		"U5": {"nothing-shared", "nothing is shared"}, "U6": {"key-refused", "key without Connectivity permission"},
		"U7": {"version-wrong", "a version it does not know"}, "U8": {"user-placeholder", "placeholders"},
		"U9": {"healthy", "it is connected by oauth2"}, "U10": {"search-gone", "Action ids are Alloy's and case-sensitive"},
		"U12": {"no-accounts", "for the user alice"}, "U14": {"envelope-unknown", "in a shape this program does not know"},
		"U15": {"duplicates", "Choose one that works"}, "U16": {"zoho-region", "a region: a wrong one ends like this"},
		"U17": {"auth-config-missing", "authConfigRequired"}, "U18": {"pins-wrong", "Ids are case-sensitive, and this key has notion"},
		"U19": {"settings-warn", "`git add .` would publish it"}, "U20": {"user-unset", "set ALLOY_USER_ID to one of them: alice"},
		"U21": {"pins-wrong", "none of the accounts of alice"}, "U23": {"revoked", "must be connected again"}, "U24": {"base-url-mcp", "406"},
	}
	for _, symptom := range Symptoms() {
		if len(symptom.Checks) == 0 || symptom.Row == "U22" { // U22: TestPort
			continue
		}
		t.Run(symptom.Row, func(t *testing.T) {
			t.Parallel()
			want, ok := words[symptom.Row]
			i := slices.IndexFunc(scenarios(), func(s scenario) bool { return s.name == want.scenario })
			if !ok || i < 0 {
				t.Fatalf("no scenario shows %s (%s)", symptom.Row, symptom.Words)
			}
			report, _ := scenarios()[i].run(t)
			for _, f := range report.Findings {
				if slices.Contains(symptom.Checks, f.Check) && strings.Contains(f.Message+" "+f.Cause+" "+f.Cure, want.words) {
					return
				}
			}
			t.Errorf("none of %v says %q", symptom.Checks, want.words)
		})
	}
}

func TestUnreachableAlloyIsUnavailable(t *testing.T) {
	t.Parallel()
	// A port that was free a moment ago may be somebody's; the first one is nobody's.
	const base = "http://127.0.0.1:1"
	client, err := alloy.New(alloy.Config{BaseURL: base, Key: alloy.StaticKey(alloy.NewSecret(goodKey))})
	if err != nil {
		t.Fatal(err)
	}
	report := Run(t.Context(), Config{Client: client, Key: alloy.NewSecret(goodKey), BaseURL: base, User: "alice", Addr: "127.0.0.1:0"})
	if got := report.Exit(); got != ExitUnavailable {
		t.Errorf("exit %d, want %d", got, ExitUnavailable)
	}
	if !found(report, expectation{CheckConnectors, Problem, "refused"}) || !found(report, expectation{CheckClock, Skipped, ""}) {
		t.Errorf("findings: %+v", report.Findings)
	}
	var text bytes.Buffer
	if err := report.WriteText(&text, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"status.runalloy.com", "This machine cannot reach Alloy", "support@runalloy.com"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q", want)
		}
	}
}

func TestFailingAlloyIsUnavailable(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.replies["GET /connectors"] = reply{status: http.StatusNotImplemented, body: `{"message":"broken"}`} // 501 is not repeated
	report := Run(t.Context(), f.config(t))
	if report.Exit() != ExitUnavailable || !found(report, expectation{CheckConnectors, Problem, "HTTP 501"}) {
		t.Errorf("exit %d, findings: %+v", report.Exit(), report.Findings)
	}
}

// After three failures in a row nothing more is asked, so that a person need
// not wait for the rest to fail as well.
func TestFailingAlloyIsLeftAlone(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	broken := reply{status: http.StatusNotImplemented, body: `{"message":"broken"}`}
	f.replies["GET /connectors/notion/credentials/metadata"] = broken
	f.replies["GET /connectors/notion/actions/post-search"] = broken
	f.replies["GET /users"] = broken
	Run(t.Context(), f.config(t))
	if got := f.calls(); len(got) != 4 {
		t.Errorf("calls: %v", got)
	}
	config := f.config(t)
	config.User = alice
	report := Run(t.Context(), config)
	if report.Exit() != ExitUnavailable || !found(report, expectation{CheckCredentials, Problem, "not asked any more"}) {
		t.Errorf("exit %d, findings: %+v", report.Exit(), report.Findings)
	}
}

func TestInterruptedRunSkipsAndEnds(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report := Run(ctx, f.config(t))
	if !found(report, expectation{CheckConnectors, Skipped, "interrupted"}) {
		t.Errorf("findings: %+v", report.Findings)
	}
	if calls := f.calls(); len(calls) != 0 {
		t.Errorf("calls after the end: %v", calls)
	}
}

func TestReadsOnlyRead(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		_, f := s.run(t)
		for _, call := range f.calls() {
			if !strings.HasPrefix(call, "GET ") && !strings.Contains(call, "/post-search/execute") && !strings.Contains(call, "/auth_test/execute") &&
				!strings.Contains(call, "/get-self/execute") && !strings.Contains(call, "/getCurrentUser/execute") {
				t.Errorf("%s: the doctor called %s", s.name, call)
			}
			if strings.Contains(call, "/execute") && !strings.HasSuffix(call, " "+alice) && !strings.HasSuffix(call, " "+bob) {
				t.Errorf("%s: an execution without a user: %s", s.name, call)
			}
		}
	}
}

func TestReportAsJSON(t *testing.T) {
	t.Parallel()
	i := slices.IndexFunc(scenarios(), func(s scenario) bool { return s.name == "duplicates" })
	report, f := scenarios()[i].run(t)
	var out bytes.Buffer
	if err := report.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out.Bytes()) {
		t.Fatal("not JSON")
	}
	golden.Equal(t, "duplicates.json", []byte(strings.ReplaceAll(out.String(), f.url, "http://127.0.0.1:9/odd/base")))
}

func TestColourOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	report := &Report{Findings: []Finding{{Check: CheckKey, State: Problem, Message: "m", Cause: "c", Cure: "d"}, {Check: CheckUser, State: OK, Message: "n"}}}
	for _, colour := range []bool{false, true} {
		var text bytes.Buffer
		if err := report.WriteText(&text, colour); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(text.String(), "\x1b["); got != colour {
			t.Errorf("colour %v: escapes %v", colour, got)
		}
	}
}

// Names come from Alloy's users and apps: they must not steer a terminal, nor
// bring secrets along.
func TestForeignTextsAreHarmless(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.users = []string{alice + " alice Alice\x1b[31m\u202egnp" + canary}
	f.credentials[alice] = []credential{
		{"66bb00000000000000000001", "N\x1b]0;title\x07 " + goodKey, "notion-oauth2", "2025-11-03T09:00:00Z"},
		{"66bb00000000000000000002", "secret_c4naryC4naryc4naryC4nary", "notion-oauth2", "2025-11-03T09:00:00Z"},
	}
	f.run = answer(refusal(400, "INVALID_INPUT", "the key "+goodKey+" and Bearer "+goodKey+"\x1b[2J", `{}`))
	report := Run(t.Context(), f.config(t))
	if !found(report, expectation{CheckDuplicates, Warning, "N]0;title"}) {
		t.Errorf("the names do not arrive: %+v", report.Findings)
	}
	var out bytes.Buffer
	if err := report.WriteText(&out, false); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	noSecrets(t, out.String())
	for _, bad := range []string{"\x1b", "\u202e", "\x07"} {
		if strings.Contains(out.String(), bad) {
			t.Errorf("the report holds %q", bad)
		}
	}
}

// noSecrets fails the test if a canary is in the text.
func noSecrets(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{goodKey, canary, "secret_c4naryC4naryc4naryC4nary", "c2lnbmF0dXJlY2FuYXJ5"} {
		if strings.Contains(text, secret) {
			t.Errorf("the output holds the secret %q", secret)
		}
	}
}

func TestNoScenarioPrintsASecret(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		report, _ := s.run(t)
		var out bytes.Buffer
		if err := report.WriteText(&out, true); err != nil {
			t.Fatal(err)
		}
		if err := report.WriteJSON(&out); err != nil {
			t.Fatal(err)
		}
		noSecrets(t, out.String())
	}
}

func TestManyAccountsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.credentials[alice] = nil
	for i := range 30 {
		id := "66bb0000000000000000" + strconv.Itoa(1000+i)
		f.credentials[alice] = append(f.credentials[alice], credential{id, "n", "notion-oauth2", time.Date(2025, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)})
	}
	report := Run(t.Context(), f.config(t))
	reads := 0
	for _, call := range f.calls() {
		if strings.Contains(call, "/execute") {
			reads++
		}
	}
	if reads != maxReads || !found(report, expectation{CheckRead, Skipped, "10 older accounts not read"}) || !found(report, expectation{CheckDuplicates, Warning, "and 20 others"}) {
		t.Errorf("%d reads; findings: %+v", reads, report.Findings)
	}
}
