//go:build unix

package pace

import (
	"syscall"
	"testing"
	"time"
)

// Processor is what this process has computed so far. Other programs on the machine do
// not lengthen it as they lengthen the time on the wall.
func Processor(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
