package kept

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

func TestTheOldestFilesGoFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now()
	for i, name := range []string{"a/old.jsonl", "b/middle.jsonl", "a/new.jsonl", "b/other.txt"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		at := now.Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	trimTo(dir, 3000)
	left, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	if len(left) != 4 {
		t.Errorf("something was removed though it fits: %q", left)
	}
	trimTo(dir, 1500)
	left, _ = filepath.Glob(filepath.Join(dir, "*", "*"))
	if text := strings.Join(left, " "); len(left) != 2 || !strings.Contains(text, "new.jsonl") || !strings.Contains(text, "other.txt") {
		t.Errorf("left: %q", left)
	}
}

func TestDepthIsThatOfJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`[[[]]]`: false, `[[[[]]]]`: true, `{"a":{"b":[]}}`: false, `["[[[[", "\"[[[[", "\\"]`: false, `[[],[],[],[]]`: false, `]]]][`: false, `"`: false, `"\`: false,
	} {
		if got := deeper([]byte(text), 3); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

// Whatever a file holds, reading it ends, and what comes out is bounded.
func FuzzRead(f *testing.F) {
	ctx := context.Background()
	id := func() Identity { return Identity{BaseURL: "u", Key: "k", Version: "v"} }
	seed := New(f.TempDir(), id, nil)
	seed.SaveActions(ctx, "c", []Action{{ReadAt: time.Unix(1, 0), Action: alloy.Action{ID: "a", RequestBody: []byte(`{"a":[1]}`)}}})
	seed.SaveNames(ctx, Connector{ID: "c", Resources: []alloy.Resource{{Name: "r", Actions: []alloy.ActionSummary{{ID: "a"}}}}, Facts: map[string]Fact{"a": {Hash: "h"}}})
	seed.SaveConnectors(ctx, []alloy.Connector{{ID: "c"}}, time.Unix(1, 0))
	for _, k := range []kind{ofActions, ofNames, ofApps} {
		connector := "c"
		if k == ofApps {
			connector = ""
		}
		p, _ := seed.place(k, connector)
		text, err := os.ReadFile(p.path())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		var log bytes.Buffer
		s := New(dir, id, slog.New(slog.NewTextHandler(&log, nil)))
		for _, k := range []kind{ofActions, ofNames, ofApps} {
			connector := "c"
			if k == ofApps {
				connector = ""
			}
			p, ok := s.usable(ctx, k, connector)
			if !ok {
				t.Fatal("no place")
			}
			if err := os.WriteFile(p.path(), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, a := range s.Actions(ctx, "c") {
			if a.Action.ID == "" || string(a.Action.RequestBody) == "null" {
				t.Errorf("%+v", a)
			}
		}
		for _, c := range s.Names(ctx) {
			if c.ID != "c" {
				t.Errorf("connector %q", c.ID)
			}
		}
		s.Connectors(ctx)
		if n := strings.Count(log.String(), "\n"); n > 3 {
			t.Errorf("%d log lines", n)
		}
	})
}

// A body that the client would have refused is not taken from a file either.
func TestWhatIsTooDeepIsNotRead(t *testing.T) {
	t.Parallel()
	id := func() Identity { return Identity{Key: "k"} }
	for depth, want := range map[int]int{160: 1, 200: 0} {
		s := New(t.TempDir(), id, nil)
		body := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		s.SaveActions(t.Context(), "c", []Action{{Action: alloy.Action{ID: "a", RequestBody: []byte(body)}}})
		if got := len(s.Actions(t.Context(), "c")); got != want {
			t.Errorf("%d deep: %d actions, want %d", depth, got, want)
		}
	}
}
