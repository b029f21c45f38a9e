package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// program builds the program, as the README says, and skips where its costs cannot
// be measured.
func program(t *testing.T) string {
	t.Helper()
	switch {
	case runtime.GOOS != "linux":
		t.Skip("what a process costs is read from /proc")
	case testing.Short():
		t.Skip("it takes half a minute")
	case raceEnabled:
		t.Skip("the race detector costs more than what is measured")
	}
	path := filepath.Join(t.TempDir(), "alloy-mcp")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// process is a server in a process of its own.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	log     *bufio.Reader
}

// start runs a server that ends with the test.
func start(t *testing.T, env []string, path string, arguments ...string) *process {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), path, arguments...)
	command.Dir = t.TempDir()
	command.Env = append([]string{"HOME=" + command.Dir, "ENV_FILE=" + os.DevNull}, env...)
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{command: command, in: in, out: bufio.NewReaderSize(out, 1<<20), log: bufio.NewReader(log)}
	t.Cleanup(p.stop)
	return p
}

// stop ends the process; how it ends is not what is measured.
func (p *process) stop() {
	_ = p.in.Close()
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// line is the next line that the process writes.
func (p *process) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// address is where the process says in its log that it serves.
func (p *process) address(t *testing.T) string {
	t.Helper()
	for {
		line, err := p.log.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if _, rest, ok := strings.Cut(line, `"endpoint":"http://`); ok {
			address, _, _ := strings.Cut(rest, "/")
			return address
		}
	}
}

// cpu is the time that all threads of the process have run.
func (p *process) cpu(t *testing.T) time.Duration {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.command.Process.Pid))
	if err != nil || len(threads) == 0 {
		t.Skip("this system does not tell how long threads have run")
	}
	var sum time.Duration
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		n, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(n)
	}
	return sum
}

// memoryMB is a figure of the process's memory: VmRSS is all that is resident, RssAnon
// that without the pages of files.
func (p *process) memoryMB(t *testing.T, name string) float64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), name+":")
	if !ok {
		t.Skip("this system does not tell what memory a process has")
	}
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return float64(kb) / 1024
}
