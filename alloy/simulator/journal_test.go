package simulator_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

func TestJournalTellsWhatArrived(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("notion")
	b.run("notion", "post-search", id, map[string]any{"requestBody": map[string]any{"query": "x"}})
	b.send("GET", "/connectors?x=1", header{"x-api-version": "2025-09", "Authorization": "Bearer wrong"}, nil)
	entries := b.Journal()
	if len(entries) != 2 {
		t.Fatalf("%d entries", len(entries))
	}
	body := `{"credentialId":"` + id + `","requestBody":{"query":"x"}}`
	sum := sha256.Sum256([]byte(body))
	want := simulator.Entry{
		Seq: 1, Time: b.clock.now(), Method: "POST", Path: "/connectors/notion/actions/post-search/execute", Account: "production",
		UserID: b.UserID(), Connector: "notion", Action: "post-search", CredentialID: id, BodyBytes: len(body),
		BodySHA256: hex.EncodeToString(sum[:]), BodyKeys: []string{"credentialId", "requestBody"}, Status: 200,
	}
	if diff := cmp.Diff(want, entries[0], cmpopts.IgnoreFields(simulator.Entry{}, "Headers")); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	keySum := sha256.Sum256([]byte(b.APIKey()))
	if got, want := entries[0].Headers["Authorization"], "Bearer sha256:"+hex.EncodeToString(keySum[:4]); got != want {
		t.Errorf("Authorization %q, want %q", got, want)
	}
	if got := entries[0].Headers["X-Api-Version"]; got != "2025-09" {
		t.Errorf("X-Api-Version %q", got)
	}
	if e := entries[1]; e.Status != 401 || e.Account != "" || e.Query != "x=1" || e.Seq != 2 {
		t.Errorf("refused: %+v", e)
	}
}

func TestJournalHoldsNoSecret(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	link := b.link("notion", landing)
	b.press(link, "decision=approve")
	b.do("POST", "/connectors/shippo/credentials", map[string]any{
		"userId": b.UserID(), "authenticationType": "http", "data": map[string]any{"accessToken": "typed-secret"},
	})
	b.send("GET", "/connectors", header{"Cookie": "typed-secret", "X-Api-Key": "typed-secret", "Authorization": "typed-secret"}, nil)
	raw, err := json.Marshal(b.Journal())
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, "token=")
	token, _, _ = strings.Cut(token, "&")
	for _, secret := range append(b.Canaries(), b.APIKey(), "typed-secret", token) {
		if secret == "" || strings.Contains(string(raw), secret) {
			t.Errorf("the journal holds %q", secret)
		}
	}
}

func TestJournalKeepsTheNewest(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{JournalSize: 5})
	for i := range 12 {
		b.do("GET", fmt.Sprintf("/connectors/%d", i), nil)
	}
	var seen []string
	for _, e := range b.Journal() {
		seen = append(seen, fmt.Sprintf("%d %s", e.Seq, e.Path))
	}
	want := []string{"8 /connectors/7", "9 /connectors/8", "10 /connectors/9", "11 /connectors/10", "12 /connectors/11"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	if n := len(b.Journal()); n != 0 {
		t.Errorf("%d entries after a reset", n)
	}
}

func TestNoncesCountLogicalWrites(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("notion")
	body := map[string]any{"requestBody": map[string]any{
		"parent":     map[string]any{"workspace": true},
		"properties": map[string]any{"title": map[string]any{"title": []any{map[string]any{"text": map[string]any{"content": "sim-nonce-A1 sim-nonce-A1"}}}}},
	}}
	b.run("notion", "post-page", id, body)
	b.run("notion", "post-page", id, body)
	b.run("notion", "post-search", id, map[string]any{"requestBody": map[string]any{"query": "sim-nonce-A1"}})
	b.run("notion", "post-page", id, map[string]any{"requestBody": map[string]any{"refused": "sim-nonce-B2"}})
	b.do("DELETE", "/users/sim-nonce-C3", nil)
	want := simulator.WriteCounts{Total: 2, ByAction: map[string]int{"notion.post-page": 2}, ByNonce: map[string]int{"sim-nonce-A1": 2}}
	if diff := cmp.Diff(want, b.Writes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
