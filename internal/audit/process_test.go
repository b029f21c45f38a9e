package audit

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	childPath  = "AUDIT_TEST_PATH"
	childName  = "AUDIT_TEST_NAME"
	childLines = 500
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		os.Exit(child(path, os.Getenv(childName)))
	}
	os.Exit(m.Run())
}

// child writes lines of a process of its own.
func child(path, name string) int {
	l, err := Open(Config{Path: path})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for i := range childLines {
		l.Outcome(context.Background(), Record{RequestID: fmt.Sprintf("%s-%d", name, i), Agent: strings.Repeat(name, 300)})
	}
	if err := l.Close(); err != nil {
		return 1
	}
	return 0
}

// Two processes add to one file, while a third renames it.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var running []*exec.Cmd
	for _, name := range []string{"a", "b"} {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), childPath+"="+path, childName+"="+name)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	ended := make(chan error, len(running))
	for _, cmd := range running {
		go func() { ended <- cmd.Wait() }()
	}
	for left, renamed := len(running), 0; left > 0; {
		select {
		case err := <-ended:
			left--
			if err != nil {
				t.Error(err)
			}
		case <-time.After(5 * time.Millisecond):
			if os.Rename(path, fmt.Sprintf("%s.%d", path, renamed+1)) == nil {
				renamed++
			}
		}
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[any]int)
	for _, file := range files {
		for _, line := range lines(t, file) {
			seen[line["request_id"]]++
		}
	}
	for id, count := range seen {
		if count != 1 {
			t.Errorf("%v stands there %d times", id, count)
		}
	}
	if len(seen) != 2*childLines {
		t.Errorf("%d lines of %d", len(seen), 2*childLines)
	}
}
