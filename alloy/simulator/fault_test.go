package simulator_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// arm puts faults into force.
func arm(t *testing.T, b *bench, faults ...simulator.Fault) {
	t.Helper()
	if err := b.SetFault(faults...); err != nil {
		t.Fatal(err)
	}
}

// create makes a user: the write that fault tests look at.
func (b *bench) create(name string) (answer, error) {
	b.t.Helper()
	return b.try("POST", "/users", b.good(), map[string]any{"username": name})
}

func TestFaultsAnswerInTheirOwnWay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault simulator.Fault
		check func(answer) bool
	}{
		{simulator.Fault{Kind: simulator.FaultStatus}, func(a answer) bool { return a.status == 500 && a.body == "" }},
		{
			simulator.Fault{Kind: simulator.FaultStatus, Status: 418, Body: "<p>", ContentType: "text/html", Header: map[string]string{"X-A": "b"}, RetryAfter: "7"},
			func(a answer) bool {
				return a.status == 418 && a.body == "<p>" && a.header.Get("Content-Type") == "text/html" && a.header.Get("X-A") == "b" && a.header.Get("Retry-After") == "7"
			},
		},
		{simulator.Fault{Kind: simulator.FaultRateLimit}, func(a answer) bool { return a.status == 429 && a.header.Get("Retry-After") == "" }},
		{simulator.Fault{Kind: simulator.FaultRateLimit, RetryAfter: "2"}, func(a answer) bool { return a.header.Get("Retry-After") == "2" }},
		{simulator.Fault{Kind: simulator.FaultRateLimit, RetryAfter: "soon"}, func(a answer) bool { return a.header.Get("Retry-After") == "soon" }},
		{
			simulator.Fault{Kind: simulator.FaultRateLimit, RetryAfter: "date:30s"},
			func(a answer) bool { return a.header.Get("Retry-After") == "Fri, 21 Nov 2025 10:00:30 GMT" },
		},
		{simulator.Fault{Kind: simulator.FaultHTML}, func(a answer) bool { return a.status == 502 && strings.HasPrefix(a.body, "<html>") }},
		{simulator.Fault{Kind: simulator.FaultErrorHTML}, func(a answer) bool { return a.status == 404 && a.at("errorHtml") != nil }},
		{simulator.Fault{Kind: simulator.FaultEmpty}, func(a answer) bool { return a.status == 200 && a.body == "" }},
		{
			simulator.Fault{Kind: simulator.FaultGarbage},
			func(a answer) bool {
				return len(a.body) == 512 && !json.Valid([]byte(a.body)) && strings.Contains(a.header.Get("Content-Type"), "json")
			},
		},
		{simulator.Fault{Kind: simulator.FaultDeep, Size: 2000}, func(a answer) bool { return strings.Count(a.body, "[") == 2000 && json.Valid([]byte(a.body)) }},
		{simulator.Fault{Kind: simulator.FaultHuge}, func(a answer) bool { return len(a.body) == 9<<20 && json.Valid([]byte(a.body)) }},
		{
			simulator.Fault{Kind: simulator.FaultRedirect},
			func(a answer) bool {
				return a.status == 307 && strings.HasPrefix(a.header.Get("Location"), "http://127.0.0.1:9/")
			},
		},
		{
			simulator.Fault{Kind: simulator.FaultRedirect, Status: 301, Location: "/elsewhere"},
			func(a answer) bool { return a.status == 301 && a.header.Get("Location") == "/elsewhere" },
		},
	} {
		b := newBench(t, simulator.Config{})
		arm(t, b, test.fault)
		got, err := b.create("u")
		if err != nil || !test.check(got) {
			t.Errorf("%+v: %d %.200s %v %v", test.fault, got.status, got.body, got.header, err)
		}
		if n := b.Writes().Total; n != 0 {
			t.Errorf("%s: the write was carried out", test.fault.Kind)
		}
		if b.Journal()[0].Fault != string(test.fault.Kind) || b.Journal()[0].Executed {
			t.Errorf("%s: journal %+v", test.fault.Kind, b.Journal()[0])
		}
	}
}

func TestAfterEffectLosesOnlyTheAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []simulator.FaultKind{
		simulator.FaultStatus, simulator.FaultRateLimit, simulator.FaultReset, simulator.FaultHang, simulator.FaultHTML, simulator.FaultErrorHTML,
		simulator.FaultEmpty, simulator.FaultGarbage, simulator.FaultDeep, simulator.FaultHuge, simulator.FaultRedirect, simulator.FaultEchoSecret,
	} {
		b := newBench(t, simulator.Config{})
		arm(t, b, simulator.Fault{Kind: kind, AfterEffect: true, Count: 1, Delay: time.Millisecond})
		got, err := b.create("sim-nonce-" + strings.ReplaceAll(string(kind), "_", ""))
		if strings.Contains(got.body, "userId") {
			t.Errorf("%s: the answer came through: %v %s", kind, err, got.body)
		}
		if n := b.Writes().Total; n != 1 {
			t.Errorf("%s: %d writes", kind, n)
		}
		if n := b.Writes().ByNonce["sim-nonce-"+strings.ReplaceAll(string(kind), "_", "")]; n != 1 {
			t.Errorf("%s: the nonce was counted %d times", kind, n)
		}
	}
}

func TestResetsCutTheConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	arm(t, b, simulator.Fault{Kind: simulator.FaultReset, Count: 1}, simulator.Fault{Kind: simulator.FaultReset, Count: 1, AfterEffect: true})
	for i, wrote := range []int{0, 1} {
		_, err := b.create("u")
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("reset %d: %v", i, err)
		}
		if n := b.Writes().Total; n != wrote {
			t.Errorf("reset %d: %d writes, want %d", i, n, wrote)
		}
		if e := b.Journal()[i]; e.Status != 0 || e.Executed != (wrote == 1) {
			t.Errorf("reset %d: journal %+v", i, e)
		}
	}
	if got, err := b.create("v"); err != nil || got.status != 200 {
		t.Errorf("after the faults: %d %v", got.status, err)
	}
}

func TestTruncationCutsTheBody(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]func(int, int) bool{
		0:  func(got, whole int) bool { return got == whole/2 },
		5:  func(got, _ int) bool { return got == 5 },
		-1: func(got, _ int) bool { return got == 0 },
	} {
		b := newBench(t, simulator.Config{})
		whole := len(b.do("GET", "/connectors", nil).body)
		arm(t, b, simulator.Fault{Kind: simulator.FaultTruncate, Size: size})
		got, err := b.try("GET", "/connectors", b.good(), nil)
		if err != nil || got.status != 200 || !errors.Is(got.err, io.ErrUnexpectedEOF) || !want(len(got.body), whole) {
			t.Errorf("size %d: %d bytes of %d, %v, %v", size, len(got.body), whole, err, got.err)
		}
	}
}

func TestSlowAnswersArriveWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	arm(t, b,
		simulator.Fault{Kind: simulator.FaultSlow, Delay: 60 * time.Millisecond, Count: 1},
		simulator.Fault{Kind: simulator.FaultDrip, Delay: 10 * time.Millisecond, Size: 5, Count: 1})
	for name, least := range map[string]time.Duration{"u1": 20 * time.Millisecond, "u2": 20 * time.Millisecond} {
		began := time.Now()
		got, err := b.create(name)
		if err != nil || got.at("userId") == nil {
			t.Errorf("%s: %s %v", name, got.body, err)
		}
		if took := time.Since(began); took < least {
			t.Errorf("%s: took %v", name, took)
		}
	}
	if n := b.Writes().Total; n != 2 {
		t.Errorf("%d writes", n)
	}
}

func TestGzipBombIsValidAndLarge(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	const size = 20<<20 + 17
	arm(t, b, simulator.Fault{Kind: simulator.FaultGzipBomb, Size: size})
	r, err := http.NewRequestWithContext(t.Context(), "GET", b.url+"/connectors", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip") // by hand: the transport leaves the body as it is
	resp, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || len(raw) > size/100 || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d bytes on the wire, %v", len(raw), err)
	}
	if got := b.do("GET", "/connectors", nil); len(got.body) != size || !json.Valid([]byte(got.body)) {
		t.Errorf("%d bytes unpacked, want %d", len(got.body), size)
	}
}

func TestEchoReturnsTheKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	arm(t, b, simulator.Fault{Kind: simulator.FaultEchoSecret})
	got, err := b.create("u")
	if message, _ := got.at("error", "message").(string); err != nil || got.status != 500 || !strings.Contains(message, "Bearer "+b.APIKey()) {
		t.Errorf("%d %s %v", got.status, got.body, err)
	}
}

func TestRenamedAndRetypedAnswersKeepTheRest(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	arm(t, b,
		simulator.Fault{Kind: simulator.FaultRename, Count: 1},
		simulator.Fault{Kind: simulator.FaultRename, Count: 1, Rename: map[string]string{"connectors": "items"}},
		simulator.Fault{Kind: simulator.FaultWrongType, Count: 1})
	for i, key := range []string{"renamed_connectors", "items", "connectors"} {
		got := b.do("GET", "/connectors", nil)
		_, isList := got.at(key).([]any)
		if keys(got.data()) != key || isList == (i == 2) {
			t.Errorf("%d: %.100s", i, got.body)
		}
	}
}

func TestProviderFaultsShowWhereTheModeSays(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("notion")
	arm(t, b, simulator.Fault{Kind: simulator.FaultProvider, Status: 429, Body: `{"code":"rate_limited"}`, RetryAfter: "3", Action: "post-search"})
	got := b.run("notion", "post-search", id, nil)
	if got.status != 200 || got.at("status") != "failed" || got.at("responseData", "code") != "rate_limited" || got.header.Get("Retry-After") != "" {
		t.Errorf("inside: %d %s", got.status, got.body)
	}
	set(t, b, simulator.Modes{ProviderErrors: simulator.ProviderErrorsStatus})
	got = b.run("notion", "post-search", id, nil)
	if got.status != 429 || got.header.Get("Retry-After") != "3" || got.at("responseData", "code") != "rate_limited" {
		t.Errorf("as status: %d %s", got.status, got.body)
	}
	if got := b.do("GET", "/connectors/notion/actions/post-search", nil); got.status != 200 {
		t.Errorf("the detail call was struck: %d", got.status)
	}
	if got := b.run("notion", "post-search", strings.Repeat("0", 24), nil); got.at("error", "message") != "Credential not found" {
		t.Errorf("the provider was asked for an unknown credential: %s", got.body)
	}
}

func TestProviderFaultBeforeOrAfterTheEffect(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		b := newBench(t, simulator.Config{})
		id := b.connect("shippo")
		arm(t, b, simulator.Fault{Kind: simulator.FaultProvider, Status: 504, Body: "timeout", AfterEffect: after})
		got := b.run("shippo", "CreateAddress", id, map[string]any{"requestBody": map[string]any{"country": "PT", "name": "sim-nonce-A"}})
		if got.at("status") != "failed" || got.at("responseData") != "timeout" {
			t.Errorf("after %v: %s", after, got.body)
		}
		if n := b.Writes().ByNonce["sim-nonce-A"]; (n == 1) != after {
			t.Errorf("after %v: %d writes", after, n)
		}
	}
}

func TestFaultsStrikeWhatTheyName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault simulator.Fault
		hits  string // which of the calls below
	}{
		{"everything", simulator.Fault{}, "1234"},
		{"a method", simulator.Fault{Method: "POST"}, "34"},
		{"a path", simulator.Fault{Path: "/connectors"}, "1"},
		{"a pattern", simulator.Fault{Path: "/connectors/*/resources"}, "2"},
		{"a rest", simulator.Fault{Path: "/connectors/**"}, "23"},
		{"a connector", simulator.Fault{Connector: "notion"}, "23"},
		{"an action", simulator.Fault{Action: "post-*"}, "3"},
		{"all of it", simulator.Fault{Method: "POST", Connector: "n*", Action: "post-search", Path: "/connectors/**"}, "3"},
		{"nothing", simulator.Fault{Connector: "slack"}, ""},
		{"after two", simulator.Fault{After: 2}, "34"},
		{"two times", simulator.Fault{Count: 2}, "12"},
		{"the second", simulator.Fault{After: 1, Count: 1}, "2"},
	} {
		b := newBench(t, simulator.Config{})
		test.fault.Kind, test.fault.Status = simulator.FaultStatus, 503
		arm(t, b, test.fault)
		var hits strings.Builder
		for i, call := range []string{
			"GET /connectors", "GET /connectors/notion/resources", "POST /connectors/notion/actions/post-search/execute", "POST /users",
		} {
			method, path, _ := strings.Cut(call, " ")
			if b.do(method, path, nil).status == 503 {
				hits.WriteString(string(rune('1' + i)))
			}
		}
		if hits.String() != test.hits {
			t.Errorf("%s: struck %q, want %q", test.name, hits.String(), test.hits)
		}
	}
}

func TestProbabilityIsDecidedByTheSeed(t *testing.T) {
	t.Parallel()
	strikes := func(seed uint64) string {
		b := newBench(t, simulator.Config{Seed: seed})
		arm(t, b, simulator.Fault{Kind: simulator.FaultStatus, Probability: 0.4})
		var out strings.Builder
		for range 60 {
			if b.do("GET", "/connectors", nil).status == 500 {
				out.WriteByte('x')
			} else {
				out.WriteByte('.')
			}
		}
		return out.String()
	}
	first := strikes(7)
	if again := strikes(7); again != first {
		t.Errorf("one seed, two sequences:\n%s\n%s", first, again)
	}
	if other := strikes(8); other == first {
		t.Error("two seeds, one sequence")
	}
	if n := strings.Count(first, "x"); n < 10 || n > 40 {
		t.Errorf("struck %d times of 60 at 0.4", n)
	}
}

func TestSenselessFaultsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	for _, fault := range []simulator.Fault{
		{},
		{Kind: "explode"},
		{Kind: simulator.FaultStatus, Status: 99},
		{Kind: simulator.FaultStatus, Path: "["},
		{Kind: simulator.FaultStatus, Probability: 2},
		{Kind: simulator.FaultStatus, Count: -1},
		{Kind: simulator.FaultHuge, Size: 5 << 30},
	} {
		if err := b.SetFault(simulator.Fault{Kind: simulator.FaultHTML}, fault); err == nil {
			t.Errorf("%+v was taken", fault)
		}
	}
	if n := len(b.Faults()); n != 0 {
		t.Errorf("%d faults are in force", n)
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	arm(t, b, simulator.Fault{Kind: simulator.FaultHang})
	b.client.Timeout = 50 * time.Millisecond
	if _, err := b.create("u"); err == nil {
		t.Error("a hanging call was answered")
	}
	b.ClearFaults()
	b.client.Timeout = 0
	if got, err := b.create("u"); err != nil || got.status != 200 {
		t.Errorf("after clearing: %d %v", got.status, err)
	}
}
