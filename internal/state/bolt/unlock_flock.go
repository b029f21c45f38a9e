//go:build unix && !aix && !solaris

package bolt

import (
	"fmt"
	"os"
	"syscall"
)

// unlock takes bbolt's lock off a file.
func unlock(file *os.File) error {
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_UN); err != nil {
		return fmt.Errorf("unlock it: %w", err)
	}
	return nil
}
