//go:build !unix

package settings

import "os"

// readableByOthers is false where permission bits do not tell.
func readableByOthers(os.FileInfo) bool { return false }

// openToOthers is false for the same reason.
func openToOthers(os.FileInfo) bool { return false }

// writableByOthers is false for the same reason.
func writableByOthers(os.FileInfo) bool { return false }
