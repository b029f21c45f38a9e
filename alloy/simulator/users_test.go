package simulator_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

func TestUserLivesFromCreateToDelete(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	made := b.do("POST", "/users", map[string]any{"username": "ines@example.com", "fullName": "Ines"})
	id, _ := made.at("userId").(string)
	if made.status != 200 || len(made.data()) != 1 || !regexp.MustCompile(`^[0-9a-f]{24}$`).MatchString(id) {
		t.Fatalf("create: %d %s", made.status, made.body)
	}
	want := map[string]any{"userId": id, "username": "ines@example.com", "fullName": "Ines"}
	if diff := cmp.Diff(want, b.do("GET", "/users/"+id, nil).data()); diff != "" {
		t.Errorf("get (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, b.do("GET", "/users/ines@example.com", nil).data()); diff != "" {
		t.Errorf("get by username (-want +got):\n%s", diff)
	}
	want["fullName"] = "Ines Prado"
	if diff := cmp.Diff(want, b.do("PUT", "/users/"+id, map[string]any{"fullName": "Ines Prado"}).data()); diff != "" {
		t.Errorf("put (-want +got):\n%s", diff)
	}
	list, _ := b.do("GET", "/users", nil).at("data").([]any)
	if diff := cmp.Diff(want, walk(list, 2)); len(list) != 3 || diff != "" {
		t.Errorf("list of %d (-want +got):\n%s", len(list), diff)
	}
	cred, err := b.AddCredential(id, "notion")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"success": true}, b.do("DELETE", "/users/"+id, nil).data()); diff != "" {
		t.Errorf("delete (-want +got):\n%s", diff)
	}
	if got := b.do("GET", "/users/"+id, nil); got.at("error", "code") != "INVALID_USER" {
		t.Errorf("get after delete: %s", got.body)
	}
	if err := b.Revoke(cred); err == nil {
		t.Error("the credential outlived its user")
	}
	if diff := cmp.Diff(map[string]int{"users.create": 1, "users.update": 1, "users.delete": 1}, b.Writes().ByAction); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestUserMistakesAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	taken := map[string]any{"username": "robin@production.example"}
	for _, test := range []struct {
		method, path string
		body         any
		detail       any
	}{
		{"POST", "/users", map[string]any{"fullName": "x"}, "username"},
		{"POST", "/users", "not JSON", "username"},
		{"POST", "/users", taken, "username"},
		{"PUT", "/users/" + b.UserID(), map[string]any{}, "fullName"},
		{"PUT", "/users/" + b.UserID(), map[string]any{"username": "other"}, "username"},
		{"DELETE", "/users/" + b.Production().OwnerID(), nil, "userId"},
	} {
		got := b.do(test.method, test.path, test.body)
		if got.status != 400 || got.at("error", "code") != "INVALID_INPUT" || got.at("error", "details", 0, "properties") != test.detail {
			t.Errorf("%s %s %v: %d %s", test.method, test.path, test.body, got.status, got.body)
		}
	}
	if n := b.Writes().Total; n != 0 {
		t.Errorf("%d writes were counted", n)
	}
}

func TestUserModes(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Config{})
	set(t, b, simulator.Modes{CreatedStatus: true, EmptyDeletes: true, Statuses: map[string]int{simulator.StatusInvalidUser: 422}})
	made := b.do("POST", "/users", map[string]any{"username": "u"})
	if made.status != 201 {
		t.Errorf("create answered %d", made.status)
	}
	if got := b.do("DELETE", "/users/u", nil); got.status != 204 || got.body != "" {
		t.Errorf("delete answered %d %q", got.status, got.body)
	}
	if got := b.do("GET", "/users/u", nil); got.status != 422 {
		t.Errorf("unknown user answered %d", got.status)
	}
	set(t, b, simulator.Modes{UsersRefused: true})
	if got := b.do("GET", "/users", nil); got.status != 401 {
		t.Errorf("refused users answered %d", got.status)
	}
	if got := b.do("GET", "/connectors/notion/credentials", nil); got.status != 200 {
		t.Errorf("other calls answered %d", got.status)
	}
}

func set(t *testing.T, b *bench, m simulator.Modes) {
	t.Helper()
	if err := b.SetModes(m); err != nil {
		t.Fatal(err)
	}
}
