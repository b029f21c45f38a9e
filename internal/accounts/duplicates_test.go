package accounts

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// account writes an account as "id owner status"; "-" is no owner.
func account(text string) Account {
	parts := strings.Fields(text)
	owner := parts[1]
	if owner == "-" {
		owner = ""
	}
	return Account{Credential: alloy.Credential{ID: parts[0], ConnectorID: "app"}, Owner: owner, Status: Status(parts[2])}
}

func ids(list []Account) string {
	var all []string
	for _, a := range list {
		all = append(all, a.ID)
	}
	return strings.Join(all, " ")
}

// The lists are newest first, as Alloy's are sorted.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                 string
		list                 []string
		pins                 Pins
		keep, remove, unsure string
	}{
		{"the newest that works is kept", []string{"c ann working", "b ann working", "a ann working"}, Pins{}, "c", "b a", ""},
		{"a newer one that is broken is not kept", []string{"c ann needs_reconnect", "b ann working", "a ann working"}, Pins{}, "b", "a c", ""},
		{"two owners are two accounts", []string{"b ann working", "a bob working"}, Pins{}, "b a", "", ""},
		{"the only one of its owner stays, broken or not", []string{"b ann working", "a bob needs_reconnect"}, Pins{}, "b a", "", ""},
		{"without an owner nobody can tell", []string{"b - working", "a - unverified"}, Pins{}, "", "", "b a"},
		{"a broken one of nobody's goes where another works", []string{"b - needs_reconnect", "a - working"}, Pins{}, "", "b", "a"},
		{"all broken: one stays", []string{"b ann needs_reconnect", "a ann needs_reconnect"}, Pins{}, "b", "a", ""},
		{"a pinned one is never removed", []string{"b ann working", "a ann working"}, Pins{Any: "a"}, "a", "b", ""},
		{"nor for its connector", []string{"b ann working", "a ann needs_reconnect"}, Pins{ByConnector: map[string]string{"app": "a"}}, "a", "b", ""},
	} {
		var group []Account
		for _, text := range test.list {
			group = append(group, account(text))
		}
		var found Duplicates
		found.sort(group, test.pins)
		got := []string{ids(found.Keep), ids(found.Remove), ids(found.Unsure)}
		if diff := cmp.Diff([]string{test.keep, test.remove, test.unsure}, got); diff != "" {
			t.Errorf("%s: keep, remove, unsure (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"bot":{"workspace_name":"Harbour & Pine"},"name":"Alloy"}`: "Harbour & Pine, Alloy",
		`{"ok":true,"team":"Pine","user":"robin"}`:                   "Pine, robin",
		`{"displayName":"Robin","emailAddress":"r@x.example"}`:       "Robin, r@x.example",
		`{"user":{"id":1},"email":"r@x.example"}`:                    "r@x.example",
		`{"team":{"id":1},"name":"Robin"}`:                           "Robin",
		`[]`:                                                         "",
		`{"results":[]}`:                                             "",
	} {
		if got := ownerIn([]byte(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestHarmlessReads(t *testing.T) {
	t.Parallel()
	parameter := func(in, name, schema string, required bool) alloy.Parameter {
		return alloy.Parameter{In: in, Name: name, Required: required, Schema: []byte(schema)}
	}
	for _, test := range []struct {
		name   string
		action alloy.Action
		want   bool
	}{
		{"a plain list", alloy.Action{ID: "listThings", Method: "get", Path: "/things"}, true},
		{"one with a limit", alloy.Action{ID: "listThings", Method: "get", Path: "/things", Parameters: []alloy.Parameter{parameter("query", "limit", `{"type":"integer"}`, false)}}, true},
		{"one that needs an id", alloy.Action{ID: "listParts", Method: "get", Path: "/things/{id}/parts", Parameters: []alloy.Parameter{parameter("path", "id", `{}`, true)}}, false},
		{"one that needs a filter", alloy.Action{ID: "listThings", Method: "get", Path: "/things", Parameters: []alloy.Parameter{parameter("query", "since", `{}`, true)}}, false},
		{"one whose path lacks a parameter", alloy.Action{ID: "listParts", Method: "get", Path: "/things/{id}/parts"}, false},
		{"a name that lies", alloy.Action{ID: "me", Method: "post", Path: "/me/delete"}, false},
	} {
		if _, got := harmless("app", test.action); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	read, _ := harmless("notion", alloy.Action{ID: "get-self", Method: "get", Path: "/v1/users/me"})
	if read.AdditionalHeaders["Notion-Version"] == "" {
		t.Error("Notion is asked without a version")
	}
}

func TestStatusOfEvidence(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		seen evidence
		want Status
	}{
		{evidence{}, Unverified},
		{evidence{Linked: true}, Unverified},
		{evidence{Works: &yes, At: at}, Working},
		{evidence{Works: &no, At: at}, NeedsReconnect},
	} {
		if got := test.seen.account(alloy.Credential{ID: "x"}); got.Status != test.want || !got.VerifiedAt.Equal(test.seen.At) {
			t.Errorf("%+v: %+v", test.seen, got)
		}
	}
}
