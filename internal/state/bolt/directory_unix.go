//go:build unix

package bolt

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// syncDirectory makes what was made in a directory survive a power cut. Some file
// systems do not offer this (EINVAL, unsupported).
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = directory.Close() }()
	err = directory.Sync()
	if err == nil || errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return fmt.Errorf("sync its directory: %w", err)
}
