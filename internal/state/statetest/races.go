package statetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// crowd is how many callers want the same record at once.
const crowd = 64

// rush lets all callers go at the same moment and returns what they got.
func rush(call func(caller int) error) []error {
	errs := make([]error, crowd)
	start := make(chan struct{})
	var callers sync.WaitGroup
	for i := range crowd {
		callers.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	callers.Wait()
	return errs
}

// winner returns the one caller without an error; all others have want.
func winner(t *testing.T, errs []error, want error) int {
	t.Helper()
	won := -1
	for i, err := range errs {
		switch {
		case err == nil && won >= 0:
			t.Fatalf("callers %d and %d both won", won, i)
		case err == nil:
			won = i
		case !errors.Is(err, want):
			t.Fatalf("caller %d: error %v, want %v", i, err, want)
		}
	}
	if won < 0 {
		t.Fatal("nobody won")
	}
	return won
}

func testTakers(t *testing.T, s state.Store) {
	for round := range 10 {
		key := fmt.Sprint("k", round)
		wantErr(t, "add", s.Add(t.Context(), key, []byte("value"), 0), nil)
		taken := make([][]byte, crowd)
		errs := rush(func(i int) (err error) {
			taken[i], err = s.Take(t.Context(), key)
			return err
		})
		won := winner(t, errs, state.ErrNotFound)
		wantValue(t, "take", taken[won], nil, "value")
		absent(t, s, key)
	}
}

func testAdders(t *testing.T, s state.Store) {
	for round := range 10 {
		key := fmt.Sprint("k", round)
		errs := rush(func(i int) error { return s.Add(t.Context(), key, fmt.Appendf(nil, "caller %d", i), 0) })
		holds(t, s, key, fmt.Sprintf("caller %d", winner(t, errs, state.ErrExists)))
	}
	keys := make([][]byte, crowd)
	for i, err := range rush(func(i int) (err error) {
		keys[i], err = state.Key(t.Context(), s, "sealing")
		return err
	}) {
		if err != nil || string(keys[i]) != string(keys[0]) {
			t.Fatalf("caller %d got another secret than caller 0, and %v", i, err)
		}
	}
}
