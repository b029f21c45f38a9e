package simulator_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

func TestSecretsMakeCredentialsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	for _, test := range []struct{ connector, authType, action, typeName string }{
		{"shipStation", "apiKey", "listOrders", "shipStation-apiKey"},
		{"shippo", "http", "ListAddresses", "shippo-http"},
		{"jira", "http", "getCurrentUser", "jira-http"},
	} {
		made := b.do("POST", "/connectors/"+test.connector+"/credentials", map[string]any{
			"userId": b.UserID(), "authenticationType": test.authType, "data": b.ProviderData(test.connector),
		})
		id, _ := made.at("credentialId").(string)
		if made.status != 200 || len(made.data()) != 1 || len(id) != 24 {
			t.Errorf("%s: create answered %d %s", test.connector, made.status, made.body)
			continue
		}
		row, _ := b.do("GET", "/connectors/"+test.connector+"/credentials", nil).at("credentials", 0).(map[string]any)
		if row["credentialId"] != id || row["type"] != test.typeName || len(row) != 5 {
			t.Errorf("%s: row %v", test.connector, row)
		}
		if got := b.run(test.connector, test.action, id, nil); got.at("status") != "completed" {
			t.Errorf("%s: %s answered %d %s", test.connector, test.action, got.status, got.body)
		}
	}
	if n := b.Writes().ByAction["credentials.create"]; n != 3 {
		t.Errorf("%d creations were counted", n)
	}
}

func TestWrongSecretsFailAtTheProvider(t *testing.T) {
	t.Parallel()
	for connector, test := range map[string]struct {
		data         map[string]any
		action, says string
		authType     string
	}{
		"shipStation": {map[string]any{"apiKey": "wrong"}, "listOrders", "Authorization has been denied", "apiKey"},
		"shippo":      {map[string]any{"accessToken": "wrong"}, "ListAddresses", "Token does not exist", "http"},
		"jira":        {map[string]any{"domain": "harbourpine", "username": "robin@harbourpine.example", "password": "wrong"}, "getCurrentUser", "must be authenticated", "http"},
	} {
		b := newBench(t, simulator.Config{})
		made := b.do("POST", "/connectors/"+connector+"/credentials", map[string]any{
			"userId": b.UserID(), "authenticationType": test.authType, "data": test.data,
		})
		id, _ := made.at("credentialId").(string)
		if id == "" {
			t.Errorf("%s: a wrong secret is stored like any other, answered %s", connector, made.body)
			continue
		}
		got := b.run(connector, test.action, id, nil)
		if got.status != 200 || got.at("status") != "failed" || !strings.Contains(got.body, test.says) {
			t.Errorf("%s: %d %s", connector, got.status, got.body)
		}
		set(t, b, simulator.Modes{ProviderErrors: simulator.ProviderErrorsStatus})
		if got := b.run(connector, test.action, id, nil); got.status != 401 {
			t.Errorf("%s: with the provider's status %d", connector, got.status)
		}
		set(t, b, simulator.Modes{AnySecret: true})
		if got := b.run(connector, test.action, id, nil); got.at("status") != "completed" {
			t.Errorf("%s: with any secret %s", connector, got.body)
		}
	}
}

func TestCreateIsValidated(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	user, redirect := b.UserID(), "http://localhost:8080/callback"
	load(t, b, `{"connector":{"id":"own","name":"Own app"},"metadata":[{"authenticationType":"oauth2","authConfigRequired":true}],"resources":[],"actions":{}}`)
	for _, test := range []struct {
		name, connector string
		body            any
		details         []string
	}{
		{"no JSON", "notion", "{", []string{"body"}},
		{"userId of another form", "notion", map[string]any{"userId": "user_1", "authenticationType": "oauth2", "redirectUri": redirect}, []string{"userId"}},
		{"no type", "notion", map[string]any{"userId": user, "redirectUri": redirect}, []string{"authenticationType"}},
		{"the old name of the type", "notion", map[string]any{"userId": user, "credentialType": "oauth2", "redirectUri": redirect}, []string{"authenticationType"}},
		{"no redirect", "notion", map[string]any{"userId": user, "authenticationType": "oauth2"}, []string{"redirectUri"}},
		{"another name of the redirect", "notion", map[string]any{"userId": user, "authenticationType": "oauth2", "redirectUrl": redirect}, []string{"redirectUri"}},
		{"a relative redirect", "notion", map[string]any{"userId": user, "authenticationType": "oauth2", "redirectUri": "/callback"}, []string{"redirectUri"}},
		{"a redirect that is a script", "notion", map[string]any{"userId": user, "authenticationType": "oauth2", "redirectUri": "javascript:alert(1)"}, []string{"redirectUri"}},
		{"no data", "jira", map[string]any{"userId": user, "authenticationType": "http"}, []string{"data.domain", "data.username", "data.password"}},
		{"empty data", "shippo", map[string]any{"userId": user, "authenticationType": "http", "data": map[string]any{"accessToken": ""}}, []string{"data.accessToken"}},
		{"data under another name", "shippo", map[string]any{"userId": user, "authenticationType": "http", "fields": map[string]any{"accessToken": "x"}}, []string{"data.accessToken"}},
		{"no Auth Config", "own", map[string]any{"userId": user, "authenticationType": "oauth2", "redirectUri": redirect}, []string{"authConfigId"}},
		{"a bad Auth Config", "own", map[string]any{"userId": user, "authenticationType": "oauth2", "redirectUri": redirect, "authConfigId": "mine"}, []string{"authConfigId"}},
	} {
		got := b.do("POST", "/connectors/"+test.connector+"/credentials", test.body)
		var fields []string
		details, _ := got.at("error", "details").([]any)
		for _, d := range details {
			fields = append(fields, fmt.Sprint(walk(d, "properties")))
		}
		if got.status != 400 || got.at("error", "code") != "INVALID_INPUT" {
			t.Errorf("%s: %d %s", test.name, got.status, got.body)
		}
		if diff := cmp.Diff(test.details, fields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	withConfig := map[string]any{"userId": user, "authenticationType": "oauth2", "redirectUri": redirect, "authConfigId": strings.Repeat("a", 24)}
	if got := b.do("POST", "/connectors/own/credentials", withConfig); got.at("oauthUrl") == nil {
		t.Errorf("with an Auth Config: %s", got.body)
	}
	unknown := map[string]any{"userId": strings.Repeat("0", 24), "authenticationType": "oauth2", "redirectUri": redirect}
	if got := b.do("POST", "/connectors/notion/credentials", unknown); got.at("error", "code") != "INVALID_USER" {
		t.Errorf("an unknown user: %s", got.body)
	}
	if n := b.Writes().Total; n != 0 {
		t.Errorf("%d writes were counted", n)
	}
}

func TestUnsupportedAuthenticationIsNotFoundWithoutWrapper(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	for _, authType := range []string{"apiKey", "api_key", "http", "OAuth2"} {
		got := b.do("POST", "/connectors/notion/credentials", map[string]any{"userId": b.UserID(), "authenticationType": authType, "data": map[string]any{"apiKey": "x"}})
		if got.status != 404 || got.at("code") != "AUTHENTICATION_NOT_FOUND" || got.at("error") != nil {
			t.Errorf("%s: %d %s", authType, got.status, got.body)
		}
	}
}

func TestCreateWithoutUserIDIsForTheActor(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	body := map[string]any{"authenticationType": "oauth2", "redirectUri": "https://app.example/cb"}
	link, _ := b.send("POST", "/connectors/notion/credentials", b.good().as("x-alloy-userid", ""), body).at("oauthUrl").(string)
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("userId") != b.Production().OwnerID() {
		t.Errorf("link %q, %v", link, err)
	}
}

func TestCreateMovesWithTheModes(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	body := map[string]any{"userId": b.UserID(), "connectorId": "shippo", "authenticationType": "http", "data": b.ProviderData("shippo")}
	paths := map[simulator.CreatePath]string{
		simulator.CreateAtConnectors:      "/connectors/shippo/credentials",
		simulator.CreateAtUsersConnectors: "/users/connectors/shippo/credentials",
		simulator.CreateAtUsers:           "/users/" + b.UserID() + "/credentials",
	}
	for mode := range paths {
		set(t, b, simulator.Modes{CreatePath: mode})
		for other, path := range paths {
			got := b.do("POST", path, body)
			if works := got.at("credentialId") != nil; works != (other == mode) {
				t.Errorf("mode %q, path %s: %d %s", mode, path, got.status, got.body)
			}
		}
	}
	set(t, b, simulator.Modes{LegacyCredentialType: true})
	if got := b.do("POST", "/connectors/shippo/credentials", body); got.at("error", "details", 0, "properties") != "credentialType" {
		t.Errorf("legacy, new name: %s", got.body)
	}
	delete(body, "authenticationType")
	body["credentialType"] = "http"
	if got := b.do("POST", "/connectors/shippo/credentials", body); got.at("credentialId") == nil {
		t.Errorf("legacy, old name: %s", got.body)
	}
}

func TestListsShowOnlyTheUsersOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	other, err := b.AddUser("other@example.com", "")
	if err != nil {
		t.Fatal(err)
	}
	notion, shippo := b.connect("notion"), b.connect("shippo")
	theirs, err := b.AddCredential(other, "notion")
	if err != nil {
		t.Fatal(err)
	}
	ids := func(a answer, key string) []string {
		list, _ := a.at(key).([]any)
		var out []string
		for _, item := range list {
			out = append(out, fmt.Sprint(walk(item, "credentialId")))
		}
		return out
	}
	for _, test := range []struct {
		path, key string
		want      []string
	}{
		{"/connectors/notion/credentials", "credentials", []string{notion}},
		{"/users/" + b.UserID() + "/credentials", "data", []string{notion, shippo}},
		{"/users/" + b.UserID() + "/credentials?connectorId=notion", "data", []string{notion, shippo}},
		{"/credentials/users/" + b.UserID(), "data", []string{notion, shippo}},
		{"/users/" + other + "/credentials", "data", []string{theirs}},
	} {
		got := b.do("GET", test.path, nil)
		if diff := cmp.Diff(test.want, ids(got, test.key)); diff != "" || len(got.data()) != 1 {
			t.Errorf("%s (-want +got):\n%s%s", test.path, diff, got.body)
		}
	}
	if got := b.do("GET", "/credentials/users/"+b.UserID(), nil).at("data", 0, "type"); got != "notion" {
		t.Errorf("the sister's type is %v", got)
	}
	if got := b.do("GET", "/users/"+other+"/credentials", nil).at("data", 0, "name"); got != "other@example.com's Notion" {
		t.Errorf("name without a full name is %v", got)
	}
}

func TestListOrderFollowsTheMode(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	var made []any
	for range 12 {
		made = append(made, b.connect("notion"))
		b.clock.pass(time.Minute)
	}
	listed := func() []any {
		var out []any
		list, _ := b.do("GET", "/connectors/notion/credentials", nil).at("credentials").([]any)
		for _, item := range list {
			out = append(out, walk(item, "credentialId"))
		}
		return out
	}
	backward := slices.Clone(made)
	slices.Reverse(backward)
	for mode, want := range map[simulator.Order][]any{
		simulator.OrderNewestLast: made, simulator.OrderNewestFirst: backward, simulator.OrderReversed: backward,
	} {
		set(t, b, simulator.Modes{Order: mode})
		if diff := cmp.Diff(want, listed()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", mode, diff)
		}
	}
	set(t, b, simulator.Modes{Order: simulator.OrderShuffled})
	first, second := listed(), listed()
	if cmp.Equal(first, second) || cmp.Equal(first, made) || len(first) != len(made) {
		t.Error("shuffled lists are not shuffled")
	}
	set(t, b, simulator.Modes{Order: simulator.OrderReversed})
	if got := b.do("GET", "/connectors", nil).at("connectors", 0, "id"); got != "jira" {
		t.Errorf("reversed, the first connector is %v", got)
	}
	set(t, b, simulator.Modes{Order: simulator.OrderNewestFirst})
	if got := b.do("GET", "/connectors", nil).at("connectors", 0, "id"); got != "notion" {
		t.Errorf("newest first is about credentials, but the first connector is %v", got)
	}
}

func TestDeleteWantsTheRightOwnerAndConnector(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	other, err := b.AddUser("other@example.com", "Other")
	if err != nil {
		t.Fatal(err)
	}
	first, second := b.connect("notion"), b.connect("notion")
	for _, path := range []string{
		"/connectors/shippo/credentials/" + first,
		"/users/" + other + "/credentials/" + first,
		"/connectors/notion/credentials/" + strings.Repeat("0", 24),
	} {
		if got := b.do("DELETE", path, nil); got.at("error", "message") != "Credential not found" {
			t.Errorf("DELETE %s: %s", path, got.body)
		}
	}
	if got := b.send("DELETE", "/connectors/notion/credentials/"+first, b.good().as("x-alloy-userid", other), nil); got.status == 200 {
		t.Error("somebody else deleted the credential")
	}
	for _, path := range []string{"/connectors/notion/credentials/" + first, "/users/" + b.UserID() + "/credentials/" + second} {
		if got := b.do("DELETE", path, nil); got.at("success") != true {
			t.Errorf("DELETE %s: %s", path, got.body)
		}
	}
	if got := b.do("GET", "/connectors/notion/credentials", nil); got.body != `{"credentials":[]}` {
		t.Errorf("left over: %s", got.body)
	}
	if n := b.Writes().ByAction["credentials.delete"]; n != 2 {
		t.Errorf("%d deletions were counted", n)
	}
}

func TestOldMeaningOfCredentialsIsTheMetadata(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	want := b.do("GET", "/connectors/jira/credentials/metadata", nil)
	if want.at("metadata", 0, "authenticationType") != "http" {
		t.Fatalf("metadata: %s", want.body)
	}
	set(t, b, simulator.Modes{OldCredentials: true})
	if got := b.do("GET", "/connectors/jira/credentials", nil); got.body != want.body {
		t.Errorf("old meaning: %s", got.body)
	}
	if got := b.do("GET", "/connectors/jira/credentials/metadata", nil); got.status != 404 {
		t.Errorf("the new path still answers: %d", got.status)
	}
}

func load(t *testing.T, b *bench, catalog string) {
	t.Helper()
	if err := b.LoadCatalog([]byte(catalog)); err != nil {
		t.Fatal(err)
	}
}
