package cli

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/alloy-mcp/alloy-mcp/alloy/simulator"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		name: func() { os.Exit(Main()) },
	})
}

// TestScripts runs the program as the scripts in testdata/script say. Each has
// an Alloy of its own: $SIM_URL, $SIM_KEY and $SIM_USER lead to it.
//
//	exits CODE PROGRAM…   runs a program that must end with that code
//	fault JSON            spoils requests to the simulator
//	connect CONNECTOR     connects an account, as if a person had approved; $CONNECTION is its id
//	data CONNECTOR FILE   writes the fields with which the connector works
//	revoke                revokes that account at the provider
//	mode FILE OCTAL       fails unless the file has these permissions
func TestScripts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts hundreds of processes")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Condition: func(cond string) (bool, error) {
			if cond == "permissions" {
				return runtime.GOOS != "windows" && os.Geteuid() != 0, nil
			}
			return false, errors.New("unknown condition " + cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				got := 0
				if err := ts.Exec(args[1], args[2:]...); err != nil {
					var exit *exec.ExitError
					if !errors.As(err, &exit) {
						ts.Fatalf("%v", err)
					}
					got = exit.ExitCode()
				}
				if got != want {
					ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
				}
			},
			"fault": func(ts *testscript.TestScript, _ bool, args []string) {
				var fault simulator.Fault
				ts.Check(json.Unmarshal([]byte(args[0]), &fault))
				ts.Check(simulatorOf(ts).SetFault(fault))
			},
			"connect": func(ts *testscript.TestScript, _ bool, args []string) {
				sim := simulatorOf(ts)
				id, err := sim.AddCredential(sim.Production().UserID(), args[0])
				ts.Check(err)
				ts.Setenv("CONNECTION", id)
			},
			"data": func(ts *testscript.TestScript, _ bool, args []string) {
				text, err := json.Marshal(simulatorOf(ts).ProviderData(args[0]))
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o600))
			},
			"revoke": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Check(simulatorOf(ts).RevokeAtProvider(ts.Getenv("CONNECTION")))
			},
			"mode": func(ts *testscript.TestScript, _ bool, args []string) {
				info, err := os.Stat(ts.MkAbs(args[0]))
				ts.Check(err)
				if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[1] && runtime.GOOS != "windows" {
					ts.Fatalf("%s has the mode %s, want %s", args[0], got, args[1])
				}
			},
		},
	})
}

type simulatorKey struct{}

func simulatorOf(ts *testscript.TestScript) *simulator.Simulator {
	return ts.Value(simulatorKey{}).(*simulator.Simulator)
}

func setupScript(env *testscript.Env) error {
	sim, err := simulator.New(simulator.Config{})
	if err != nil {
		return err
	}
	srv := httptest.NewServer(sim)
	env.Defer(srv.Close)
	env.Values[simulatorKey{}] = sim
	env.Setenv("SIM_URL", srv.URL)
	env.Setenv("SIM_KEY", sim.Production().APIKey())
	env.Setenv("SIM_USER", sim.Production().UserID())
	home := filepath.Join(env.WorkDir, "home")
	config := filepath.Join(home, ".config") // what os.UserConfigDir makes of HOME
	for variable, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": config, "CONFIG": filepath.Join(config, name), "USER": "sam", "MCP_ADDR": "127.0.0.1:0",
	} {
		env.Setenv(variable, value)
	}
	return nil
}
