//go:build unix

package kept

import (
	"os"
	"syscall"
)

// ours reports whether nobody but the user of this process can write to a
// directory.
func ours(info os.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return info.Mode().Perm()&0o022 == 0 && (!ok || int(owner.Uid) == os.Geteuid())
}
