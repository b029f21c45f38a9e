package state_test

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
	"github.com/alloy-mcp/alloy-mcp/internal/state/memory"
)

// A change of what Name makes loses all records of an upgraded server.
func TestNameStaysTheSame(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"request:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": state.Name("request"),
		"request:95d3ce764fb49cb22b783e61eb5812efcb876a61e20aea3854fdfe5eeaf4ae77": state.Name("request", "alice", "notion"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add("request", "alice", "notion", "request", "alicen", "otion")
	f.Add("request", "alice", "", "request", "", "alice")
	f.Add("a:b", "", "", "a", "b", "")
	f.Add("k", "\x00\x00\x00\x00\x00\x00\x00\x00", "", "k", "", "\x00\x00\x00\x00\x00\x00\x00\x00")
	f.Fuzz(func(t *testing.T, kind1, a1, b1, kind2, a2, b2 string) {
		one, other := state.Name(kind1, a1, b1), state.Name(kind2, a2, b2)
		if same := kind1 == kind2 && a1 == a2 && b1 == b2; (one == other) != same {
			t.Errorf("%q and %q", one, other)
		}
		for _, list := range [][]string{{}, {a1}, {a1 + b1}, {a1, b1, ""}, {b1, a1, b1}} {
			if state.Name(kind1, list...) == one {
				t.Errorf("%q is also the name of the parts %q", one, list)
			}
		}
		hash, found := strings.CutPrefix(one, kind1+":")
		if raw, err := hex.DecodeString(hash); !found || err != nil || len(raw) != 32 {
			t.Errorf("%q is not the kind, a colon and 32 bytes in hex", one)
		}
	})
}

// faulty answers Add and Get with errors.
type faulty struct {
	state.Store
	add, get error
	value    []byte
}

func (f faulty) Add(context.Context, string, []byte, time.Duration) error { return f.add }
func (f faulty) Get(context.Context, string) ([]byte, error)              { return f.value, f.get }

func TestKeyErrors(t *testing.T) {
	t.Parallel()
	down := errors.New("the store is down")
	for name, test := range map[string]struct {
		store faulty
		want  error
		text  string
	}{
		"no store":               {faulty{add: down}, down, "store a new sealing key"},
		"no store at the second": {faulty{add: state.ErrExists, get: down}, down, "read the sealing key"},
		"gone in between":        {faulty{add: state.ErrExists, get: state.ErrNotFound}, state.ErrNotFound, "read the sealing key"},
		"something else":         {faulty{add: state.ErrExists, value: []byte("s3cret")}, nil, "6 bytes instead of 32"},
	} {
		key, err := state.Key(t.Context(), test.store, "sealing")
		if key != nil || err == nil || !strings.Contains(err.Error(), test.text) || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %x and %v, want an error with %q", name, key, err, test.text)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error tells the record: %v", name, err)
		}
	}
}

func TestKeyOutlivesOtherRecords(t *testing.T) {
	t.Parallel()
	s := memory.New()
	key, err := state.Key(t.Context(), s, "sealing")
	if err != nil {
		t.Fatal(err)
	}
	if stored, err := s.Get(t.Context(), "sealing"); err != nil || string(stored) != string(key) {
		t.Errorf("the store keeps something else under the name, and %v", err)
	}
	clear(key)
	again, err := state.Key(t.Context(), s, "sealing")
	if err != nil || string(again) == string(key) {
		t.Errorf("the caller's copy is the store's, and %v", err)
	}
}
