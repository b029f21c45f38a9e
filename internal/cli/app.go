// Package cli is the program: its commands, its settings and its exit codes. It
// is the only package that reads the environment.
//
// Rules of the package: data goes to standard output, words to standard error;
// every command that prints data takes --output json; every error is one line
// that says what failed, why, and what to do next.
package cli

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/alloy-mcp/alloy-mcp/internal/cli/settings"
	"github.com/alloy-mcp/alloy-mcp/internal/redact"
)

// name is how the program calls itself.
const name = "alloy-mcp"

// App is the program with everything it takes from the process it runs in, so
// that it can run inside a test.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// LookupEnv is os.LookupEnv in a real process.
	LookupEnv func(string) (string, bool)
	// WorkDir is the working directory; its .env is read last.
	WorkDir string
	// ConfigDir is the user's configuration directory, os.UserConfigDir; empty
	// where there is none.
	ConfigDir string
	// CacheDir is the user's cache directory, os.UserCacheDir; empty where there
	// is none.
	CacheDir string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Run runs the command that args name (without the program's name) until it is
// done or ctx ends, and returns the exit code: 0 done, 1 failed, 2 usage, 3 not
// connected, 4 refused by policy, 5 upstream unavailable.
func (a *App) Run(ctx context.Context, args []string) int {
	p := newProgram(a)
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if text := words(err); text != "" {
		p.say("%s: %s", name, p.scrubber.String(text))
	}
	return exitCode(err)
}

// program is one run of an App.
type program struct {
	*App
	secrets  *redact.Secrets
	scrubber *redact.Scrubber
	settings *settings.Settings // nil until a command reads them
	serving  bool               // words go into the log, which a machine may read
}

func newProgram(a *App) *program {
	app := *a
	if app.Now == nil {
		app.Now = time.Now
	}
	if app.LookupEnv == nil {
		app.LookupEnv = func(string) (string, bool) { return "", false }
	}
	p := &program{App: &app, secrets: new(redact.Secrets)}
	// Mistakes in the call are told before the settings are read.
	p.secrets.Add(p.env("ALLOY_API_KEY"), p.env("NOTION_API_KEY"))
	p.scrubber = redact.New(p.known)
	return p
}

// known returns every secret that this run has met.
func (p *program) known() []string {
	if p.settings == nil {
		return p.secrets.List()
	}
	return p.settings.Secrets.List()
}

// env returns an environment variable that is no setting of ours (NO_COLOR, HOME).
func (p *program) env(name string) string {
	value, _ := p.LookupEnv(name)
	return value
}

// oneLine folds what others wrote into one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
