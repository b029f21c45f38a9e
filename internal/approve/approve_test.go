package approve_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
)

func requests(run func(context.Context, approve.Request)) *approve.Requests {
	r := approve.New(memory.New())
	r.Run(run)
	return r
}

func never(t *testing.T) func(context.Context, approve.Request) {
	return func(context.Context, approve.Request) { t.Error("it was run") }
}

func ask(t *testing.T, r *approve.Requests, owner, what string) (approve.Request, approve.Status) {
	t.Helper()
	request, status, err := r.Ask(t.Context(), approve.Request{Owner: owner, What: what})
	if err != nil {
		t.Fatal(err)
	}
	return request, status
}

func TestEqualCallsAreOneRequest(t *testing.T) {
	t.Parallel()
	r := requests(never(t))
	first, _ := ask(t, r, "alice", "w")
	if again, status := ask(t, r, "alice", "w"); again.ID != first.ID || status != approve.Pending {
		t.Errorf("another request: %+v", again)
	}
	for _, other := range [][2]string{{"bob", "w"}, {"alice", "v"}} {
		if another, _ := ask(t, r, other[0], other[1]); another.ID == first.ID {
			t.Errorf("%v got the same request", other)
		}
	}
	if err := r.Forget(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if later, _ := ask(t, r, "alice", "w"); later.ID == first.ID {
		t.Error("it was not forgotten")
	}
}

func TestManyEqualCallsAtOnceAreOneRequest(t *testing.T) {
	t.Parallel()
	r := requests(never(t))
	var (
		ids   sync.Map
		count atomic.Int32
		group sync.WaitGroup
	)
	for range 50 {
		group.Go(func() {
			request, _, err := r.Ask(t.Context(), approve.Request{Owner: "alice", What: "w"})
			if err != nil {
				t.Error(err)
			}
			if _, seen := ids.LoadOrStore(request.ID, true); !seen {
				count.Add(1)
			}
		})
	}
	group.Wait()
	if count.Load() != 1 {
		t.Errorf("%d requests", count.Load())
	}
}

func TestADecisionIsMadeOnce(t *testing.T) {
	t.Parallel()
	var runs atomic.Int32
	r := requests(func(_ context.Context, request approve.Request) {
		if request.What != "w" {
			t.Errorf("ran %+v", request)
		}
		runs.Add(1)
	})
	request, _ := ask(t, r, "alice", "w")
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, status, err := r.Decide(t.Context(), "alice", request.ID, true); err != nil || status != approve.Approved {
				t.Errorf("%s, %v", status, err)
			}
		})
	}
	group.Wait()
	if runs.Load() != 1 {
		t.Errorf("run %d times", runs.Load())
	}
	if _, status, err := r.Decide(t.Context(), "alice", request.ID, false); err != nil || status != approve.Approved {
		t.Errorf("approved and then denied: %s, %v", status, err)
	}
}

func TestADeniedCallIsNotRun(t *testing.T) {
	t.Parallel()
	r := requests(never(t))
	request, _ := ask(t, r, "alice", "w")
	for _, approved := range []bool{false, true} {
		if _, status, err := r.Decide(t.Context(), "alice", request.ID, approved); err != nil || status != approve.Denied {
			t.Errorf("%s, %v", status, err)
		}
	}
	if same, status, err := r.Same(t.Context(), "alice", "w"); err != nil || status != approve.Denied || same.ID != request.ID || time.Since(same.Decided) > time.Minute {
		t.Errorf("%s, %v", status, err)
	}
}

func TestNobodyElseDecides(t *testing.T) {
	t.Parallel()
	r := requests(never(t))
	request, _ := ask(t, r, "alice", "w")
	if _, _, err := r.Decide(t.Context(), "bob", request.ID, true); !errors.Is(err, approve.ErrUnknown) {
		t.Errorf("bob decides: %v", err)
	}
	if _, _, err := r.Get(t.Context(), "bob", request.ID); !errors.Is(err, approve.ErrUnknown) {
		t.Errorf("bob sees it: %v", err)
	}
	if _, status, err := r.Get(t.Context(), "alice", request.ID); err != nil || status != approve.Pending {
		t.Errorf("%s, %v", status, err)
	}
}

func TestALateDecisionIsNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := requests(never(t))
		request, _ := ask(t, r, "alice", "w")
		time.Sleep(approve.Lifetime + 1)
		if _, status, err := r.Decide(t.Context(), "alice", request.ID, true); err != nil || status != approve.Expired {
			t.Errorf("%s, %v", status, err)
		}
		if later, status := ask(t, r, "alice", "w"); later.ID == request.ID || status != approve.Pending {
			t.Errorf("an equal call afterwards: %s", status)
		}
		time.Sleep(time.Hour)
		if _, _, err := r.Get(t.Context(), "alice", request.ID); !errors.Is(err, approve.ErrUnknown) {
			t.Errorf("after an hour: %v", err)
		}
	})
}
