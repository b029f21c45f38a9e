package cli

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"strings"
	"syscall"
)

// shed lets go of the pages of the program's code. A start runs through most of it
// once, and the system would go on counting them as memory of the process. What is run
// again comes back from the file, a page at a time. Only code is dropped: it is never
// written to, so nothing can be lost.
func shed() {
	from, to, err := mappingOf(reflect.ValueOf(shed).Pointer())
	if err != nil {
		return // it is only larger than it needs to be
	}
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
}

// mappingOf finds the mapping of code that an address is in.
func mappingOf(address uintptr) (from, to uintptr, err error) {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = maps.Close() }()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var rights string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &rights); err != nil {
			return 0, 0, err
		}
		if from <= address && address < to && strings.HasPrefix(rights, "r-xp") {
			return from, to, nil
		}
	}
	return 0, 0, fmt.Errorf("no code is mapped at %#x", address)
}
