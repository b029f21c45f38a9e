package doctor

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// InspectFile gathers what [File] holds, without reading the file. git is asked
// where there is one; without it, or outside of a repository, that part stays
// unknown or "outside".
func InspectFile(ctx context.Context, path string, holdsKey bool) (File, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return File{}, fmt.Errorf("inspect %s: %w", path, err)
	}
	info, err := os.Stat(absolute)
	if err != nil {
		return File{}, fmt.Errorf("inspect %s: %w", path, err)
	}
	file := File{Path: path, HoldsKey: holdsKey, Mode: info.Mode().Perm(), ModeKnown: runtime.GOOS != "windows"}
	if folder, err := os.Stat(filepath.Dir(absolute)); err == nil {
		file.FolderMode = folder.Mode() & (fs.ModePerm | fs.ModeSticky)
	}
	file.Git = gitState(ctx, absolute)
	return file, nil
}

// gitState asks git about a file. The zero Git means that git did not say.
func gitState(ctx context.Context, path string) Git {
	if !inRepository(filepath.Dir(path)) {
		return GitOutside
	}
	switch out, code := git(ctx, path, "ls-files", "--", filepath.Base(path)); {
	case code != 0:
		return ""
	case len(bytes.TrimSpace(out)) > 0:
		return GitTracked
	}
	switch _, code := git(ctx, path, "check-ignore", "--quiet", "--", filepath.Base(path)); code {
	case 0:
		return GitIgnored
	case 1:
		return GitUntracked
	}
	return ""
}

// inRepository looks for .git upwards, as git does, so that git need not be
// started where there is nothing to ask.
func inRepository(dir string) bool {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}

// git runs one question in the folder of path and returns git's output and exit
// code, -1 where it could not run. A repository's own settings can name programs
// to start, so those that matter here are switched off.
func git(ctx context.Context, path string, args ...string) ([]byte, int) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	fixed := []string{"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-C", filepath.Dir(path)}
	cmd := exec.CommandContext(ctx, "git", append(fixed, args...)...) //nolint:gosec // the arguments are ours, the path is behind "--"
	cmd.Env = append(slices.DeleteFunc(cmd.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "GIT_") // a hook's, about another repository
	}), "GIT_OPTIONAL_LOCKS=0")
	out, err := cmd.Output()
	if err == nil {
		return out, 0
	}
	if cmd.ProcessState != nil {
		return nil, cmd.ProcessState.ExitCode()
	}
	return nil, -1
}
