package tools_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// people is an Alloy that lists n users with ids that end in 01, 02 and so on,
// and counts how often it is asked.
func people(t *testing.T, n, status int) (*alloy.Client, *atomic.Int32) {
	t.Helper()
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"userId":"66aa000000000000000000%02d","username":"user%d\u202e"}`, i+1, i+1))
	}
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(rows, ","))
	}))
	t.Cleanup(server.Close)
	client, err := alloy.New(alloy.Config{BaseURL: server.URL, Key: alloy.StaticKey(alloy.NewSecret(foreignKey))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client, &asked
}

func TestWhoAProcessActsAs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, setting string
		status        int
		want          string // the id, or the error
		asked         int32  // by two calls
	}{
		{"an id", "66aa00000000000000000009", 200, "66aa00000000000000000009", 0},
		{"a username", "user2\u202e", 200, "66aa00000000000000000002", 1},
		{"an unknown username", "eve", 200, `there is no Alloy user "eve" (ALLOY_USER_ID) for this API key`, 2},
		{"nobody", "", 200, "no Alloy user is set, so no account can be used", 2},
		{"nobody, and a list that is refused", "", 403, "no Alloy user is set, so no account can be used", 2},
		{"a username, and a list that is refused", "eve", 403, `look up the Alloy user "eve": list users`, 2},
		{"nobody, and a key that is refused", "", 401, `look up the Alloy user "": list users`, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client, asked := people(t, 3, test.status)
			user := tools.NewStaticUser(client, test.setting)
			for range 2 {
				id, err := user.Resolve(t.Context(), tools.Principal{ID: tools.Local})
				got := id.String()
				if err != nil {
					got = err.Error()
				}
				if !strings.HasPrefix(got, test.want) || err != nil && !id.IsZero() {
					t.Errorf("%q, want %q", got, test.want)
				}
			}
			if asked.Load() != test.asked {
				t.Errorf("Alloy was asked %d times, want %d", asked.Load(), test.asked)
			}
		})
	}
}

func TestTheHintListsWhoCouldBeNamed(t *testing.T) {
	t.Parallel()
	const begin = "Whoever runs the server sets ALLOY_USER_ID, or runs `alloy-mcp setup`."
	person := func(i int) string { return fmt.Sprintf("user%d (66aa000000000000000000%02d)", i, i) }
	var ten []string
	for i := range 10 {
		ten = append(ten, person(i+1))
	}
	for n, want := range map[int]string{
		0: begin, 1: begin + " Users of this key: " + person(1) + ".", 2: begin + " Users of this key: " + person(1) + ", " + person(2) + ".",
		10: begin + " Users of this key: " + strings.Join(ten, ", ") + ".",
		11: begin + " Users of this key: " + strings.Join(ten, ", ") + " and 1 more.",
	} {
		client, _ := people(t, n, 200)
		_, err := tools.NewStaticUser(client, "").Resolve(t.Context(), tools.Principal{})
		var required *tools.UserRequiredError
		if !errors.As(err, &required) {
			t.Fatalf("%d users: error %v", n, err)
		}
		if diff := cmp.Diff(want, required.Hint()); diff != "" {
			t.Errorf("%d users (-want +got):\n%s", n, diff)
		}
	}
}
