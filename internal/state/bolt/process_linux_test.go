package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// On a small file system of its own, which takes rights that not every machine
// gives; a limit on files tests the same everywhere.
func TestFullFileSystem(t *testing.T) {
	t.Parallel()
	command := child(t, "full tmpfs", t.TempDir())
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	text, err := command.CombinedOutput()
	if errors.Is(err, os.ErrPermission) || strings.Contains(string(text), "cannot mount") {
		t.Skipf("no file system can be mounted: %v %s", err, text)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

func fillTmpfs(ctx context.Context, directory string) error {
	if err := syscall.Mount("tmpfs", directory, "tmpfs", 0, "size=256k"); err != nil {
		return fmt.Errorf("cannot mount: %w", err)
	}
	ballast := filepath.Join(directory, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 100<<10), 0o600); err != nil {
		return err
	}
	path := filepath.Join(directory, "state.db")
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	stored, err := fillUp(ctx, s)
	if err != nil {
		return err
	}
	if err := errors.Join(holdAll(ctx, s, stored), s.Close()); err != nil {
		return err
	}
	if s, err = Open(ctx, path); err != nil { // it starts on a full disk
		return err
	}
	if err := s.Put(ctx, "more", make([]byte, 50_000), 0); err == nil {
		return errors.New("there was more room")
	}
	if err := errors.Join(holdAll(ctx, s, stored), os.Remove(ballast)); err != nil {
		return err
	}
	if err := s.Put(ctx, "more", make([]byte, 50_000), 0); err != nil { // and goes on when there is room again
		return err
	}
	if err := errors.Join(holdAll(ctx, s, stored), s.Close()); err != nil {
		return err
	}
	s, err = Open(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(holdAll(ctx, s, stored), s.Close())
}

// Root may do everything, so the child is nobody.
func TestNoRights(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	must(t, os.Chmod(filepath.Dir(directory), 0o755))
	path := filepath.Join(directory, "state.db")
	must(t, mustOpen(t, path).Close())
	for name, test := range map[string]struct {
		path string
		mode os.FileMode
	}{
		"a file to read only":       {path, 0o444},
		"a file of somebody else's": {path, 0o000},
		"no file":                   {filepath.Join(directory, "new.db"), 0},
		"no directory":              {filepath.Join(directory, "new", "state.db"), 0},
	} {
		must(t, os.Chmod(path, test.mode))
		must(t, os.Chmod(directory, 0o555))
		command := child(t, "open", test.path)
		command.Path = "/proc/self/exe" // nobody cannot look it up where it is
		if os.Getuid() == 0 {
			command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		text, err := command.CombinedOutput()
		message, _, _ := strings.Cut(string(text), "\n") // a coverage run complains on the next
		if err == nil || !strings.Contains(message, "permission denied; the user that runs alloy-mcp must be able to read and write it") {
			t.Errorf("%s: %v and %q", name, err, message)
		}
		must(t, os.Chmod(directory, 0o700))
	}
}
