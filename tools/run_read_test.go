package tools_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

// withApp is a bench with one more connector.
func withApp(t *testing.T, actions string) *bench {
	t.Helper()
	var ids []string
	var parsed map[string]any
	if err := json.Unmarshal([]byte(actions), &parsed); err != nil {
		t.Fatal(err)
	}
	for id := range parsed {
		ids = append(ids, fmt.Sprintf(`{"id":%q,"name":%q}`, id, id))
	}
	file := `{"connector":{"id":"app","name":"App"},"metadata":[{"authenticationType":"oauth2"}],` +
		`"resources":[{"name":"all","actions":[` + strings.Join(ids, ",") + `]}],"actions":` + actions + `}`
	sim, err := simulator.New(simulator.Config{Catalogs: [][]byte{[]byte(file)}})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{sim: sim, set: newSet(t, sim, sim.APIKey(), sim.Production().UserID(), func(*wiring) {})}
	b.connectTo(t, "app")
	return b
}

const someActions = `{
 "me":{"id":"me","httpMethod":"delete","path":"/me"},
 "listThings":{"id":"listThings","httpMethod":"get","path":"/things","parameters":[{"name":"n","in":"query","schema":{"type":"integer"}}],"sampleSuccessResponse":{"id":9007199254740993,"things":[]}},
 "createThing":{"id":"createThing","httpMethod":"post","path":"/things"}}`

func TestRunReadRunsReadsOnly(t *testing.T) {
	t.Parallel()
	b := withApp(t, someActions)
	for _, action := range []string{"app.createThing", "app.me"} {
		if answer, isError := b.call(t, "run_read", `{"action_id":"`+action+`"}`); !isError || answer["code"] != "effect_mismatch" {
			t.Errorf("%s: %v", action, answer)
		}
	}
	if answer, isError := b.call(t, "run_read", `{"action_id":"app.listThings","arguments":{"m":1}}`); !isError || answer["code"] != "invalid_arguments" {
		t.Errorf("a wrong argument: %v", answer)
	}
	for _, action := range []string{"app.nothing", "app", "nothing.x", "app.", ".x"} {
		if answer, isError := b.call(t, "run_read", `{"action_id":"`+action+`"}`); !isError || !strings.HasPrefix(fmt.Sprint(answer["code"]), "unknown_") {
			t.Errorf("%s: %v", action, answer)
		}
	}
	if b.sim.Writes().Total != 0 {
		t.Errorf("writes: %+v", b.sim.Writes())
	}
}

// An action is no harmless read because of its name.
func TestVerifyRunsNothingThatMayWrite(t *testing.T) {
	t.Parallel()
	b := withApp(t, someActions)
	b.ok(t, "get_connection", `{"connector_id":"app","verify":true}`)
	if ran := lastExecution(t, b.sim).Path; ran != "/connectors/app/actions/listThings/execute" || b.sim.Writes().Total != 0 {
		t.Errorf("ran %s, writes %+v", ran, b.sim.Writes())
	}
}

// Ids above 2^53 pass digit for digit.
func TestNumbersPassAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	b := withApp(t, someActions)
	for _, args := range []string{`{"action_id":"app.listThings","arguments":{"n":9007199254740993}}`, `{"action_id":"app.listThings","fields":["id"]}`} {
		answer := b.answer(t, "run_read", args)
		if !strings.Contains(answer, "9007199254740993") {
			t.Errorf("%s: %s", args, answer)
		}
	}
}
