package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

func TestGateChecksVersionThenKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	dev := "Bearer " + b.Development().APIKey()
	key := "Bearer " + b.APIKey()
	const html, unauthorized, fine = "errorHtml", "Invalid Authorization", `"connectors"`
	for _, test := range []struct {
		name, version, authorization string
		keyFirst                     bool
		status                       int
		contains                     string
	}{
		{"all is well", "2025-09", key, false, 200, fine},
		{"the older version works too", "2025-06", key, false, 200, fine},
		{"the development key works", "2025-09", dev, false, 200, fine},
		{"the scheme may be lower case", "2025-09", "bearer " + b.APIKey(), false, 200, fine},
		{"no version", "", key, false, 404, html},
		{"an unknown version", "2024-03", key, false, 404, html},
		{"no key", "2025-09", "", false, 401, unauthorized},
		{"a wrong key", "2025-09", "Bearer 123456789012345678901", false, 401, unauthorized},
		{"a key without its scheme", "2025-09", b.APIKey(), false, 401, unauthorized},
		{"another scheme", "2025-09", "Basic " + b.APIKey(), false, 401, unauthorized},
		{"neither, version first", "", "", false, 404, html},
		{"neither, key first", "", "", true, 401, unauthorized},
		{"no version, key first", "", key, true, 404, html},
	} {
		if err := b.SetModes(simulator.Modes{KeyBeforeVersion: test.keyFirst}); err != nil {
			t.Fatal(err)
		}
		got := b.send("GET", "/connectors", header{}.as("x-api-version", test.version).as("Authorization", test.authorization), nil)
		if got.status != test.status || !strings.Contains(got.body, test.contains) {
			t.Errorf("%s: %d %s, want %d with %s", test.name, got.status, got.body, test.status, test.contains)
		}
	}
}

func TestRefusalsHaveTheirExactShapes(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	got := b.send("GET", "/connectors/%3Cb%3E", header{}, nil)
	page, _ := got.at("errorHtml").(string)
	if !strings.HasPrefix(page, "<!DOCTYPE html>") || !strings.Contains(page, "<pre>Cannot GET /connectors/&lt;b&gt;</pre>") || len(got.data()) != 1 {
		t.Errorf("without a version: %s", got.body)
	}
	got = b.send("GET", "/connectors", b.good().as("Authorization", ""), nil)
	if diff := cmp.Diff(map[string]any{"message": "Invalid Authorization"}, got.data()); diff != "" {
		t.Errorf("without a key (-want +got):\n%s", diff)
	}
	stranger := strings.Repeat("0", 24)
	got = b.send("GET", "/connectors/notion/credentials", b.good().as("x-alloy-userid", stranger), nil)
	want := map[string]any{"error": map[string]any{
		"source": "CONNECTIVITY_API", "code": "INVALID_USER", "message": "User not found", "details": map[string]any{"userId": stranger},
	}}
	if diff := cmp.Diff(want, got.data()); diff != "" {
		t.Errorf("for an unknown user (-want +got):\n%s", diff)
	}
}

func TestTwoAuthorizationHeadersAreNoKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	r, err := http.NewRequestWithContext(t.Context(), "GET", b.url+"/connectors", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-api-version", "2025-09")
	r.Header["Authorization"] = []string{"Bearer " + b.APIKey(), "Bearer " + b.APIKey()}
	resp, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestCallsThatAlloyDoesNotHaveAreUnrouted(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	id := b.connect("notion")
	user := b.UserID()
	for _, call := range []string{
		"POST /users/" + user + "/executions",
		"POST /actions/notion/post-search",
		"POST /actions/execute",
		"POST /connectors/notion/execute",
		"POST /connectors/notion/actions/post-search",
		"GET /connectors/notion/actions/post-search/execute",
		"GET /2025-09/connectors",
		"POST /connectors/notion/credentials/callback",
		"GET /credentials/" + id,
		"GET /credentials",
		"GET /users/" + user + "/token",
		"POST /users/connectors/notion/credentials",
		"POST /users/" + user + "/credentials",
		"DELETE /connectors/files/some-key",
		"PATCH /users/" + user,
		"GET /Connectors",
		"GET /",
		"GET /connectors//resources",
		"GET /connectors/notion%2Fresources/resources/x",
		"POST /2025-09/connectors/files/upload/request",
	} {
		method, path, _ := strings.Cut(call, " ")
		got := b.do(method, path, nil)
		if got.status != 404 || !strings.Contains(got.body, "Cannot "+method) || len(got.data()) != 1 {
			t.Errorf("%s: %d %s", call, got.status, got.body)
		}
	}
}

func TestWithoutUserHeaderTheOwnerActs(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	mine := b.connect("notion")
	ownerless := b.good().as("x-alloy-userid", "")
	got := b.send("GET", "/connectors/notion/credentials", ownerless, nil)
	if list, _ := got.at("credentials").([]any); got.status != 200 || len(list) != 0 {
		t.Errorf("the owner's list: %d %s", got.status, got.body)
	}
	got = b.send("POST", "/connectors/notion/actions/post-search/execute", ownerless, map[string]any{"credentialId": mine})
	if got.at("error", "message") != "Credential not found" {
		t.Errorf("the owner with the user's credential: %d %s", got.status, got.body)
	}
	theirs, err := b.AddCredential(b.Production().OwnerID(), "notion")
	if err != nil {
		t.Fatal(err)
	}
	got = b.send("POST", "/connectors/notion/actions/post-search/execute", ownerless, map[string]any{"credentialId": theirs})
	if got.status != 200 || got.at("responseData", "object") != "list" {
		t.Errorf("the owner with its own credential: %d %s", got.status, got.body)
	}
}

func TestKeysOpenSeparateAccounts(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	mine := b.connect("notion")
	dev := b.good().as("Authorization", "Bearer "+b.Development().APIKey())
	if got := b.send("GET", "/users/"+b.UserID(), dev, nil); got.at("error", "code") != "INVALID_USER" {
		t.Errorf("a production user behind the development key: %s", got.body)
	}
	dev = dev.as("x-alloy-userid", b.Development().UserID())
	got := b.send("POST", "/connectors/notion/actions/get-self/execute", dev, map[string]any{"credentialId": mine})
	if got.at("error", "message") != "Credential not found" {
		t.Errorf("a production credential behind the development key: %s", got.body)
	}
	for _, key := range []string{b.APIKey(), b.Development().APIKey()} {
		if len(key) != 21 {
			t.Errorf("key %q has %d characters", key, len(key))
		}
	}
}
