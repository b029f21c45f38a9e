//go:build unix

package audit

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAPathThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                             "is a directory",
		filepath.Join(dir, "none", "a"): "no such file or directory",
		pipe:                            "it is a pipe, which would stop everything while nobody reads it: name a file, or - for standard error",
	} {
		_, err := Open(Config{Path: path})
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

func TestAFullDiskAndADirectoryThatIsGone(t *testing.T) {
	t.Parallel()
	gone := func(t *testing.T) (string, func()) {
		dir := filepath.Join(t.TempDir(), "log")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, "audit"), func() {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, setup := range map[string]func(*testing.T) (string, func()){
		"full disk":         func(*testing.T) (string, func()) { return "/dev/full", func() {} },
		"removed directory": gone,
	} {
		for _, required := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, required %v", name, required), func(t *testing.T) {
				t.Parallel()
				if _, err := os.Stat("/dev/full"); err != nil && name == "full disk" {
					t.Skip(err)
				}
				path, spoil := setup(t)
				var log bytes.Buffer
				l := open(t, Config{Path: path, Required: required, Logger: slog.New(slog.NewTextHandler(&log, nil))})
				spoil()
				err := l.Intent(t.Context(), Record{RequestID: "1"})
				if errors.Is(err, ErrUnrecorded) != required || (err != nil) != required {
					t.Errorf("Intent = %v", err)
				}
				if err != nil && strings.Contains(err.Error(), path) {
					t.Errorf("the error names the path: %v", err)
				}
				l.Read(t.Context(), Record{})
				l.Refused(t.Context(), Record{})
				l.Outcome(t.Context(), Record{})
				if got := strings.Count(log.String(), "level=WARN"); got != 1 {
					t.Errorf("%d warnings: %s", got, log.String())
				}
			})
		}
	}
}
