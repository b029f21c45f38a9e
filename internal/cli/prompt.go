package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"
)

// prompter asks a person, or reads the answers from a pipe line by line.
type prompter struct {
	p     *program
	lines *bufio.Reader
}

func (p *program) prompter() *prompter {
	return &prompter{p: p, lines: bufio.NewReader(p.Stdin)}
}

// interactive reports whether a person answers, who can be asked again.
func (q *prompter) interactive() bool { return isTerminal(q.p.Stdin) }

// ask returns the line that answers question. At the end of the input it is
// empty, with io.EOF.
func (q *prompter) ask(ctx context.Context, question string) (string, error) {
	end := "\n"
	if q.interactive() {
		end = " "
	}
	_, _ = fmt.Fprint(q.p.Stderr, question+end) // nobody to tell where this fails
	return interruptible(ctx, func() {}, func() (string, error) {
		line, err := q.lines.ReadString('\n')
		if line != "" && errors.Is(err, io.EOF) {
			err = nil // a last line without a line break
		}
		return strings.TrimSpace(line), err
	})
}

// askSecret is ask without showing what is typed.
func (q *prompter) askSecret(ctx context.Context, question string) (string, error) {
	fd, ok := terminalOf(q.p.Stdin)
	if !ok {
		return q.ask(ctx, question)
	}
	state, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("prepare the terminal: %w", err)
	}
	_, _ = fmt.Fprint(q.p.Stderr, question+" ")
	restore := func() { _ = term.Restore(fd, state) } // the process ends anyway
	return interruptible(ctx, restore, func() (string, error) {
		secret, err := term.ReadPassword(fd)
		_, _ = fmt.Fprintln(q.p.Stderr) // the line break that was not shown either
		return strings.TrimSpace(string(secret)), err
	})
}

// interruptible runs read, which cannot be interrupted, and gives up on it when
// ctx ends. cleanup then undoes what read would have undone.
func interruptible(ctx context.Context, cleanup func(), read func() (string, error)) (string, error) {
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := read()
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		cleanup()
		return "", ctx.Err()
	}
}
