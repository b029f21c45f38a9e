package tools_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
	"github.com/alloy-mcp/alloy-mcp/internal/accounts"
	"github.com/alloy-mcp/alloy-mcp/internal/approve"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/connect"
	"github.com/alloy-mcp/alloy-mcp/internal/ledger"
	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
	"github.com/alloy-mcp/alloy-mcp/tools"
)

// mortal is a store as a process sees it that can be killed: it does nothing more
// for it then.
type mortal struct {
	state.Store
	dead *atomic.Bool
}

var errDead = errors.New("the process is dead")

func (m mortal) Get(ctx context.Context, key string) ([]byte, error) {
	if m.dead.Load() {
		return nil, errDead
	}
	return m.Store.Get(ctx, key)
}

func (m mortal) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.Put(ctx, key, value, ttl)
}

func (m mortal) Add(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.Add(ctx, key, value, ttl)
}

func (m mortal) Take(ctx context.Context, key string) ([]byte, error) {
	if m.dead.Load() {
		return nil, errDead
	}
	return m.Store.Take(ctx, key)
}

// plant is an Alloy and what outlives the processes that work with it.
type plant struct {
	sim   *simulator.Simulator
	url   string
	store state.Store
}

// lifetime is one process.
type lifetime struct {
	set  *tools.Set
	dead *atomic.Bool
	end  func()
}

func (p *plant) start(t interface{ Fatal(...any) }) *lifetime {
	client, err := alloy.New(alloy.Config{BaseURL: p.url, Key: alloy.StaticKey(alloy.NewSecret(p.sim.APIKey()))})
	if err != nil {
		t.Fatal(err)
	}
	l := &lifetime{dead: new(atomic.Bool)}
	store := mortal{p.store, l.dead}
	cat := catalog.New(client)
	directory := accounts.New(accounts.Config{Alloy: client, Catalog: cat, Store: store})
	approvals := approve.New(store)
	flow := connect.New(connect.Config{
		Alloy: client, Catalog: cat, Accounts: directory, Store: store, Approvals: approvals, Origin: connect.PublicURL("http://localhost:3000"), Person: tools.Local,
	})
	l.set, err = tools.New(tools.Config{
		Alloy: client, Catalog: cat, Accounts: directory, Connect: flow, Ledger: ledger.New(store), Approvals: approvals, Confirm: tools.ConfirmOff,
		User: tools.NewStaticUser(client, p.sim.Production().UserID()).Resolve,
	})
	if err != nil {
		t.Fatal(err)
	}
	l.end = func() {
		flow.Close()
		directory.Close()
		cat.Close()
		client.CloseIdleConnections()
	}
	return l
}

// mishaps are what can happen to a request, before or after its effect.
func mishaps() []simulator.Fault {
	return []simulator.Fault{
		{}, // nothing
		{},
		{Kind: simulator.FaultReset},
		{Kind: simulator.FaultReset, AfterEffect: true},
		{Kind: simulator.FaultStatus, Status: 500},
		{Kind: simulator.FaultStatus, Status: 500, AfterEffect: true},
		{Kind: simulator.FaultStatus, Status: 400, Body: `{"message":"no"}`},
		{Kind: simulator.FaultHTML, Status: 502},
		{Kind: simulator.FaultHTML, Status: 502, AfterEffect: true},
		{Kind: simulator.FaultRateLimit, RetryAfter: "36000"},
		{Kind: simulator.FaultEmpty, AfterEffect: true},
		{Kind: simulator.FaultGarbage, AfterEffect: true},
		{Kind: simulator.FaultTruncate},
		{Kind: simulator.FaultSlow, Delay: 2 * time.Millisecond},
	}
}

// TestNoChangeIsMadeTwice runs random schedules of equal calls, faults, callers that
// hang up, and processes that are killed. Whatever happens, a change is made once at
// most, and an answer never claims what is not so.
func TestNoChangeIsMadeTwice(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Config{Catalogs: [][]byte{[]byte(`{"connector":{"id":"app","name":"App"},"metadata":[{"authenticationType":"oauth2"}],"resources":[],"actions":` + changes + `}`)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.AddCredential(sim.Production().UserID(), "app"); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(sim)
	t.Cleanup(web.Close)
	var schedules atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		p := &plant{sim: sim, url: web.URL, store: memory.New()}
		schedule{rt, p, fmt.Sprintf("%d", schedules.Add(1))}.run()
	})
	t.Logf("%d schedules, %d changes made", schedules.Load(), sim.Writes().Total)
}

type schedule struct {
	*rapid.T

	plant *plant
	name  string
}

func (s schedule) run() {
	process := s.plant.start(s)
	lives := []*lifetime{process}
	defer func() {
		for _, l := range lives {
			_ = l.set.Drain(context.Background()) // without a deadline it waits
			l.end()
		}
		s.plant.sim.ClearFaults()
	}()
	for range rapid.IntRange(1, 5).Draw(s.T, "steps") {
		if rapid.IntRange(0, 4).Draw(s.T, "kill") == 0 {
			process.dead.Store(true)
			process = s.plant.start(s)
			lives = append(lives, process)
		}
		fault := rapid.SampledFrom(mishaps()).Draw(s.T, "mishap")
		s.plant.sim.ClearFaults()
		if fault.Kind != "" {
			fault.Method, fault.Action, fault.Count = "POST", "*Thing", 1
			if err := s.plant.sim.SetFault(fault); err != nil {
				s.Fatal(err)
			}
		}
		s.step(process)
	}
}

// step makes equal calls at once, some of which hang up.
func (s schedule) step(process *lifetime) {
	nonce := fmt.Sprintf("%s%sx%d", simulator.NoncePrefix, s.name, rapid.IntRange(1, 2).Draw(s.T, "change"))
	key := ""
	if rapid.Bool().Draw(s.T, "key") {
		key = `,"idempotency_key":"k` + nonce + `"`
	} else {
		nonce += "e" // without a key it is another change
	}
	tool, arguments := "run_write", create(nonce, key)
	if rapid.Bool().Draw(s.T, "destructive") {
		nonce += "d"
		tool, arguments = "run_destructive", remove(nonce, strings.ReplaceAll(key, `"k`, `"d`))
	}
	before := s.plant.sim.Writes().ByNonce[nonce]
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		told  = make(map[string]int)
	)
	for range rapid.IntRange(1, 3).Draw(s.T, "callers") {
		patience := time.Duration(rapid.IntRange(0, 8).Draw(s.T, "patience")) * time.Millisecond
		group.Go(func() {
			ctx, cancel := context.WithCancel(tools.WithPrincipal(context.Background(), tools.Principal{ID: tools.Local}))
			defer cancel()
			if patience > 0 {
				defer time.AfterFunc(patience, cancel).Stop()
			}
			outcome := s.check(nonce, process.set.Call(ctx, tool, json.RawMessage(arguments)))
			mu.Lock()
			defer mu.Unlock()
			told[outcome]++
		})
	}
	group.Wait()
	// One that is refused may be followed by an equal one at once that is not.
	made := s.plant.sim.Writes().ByNonce[nonce]
	if told["rejected"] > 0 && (before > 0 || made > 0 && len(told) == 1) {
		s.Errorf("made %d times before and %d now, and told %v", before, made-before, told)
	}
}

// check holds an answer against what the app did, and returns the outcome that was
// told.
func (s schedule) check(nonce string, answer tools.Answer) string {
	made := s.plant.sim.Writes().ByNonce[nonce]
	if made > 1 {
		s.Errorf("%s was made %d times", nonce, made)
	}
	var told struct{ Outcome, Code, Status string }
	if err := json.Unmarshal(answer.JSON, &told); err != nil {
		s.Fatal(err)
	}
	switch told.Outcome {
	case "completed":
		if made != 1 {
			s.Errorf("told completed, made %d times: %s", made, answer.JSON)
		}
	case "rejected", "not_sent", "unknown", "running":
	default:
		s.Errorf("no outcome: %s", answer.JSON)
	}
	return told.Outcome
}
