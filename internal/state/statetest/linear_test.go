package statetest

import (
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// A check that lets everything pass would look like a store that does all right.
func TestModelTellsHistories(t *testing.T) {
	t.Parallel()
	add := call{name: "add", key: "k", value: "v"}
	take := call{name: "take", key: "k"}
	get := call{name: "get", key: "k"}
	for name, test := range map[string]struct {
		history []porcupine.Operation
		want    bool
	}{
		"one after the other": {[]porcupine.Operation{
			{Input: add, Call: 1, Output: outcome{}, Return: 2},
			{Input: get, Call: 3, Output: outcome{value: "v"}, Return: 4},
			{Input: take, Call: 5, Output: outcome{value: "v"}, Return: 6},
			{Input: take, Call: 7, Output: outcome{err: state.ErrNotFound}, Return: 8},
		}, true},
		"two take it": {[]porcupine.Operation{
			{Input: add, Call: 1, Output: outcome{}, Return: 2},
			{Input: take, Call: 3, Output: outcome{value: "v"}, Return: 5},
			{Input: take, Call: 4, Output: outcome{value: "v"}, Return: 6},
		}, false},
		"two add it": {[]porcupine.Operation{
			{Input: add, Call: 1, Output: outcome{}, Return: 3},
			{Input: add, Call: 2, Output: outcome{}, Return: 4},
		}, false},
		"a read of what was taken before": {[]porcupine.Operation{
			{Input: add, Call: 1, Output: outcome{}, Return: 2},
			{Input: take, Call: 3, Output: outcome{value: "v"}, Return: 4},
			{Input: get, Call: 5, Output: outcome{value: "v"}, Return: 6},
		}, false},
		"a read during the take": {[]porcupine.Operation{
			{Input: add, Call: 1, Output: outcome{}, Return: 2},
			{Input: take, Call: 3, Output: outcome{value: "v"}, Return: 6},
			{Input: get, Call: 4, Output: outcome{value: "v"}, Return: 5},
		}, true},
	} {
		if got := porcupine.CheckOperations(model(), test.history); got != test.want {
			t.Errorf("%s: linearizable is %t, want %t", name, got, test.want)
		}
	}
}
