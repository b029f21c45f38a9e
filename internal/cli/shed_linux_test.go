package cli

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// residentFileKB is how much of its file the process has in memory.
func residentFileKB(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, ok := strings.Cut(string(text), "RssFile:")
	if !ok {
		t.Skip("this system does not tell what memory a process has")
	}
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb
}

// It is not parallel to others, which would bring the code back.
func TestShedLetsGoOfCode(t *testing.T) {
	before := residentFileKB(t)
	shed()
	if after := residentFileKB(t); after > before-2_000 {
		t.Errorf("%d kB of files are resident, and %d before", after, before)
	}
}
