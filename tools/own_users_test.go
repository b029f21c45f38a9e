package tools_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// registry is a simulated Alloy in this process, so that time can stand still, with
// the users that principals get there.
type registry struct {
	t      *testing.T
	sim    *simulator.Simulator
	users  *tools.OwnUsers
	before func(*http.Request) // is called before each request, where it is set
}

func newRegistry(t *testing.T) *registry {
	t.Helper()
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	r := &registry{t: t, sim: sim}
	r.users = r.replica()
	return r
}

// replica is a resolver with a client and a memory of its own.
func (r *registry) replica() *tools.OwnUsers {
	r.t.Helper()
	client, err := alloy.New(alloy.Config{BaseURL: "https://alloy.example", Key: alloy.StaticKey(alloy.NewSecret(r.sim.APIKey())), Transport: r})
	if err != nil {
		r.t.Fatal(err)
	}
	users := tools.NewOwnUsers(client, func(p tools.Principal) string { return "mcp-" + p.ID })
	r.t.Cleanup(users.Close)
	return users
}

// RoundTrip hands the request to the simulator. A connection that the simulator
// drops is a lost answer.
func (r *registry) RoundTrip(request *http.Request) (response *http.Response, err error) {
	if r.before != nil {
		r.before(request)
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			response, err = nil, errors.New("connection reset")
		default:
			panic(cause)
		}
	}()
	if request.Body == nil {
		request.Body = http.NoBody
	}
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil { // how the client learns that all was sent
		trace.WroteHeaders()
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	recorder := httptest.NewRecorder()
	r.sim.ServeHTTP(recorder, request)
	return recorder.Result(), nil
}

func (r *registry) resolve(p tools.Principal) string {
	r.t.Helper()
	id, err := r.users.Resolve(r.t.Context(), p)
	if err != nil {
		r.t.Fatalf("%+v: %v", p, err)
	}
	return id.String()
}

// posts is how often somebody asked for a new user.
func (r *registry) posts() int {
	n := 0
	for _, entry := range r.sim.Journal() {
		if entry.Method == http.MethodPost && entry.Path == "/users" {
			n++
		}
	}
	return n
}

func (r *registry) add(username string) string {
	r.t.Helper()
	id, err := r.sim.AddUser(username, "")
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *registry) fault(fault simulator.Fault) {
	r.t.Helper()
	if err := r.sim.SetFault(fault); err != nil {
		r.t.Fatal(err)
	}
}

func TestAGivenUserIsUsedAndNeverCreated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(t)
		defer r.users.Close()
		kim := r.add("kim@example.com")
		r.add("mcp-alice") // is not asked for
		if got := r.resolve(tools.Principal{ID: "alice", User: kim}); got != kim || len(r.sim.Journal()) != 0 {
			t.Errorf("by id: %s after %d requests", got, len(r.sim.Journal()))
		}
		if got := r.resolve(tools.Principal{ID: "alice", User: "kim@example.com"}); got != kim {
			t.Errorf("by name: %s, want %s", got, kim)
		}
		_, err := r.users.Resolve(t.Context(), tools.Principal{ID: "alice", User: "nobody"})
		var missing *tools.UserRequiredError
		if !errors.As(err, &missing) || !missing.Given || r.posts() != 0 {
			t.Fatalf("a user that does not exist: %v after %d POSTs", err, r.posts())
		}
		words := missing.Error() + missing.Hint()
		if !strings.Contains(words, `no Alloy user "nobody"`) || !strings.Contains(words, "--user") || strings.Contains(words, "kim") || strings.Contains(words, "ALLOY_USER_ID") {
			t.Errorf("the words are %q", words)
		}
	})
}

func TestAPrincipalGetsAUserOfItsOwnOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(t)
		defer r.users.Close()
		bob := r.add("mcp-bob")
		if got := r.resolve(tools.Principal{ID: "bob"}); got != bob || r.posts() != 0 {
			t.Errorf("an existing user: %s, want %s; %d POSTs", got, bob, r.posts())
		}
		ids := make([]string, 50)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() { ids[i] = r.resolve(tools.Principal{ID: "alice"}) })
		}
		all.Wait()
		for _, id := range ids {
			if id != ids[0] || id == bob {
				t.Fatalf("alice is %v", ids)
			}
		}
		if r.posts() != 1 {
			t.Errorf("%d POSTs for one user", r.posts())
		}
		before := len(r.sim.Journal())
		r.resolve(tools.Principal{ID: "alice"})
		time.Sleep(10*time.Minute - time.Second)
		r.resolve(tools.Principal{ID: "alice"})
		if got := len(r.sim.Journal()) - before; got != 0 {
			t.Errorf("%d requests for what is known", got)
		}
		time.Sleep(2 * time.Second)
		if got := r.resolve(tools.Principal{ID: "alice"}); got != ids[0] || len(r.sim.Journal()) != before+1 || r.posts() != 1 {
			t.Errorf("after ten minutes: %s after %d more requests", got, len(r.sim.Journal())-before)
		}
	})
}

func TestALostAnswerCreatesNobodyTwice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   simulator.Fault
		created bool
	}{
		"the user was created":     {simulator.Fault{Kind: simulator.FaultReset, AfterEffect: true}, true},
		"a 500 after the creation": {simulator.Fault{Kind: simulator.FaultStatus, Status: 500, AfterEffect: true}, true},
		"garbage":                  {simulator.Fault{Kind: simulator.FaultGarbage, AfterEffect: true}, true},
		"the user was not created": {simulator.Fault{Kind: simulator.FaultReset}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRegistry(t)
				defer r.users.Close()
				test.fault.Method, test.fault.Path, test.fault.Count = http.MethodPost, "/users", 1
				r.fault(test.fault)
				id, err := r.users.Resolve(t.Context(), tools.Principal{ID: "alice"})
				if r.posts() != 1 {
					t.Errorf("%d POSTs", r.posts())
				}
				if test.created {
					if err != nil || id.IsZero() {
						t.Errorf("got %s, %v", id, err)
					}
					return
				}
				var failed *tools.Error
				if !errors.As(err, &failed) || failed.Code != tools.CodeUpstreamUnavailable || failed.Outcome != "" || !strings.Contains(failed.Message, "Nothing was done for this call") {
					t.Errorf("got %v", err)
				}
				if r.resolve(tools.Principal{ID: "alice"}) == "" || r.posts() != 2 {
					t.Errorf("the next call: %d POSTs", r.posts())
				}
			})
		})
	}
}

// Two replicas learn of a principal in the same moment.
func TestANameThatAnotherReplicaTookIsOurs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(t)
		defer r.users.Close()
		taken := ""
		r.before = func(request *http.Request) {
			if request.Method == http.MethodPost && taken == "" {
				taken = r.add("mcp-alice")
			}
		}
		if got := r.resolve(tools.Principal{ID: "alice"}); got != taken || r.posts() != 1 {
			t.Errorf("got %s, want %s; %d POSTs", got, taken, r.posts())
		}
	})
}

func TestAUserThatAlloyRefusesIsTheOperatorsBusiness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(t)
		defer r.users.Close()
		r.fault(simulator.Fault{Kind: simulator.FaultStatus, Status: 400, Method: http.MethodPost, Path: "/users", Count: 1, Body: `{"error":{"code":"INVALID_INPUT","message":"username must be an e-mail address"}}`})
		_, err := r.users.Resolve(t.Context(), tools.Principal{ID: "alice"})
		var failed *tools.Error
		if !errors.As(err, &failed) || failed.Code != tools.CodeUserRequired || !strings.Contains(failed.Message, "mcp-alice: ") ||
			!strings.Contains(failed.Message, "e-mail address") || !strings.Contains(failed.Hint, "--user") {
			t.Errorf("got %+v", err)
		}
		r.fault(simulator.Fault{Kind: simulator.FaultStatus, Status: 401, Path: "/users"})
		var refused *alloy.Error
		if _, err := r.users.Resolve(t.Context(), tools.Principal{ID: "alice"}); !errors.As(err, &refused) || refused.Kind != alloy.KindUnauthorized {
			t.Errorf("a refused key: %v", err)
		}
	})
}

func TestWhoGivesUpDoesNotSpoilItForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRegistry(t)
		defer r.users.Close()
		var asked atomic.Int32
		r.before = func(*http.Request) {
			asked.Add(1)
			time.Sleep(time.Second)
		}
		hasty, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := r.users.Resolve(hasty, tools.Principal{ID: "alice"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the hasty one got %v", err)
		}
		if r.resolve(tools.Principal{ID: "alice"}) == "" || asked.Load() != 2 {
			t.Errorf("%d requests, want one list and one creation", asked.Load())
		}
	})
}
