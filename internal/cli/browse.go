package cli

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// browse opens one of our own pages in the person's browser. No shell sees the
// address.
func (p *program) browse(ctx context.Context, address string) error {
	for _, command := range p.browsers() {
		if len(command) == 0 {
			continue
		}
		path, err := exec.LookPath(command[0])
		if err != nil {
			continue
		}
		if open(ctx, path, append(command[1:], address)) == nil {
			return nil
		}
	}
	return errors.New("no program was found that opens a browser")
}

// browsers are the commands to try: what BROWSER names, else the desktop's own.
func (p *program) browsers() [][]string {
	if named := p.env("BROWSER"); named != "" {
		return [][]string{strings.Fields(strings.ReplaceAll(named, "%s", ""))}
	}
	switch runtime.GOOS {
	case "darwin":
		return [][]string{{"open"}}
	case "windows":
		return [][]string{{"rundll32", "url.dll,FileProtocolHandler"}}
	}
	if p.env("DISPLAY") == "" && p.env("WAYLAND_DISPLAY") == "" {
		return nil // a desktop's opener would start a text browser in this terminal
	}
	return [][]string{{"xdg-open"}, {"gio", "open"}}
}

// open starts the program and waits as long as one takes that fails at once: some
// openers are the browser itself and stay.
func open(ctx context.Context, path string, args []string) error {
	command := exec.CommandContext(context.WithoutCancel(ctx), path, args...) //nolint:gosec // the desktop's opener, and an address of ours
	if err := command.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(2 * time.Second):
		return nil
	}
}
