package statetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// call is one call of a history.
type call struct {
	name, key string
	value     string // of Put and Add
}

// outcome is what it returned: a value, or which error.
type outcome struct {
	value string
	err   error
}

// record is the model of what is under one key.
type record struct {
	there bool
	value string
}

// testLinearizable runs random calls at once and asks whether they could have
// happened one after the other.
func testLinearizable(t *testing.T, s state.Store) {
	const rounds, clients, callsEach, keys = 10, 6, 25, 3
	seed := rand.Uint64() //nolint:gosec // to vary
	for round := range rounds {
		var clock atomic.Int64
		var running sync.WaitGroup
		histories := make([][]porcupine.Operation, clients)
		for client := range clients {
			random := rand.New(rand.NewPCG(seed, uint64(round*clients+client))) //nolint:gosec // to be repeatable
			running.Go(func() {
				for i := range callsEach {
					c := call{
						name:  []string{"get", "put", "add", "add", "take", "take"}[random.IntN(6)],
						key:   fmt.Sprintf("round %d, key %d", round, random.IntN(keys)),
						value: fmt.Sprintf("client %d, call %d", client, i),
					}
					op := porcupine.Operation{ClientId: client, Input: c, Call: clock.Add(1)}
					op.Output = perform(t, s, c)
					op.Return = clock.Add(1)
					histories[client] = append(histories[client], op)
				}
			})
		}
		running.Wait()
		var history []porcupine.Operation
		for _, h := range histories {
			history = append(history, h...)
		}
		if got := porcupine.CheckOperationsTimeout(model(), history, time.Minute); got != porcupine.Ok {
			t.Fatalf("round %d of seed %d: the history is not linearizable (%s): %v", round, seed, got, history)
		}
	}
}

func perform(t *testing.T, s state.Store, c call) outcome {
	var value []byte
	var err error
	switch c.name {
	case "get":
		value, err = s.Get(t.Context(), c.key)
	case "put":
		err = s.Put(t.Context(), c.key, []byte(c.value), 0)
	case "add":
		err = s.Add(t.Context(), c.key, []byte(c.value), time.Hour)
	case "take":
		value, err = s.Take(t.Context(), c.key)
	}
	for _, known := range []error{state.ErrNotFound, state.ErrExists} {
		if errors.Is(err, known) {
			err = known
		}
	}
	return outcome{string(value), err}
}

// model says what a store does when one call follows the other.
func model() porcupine.Model {
	return porcupine.Model{
		Partition: byKey,
		Init:      func() any { return record{} },
		Step: func(before, input, output any) (bool, any) {
			want, after := step(before.(record), input.(call))
			return output == want, after
		},
	}
}

func step(r record, c call) (outcome, record) {
	switch {
	case c.name == "put", c.name == "add" && !r.there:
		return outcome{}, record{true, c.value}
	case c.name == "add":
		return outcome{err: state.ErrExists}, r
	case !r.there:
		return outcome{err: state.ErrNotFound}, r
	case c.name == "take":
		return outcome{value: r.value}, record{}
	default:
		return outcome{value: r.value}, r
	}
}

func byKey(history []porcupine.Operation) [][]porcupine.Operation {
	parts := map[string][]porcupine.Operation{}
	for _, op := range history {
		key := op.Input.(call).key
		parts[key] = append(parts[key], op)
	}
	all := make([][]porcupine.Operation, 0, len(parts))
	for _, part := range parts {
		all = append(all, part)
	}
	return all
}
