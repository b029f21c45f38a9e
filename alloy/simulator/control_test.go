package simulator_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// control works a control over HTTP and fails the test where it refuses.
func (b *bench) control(method, name string, body any) answer {
	b.t.Helper()
	got := b.send(method, "/_sim/"+name, header{"Content-Type": "application/json"}, body)
	if got.status != 200 {
		b.t.Errorf("%s %s: %d %s", method, name, got.status, got.body)
	}
	return got
}

func TestControlsWorkOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	info := b.control("GET", "info", nil)
	if info.at("production", "api_key") != b.APIKey() || info.at("development", "user_id") != b.Development().UserID() || info.at("base_url") != b.url {
		t.Errorf("info: %s", info.body)
	}
	if got := info.at("provider_data", "shippo", "accessToken"); got != b.ProviderData("shippo")["accessToken"] {
		t.Errorf("provider data: %v", got)
	}
	user, _ := b.control("POST", "users", `{"username":"x","account":"development"}`).at("user_id").(string)
	cred, _ := b.control("POST", "credentials", `{"connector":"notion","user_id":"`+user+`","account":"development"}`).at("credential_id").(string)
	dev := b.good().as("Authorization", "Bearer "+b.Development().APIKey()).as("x-alloy-userid", user)
	search := func() answer {
		return b.send("POST", "/connectors/notion/actions/post-search/execute", dev, map[string]any{"credentialId": cred})
	}
	b.control("POST", "share", `{"credential_id":"`+cred+`","pages":[]}`)
	if list, _ := search().at("responseData", "results").([]any); len(list) != 0 {
		t.Errorf("nothing shared: %d results", len(list))
	}
	b.control("POST", "share", `{"credential_id":"`+cred+`","everything":true}`)
	if list, _ := search().at("responseData", "results").([]any); len(list) != 100 {
		t.Errorf("everything shared: %d results", len(list))
	}
	b.control("POST", "revoke", `{"credential_id":"`+cred+`","at_provider":true}`)
	if got := search(); got.at("responseData", "code") != "unauthorized" {
		t.Errorf("revoked at the provider: %s", got.body)
	}
	b.control("POST", "revoke", `{"credential_id":"`+cred+`"}`)
	if got := search(); got.at("error", "code") != "INVALID_CREDENTIAL" {
		t.Errorf("revoked: %s", got.body)
	}
	if got := b.control("GET", "canaries", nil); !strings.Contains(got.body, "canary-") {
		t.Errorf("canaries: %s", got.body)
	}
	b.control("POST", "catalogs", `{"connector":{"id":"x"},"metadata":[{"authenticationType":"oauth2"}],"resources":[],"actions":{}}`)
	if got := b.do("GET", "/connectors/x", nil); got.at("connector", "id") != "x" {
		t.Errorf("loaded connector: %s", got.body)
	}
	if got, _ := b.control("GET", "journal", nil).at("entries").([]any); len(got) != 5 {
		t.Errorf("journal: %d entries", len(got))
	}
	b.control("POST", "reset", nil)
	if got, _ := b.control("GET", "journal", nil).at("entries").([]any); len(got) != 0 {
		t.Errorf("journal after a reset: %d entries", len(got))
	}
	if got := b.control("GET", "writes", nil); got.at("total") != 0.0 {
		t.Errorf("writes after a reset: %s", got.body)
	}
	if got := b.do("GET", "/connectors/x", nil); got.status != 200 {
		t.Errorf("a reset lost a catalog: %s", got.body)
	}
}

func TestFaultAndModeControls(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{Modes: simulator.Modes{CreatedStatus: true}})
	b.control("POST", "faults", `{"kind":"slow","delay":"1ms","path":"/connectors"}`)
	b.control("POST", "faults", `[{"kind":"status","status":503,"method":"POST"},{"kind":"reset","after_effect":true,"count":1}]`)
	want := []simulator.Fault{
		{Kind: "slow", Delay: time.Millisecond, Path: "/connectors"},
		{Kind: "status", Status: 503, Method: "POST"},
		{Kind: "reset", AfterEffect: true, Count: 1},
	}
	if diff := cmp.Diff(want, b.Faults()); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if got := b.control("GET", "faults", nil); got.at("faults", 0, "delay") != "1ms" {
		t.Errorf("faults: %s", got.body)
	}
	b.control("DELETE", "faults", nil)
	if n := len(b.Faults()); n != 0 {
		t.Errorf("%d faults after clearing", n)
	}
	got := b.control("POST", "modes", `{"list_delay":"2s","order":"reversed","statuses":{"INVALID_USER":404}}`)
	if got.at("list_delay") != "2s" || got.at("created_status") != true {
		t.Errorf("modes: %s", got.body)
	}
	wantModes := simulator.Modes{
		CreatedStatus: true, ListDelay: 2 * time.Second, Order: simulator.OrderReversed, Statuses: map[string]int{"INVALID_USER": 404},
	}
	if diff := cmp.Diff(wantModes, b.Modes()); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
	b.Reset()
	if diff := cmp.Diff(simulator.Modes{CreatedStatus: true}, b.Modes()); diff != "" {
		t.Errorf("modes after a reset (-want +got):\n%s", diff)
	}
}

func TestControlsRefuseNonsense(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	for call, body := range map[string]string{
		"POST faults":      `{"kind":"status","pathh":"/users"}`,
		"POST faults?a":    `[{"kind":"explode"}]`,
		"POST faults?b":    `{"kind":"slow","delay":"soon"}`,
		"POST modes":       `{"order":"sideways"}`,
		"POST modes?a":     `{"list_dealy":"2s"}`,
		"POST modes?b":     `{"list_delay":"-2s"}`,
		"POST modes?c":     `{"statuses":{"INVALID_USER":200}}`,
		"POST users":       `{"username":""}`,
		"POST users?a":     `{"username":"x","account":"staging"}`,
		"POST credentials": `{"connector":"nothing"}`,
		"POST revoke":      `{"credential_id":"x"}`,
		"POST share":       `{"credential_id":"x"}`,
		"POST catalogs":    `{}`,
	} {
		method, name, _ := strings.Cut(call, " ")
		got := b.send(method, "/_sim/"+name, header{"Content-Type": "application/json"}, body)
		if text, _ := got.at("error").(string); got.status != 400 || text == "" {
			t.Errorf("%s %s: %d %s", call, body, got.status, got.body)
		}
	}
	if got := b.send("POST", "/_sim/reset", header{"Content-Type": "text/plain"}, "x"); got.status != 400 {
		t.Errorf("a form of a page worked a control: %d", got.status)
	}
	if got := b.send("GET", "/_sim/nothing", nil, nil); got.status != 404 {
		t.Errorf("an unknown control: %d", got.status)
	}
	if n := len(b.Faults()); n != 0 {
		t.Errorf("%d faults are in force", n)
	}
}

func TestOneSeedGivesOneSetOfAnswers(t *testing.T) {
	t.Parallel()
	session := func(b *bench) string {
		out := b.APIKey() + b.UserID()
		id := b.connect("notion")
		out += b.do("POST", "/users", map[string]any{"username": "u"}).body
		out += b.run("notion", "post-search", id, nil).body
		out += b.do("GET", "/users/"+b.UserID()+"/credentials", nil).body
		return out + strings.Join(b.Canaries(), " ")
	}
	first := newBench(t, simulator.Config{Seed: 3})
	want := session(first)
	if got := session(newBench(t, simulator.Config{Seed: 3})); got != want {
		t.Error("one seed, two sessions")
	}
	if got := session(newBench(t, simulator.Config{Seed: 4})); got == want {
		t.Error("two seeds, one session")
	}
	first.Reset()
	if got := session(first); got != want {
		t.Error("a reset does not lead back to the beginning")
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{JournalSize: 50})
	id := b.connect("notion")
	arm(t, b, simulator.Fault{Kind: simulator.FaultStatus, Probability: 0.1, Path: "/users/**"})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 15 {
				b.run("notion", "post-page", id, map[string]any{"requestBody": map[string]any{
					"parent": map[string]any{"workspace": true}, "properties": map[string]any{},
				}})
				b.run("notion", "post-search", id, nil)
				b.do("GET", "/users/"+b.UserID()+"/credentials", nil)
				b.control("POST", "modes", `{"order":"shuffled"}`)
				b.Journal()
				b.Writes()
			}
		})
	}
	group.Wait()
	if n := b.Writes().ByAction["notion.post-page"]; n != 120 {
		t.Errorf("%d pages were counted, want 120", n)
	}
}
