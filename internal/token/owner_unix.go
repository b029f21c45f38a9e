//go:build unix

package token

import (
	"fmt"
	"os"
	"syscall"
)

// keepOwner gives a new file the owner of the one whose place it takes, so that a
// server which runs as another user than the administrator can still read it.
func keepOwner(old, replacement string) error {
	info, err := os.Stat(old)
	if err != nil {
		return nil // there is none yet
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) == os.Geteuid() {
		return nil
	}
	if err := os.Chown(replacement, int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("it belongs to the user with the id %d, who could not read the new one: run this as that user (%w)", owner.Uid, reason(err))
	}
	return nil
}
