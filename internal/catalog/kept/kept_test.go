package kept_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/kept"
)

func identity(key string) func() kept.Identity {
	return func() kept.Identity {
		return kept.Identity{BaseURL: "https://alloy.test", Key: key, Version: "2025-09"}
	}
}

// store returns a store and what it logs.
func store(dir, key string) (*kept.Store, *bytes.Buffer) {
	var log bytes.Buffer
	return kept.New(dir, identity(key), slog.New(slog.NewTextHandler(&log, nil))), &log
}

func names(id string) kept.Connector {
	return kept.Connector{
		ID: id, ReadAt: time.Date(2026, 11, 1, 2, 3, 4, 0, time.UTC),
		Resources: []alloy.Resource{{Name: "pages", Description: "<b>&", Actions: []alloy.ActionSummary{{ID: "a.b/c", Name: "A", Description: "Does.\n\u2028x"}, {ID: "d"}}}, {Name: "none", Actions: []alloy.ActionSummary{}}},
		Facts:     map[string]kept.Fact{"a.b/c": {Hash: "00ff", Method: "post", Path: "/x", Parameters: []string{"p"}}},
	}
}

func actions() []kept.Action {
	return []kept.Action{
		{ReadAt: time.Date(2026, 11, 1, 2, 3, 4, 0, time.UTC), Action: alloy.Action{
			ID: "a.b/c", DisplayName: "A", Description: "Does.", Method: "post", Path: "/x",
			Parameters:  []alloy.Parameter{{Name: "p", In: "query", Required: true, Description: "P", Schema: json.RawMessage(`{"type":"string"}`)}, {Name: "q", In: "path"}},
			RequestBody: json.RawMessage(`{"b":1,"a":[null]}`), SampleSuccessResponse: json.RawMessage(`[1]`),
		}},
		{ReadAt: time.Date(2026, 11, 2, 2, 3, 4, 0, time.UTC), Action: alloy.Action{ID: "d"}},
	}
}

func files(t *testing.T, dir, ending string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(path, ending) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatIsKeptComesBack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "not", "there")
	ctx := t.Context()
	s, log := store(dir, "k1")
	apps := []alloy.Connector{{ID: "notion", Name: "Notion", IconURL: "https://x.test/i", Groups: []string{"input"}, Categories: []string{"docs"}}, {ID: "Notion"}}
	at := time.Date(2026, 11, 3, 0, 0, 0, 5, time.UTC)
	s.SaveConnectors(ctx, apps, at)
	s.SaveNames(ctx, names("notion"))
	s.SaveNames(ctx, names("Notion"))
	s.SaveActions(ctx, "notion", actions())
	again, _ := store(dir, "k1")
	gotApps, gotAt := again.Connectors(ctx)
	if diff := cmp.Diff(apps, gotApps); diff != "" || !gotAt.Equal(at) {
		t.Errorf("connectors at %s (-want +got):\n%s", gotAt, diff)
	}
	got := again.Names(ctx)
	if len(got) == 2 && got[0].ID > got[1].ID {
		got[0], got[1] = got[1], got[0]
	}
	if diff := cmp.Diff([]kept.Connector{names("Notion"), names("notion")}, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(actions(), again.Actions(ctx, "notion")); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	if list := again.Actions(ctx, "Notion"); list != nil {
		t.Errorf("another connector has %d actions", len(list))
	}
	if log.Len() > 0 {
		t.Error(log.String())
	}
	for _, file := range files(t, dir, "") {
		info, err := os.Stat(file)
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "catalogue")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", info, err)
	}
}

func TestOthersSeeNothingOfIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx := t.Context()
	s, _ := store(dir, "k1")
	s.SaveNames(ctx, names("notion"))
	s.SaveActions(ctx, "notion", actions())
	for name, other := range map[string]kept.Identity{
		"key":     {BaseURL: "https://alloy.test", Key: "k2", Version: "2025-09"},
		"address": {BaseURL: "https://alloy.test:1", Key: "k1", Version: "2025-09"},
		"version": {BaseURL: "https://alloy.test", Key: "k1", Version: "2025-06"},
		"no key":  {BaseURL: "https://alloy.test", Version: "2025-09"},
	} {
		o := kept.New(dir, func() kept.Identity { return other }, nil)
		if len(o.Names(ctx)) != 0 || len(o.Actions(ctx, "notion")) != 0 {
			t.Errorf("another %s sees what is kept", name)
		}
	}
	before := len(files(t, dir, ""))
	kept.New(dir, func() kept.Identity { return kept.Identity{} }, nil).SaveNames(ctx, names("notion"))
	if len(files(t, dir, "")) != before {
		t.Error("something is kept without a key")
	}
}

// One line in the log for each file, nothing read from it, and it is written anew.
func TestBrokenFilesAreIgnoredAndReplaced(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, spoil := range map[string]func([]byte) []byte{
		"empty":           func([]byte) []byte { return nil },
		"zeros":           func(b []byte) []byte { return make([]byte, len(b)) },
		"no JSON":         func([]byte) []byte { return []byte("hello\n") },
		"cut in the head": func(b []byte) []byte { return b[:20] },
		"cut at the end":  func(b []byte) []byte { return b[:len(b)-3] },
		"other format":    func(b []byte) []byte { return bytes.Replace(b, []byte(`"format":1`), []byte(`"format":2`), 1) },
		"other key":       func(b []byte) []byte { return bytes.Replace(b, []byte(`"key":"k1"`), []byte(`"key":"k9"`), 1) },
		"other connector": func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"connector":"notion"`), []byte(`"connector":"slack"`), 1)
		},
		"from the future": func(b []byte) []byte { return bytes.Replace(b, []byte(`"read_at":"20`), []byte(`"read_at":"29`), 1) },
		"more lines":      func(b []byte) []byte { return bytes.Replace(b, []byte(`"lines":2`), []byte(`"lines":2000000000`), 1) },
		"fewer than none": func(b []byte) []byte {
			return append(bytes.Replace(b, []byte(`"lines":2`), []byte(`"lines":-1`), 1)[:0], "{}\n"...)
		},
		"deep": func(b []byte) []byte {
			head, _, _ := bytes.Cut(b, []byte("\n"))
			return append(append(head, '\n'), strings.Repeat("[", 1_000_000)+"\n"...)
		},
		"a long line": func(b []byte) []byte { return append(b[:10:10], bytes.Repeat([]byte("x"), 20<<20)...) },
		"other types": func(b []byte) []byte {
			head, _, _ := bytes.Cut(b, []byte("\n"))
			return append(append(head, '\n'), "{\"id\":7,\"name\":[]}\n[]\n"...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s, _ := store(dir, "k1")
			s.SaveNames(ctx, names("notion"))
			s.SaveActions(ctx, "notion", actions())
			for _, file := range files(t, dir, ".jsonl") {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, spoil(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, log := store(dir, "k1")
			if got := s.Names(ctx); len(got) != 0 {
				t.Errorf("names were read: %+v", got)
			}
			if got := s.Actions(ctx, "notion"); len(got) > 2 || len(got) == 2 && name != "more lines" {
				t.Errorf("%d actions were read", len(got))
			}
			if n := strings.Count(log.String(), "\n"); n != 2 || len(log.String()) > 2_000 {
				t.Errorf("%d lines in the log: %.2000s", n, log.String())
			}
			s.SaveNames(ctx, names("notion"))
			s.SaveActions(ctx, "notion", actions())
			if len(s.Names(ctx)) != 1 || len(s.Actions(ctx, "notion")) != 2 {
				t.Error("the files are not replaced")
			}
		})
	}
}

// What a place holds that is no regular file is neither followed nor waited for.
func TestOddFilesAreNotOpened(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs links and pipes")
	}
	ctx := t.Context()
	dir := t.TempDir()
	s, _ := store(dir, "k1")
	s.SaveNames(ctx, names("notion"))
	file := files(t, dir, ".jsonl")[0]
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.Rename(file, outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, file); err != nil {
		t.Fatal(err)
	}
	s, log := store(dir, "k1")
	if len(s.Names(ctx)) != 0 || !strings.Contains(log.String(), "no regular file") {
		t.Errorf("a link was followed: %s", log)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(ctx, "mkfifo", file).CombinedOutput(); err != nil {
		t.Skipf("no pipe: %v %s", err, out)
	}
	if len(s.Names(ctx)) != 0 {
		t.Error("a pipe was read")
	}
	s.SaveNames(ctx, names("notion"))
	if len(s.Names(ctx)) != 1 {
		t.Error("the pipe is not replaced")
	}
}

func TestADirectoryOfOthersIsNotUsed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("has other rights")
	}
	ctx := t.Context()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "catalogue"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "catalogue"), 0o777); err != nil {
		t.Fatal(err)
	}
	s, log := store(dir, "k1")
	for range 3 {
		s.SaveNames(ctx, names("notion"))
		s.Names(ctx)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "can be changed by others") {
		t.Errorf("%d lines: %s", n, log)
	}
	if len(files(t, dir, "")) != 0 {
		t.Error("something was written there")
	}
}

// A directory that cannot be made or written to is one warning.
func TestWhereNothingCanBeKeptThereIsOneWarning(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	vanished := filepath.Join(t.TempDir(), "vanished")
	for name, dir := range map[string]string{"a file": blocked, "gone": vanished} {
		s, log := store(dir, "k1")
		if dir == vanished {
			s.SaveNames(ctx, names("a"))
			if err := os.RemoveAll(vanished); err != nil {
				t.Fatal(err)
			}
		}
		for range 5 {
			s.SaveNames(ctx, names("notion"))
			s.SaveActions(ctx, "notion", actions())
		}
		if n := strings.Count(log.String(), "cannot be kept"); n != 1 {
			t.Errorf("%s: %d warnings: %s", name, n, log)
		}
	}
}

func TestLeftoversOfKilledWritersAreRemoved(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	s, _ := store(dir, "k1")
	s.SaveNames(ctx, names("notion"))
	place := filepath.Dir(files(t, dir, ".jsonl")[0])
	old, young := filepath.Join(place, ".writing-1"), filepath.Join(place, ".writing-2")
	for _, file := range []string{old, young} {
		if err := os.WriteFile(file, []byte("half a li"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	s, log := store(dir, "k1")
	if len(s.Names(ctx)) != 1 || log.Len() > 0 {
		t.Errorf("a leftover disturbs: %s", log)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("an old leftover stays")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("a file was removed that somebody may be writing")
	}
}

// Two processes write and read the same files: nobody ever sees half of one.
func TestProcessesDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	var others []*exec.Cmd
	var inputs []io.Closer
	for i := range 2 {
		other := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestWriter$")
		other.Env = append(os.Environ(), "KEPT_TEST_DIR="+dir, fmt.Sprintf("KEPT_TEST_SIZE=%d", 200+i*300))
		in, err := other.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		others, inputs = append(others, other), append(inputs, in)
	}
	s, log := store(dir, "k1")
	sizes := map[int]int{}
	began := time.Now()
	for took := time.Duration(0); took < time.Second || took < time.Minute && (sizes[200] == 0 || sizes[500] == 0); took = time.Since(began) {
		sizes[len(s.Actions(ctx, "notion"))]++
	}
	// One is killed in the middle of its work.
	if err := others[0].Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = others[0].Wait()
	if err := inputs[1].Close(); err != nil {
		t.Fatal(err)
	}
	if err := others[1].Wait(); err != nil {
		t.Errorf("a writer failed: %v", err)
	}
	for size := range sizes {
		if size != 0 && size != 200 && size != 500 {
			t.Errorf("a reader saw %d actions", size)
		}
	}
	if log.Len() > 0 || len(s.Actions(ctx, "notion")) != 500 {
		t.Errorf("%d actions at last; %s", len(s.Actions(ctx, "notion")), log)
	}
}

// TestWriter is the other process of the test above. It writes until its input ends.
func TestWriter(t *testing.T) {
	dir := os.Getenv("KEPT_TEST_DIR")
	if dir == "" {
		t.Skip("runs in a process of its own")
	}
	size := 200
	if os.Getenv("KEPT_TEST_SIZE") == "500" {
		size = 500
	}
	var list []kept.Action
	for i := range size {
		list = append(list, kept.Action{ReadAt: time.Now(), Action: alloy.Action{ID: fmt.Sprint("a", i), Description: strings.Repeat("d", 500)}})
	}
	s, log := store(dir, "k1")
	over := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(over)
	}()
	for writing := true; writing; {
		s.SaveActions(context.Background(), "notion", list)
		select {
		case <-over:
			writing = false
		default:
		}
	}
	// The other may have written since; the last word is this one's.
	s.SaveActions(context.Background(), "notion", list)
	if log.Len() > 0 {
		t.Error(log.String())
	}
}
