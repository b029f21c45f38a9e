package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the program in this process and returns its exit code. The first
// SIGINT or SIGTERM asks it to finish, the second ends it at once.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // gives the second signal its default meaning
	app := &App{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, LookupEnv: os.LookupEnv}
	// Without either directory its files are not read; `config` shows which are.
	app.WorkDir, _ = os.Getwd()
	app.ConfigDir, _ = os.UserConfigDir()
	return app.Run(ctx, os.Args[1:])
}
