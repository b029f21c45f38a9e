package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
)

var (
	keyed   = ledger.Write{Owner: "alice", Key: "k1", What: "w1"}
	unkeyed = ledger.Write{Owner: "alice", What: "w1"}
)

func begin(t *testing.T, l *ledger.Ledger, w ledger.Write, id string) (*ledger.Claim, ledger.Record) {
	t.Helper()
	claim, record, err := l.Begin(t.Context(), w, id, "run_write")
	if err != nil {
		t.Fatal(err)
	}
	return claim, record
}

func TestAChangeIsClaimedOnce(t *testing.T) {
	t.Parallel()
	for _, w := range []ledger.Write{keyed, unkeyed} {
		l := ledger.New(memory.New())
		var claims atomic.Int32
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				claim, record, err := l.Begin(t.Context(), w, "r", "run_write")
				if err != nil || record.Outcome != ledger.Running || !l.Mine(record) {
					t.Errorf("%+v, %v", record, err)
				}
				if claim != nil {
					claims.Add(1)
				}
			})
		}
		group.Wait()
		if claims.Load() != 1 {
			t.Errorf("%+v was claimed %d times", w, claims.Load())
		}
	}
}

func TestWhatIsRememberedHowLong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		write   ledger.Write
		outcome ledger.Outcome
		keep    time.Duration // 0: it may be asked for again at once
	}{
		"made, with a key":         {keyed, ledger.Completed, 24 * time.Hour},
		"nobody knows, with a key": {keyed, ledger.Unknown, 24 * time.Hour},
		"made":                     {unkeyed, ledger.Completed, time.Minute},
		"nobody knows":             {unkeyed, ledger.Unknown, 10 * time.Minute},
		"refused":                  {unkeyed, ledger.Rejected, 0},
		"refused, with a key":      {keyed, ledger.Rejected, 0},
		"not sent":                 {unkeyed, ledger.NotSent, 0},
		"not sent, with a key":     {keyed, ledger.NotSent, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := ledger.New(memory.New())
				claim, _ := begin(t, l, test.write, "first")
				if err := claim.Finish(t.Context(), test.outcome, json.RawMessage(`{"a":1}`)); err != nil {
					t.Fatal(err)
				}
				if test.keep > 0 {
					time.Sleep(test.keep - time.Millisecond)
					again, record := begin(t, l, test.write, "second")
					if again != nil || record.Outcome != test.outcome || record.RequestID != "first" || string(record.Answer) != `{"a":1}` {
						t.Errorf("before its time: claim %v, %+v", again, record)
					}
					time.Sleep(time.Millisecond)
				}
				if again, record := begin(t, l, test.write, "third"); again == nil {
					t.Errorf("cannot be asked for again: %+v", record)
				}
			})
		})
	}
}

func TestAKeyStandsForOneChangeOfOneOwner(t *testing.T) {
	t.Parallel()
	l := ledger.New(memory.New())
	begin(t, l, keyed, "r")
	other := keyed
	other.What = "w2"
	if claim, _, err := l.Begin(t.Context(), other, "s", "run_write"); claim != nil || !errors.Is(err, ledger.ErrKeyReused) {
		t.Errorf("the key was taken for another change: %v", err)
	}
	other = keyed
	other.Owner = "bob"
	if claim, _ := begin(t, l, other, "t"); claim == nil {
		t.Error("somebody else's key is in the way")
	}
}

// Whoever leaves the key out of a call that was made with one asks for the same change;
// a new key asks for another.
func TestAnEqualChangeWithoutTheKey(t *testing.T) {
	t.Parallel()
	for outcome, keep := range map[ledger.Outcome]time.Duration{ledger.Completed: time.Minute, ledger.Unknown: 10 * time.Minute, ledger.Rejected: 0, ledger.NotSent: 0} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := ledger.New(memory.New())
				first, _ := begin(t, l, keyed, "first")
				if claim, record := begin(t, l, unkeyed, "meanwhile"); claim != nil || record.RequestID != "first" || record.Outcome != ledger.Running {
					t.Errorf("meanwhile: claim %v, %+v", claim, record)
				}
				if err := first.Finish(t.Context(), outcome, nil); err != nil {
					t.Fatal(err)
				}
				if keep > 0 {
					time.Sleep(keep - time.Millisecond)
					if claim, record := begin(t, l, unkeyed, "again"); claim != nil || record.RequestID != "first" || record.Outcome != outcome {
						t.Errorf("again: claim %v, %+v", claim, record)
					}
					time.Sleep(time.Millisecond)
				}
				another := keyed
				another.Key = "k2"
				if claim, _ := begin(t, l, another, "another"); claim == nil {
					t.Error("a new key is no new change")
				}
			})
		})
	}
}

// What is known of a change outlives an equal one with a key that came to nothing.
func TestAnEqualChangeThatCameToNothing(t *testing.T) {
	t.Parallel()
	for _, earlier := range []ledger.Write{keyed, unkeyed} {
		for _, outcome := range []ledger.Outcome{ledger.Running, ledger.Unknown} {
			for _, came := range []ledger.Outcome{ledger.Rejected, ledger.NotSent} {
				t.Run(earlier.Key+" "+string(outcome)+" "+string(came), func(t *testing.T) {
					t.Parallel()
					l := ledger.New(memory.New())
					first, _ := begin(t, l, earlier, "first")
					if outcome == ledger.Unknown {
						if err := first.Finish(t.Context(), outcome, nil); err != nil {
							t.Fatal(err)
						}
					}
					other := keyed
					other.Key = "k2"
					second, _ := begin(t, l, other, "second")
					if err := second.Renew(t.Context()); err != nil {
						t.Fatal(err)
					}
					if err := second.Finish(t.Context(), came, nil); err != nil {
						t.Fatal(err)
					}
					if claim, record := begin(t, l, unkeyed, "third"); claim != nil || record.RequestID != "first" || record.Outcome != outcome {
						t.Errorf("it may be made again: claim %v, %+v", claim, record)
					}
					if record, err := l.Find(t.Context(), keyed.Owner, "first"); err != nil || record.Outcome != outcome {
						t.Errorf("found by its request: %+v, %v", record, err)
					}
				})
			}
		}
	}
}

// A change that is worked on for long stays under way, as long as it is renewed.
func TestALongChangeIsRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := ledger.New(memory.New())
		claim, _ := begin(t, l, keyed, "r")
		for range 10 {
			time.Sleep(ledger.Lease - time.Millisecond)
			if err := claim.Renew(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, w := range []ledger.Write{keyed, unkeyed} {
			if again, record := begin(t, l, w, "s"); again != nil || record.Outcome != ledger.Running {
				t.Errorf("%+v", record)
			}
		}
		if err := claim.Finish(t.Context(), ledger.Rejected, nil); err != nil {
			t.Fatal(err)
		}
		if err := claim.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if again, _ := begin(t, l, keyed, "t"); again == nil {
			t.Error("a renewal brings a change back that was refused")
		}
	})
}

// What a process left when it was killed is unknown once nobody can be working on
// it any more, and running before.
func TestAProcessThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		begin(t, ledger.New(store), keyed, "r")
		l := ledger.New(store)
		if claim, record := begin(t, l, keyed, "s"); claim != nil || record.Outcome != ledger.Running || l.Mine(record) {
			t.Errorf("at once: %+v", record)
		}
		time.Sleep(ledger.Lease + 1)
		if claim, record := begin(t, l, keyed, "s"); claim != nil || record.Outcome != ledger.Unknown {
			t.Errorf("later: %+v", record)
		}
		if record, err := l.Find(t.Context(), "alice", "r"); err != nil || record.Outcome != ledger.Unknown || record.Tool != "run_write" {
			t.Errorf("by its request: %+v, %v", record, err)
		}
	})
}

func TestFindingByRequest(t *testing.T) {
	t.Parallel()
	l := ledger.New(memory.New())
	begin(t, l, keyed, "first")
	begin(t, l, keyed, "second") // the same change, so it has no record of its own
	for id, owner := range map[string]string{"second": "alice", "none": "alice", "first": "bob"} {
		if record, err := l.Find(t.Context(), owner, id); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%s finds %s: %+v, %v", owner, id, record, err)
		}
	}
	if record, err := l.Find(t.Context(), "alice", "first"); err != nil || record.Outcome != ledger.Running {
		t.Errorf("%+v, %v", record, err)
	}
}

func TestALongAnswerIsNotKept(t *testing.T) {
	t.Parallel()
	l := ledger.New(memory.New())
	claim, _ := begin(t, l, keyed, "r")
	if err := claim.Finish(t.Context(), ledger.Completed, json.RawMessage(`"`+strings.Repeat("x", 20<<10)+`"`)); err != nil {
		t.Fatal(err)
	}
	if _, record := begin(t, l, keyed, "s"); record.Outcome != ledger.Completed || record.Answer != nil {
		t.Errorf("%+v", record)
	}
}

// failing is a store that does not take records.
type failing struct {
	state.Store
	add, put error
}

func (f failing) Add(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if f.add != nil {
		return f.add
	}
	return f.Store.Add(ctx, key, value, ttl)
}

func (f failing) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if f.put != nil {
		return f.put
	}
	return f.Store.Put(ctx, key, value, ttl)
}

func TestWithoutAStoreNothingMayBeSent(t *testing.T) {
	t.Parallel()
	for _, store := range []failing{{Store: memory.New(), add: state.ErrFull}, {Store: memory.New(), put: state.ErrFull}} {
		claim, _, err := ledger.New(store).Begin(t.Context(), unkeyed, "r", "run_write")
		if claim != nil || !errors.Is(err, state.ErrFull) {
			t.Errorf("claim %v, %v", claim, err)
		}
	}
}
