//go:build unix

package token

import (
	"os"
	"syscall"
	"testing"
)

// An administrator who revokes a token leaves the file to the server's user.
func TestTheFileKeepsItsOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	f := newFile(t)
	add(t, f, "alice", "")
	if err := os.Chown(f.path, 12345, 23456); err != nil {
		t.Fatal(err)
	}
	add(t, f, "bob", "")
	info, err := os.Stat(f.path)
	if err != nil {
		t.Fatal(err)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || owner.Uid != 12345 || owner.Gid != 23456 {
		t.Errorf("the owner is now %+v", info.Sys())
	}
}
