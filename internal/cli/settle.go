package cli

import (
	"runtime/debug"
	"time"
)

const (
	// startPercent lets 16 MB be allocated before the first collection.
	startPercent = 400
	// settled is when a client has its tools, even where the machine is busy.
	settled = time.Second
)

// settle keeps the garbage collector out of the first moments, in which a client
// waits for its tools. Then it gives back what starting leaves behind: packages
// that compile schemas and patterns as they are loaded leave megabytes, which an
// idle program would keep for good, and most of the code was for the start. A GOGC that
// somebody chose is left alone.
func settle() {
	before := debug.SetGCPercent(startPercent)
	if before != 100 {
		debug.SetGCPercent(before)
		return
	}
	time.AfterFunc(settled, func() {
		debug.SetGCPercent(before)
		debug.FreeOSMemory()
		shed()
	})
}
