//go:build linux

package bolt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/alloy-mcp/alloy-mcp/internal/state"
)

// role says what this program is as a child of a test: its name and a path.
const role = "ALLOY_MCP_TEST_ROLE"

func TestMain(m *testing.M) {
	name, path, child := strings.Cut(os.Getenv(role), "=")
	if !child {
		goleak.VerifyTestMain(m)
		return
	}
	play, ok := roles()[name]
	if !ok {
		play = func(context.Context, string) error { return fmt.Errorf("no role %q", name) }
	}
	if err := play(context.Background(), path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func roles() map[string]func(ctx context.Context, path string) error {
	return map[string]func(ctx context.Context, path string) error{
		"open": func(ctx context.Context, path string) error {
			s, err := Open(ctx, path)
			if err != nil {
				return err
			}
			say("open")
			_, _ = io.Copy(io.Discard, os.Stdin)
			return s.Close()
		},
		"change":     change,
		"share":      share,
		"full":       fill,
		"no room":    fillLimited,
		"full tmpfs": fillTmpfs,
	}
}

// say tells the test something.
func say(words ...any) { _, _ = fmt.Fprintln(os.Stdout, words...) }

func child(t *testing.T, name, path string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	must(t, err)
	command := exec.CommandContext(t.Context(), program)
	command.Env = append(os.Environ(), role+"="+name+"="+path)
	return command
}

func TestSecondProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	first := child(t, "open", path)
	in, err := first.StdinPipe()
	must(t, err)
	out, err := first.StdoutPipe()
	must(t, err)
	must(t, first.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "open\n" {
		t.Fatalf("the first process said %q and %v", line, err)
	}

	began := time.Now()
	text, err := child(t, "open", path).CombinedOutput()
	if err == nil || !strings.Contains(string(text), errInUse.Error()) {
		t.Errorf("the second process said %q and %v", text, err)
	}
	if took := time.Since(began); took > 20*time.Second { // 1 s, and what starting takes on a busy machine
		t.Errorf("the second process took %s", took)
	}
	must(t, in.Close())
	must(t, first.Wait())
	must(t, mustOpen(t, path).Close())
}

// share adds sharedKeys records, and says which of them were not there yet.
func share(ctx context.Context, path string) error {
	s := NewShared(path)
	for i := range sharedKeys {
		key := fmt.Sprint("k", i)
		switch err := s.Add(ctx, key, nil, time.Hour); {
		case err == nil:
			say(key)
		case !errors.Is(err, state.ErrExists):
			return err
		}
	}
	return s.Close()
}

const sharedKeys = 60

// Of several processes that share a file, one adds each record.
func TestSharedByProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shared.db")
	var processes []*exec.Cmd
	var said [3]bytes.Buffer
	for i := range said {
		process := child(t, "share", path)
		process.Stdout, process.Stderr = &said[i], os.Stderr
		must(t, process.Start())
		processes = append(processes, process)
	}
	added := make(map[string]int)
	for i, process := range processes {
		must(t, process.Wait())
		for key := range strings.FieldsSeq(said[i].String()) {
			added[key]++
		}
	}
	if len(added) != sharedKeys {
		t.Errorf("%d records of %d", len(added), sharedKeys)
	}
	for key, n := range added {
		if n != 1 {
			t.Errorf("%s was added %d times", key, n)
		}
	}
}

// change adds, puts and takes without an end. It says what it is about to do, and
// when it is done.
func change(ctx context.Context, path string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		key, value := fmt.Sprint("k", rand.IntN(20)), fmt.Sprint(rand.Uint64())
		name := []string{"add", "put", "take"}[rand.IntN(3)]
		say(name, key, value)
		switch name {
		case "add":
			err = s.Add(ctx, key, valueOf(value), time.Hour)
		case "put":
			err = s.Put(ctx, key, valueOf(value), 0)
		case "take":
			_, err = s.Take(ctx, key)
		}
		switch {
		case err == nil:
			say("done")
		case errors.Is(err, state.ErrExists), errors.Is(err, state.ErrNotFound):
			say("refused")
		default:
			return err
		}
	}
}

// valueOf makes a value of some pages, now and then, from a number in digits.
func valueOf(digits string) []byte {
	return bytes.Repeat([]byte(digits), 1+int(digits[0]-'0')*int(digits[1]-'0')*20)
}

func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	records := map[string]string{} // what was acknowledged, over all rounds
	total := 0
	for round := range 12 {
		command := child(t, "change", path)
		out, err := command.StdoutPipe()
		must(t, err)
		command.Stderr = os.Stderr
		must(t, command.Start())
		lines := bufio.NewScanner(out)
		lines.Scan() // it is at work
		open := lines.Text()
		kill := time.AfterFunc(time.Hour, func() { _ = command.Process.Kill() })
		for until := total + 5 + rand.IntN(20); lines.Scan(); {
			if total == until {
				kill.Reset(time.Duration(rand.IntN(5_000)) * time.Microsecond)
			}
			switch line := lines.Text(); line {
			case "done":
				total++
				apply(records, open)
				open = ""
			case "refused":
				open = ""
			default:
				open = line
			}
		}
		if err := command.Wait(); err == nil || command.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the child ended by itself: %v", err)
		}
		compare(t, path, records, open)
		if t.Failed() {
			t.Fatalf("in round %d, after %d changes", round, total)
		}
	}
	t.Logf("%d changes were acknowledged", total)
}

// apply makes a change that was announced as "name key value" in the model.
func apply(records map[string]string, line string) {
	words := strings.Fields(line)
	if delete(records, words[1]); words[0] != "take" {
		records[words[1]] = words[2]
	}
}

// compare asks whether the file has what the model has. Of the change that was
// under way nobody knows whether it was made; the model learns it.
func compare(t *testing.T, path string, records map[string]string, underWay string) {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { must(t, s.Close()) }()
	with := maps.Clone(records)
	if underWay != "" {
		apply(with, underWay)
	}
	for i := range 20 {
		key := fmt.Sprint("k", i)
		got, err := s.Get(t.Context(), key)
		switch {
		case same(records, key, got, err):
		case same(with, key, got, err):
			apply(records, underWay)
		default:
			t.Errorf("%s is %.30q and %v, want %q (under way: %s)", key, got, err, records[key], underWay)
		}
	}
}

func same(records map[string]string, key string, got []byte, err error) bool {
	value, there := records[key]
	if !there {
		return errors.Is(err, state.ErrNotFound)
	}
	return err == nil && bytes.Equal(got, valueOf(value))
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"full", "no room"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "state.db")
			if text, err := child(t, name, path).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			_, err := os.Stat(path)
			if there := name == "full"; (err == nil) != there {
				t.Fatalf("afterwards: %v, want a file: %t", err, there)
			}
			must(t, mustOpen(t, path).Close()) // with room again
			if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
				t.Errorf("the directory holds %v and %v, want the file alone", names, err)
			}
		})
	}
}

func limitFiles(size uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: size})
}

// fillLimited finds no room for a new file.
func fillLimited(ctx context.Context, path string) error {
	if err := limitFiles(5_000); err != nil {
		return err
	}
	_, err := Open(ctx, path)
	return tellsFull(err)
}

// fill fills what room there is.
func fill(ctx context.Context, path string) error {
	if err := limitFiles(256 << 10); err != nil {
		return err
	}
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	stored, err := fillUp(ctx, s)
	if err != nil {
		return err
	}
	return errors.Join(holdAll(ctx, s, stored), s.Close())
}

func fillUp(ctx context.Context, s *Store) (stored int, err error) {
	for ; err == nil; stored++ {
		err = s.Put(ctx, fmt.Sprint("k", stored), bytes.Repeat([]byte{byte(stored)}, 3_000), time.Hour)
	}
	if !errors.Is(err, state.ErrFull) || stored < 20 {
		return 0, fmt.Errorf("after %d records: error %w, want ErrFull", stored, err)
	}
	return stored - 1, tellsFull(err)
}

func tellsFull(err error) error {
	text := fmt.Sprint(err)
	for _, want := range []string{syscall.EFBIG.Error(), syscall.ENOSPC.Error()} {
		if strings.Contains(text, want) && !strings.Contains(text, "\n") && !damaged(err) {
			return nil
		}
	}
	return fmt.Errorf("want one line that tells that the disk is full, got %q", text)
}

// holdAll checks that a full disk cost nothing that was acknowledged.
func holdAll(ctx context.Context, s *Store, stored int) error {
	for i := range stored {
		if got, err := s.Get(ctx, fmt.Sprint("k", i)); err != nil || !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, 3_000)) {
			return fmt.Errorf("record %d of %d has %d bytes and %w", i, stored, len(got), err)
		}
	}
	return nil
}
