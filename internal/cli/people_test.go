package cli

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// office is a server that several people use, each with a token.
type office struct {
	*running
	sim    *simulator.Simulator
	env    map[string]string
	base   string
	tokens string // the file of tokens
}

// openOffice serves the people of these names, before whom the server is made.
func openOffice(t *testing.T, env map[string]string, people ...string) (o *office, bearer map[string]string) {
	t.Helper()
	sim, own := newSimulator(t)
	o = &office{sim: sim, env: own, tokens: filepath.Join(t.TempDir(), "tokens.json")}
	maps.Copy(own, map[string]string{
		"MCP_TRANSPORT": "http", "MCP_AUTH": "token", "MCP_TOKENS_FILE": o.tokens, "LOG_LEVEL": "debug", "ENV_FILE": os.DevNull,
	})
	maps.Copy(own, env)
	bearer = make(map[string]string)
	for _, person := range people {
		name, user, _ := strings.Cut(person, "=")
		bearer[name] = o.run(t, "token", "add", name, "--user", user)
	}
	o.running = start(t, own, "serve")
	o.base = strings.TrimSuffix(o.endpoint(), "/mcp")
	return o, bearer
}

// run runs a command beside the server and returns what it prints.
func (o *office) run(t *testing.T, args ...string) string {
	t.Helper()
	r := start(t, o.env, args...)
	code, out := r.wait()
	if code != exitDone {
		t.Fatalf("%q ended with %d\n%s", args, code, r.stderr)
	}
	return strings.TrimSuffix(out, "\n")
}

func (o *office) as(t *testing.T, bearer string) *transcript {
	return &transcript{t: t, base: o.base, bearer: bearer}
}

// knock is the status that a request with this token gets.
func (o *office) knock(t *testing.T, bearer string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.base+"/mcp", strings.NewReader(initialize))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + bearer},
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// until knocks until it gets the status and returns how long that took.
func (o *office) until(t *testing.T, bearer string, status int) time.Duration {
	t.Helper()
	began := time.Now()
	for time.Since(began) < time.Minute {
		if o.knock(t, bearer) == status {
			return time.Since(began)
		}
		<-time.After(100 * time.Millisecond) // else its failures hold the address off
	}
	t.Fatalf("no %d comes", status)
	return 0
}

// tries is how often something may come late on a busy machine before it counts as
// late.
const tries = 6

// inTwoSeconds fails unless one of several tries takes two seconds at most, as the
// README promises of tokens.
func inTwoSeconds(t *testing.T, what string, try func(number int) time.Duration) {
	t.Helper()
	var took []time.Duration
	for number := range tries {
		took = append(took, try(number))
		if took[number] <= 2*time.Second {
			return
		}
	}
	t.Errorf("%s after %v", what, took)
}

// several are people of one name and a number.
func several(name string) []string {
	people := make([]string, tries)
	for i := range people {
		people[i] = fmt.Sprint(name, i)
	}
	return people
}

func TestTwoPeopleSeeTheirOwnConnectionsOnly(t *testing.T) {
	t.Parallel()
	o, bearer := openOffice(t, map[string]string{"TRUST_EXISTING_CREDENTIALS": "true"}, "alice", "bob=robin@production.example", "carol")
	alice, err := o.sim.AddUser("mcp-alice", "")
	if err != nil {
		t.Fatal(err)
	}
	users := map[string]string{"alice": alice, "bob": o.sim.Production().UserID()}
	accounts := make(map[string]string)
	for name, user := range users {
		if accounts[name], err = o.sim.AddCredential(user, "notion"); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"alice", "bob", "alice"} {
		as := o.as(t, bearer[name])
		mine := fmt.Sprint(as.tool("get_connection", nil)["connections"])
		for owner, id := range accounts {
			if strings.Contains(mine, id) != (owner == name) {
				t.Errorf("%s sees %s", name, mine)
			}
		}
		if found := as.tool("notion_search", map[string]any{"query": "roadmap"}); found["results"] == nil {
			t.Errorf("%s finds %v", name, found)
		}
		for owner, id := range accounts {
			if got := as.tool("notion_search", map[string]any{"connection_id": id}); (got["code"] == "not_found") != (owner != name) {
				t.Errorf("%s with the connection of %s: %v", name, owner, got)
			}
		}
	}
	for _, entry := range o.sim.Journal() {
		if entry.CredentialID != "" && (entry.CredentialID != accounts["alice"] || entry.UserID != alice) && (entry.CredentialID != accounts["bob"] || entry.UserID != users["bob"]) {
			t.Errorf("%s ran with the account %s", entry.UserID, entry.CredentialID)
		}
	}
}

// Carol comes with five programs at once and gets one Alloy user.
func TestANewcomerGetsOneUser(t *testing.T) {
	t.Parallel()
	o, bearer := openOffice(t, nil, "carol")
	var programs sync.WaitGroup
	for range 5 {
		programs.Go(func() {
			if got := o.as(t, bearer["carol"]).tool("notion_search", nil); got["status"] != "connect_required" {
				t.Errorf("carol gets %v", got)
			}
		})
	}
	programs.Wait()
	if made := o.sim.Writes().ByAction["users.create"]; made != 1 {
		t.Errorf("%d users were created", made)
	}
	if got := o.run(t, "users", "show", "mcp-carol"); !strings.Contains(got, "mcp-carol") {
		t.Errorf("Alloy knows %s", got)
	}
}

// What a token opened ends with it, and nothing else does.
func TestAStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	o, bearer := openOffice(t, nil, append(several("alice"), "bob")...)
	ended := make(chan string, len(bearer))
	for name, token := range bearer {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.base+"/sse", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s gets %v, %v", name, response, err)
		}
		go func() {
			defer func() { _ = response.Body.Close() }()
			_, _ = io.Copy(io.Discard, response.Body) // until it ends, however
			ended <- name
		}()
	}
	inTwoSeconds(t, "the stream ended", func(number int) time.Duration {
		o.run(t, "token", "revoke", fmt.Sprint("alice", number))
		revoked := time.Now()
		select {
		case first := <-ended:
			if first != fmt.Sprint("alice", number) {
				t.Errorf("the stream of %s ended", first)
			}
		case <-time.After(time.Minute):
			t.Fatal("no stream ends")
		}
		return time.Since(revoked)
	})
	if len(ended) > 0 || o.knock(t, bearer["bob"]) != http.StatusOK {
		t.Error("bob was cut off too")
	}
}

func TestARevokedTokenIsRefusedWithinTwoSecondsUnderLoad(t *testing.T) {
	t.Parallel()
	o, bearer := openOffice(t, nil, append(several("alice"), "bob")...)
	inTwoSeconds(t, "it was refused", func(number int) time.Duration {
		return o.revokeUnderLoad(t, fmt.Sprint("alice", number), bearer)
	})
	inTwoSeconds(t, "a new token counts", func(number int) time.Duration {
		return o.until(t, o.run(t, "token", "add", fmt.Sprint("carol", number)), http.StatusOK)
	})
}

// revokeUnderLoad takes a token back while its owner and Bob knock all the time, and
// returns how long it still counts.
func (o *office) revokeUnderLoad(t *testing.T, name string, bearer map[string]string) time.Duration {
	t.Helper()
	var done, early, wrong atomic.Int32
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for done.Load() == 0 {
				if status := o.knock(t, bearer["bob"]); status != http.StatusOK && status != http.StatusTooManyRequests {
					wrong.Store(int32(status))
				}
			}
		})
		load.Go(func() {
			for done.Load() == 0 && o.knock(t, bearer[name]) != http.StatusUnauthorized {
				early.Add(1)
			}
		})
	}
	for began := time.Now(); early.Load() == 0 && time.Since(began) < time.Minute; {
		runtime.Gosched() // the load has to be there first
	}
	o.run(t, "token", "revoke", name)
	took := o.until(t, bearer[name], http.StatusUnauthorized)
	done.Store(1)
	load.Wait()
	if wrong.Load() != 0 || early.Load() == 0 {
		t.Errorf("bob got %d; %s was let in %d times before", wrong.Load(), name, early.Load())
	}
	t.Logf("revoked after %v, under %d requests", took, early.Load())
	return took
}

// A file that goes bad under a running server lets nobody in, with the reason in
// the log; repaired, it counts at once.
func TestTokensThatGoBadWhileServing(t *testing.T) {
	t.Parallel()
	o, bearer := openOffice(t, nil, "alice")
	good, err := os.ReadFile(o.tokens)
	if err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func() error{
		"not JSON":     func() error { return os.WriteFile(o.tokens, []byte(`{"tokens":[{"name":"alice"`), 0o600) },
		"no such file": func() error { return os.Remove(o.tokens) },
		"regular file": func() error { return errors.Join(os.Remove(o.tokens), os.Mkdir(o.tokens, 0o700)) },
	} {
		repair := func() {
			if err := errors.Join(os.RemoveAll(o.tokens), os.WriteFile(o.tokens, good, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		inTwoSeconds(t, what+": nobody is let in", func(int) time.Duration {
			repair()
			o.until(t, bearer["alice"], http.StatusOK)
			if err := spoil(); err != nil {
				t.Fatal(err)
			}
			return o.until(t, bearer["alice"], http.StatusServiceUnavailable)
		})
		lines := strings.Split(o.stderr.String(), "\n")
		said := ""
		for _, line := range lines {
			if strings.Contains(line, "tokens cannot be read, so nobody is let in") {
				said = line
			}
		}
		if !strings.Contains(said, what) || !strings.Contains(said, o.tokens) || !strings.Contains(said, `"level":"ERROR"`) {
			t.Errorf("%s: the log says %s", what, said)
		}
		inTwoSeconds(t, what+": repaired, it counts", func(number int) time.Duration {
			if number > 0 {
				if err := os.Remove(o.tokens); err != nil {
					t.Fatal(err)
				}
				o.until(t, bearer["alice"], http.StatusServiceUnavailable)
			}
			repair()
			return o.until(t, bearer["alice"], http.StatusOK)
		})
	}
}

// A token is in nothing that the program writes but the one line of `token add`.
func TestNoTokenLeavesTheProcess(t *testing.T) {
	t.Parallel()
	o, bearer := openOffice(t, nil, "alice")
	canary := bearer["alice"]
	as := o.as(t, canary)
	as.tool("list_connectors", nil)
	as.tool("start_oauth", map[string]any{"connector_id": "notion"})
	good := http.Header{"Authorization": {"Bearer " + canary}}
	for _, request := range []struct {
		method, path string
		header       http.Header
	}{
		{"POST", "/mcp", good},
		{"GET", "/mcp", good},
		{"DELETE", "/mcp", good},
		{"POST", "/message?sessionId=" + canary, good},
		{"POST", "/mcp?access_token=" + canary, http.Header{}},
		{"POST", "/mcp", http.Header{"Authorization": {"Bearer " + canary, "Bearer " + canary}}},
		{"POST", "/mcp", http.Header{"Authorization": {"Bearer " + canary + "x"}}},
		{"POST", "/mcp", http.Header{"Authorization": {"Basic " + canary}}},
		{"POST", "/mcp", http.Header{"Authorization": {canary}}},
		{"POST", "/mcp", http.Header{"Authorization": {"Bearer " + canary}, "Origin": {"https://" + canary}}},
		{"GET", "/" + canary, good},
		{"GET", "/connect/" + canary, good},
		{"GET", "/oauth/callback/" + canary, good},
	} {
		as.send(request.method, o.base+request.path, initialize, request.header)
	}
	o.run(t, "token", "list")
	o.run(t, "token", "revoke", "alice")
	o.until(t, canary, http.StatusUnauthorized)
	o.stop()
	_, rest := o.wait()
	all := as.seen.String() + o.stderr.String() + rest
	if !strings.Contains(all, `"level":"DEBUG"`) || !strings.Contains(all, "invalid_token") {
		t.Fatal("the log or the answers are not what this test is about")
	}
	entries, err := os.ReadDir(filepath.Dir(o.tokens))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(o.tokens), entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all += string(data)
	}
	random := strings.TrimPrefix(canary, "amcp_")
	for _, form := range []string{random, random[:12], strings.ToLower(random), base64.StdEncoding.EncodeToString([]byte(canary))} {
		if i := strings.Index(all, form); i >= 0 {
			t.Errorf("the token left the process: …%s…", all[max(0, i-80):i])
		}
	}
}

// A user that this program made has the accounts that were connected here and no
// other: anybody could have been sent Alloy's own link for it.
func TestAccountsFromElsewhereAreNotUsed(t *testing.T) {
	t.Parallel()
	o, bearer := openOffice(t, nil, "alice", "bob=robin@production.example")
	alice, err := o.sim.AddUser("mcp-alice", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, user := range map[string]string{"alice": alice, "bob": o.sim.Production().UserID()} {
		id, err := o.sim.AddCredential(user, "notion")
		if err != nil {
			t.Fatal(err)
		}
		as := o.as(t, bearer[name])
		found := as.tool("notion_search", map[string]any{"query": "roadmap"})
		named := as.tool("notion_search", map[string]any{"connection_id": id})
		if trusted := name == "bob"; (found["results"] != nil) != trusted || (named["code"] != "not_found") != trusted {
			t.Errorf("%s finds %v, and by id %v", name, found, named)
		}
	}
	if log := o.stderr.String(); !strings.Contains(log, "state is in memory") {
		t.Error("nobody is told what a restart forgets")
	}
}

func TestServingTheNetworkWithTokens(t *testing.T) {
	t.Parallel()
	pin := "notion=65f000000000000000000002"
	o, bearer := openOffice(t, map[string]string{"MCP_ADDR": "0.0.0.0:0", "ALLOY_CONNECTIONS": pin}, "alice")
	o.base = strings.Replace(strings.Replace(o.base, "0.0.0.0", "127.0.0.1", 1), "[::]", "127.0.0.1", 1)
	if got := o.knock(t, bearer["alice"]); got != http.StatusOK {
		t.Errorf("alice gets %d", got)
	}
	if got := o.as(t, bearer["alice"]).tool("notion_search", nil); got["status"] != "connect_required" {
		t.Errorf("the pin of one user counts for another: %v", got)
	}
	log := o.stderr.String()
	for _, want := range []string{
		`"msg":"settings of one user are not used with MCP_AUTH=token: each token has an Alloy user of its own","settings":["ALLOY_USER_ID","ALLOY_CONNECTIONS"]`,
		`"msg":"tokens travel unencrypted: put a proxy that speaks https in front and set PUBLIC_URL to its address"`,
		`"auth":"token"`, `"user":"by token"`,
	} {
		if strings.Count(log, want) != 1 {
			t.Errorf("the log does not say once %s\n%s", want, log)
		}
	}
}

// A token that nobody was shown does not stay.
func TestATokenThatCannotBePrintedIsTakenBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens.json")
	stderr := new(lockedBuffer)
	app := &App{Stdin: strings.NewReader(""), Stdout: brokenWriter{}, Stderr: stderr}
	if code := app.Run(t.Context(), []string{"token", "add", "alice", "--tokens-file", path}); code != exitFailed || !strings.Contains(stderr.String(), "broken pipe") {
		t.Errorf("ended with %d: %s", code, stderr)
	}
	if data, err := os.ReadFile(path); err != nil || strings.Contains(string(data), "alice") {
		t.Errorf("the file holds %s, %v", data, err)
	}
	if code := app.Run(t.Context(), []string{"token", "list"}); code != exitUsage || !strings.Contains(stderr.String(), "set MCP_TOKENS_FILE") {
		t.Errorf("without a place for tokens it ended with %d: %s", code, stderr)
	}
}
