package doctor

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestInspectFileAsksGit(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("git is needed")
		}
		t.Skip("git is needed")
	}
	dir := t.TempDir()
	mark := filepath.Join(dir, "hook-ran")
	hook := filepath.Join(dir, "hook.sh")
	write(t, hook, "#!/bin/sh\ntouch '"+mark+"'\n", 0o700)
	repository := filepath.Join(dir, "repo")
	run(t, dir, "git", "init", "-q", repository)
	run(t, repository, "git", "config", "core.fsmonitor", hook) // what a hostile repository could say
	write(t, filepath.Join(repository, ".gitignore"), ".env\n", 0o600)
	write(t, filepath.Join(repository, ".env"), "X=1\n", 0o640)
	write(t, filepath.Join(repository, ".env.prod"), "X=1\n", 0o600)
	write(t, filepath.Join(repository, "-odd name"), "X=1\n", 0o600)
	write(t, filepath.Join(dir, "outside"), "X=1\n", 0o600)
	run(t, repository, "git", "-c", "core.fsmonitor=false", "add", "--", "-odd name")
	_ = os.Remove(mark)
	want := map[string]Git{
		filepath.Join(repository, ".env"): GitIgnored, filepath.Join(repository, ".env.prod"): GitUntracked,
		filepath.Join(repository, "-odd name"): GitTracked, filepath.Join(dir, "outside"): GitOutside,
	}
	for path, state := range want {
		file, err := InspectFile(t.Context(), path, true)
		if err != nil {
			t.Fatal(err)
		}
		if file.Git != state {
			t.Errorf("%s is %q, want %q", path, file.Git, state)
		}
	}
	if file, err := InspectFile(t.Context(), filepath.Join(repository, ".env"), false); err != nil || file.Mode != 0o640 || !file.ModeKnown {
		t.Errorf("%+v, %v", file, err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program that the repository names was started")
	}
	if _, err := InspectFile(t.Context(), filepath.Join(dir, "nothing"), true); err == nil {
		t.Error("no error for a missing file")
	}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}
