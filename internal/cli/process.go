package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the program in this process and returns its exit code. The first
// SIGINT, SIGTERM or SIGHUP asks it to finish, the second ends it at once.
func Main() int {
	settle()
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup wants it
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	context.AfterFunc(ctx, stop) // gives the second signal its default meaning
	// A reader that goes away is a failed write then, not the end of the process
	// in the middle of a change.
	signal.Ignore(syscall.SIGPIPE)
	app := &App{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, LookupEnv: os.LookupEnv}
	// Without either directory its files are not read; `config` shows which are.
	app.WorkDir, _ = os.Getwd()
	app.ConfigDir, _ = os.UserConfigDir()
	app.CacheDir, _ = os.UserCacheDir()
	return app.Run(ctx, os.Args[1:])
}
